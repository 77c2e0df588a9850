"""Frames on our port that no key opens: they fill the channel, and do nothing else."""

import random

import pytest

from meshboard.figures import SILENT_AFTER_S
from meshboard.link import NodeNumber
from meshboard.sync.air.governor import Governor, Grade, Rule, hourly_budget_s
from meshboard.sync.engine import Engine
from meshboard.sync.memory_store import MemoryStore
from meshboard.sync.setup import EngineConfig, EngineSetup
from meshboard.trust.circle import make_circle
from meshboard.trust.identity import AuthorKey
from meshboard.trust.key_ring import KeyRing
from meshboard.wire.frames import Beacon, Speaker
from meshboard.wire.framing import seal_frame
from tests.support.engines.lossy_network import CIRCLE, trust_of

STRANGER = NodeNumber(0xBAD)
ELSEWHERE = make_circle("Oak Street", bytes(range(1, 33)), AuthorKey(bytes(32)).author)


class Ears:
    """An engine and the governor of its radio, on LONG_FAST."""

    def __init__(self) -> None:
        config = EngineConfig()
        pause_s = config.timings.pause_s
        self.governor = Governor(hourly_budget_s(config.region), random.Random(1), pause_s)
        setup = EngineSetup(
            CIRCLE,
            AuthorKey(bytes(32)).author,
            MemoryStore(),
            random.Random(1),
            config,
            governor=self.governor,
            trust=trust_of(bytes(32)),
        )
        self.engine = Engine(setup, 0.0)
        self.frame_s = config.air_s(120)

    def hear(self, frame: bytes, now_s: float) -> bool:
        """Take a frame as a shell does."""
        is_opened = self.engine.receive(frame, STRANGER, now_s, 0)
        if not is_opened:
            self.engine.note_foreign(frame, now_s)
        return is_opened


def sealed_frame(circle_key: KeyRing, counter: int = 1) -> bytes:
    seal = circle_key.seal
    assert seal is not None
    return seal_frame(Beacon(Speaker(b"head", counter), bytes(4)), seal)


JUNK = [bytes(120), b"\xff" * 120, b"\x20" + bytes(119), sealed_frame(KeyRing.of(ELSEWHERE)), b"", bytes(300)]


@pytest.mark.parametrize("frame", JUNK, ids=range(len(JUNK)))
def test_a_frame_that_no_key_opens_is_heard_on_the_channel_for_its_own_time(frame: bytes) -> None:
    ears = Ears()
    assert not ears.hear(frame, 10.0)

    assert ears.governor.on_air(11.0) == [(10.0, EngineConfig().air_s(len(frame)))]


def test_a_frame_of_the_circle_counts_once_and_with_its_relays() -> None:
    ears = Ears()
    frame = sealed_frame(KeyRing.of(CIRCLE))
    assert ears.hear(frame, 10.0)

    assert ears.governor.on_air(11.0) == [(10.0, 2.5 * EngineConfig().air_s(len(frame)))]


def test_nothing_waits_behind_a_strangers_frame_as_behind_one_of_the_circle() -> None:
    ears = Ears()
    ears.governor.record(2.0, 0, 10.0)
    before = ears.governor.allowed_at(1.0, Grade.NEWS)
    for _ in range(5):
        ears.hear(bytes(120), 11.0)

    assert ears.governor.allowed_at(1.0, Grade.NEWS) == before
    assert ears.governor.allowed_at(1.0, Grade.TALK) == before


def test_where_the_node_says_how_busy_the_channel_is_a_flood_counts_only_in_that() -> None:
    ears = Ears()
    for second in range(0, 3600, 2):
        if second % 60 == 0:
            ears.governor.note_channel_utilisation(0.1, float(second))
        ears.hear(bytes(120), float(second))

        assert ears.governor.allowed_at(1.0, Grade.NEWS) <= second


def test_where_it_does_not_a_flood_holds_us_up_as_long_as_it_fills_the_channel_and_a_minute_more() -> None:
    ears = Ears()
    end_s = 0.0
    while end_s < SILENT_AFTER_S + 300.0:
        ears.hear(bytes(120), end_s)
        end_s += ears.frame_s / 0.5
    assert ears.governor.held_by(1.0, Grade.NEWS)[1] is Rule.HEARD_BUSY
    assert ears.governor.held_by(1.0, Grade.FIRST)[1] is Rule.HEARD_BUSY
    assert ears.governor.allowed_at(1.0, Grade.CRITICAL) <= end_s

    most_wait_s = 60.0 + 3 * EngineConfig().timings.pause_s
    assert ears.governor.allowed_at(1.0, Grade.NEWS) <= end_s + most_wait_s


def test_a_flood_below_a_quarter_of_the_channel_holds_nothing_up() -> None:
    ears = Ears()
    now_s = 0.0
    while now_s < SILENT_AFTER_S + 600.0:
        ears.hear(bytes(120), now_s)
        assert ears.governor.allowed_at(1.0, Grade.NEWS) <= now_s
        now_s += ears.frame_s / 0.2


def test_frames_of_the_circle_said_again_by_who_recorded_them_hold_nothing_up() -> None:
    ears = Ears()
    recorded = [sealed_frame(KeyRing.of(CIRCLE), counter) for counter in range(1, 13)]
    for second, frame in enumerate(recorded):
        assert ears.hear(frame, float(second))
    ears.governor.record(ears.frame_s, 3, 600.0)
    before = ears.governor.held_by(ears.frame_s, Grade.CRITICAL)

    for frame in recorded:
        assert ears.hear(frame, 601.0)

    assert ears.governor.held_by(ears.frame_s, Grade.CRITICAL) == before
