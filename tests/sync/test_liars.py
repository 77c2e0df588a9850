"""What one who lies for an hour can cost a station: so many seconds of its air, and nothing else.

The figures are for LONG_FAST and one lie every six seconds: at one a second the liar fills the channel
itself, and the governor holds back what would be said in answer. docs/benchmarks.md has these bounds.
"""

import random

import pytest

from meshboard.domain.entries import LogId, SignedEntry
from meshboard.domain.ids import EpochId
from meshboard.domain.posts import Urgency
from meshboard.sync.events import EpochKeyReceived
from meshboard.trust.key_ring import EpochKey
from meshboard.trust.seal import DoorSeal
from meshboard.wire.frames import (
    Ask,
    Beacon,
    Entries,
    Hello,
    Keys,
    LogLine,
    Place,
    Reminder,
    Request,
    Speaker,
    StretchItem,
    Summary,
)
from meshboard.wire.framing import seal_frame
from meshboard.wire.items import item_of
from tests.support.engines.circle_network import CIRCLE, CircleNetwork
from tests.support.engines.lossy_network import post
from tests.sync.lying import (
    EVERY_S,
    HOUR_S,
    REPAIRS_S,
    a_circle_that_removed_somebody,
    head,
    seal_now,
    seconds_of_air,
)

DOOR = DoorSeal(CIRCLE)
FIRST = EpochId(bytes(CIRCLE.id))


@pytest.fixture
def circle() -> CircleNetwork:
    return a_circle_that_removed_somebody()


def test_a_quiet_hour_costs_two_seconds(circle: CircleNetwork) -> None:
    assert seconds_of_air(circle, lambda _second: []) < 2.0


@pytest.mark.parametrize("listener", [0, 1])
def test_a_former_member_who_forges_hellos_and_words_of_past_epochs_costs_three_minutes(
    circle: CircleNetwork, listener: int
) -> None:
    """The founder counts by one entry; who was let in tells four, sealed for whom knows nobody."""
    chance = random.Random(5)
    past = circle.member(4).ring.seal_of(circle.member(4).ring.keys[0])

    def lie(second: int) -> list[bytes]:
        name = head(circle, chance.choice([index for index in range(4) if index != listener]))
        epoch = chance.choice([FIRST, EpochId(chance.randbytes(8))])
        return [
            seal_frame(Hello(Speaker(name, chance.randrange(2**32)), epoch), DOOR),
            seal_frame(Beacon(Speaker(name, 10_000 + second), chance.randbytes(4)), past),
            seal_frame(Summary(Speaker(name, 10_001 + second), None, ()), past),
        ]

    assert seconds_of_air(circle, lie, listener) < 170.0


def test_frames_that_no_key_opens_cost_ten_seconds(circle: CircleNetwork) -> None:
    chance = random.Random(5)

    assert seconds_of_air(circle, lambda _second: [bytes([0x24]) + chance.randbytes(60)]) < 12.0


def test_replayed_frames_cost_nothing(circle: CircleNetwork) -> None:
    heard = [frame.payload for _, index, frame in circle.sent if index]

    assert seconds_of_air(circle, lambda second: heard[second % 100 : second % 100 + 3]) < 2.0


