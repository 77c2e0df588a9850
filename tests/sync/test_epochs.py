"""Members, keys and epochs on a lossy network: who counts ends with one key, who is out learns nothing."""

from collections import Counter

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from meshboard.domain.entries import SignedEntry
from meshboard.domain.ids import EpochId
from meshboard.errors import TrustError, WireError
from meshboard.sync.events import FrameUse
from meshboard.trust.key_ring import EpochKey, KeyRing
from meshboard.trust.seal import DoorSeal
from meshboard.wire.frames import Keys
from meshboard.wire.framing import open_frame
from tests.support.engines.circle_network import (
    CIRCLE,
    DOOR,
    LOSS,
    QUIET_S,
    SETTLE_S,
    CircleNetwork,
    CircleStation,
    circle_of,
)
from tests.support.engines.lossy_network import post

SEEDS = range(6)


def test_a_new_epoch_is_announced_in_the_old_one_and_given_to_the_others_before_it_seals() -> None:
    network = circle_of(4)
    before = network.member(0).ring
    begun = network.begin_epoch(0, 3)
    network.write(0, post("water"))
    network.run(network.now_s + 60.0)

    said = [frame for _, index, frame in network.sent if index == 0]
    assert [frame.use for frame in said[:2]] == [FrameUse.NEWS, FrameUse.KEYS]
    assert FrameUse.NEWS in [frame.use for frame in said[2:]]
    assert said[0].ids == (begun.entry.id,)
    assert open_frame(said[0].payload, before, DOOR).epoch == before.current
    assert network.agree(0, 1, 2)


def test_an_epoch_for_twenty_members_takes_a_handful_of_frames() -> None:
    network = circle_of(20)
    started_s = network.now_s
    network.begin_epoch(0)
    taken_s = network.run_until_agreed(300.0, *range(20))

    spoken = Counter(frame.use for at, _, frame in network.sent if at <= started_s + taken_s)
    assert (spoken[FrameUse.NEWS], spoken[FrameUse.KEYS], spoken[FrameUse.HELLO]) == (1, 5, 0)
    assert taken_s < 20.0


def test_an_epoch_for_twenty_members_arrives_everywhere_at_30_percent_loss() -> None:
    network = circle_of(20)
    network.loss = LOSS
    network.begin_epoch(0)

    assert network.run_until_agreed(900.0, *range(20)) < 600.0
    keys = [frame for _, _, frame in network.sent if frame.use is FrameUse.KEYS]
    assert sum(frame.air_s for frame in keys) < 60.0


def test_what_waits_while_the_key_is_missing_goes_out_under_the_new_one() -> None:
    network = circle_of(3)
    network.hears = lambda first, second, _now_s: 2 not in (first, second)
    late = network.member(2)
    farewell = network.member(0).begin_epoch([], network.now_s)
    late.engine.change_keys(late.ring.sealing_with(farewell_epoch(farewell)), now_s=network.now_s)
    signed = late.write(post("water"), network.now_s)
    network.settle(late)
    network.run(network.now_s + 60.0)
    assert {frame.use for _, index, frame in network.sent if index == 2} == {FrameUse.HELLO}

    network.hears = lambda _first, _second, _now_s: True
    assert network.run_until_agreed(600.0, 0, 1, 2) < 300.0
    assert network.member(0).store.holds(signed.entry.log, signed.entry.number, signed.entry.digest)


