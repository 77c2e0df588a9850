"""Where frames are relayed, a station lets a flood end before it speaks: its own as well as another's."""

import random
from itertools import pairwise

import pytest

from meshboard.sync.lanes.clearance import Calm
from meshboard.sync.setup import EngineConfig
from meshboard.sync.timing import Timings
from tests.support.engines.inside import voice_of
from tests.support.engines.lossy_network import Network, post

T = 2.0
TIMINGS = Timings(frame_s=T, rest_s=5.0)
RELAYED = EngineConfig(hop_limit=3)


def test_a_frame_is_over_when_its_relays_have_had_their_turns_and_a_random_wait_follows() -> None:
    ends = []
    for seed in range(50):
        one = Calm(TIMINGS, random.Random(seed))
        one.note_frame(1.0, 3, ends_at=10.0)
        ends.append(one.at)

    relayed_at = 10.0 + 3 * (1.0 + TIMINGS.relay_wait_s)
    assert relayed_at + TIMINGS.calm_s[0] <= min(ends) < max(ends) <= relayed_at + TIMINGS.calm_s[1]


def test_one_flood_after_the_other_keeps_a_station_silent_for_so_long_at_most() -> None:
    calm = Calm(TIMINGS, random.Random(1))
    for second in range(int(TIMINGS.longest_calm_s)):
        calm.note_frame(1.0, 3, ends_at=float(second))

    assert calm.at == TIMINGS.longest_calm_s


@pytest.mark.parametrize("seed", range(5))
def test_a_station_does_not_speak_into_the_relays_of_its_own_frame(seed: int) -> None:
    network = Network(seed, count=2, config=RELAYED)
    giver = network.stations[0]
    voice_of(giver.engine).reach.note(b"far ", 2, network.now_s)
    for number in range(30):
        giver.write(post(f"need {number}"), network.now_s)
    network.settle(giver)
    network.run(600.0)

    said = [(at, frame) for at, index, frame in network.sent if index == 0][1:]  # but its introduction
    assert len(said) > 5
    assert all(frame.hop_limit for _, frame in said)
    for (at, frame), (next_at, _) in pairwise(said):
        relayed_s = frame.hop_limit * (frame.air_s + RELAYED.timings.relay_wait_s)
        assert next_at - at >= frame.air_s + relayed_s