def test_old_words_of_others_replayed_cost_a_dozen_seconds(circle: CircleNetwork) -> None:
    """They may be those of older copies, which are to be reminded of their counters."""

    def lie(second: int) -> list[bytes]:
        name = head(circle, 1 + second // EVERY_S % 3)
        return [seal_frame(Beacon(Speaker(name, 1), bytes([second % 256] * 4)), seal_now(circle))]

    assert 1.0 < seconds_of_air(circle, lie) < 12.0


def test_false_reminders_cost_a_dozen_seconds_and_leave_counters_enough(circle: CircleNetwork) -> None:
    def lie(second: int) -> list[bytes]:
        far = Reminder(Speaker(head(circle, 0), 2**31 + 2**19 * second))
        farthest = Reminder(Speaker(head(circle, 0), 2**32 - 1))
        return [seal_frame(one, seal_now(circle)) for one in (far, farthest)]

    assert seconds_of_air(circle, lie) < 12.0
    assert 2**31 < circle.stations[0].store.reserve_counters(0) < 2**32 - 2**20 + 64


def test_a_member_that_says_it_has_nothing_costs_no_more_than_what_repairs_may_take(
    circle: CircleNetwork,
) -> None:
    def lie(second: int) -> list[bytes]:
        return [seal_frame(Summary(Speaker(head(circle, 1), 10_000 + second), None, ()), seal_now(circle))]

    assert 30.0 < seconds_of_air(circle, lie) <= REPAIRS_S


def test_a_member_that_denies_having_critical_posts_does_not_use_up_the_reserve_for_new_ones(
    circle: CircleNetwork,
) -> None:
    for number in range(12):
        circle.write(2, post(f"insulin {number}", Urgency.CRITICAL))
    circle.run(circle.now_s + 1800.0)

    def lie(second: int) -> list[bytes]:
        return [seal_frame(Summary(Speaker(head(circle, 1), 10_000 + second), None, ()), seal_now(circle))]

    taken_s = seconds_of_air(circle, lie)
    assert taken_s <= REPAIRS_S
    signed = circle.write(0, post("insulin, now", Urgency.CRITICAL))
    circle.run(circle.now_s + 10.0)
    assert any(signed.entry.id in frame.ids for _, index, frame in circle.sent if index == 0)


def test_a_member_that_claims_what_nobody_has_costs_half_a_minute(circle: CircleNetwork) -> None:
    def lie(second: int) -> list[bytes]:
        station = circle.stations[0]
        lines = [
            LogLine(Place(log.author[:4]), ((1, held.ranges[-1][1]),), held.digest[:3])
            for log, held in sorted(station.store.holdings().items(), key=lambda pair: pair[0])
        ]
        lines[0] = LogLine(lines[0].place, ((1, 500 + second),), b"lie")
        summary = Summary(Speaker(head(circle, 1), 10_000 + second), None, tuple(lines))
        return [seal_frame(summary, seal_now(circle))]

    assert seconds_of_air(circle, lie) < 60.0


def test_a_member_that_claims_ever_other_states_costs_two_and_a_half_minutes(circle: CircleNetwork) -> None:
    chance = random.Random(5)

    def lie(second: int) -> list[bytes]:
        beacon = Beacon(Speaker(head(circle, 1), 10_000 + second), chance.randbytes(4))
        return [seal_frame(beacon, seal_now(circle))]

    assert seconds_of_air(circle, lie) < 150.0


def test_a_member_that_asks_about_forks_that_are_none_costs_three_minutes(circle: CircleNetwork) -> None:
    chance = random.Random(5)

    def lie(second: int) -> list[bytes]:
        ask = Ask(Place(head(circle, 0)), 1, ((4, chance.randbytes(3)),))
        return [seal_frame(Request(Speaker(head(circle, 1), 10_000 + second), (ask,)), seal_now(circle))]

    assert seconds_of_air(circle, lie) < 180.0


def test_a_member_that_forks_its_log_leaves_two_entries_and_costs_no_more_than_repairs_may(
    circle: CircleNetwork,
) -> None:
    """The worst order for us: each entry has a lower digest than all before it."""
    liar = circle.member(1)
    made = sorted((liar.draft(post(f"fork {one}")) for one in range(HOUR_S // EVERY_S)), key=digest_of)
    forks = list(reversed(made))

    def lie(second: int) -> list[bytes]:
        return [seal_frame(Entries((item_of(forks[second // EVERY_S]),)), seal_now(circle))]

    assert seconds_of_air(circle, lie) <= REPAIRS_S
    entry = made[0].entry
    assert made[:2] == list(circle.stations[0].store.entries(entry.log, entry.number, entry.number))


def test_a_member_that_gives_made_up_keys_is_heeded_eight_times_an_hour(circle: CircleNetwork) -> None:
    chance = random.Random(5)
    liar, us = circle.member(1), circle.member(0)

    def lie(second: int) -> list[bytes]:
        key = EpochKey(EpochId(chance.randbytes(8)), second, chance.randbytes(32))
        wrapped = liar.box.wrap_for(key, us.key.author, us.box.public)
        return [seal_frame(Keys(head(circle, 1), key.id, second, ((head(circle, 0), wrapped),)), DOOR)]

    assert seconds_of_air(circle, lie) < 30.0
    assert sum(isinstance(event, EpochKeyReceived) for event in us.events) == 8
    assert circle.agree(0, 1, 2, 3)


def digest_of(signed: SignedEntry) -> bytes:
    return signed.entry.digest


def test_a_member_who_says_that_what_lasts_is_forgotten_is_contradicted_for_little_air(
    circle: CircleNetwork,
) -> None:
    for number in range(40):
        circle.write(0, post(f"need {number} more"))
    circle.run(circle.now_s + 1800.0)
    own = circle.stations[0].store.holdings()[LogId(circle.stations[0].key.author)].ranges[0][1]
    before = {log: dict(one.store.holdings()) for log, one in enumerate(circle.stations[:-1])}

    def lie(second: int) -> list[bytes]:
        first, last = 2 + second // 6 % 20, own - 1 - second // 120 % 20
        item = StretchItem(head(circle, 0), 0, first, last, last - first + 1, second.to_bytes(32, "big"))
        return [seal_frame(Entries((item,)), seal_now(circle))]

    assert seconds_of_air(circle, lie, listener=1) < 70.0
    assert before == {log: dict(one.store.holdings()) for log, one in enumerate(circle.stations[:-1])}


def test_a_former_member_forgets_for_nobody(circle: CircleNetwork) -> None:
    own = circle.stations[0].store.holdings()[LogId(circle.stations[0].key.author)].ranges[0][1]
    item = StretchItem(head(circle, 0), 0, 2, own - 1, own - 2, bytes(32))
    past = circle.member(4).ring.seal_of(circle.member(4).ring.keys[0])

    assert seconds_of_air(circle, lambda _second: [seal_frame(Entries((item,)), past)]) < 4.0