@pytest.mark.parametrize("seed", SEEDS)
def test_two_sides_that_removed_and_rekeyed_apart_end_in_one_epoch(seed: int) -> None:
    network = circle_of(7, seed)
    network.loss = LOSS
    west = {0, 1, 2}
    network.hears = lambda first, second, _now_s: (first in west) == (second in west)
    network.begin_epoch(0, 5)
    network.begin_epoch(3, 6)
    network.write(1, post("west"))
    network.write(4, post("east"))
    network.run(network.now_s + 2 * SETTLE_S)

    network.hears = lambda _first, _second, _now_s: True
    assert network.run_until_agreed(900.0, *range(5)) < 600.0
    remaining = {network.stations[index].key.author for index in range(5)}
    assert all(set(network.member(index).members()) == remaining for index in range(5))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_station_that_missed_three_epochs_catches_up_through_anyone(seed: int) -> None:
    network = circle_of(5, seed)
    network.loss = LOSS
    missed_three_epochs(network, late=4)

    # it hears only station 2, which began none of them
    network.hears = lambda first, second, _now_s: 4 not in (first, second) or {first, second} == {2, 4}
    network.restart(4)
    assert network.run_until_agreed(1800.0, *range(5)) < 900.0


def test_a_station_that_knows_of_an_epoch_without_its_key_catches_up_with_later_ones() -> None:
    """Mostly within minutes; where the hour's allowance of one neighbour is used up, within the next."""
    taken_s = sorted(seconds_until_a_mute_station_agrees(seed) for seed in range(9))

    assert taken_s[4] < 300.0
    assert taken_s[-1] < 7200.0


def seconds_until_a_mute_station_agrees(seed: int) -> float:
    """Let the last epoch but one be begun by somebody it never heard of, so that it lacks a vouch as well."""
    network = circle_of(5, seed)
    late = network.member(4)
    begun = network.begin_epoch(0)
    network.run(network.now_s + 1.0)
    late.ring = KeyRing(CIRCLE.id, late.ring.keys[:1], None)
    late.store.append([begun])
    network.hears = lambda first, second, _now_s: 4 not in (first, second)
    network.run(network.now_s + QUIET_S)
    network.let_in(5, by=1)
    assert network.run_until_agreed(900.0, 0, 1, 2, 3, 5) < 900.0
    network.begin_epoch(5)
    network.run(network.now_s + QUIET_S)
    network.begin_epoch(0)
    network.run(network.now_s + QUIET_S)
    network.loss = LOSS
    network.hears = lambda first, second, _now_s: 4 not in (first, second) or {first, second} == {3, 4}
    network.restart(4)
    return network.run_until_agreed(7200.0, *range(5))


def test_who_is_out_opens_nothing_sealed_later() -> None:
    """It tries every key it has, and every key any frame ever gave anybody, on every frame ever heard."""
    network = circle_of(5)
    out = network.member(4)
    begun = network.begin_epoch(0, 4)
    network.run(network.now_s + 1.0)  # it hears that it is out
    network.loss = LOSS
    network.run(network.now_s + SETTLE_S)
    after = network.write(1, post("after"))
    network.begin_epoch(1)
    network.run(network.now_s + SETTLE_S)
    later = network.write(2, post("later still"))
    network.run(network.now_s + 2 * SETTLE_S)
    assert network.agree(0, 1, 2, 3)

    heard = [frame.payload for _, index, frame in network.sent if index != 4]
    assert with_what_is_given(out, heard, network) == out.ring
    insiders = network.member(0).ring
    sealed_later = [payload for payload in heard if epoch_number_of(payload, insiders) > 0]
    assert len(sealed_later) > 10
    assert not any(epoch_number_of(payload, out.ring) >= 0 for payload in sealed_later)
    said_to_it = {signed.entry.id for signed in out.store.everything()}
    assert begun.entry.id in said_to_it
    assert not said_to_it & {after.entry.id, later.entry.id}


def test_who_was_let_in_later_is_given_the_key_and_no_earlier_one() -> None:
    network = circle_of(3)
    network.begin_epoch(0)
    network.run(network.now_s + QUIET_S)
    joiner = network.let_in(3, by=1)

    assert network.run_until_agreed(300.0, 0, 1, 2, 3) < 120.0
    assert [key.number for key in joiner.ring.keys] == [1]


def missed_three_epochs(network: CircleNetwork, late: int) -> None:
    network.hears = lambda first, second, _now_s: late not in (first, second)
    for _ in range(3):
        network.begin_epoch(0)
        network.run(network.now_s + QUIET_S)
        network.write(1, post("news"))
        network.run(network.now_s + QUIET_S)


def farewell_epoch(signed: SignedEntry) -> EpochId:
    return EpochId(bytes(signed.entry.id))


def with_what_is_given(station: CircleStation, heard: list[bytes], network: CircleNetwork) -> KeyRing:
    """Return a station's ring with every key that any frame heard gives it, whoever it was meant for."""
    ring, door = station.ring, DoorSeal(CIRCLE)
    for payload in heard:
        try:
            said = open_frame(payload, ring, door).frame
        except (WireError, TrustError):
            continue
        if not isinstance(said, Keys):
            continue
        for _, wrapped in said.wrapped:
            for giver in network.members():
                key = unwrapped(station, said, giver, wrapped)
                ring = ring.with_key(key) if key else ring
    return ring


def unwrapped(station: CircleStation, said: Keys, giver: CircleStation, wrapped: bytes) -> EpochKey | None:
    author, box_key = giver.key.author, giver.box.public
    try:
        return station.box.unwrap(said.epoch, said.number, author, box_key, wrapped)
    except TrustError:
        return None


def epoch_number_of(payload: bytes, ring: KeyRing) -> int:
    """Return the number of the epoch a frame is sealed in, -1 where none of these keys opens it."""
    try:
        epoch = open_frame(payload, ring, DOOR).epoch
    except (WireError, TrustError):
        return -1
    return epoch.number if epoch else -1


class Circles(RuleBasedStateMachine):
    """Whatever members do in whatever order, apart or together: once they hear each other they agree.

    The founder and station 1 stay; they are the ones who take others out.
    """

    @initialize(seed=st.integers(0, 1000))
    def begin(self, seed: int) -> None:
        """Let five stations settle, then lose three frames in ten."""
        self.network = circle_of(5, seed)
        self.network.loss = LOSS
        self.out: set[int] = set()

    @rule(index=st.integers(0, 4))
    def write(self, index: int) -> None:
        """Post something at a station that is not out."""
        if index not in self.out:
            self.network.write(index, post("something"))

    @rule(by=st.integers(0, 1))
    def rekey(self, by: int) -> None:
        """Begin a new epoch."""
        if self.network.member(by).ring.current:
            self.network.begin_epoch(by)

    @precondition(lambda self: len(self.out) < 2)
    @rule(by=st.integers(0, 1), whom=st.integers(2, 4))
    def remove(self, by: int, whom: int) -> None:
        """Take somebody out, who may be out already."""
        if self.network.member(by).ring.current:
            self.network.begin_epoch(by, whom)
            self.out.add(whom)

    @rule()
    def part(self) -> None:
        """Let the sides no longer hear each other."""
        self.network.hears = lambda first, second, _now_s: first % 2 == second % 2

    @rule()
    def meet(self) -> None:
        """Let everybody hear everybody."""
        self.network.hears = lambda _first, _second, _now_s: True

    @rule(seconds=st.floats(1.0, 300.0))
    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.network.run(self.network.now_s + seconds)

    @rule(index=st.integers(0, 4))
    def restart(self, index: int) -> None:
        """Start a station's program anew."""
        self.network.restart(index)

    def teardown(self) -> None:
        """See that all who are not out come to one state with one key."""
        if not hasattr(self, "network"):
            return
        self.meet()
        remaining = sorted(set(range(5)) - self.out)
        for index in remaining:
            self.network.restart(index)
        taken_s = self.network.run_until_agreed(3600.0, *remaining)
        assert taken_s < 3600.0
        for index in self.out:
            assert self.network.stations[index].key.author not in self.network.member(0).members()


TestCircles = Circles.TestCase
TestCircles.settings = settings(max_examples=12, stateful_step_count=10, deadline=None)
