"""What waits for an entry beside it that is given is left out, and not for ever."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from meshboard.domain.entries import LogId
from meshboard.sync.leaving_out import TIMES, LeavingOut
from meshboard.sync.memory import MemoryStore
from meshboard.sync.ranges import Ranges, minus, ranges_of
from meshboard.sync.setup import EngineConfig
from meshboard.sync.store import Stretch
from meshboard.sync.timing import FORGET_SAID_S
from tests.sync.test_bulk import LOG as ENTRIES

LOG = ENTRIES[0].entry.log
HEAD = b"head"
TIMINGS = EngineConfig().timings
NUMBERS = st.sets(st.integers(1, 40))


@dataclass(frozen=True)
class Told:
    """What a station tells of one log, of which everything up to a number is held here."""

    last: int
    held: Ranges
    waiting: Ranges = ()

    @property
    def they_lack(self) -> Sequence[tuple[LogId, Ranges]]:
        return [(LOG, minus(((1, self.last),), self.held))]

    @property
    def they_hold(self) -> Mapping[LogId, Ranges]:
        return {LOG: self.held}

    @property
    def waits(self) -> Mapping[LogId, Ranges]:
        return {LOG: self.waiting} if self.waiting else {}


def given_after(told: Told, now_s: float, leaving_out: LeavingOut) -> tuple[Ranges, Ranges]:
    """Return what is given and by what it can be checked."""
    to_give = leaving_out.to_give(HEAD, told, now_s)
    return dict(to_give.they_lack)[LOG], to_give.they_hold[LOG]


@given(NUMBERS, NUMBERS)
def test_only_what_is_beside_something_given_is_left_out(held: set[int], waiting: set[int]) -> None:
    told = Told(40, ranges_of(held), ranges_of(waiting - held))
    lacking = set(range(1, 41)) - held
    came, held_there = given_after(told, 0.0, LeavingOut(TIMINGS, MemoryStore()))
    given_ = {number for first, last in came for number in range(first, last + 1)}

    assert lacking - waiting <= given_ <= lacking
    left_out = lacking - given_
    assert held_there == (ranges_of(held | left_out) if held else ())  # else the author's key is lacking too
    for first, last in ranges_of(waiting - held):
        is_checked = {first - 1, last + 1} & (lacking - waiting)
        assert bool(is_checked) or not left_out & set(range(first, last + 1))


def test_what_still_waits_after_some_rounds_is_given() -> None:
    leaving_out = LeavingOut(TIMINGS, MemoryStore())
    told = Told(9, ((1, 4),), ((6, 9),))
    rounds = [given_after(told, n * TIMINGS.flood_s, leaving_out) for n in range(TIMES + 1)]

    assert rounds == [(((5, 5),), ((1, 4), (6, 9)))] * TIMES + [(((5, 9),), ((1, 4),))]


def test_what_comes_to_wait_later_is_left_out_as_often_and_the_rest_no_more() -> None:
    leaving_out = LeavingOut(TIMINGS, MemoryStore())
    for n in range(TIMES):
        given_after(Told(9, ((1, 4),), ((6, 9),)), n * TIMINGS.flood_s, leaving_out)
    came, held_there = given_after(Told(10, ((1, 4),), ((6, 10),)), TIMES * TIMINGS.flood_s, leaving_out)

    assert (came, held_there) == (((5, 9),), ((1, 4), (10, 10)))


def test_what_is_told_twice_in_a_flood_counts_once_and_half_an_hour_later_all_is_new() -> None:
    leaving_out = LeavingOut(TIMINGS, MemoryStore())
    told = Told(9, ((1, 4),), ((6, 9),))
    for n in range(10 * TIMES):
        assert given_after(told, n * TIMINGS.flood_s / 10 - 1.0, leaving_out)[0] == ((5, 5),)
    assert given_after(told, 20 * TIMINGS.flood_s, leaving_out)[0] == ((5, 9),)
    assert given_after(told, 20 * TIMINGS.flood_s + FORGET_SAID_S, leaving_out)[0] == ((5, 5),)


def test_what_follows_a_stretch_is_given_because_the_stretch_is_believed_by_it() -> None:
    store = MemoryStore()
    store.append(ENTRIES[5:6])
    assert store.take_stretch(LOG, Stretch(2, 5, 4, bytes(32)))
    leaving_out = LeavingOut(TIMINGS, store)

    assert given_after(Told(9, ((1, 1),), ((6, 7),)), 0.0, leaving_out)[0] == ((2, 9),)
    assert given_after(Told(9, ((1, 1),), ((7, 8),)), 0.0, leaving_out)[0] == ((2, 6), (9, 9))


def test_nothing_is_left_out_for_somebody_else() -> None:
    leaving_out = LeavingOut(TIMINGS, MemoryStore())
    told = Told(9, ((1, 4),), ((6, 9),))
    for n in range(TIMES + 1):
        given_after(told, n * TIMINGS.flood_s, leaving_out)
    other = leaving_out.to_give(b"else", told, TIMES * TIMINGS.flood_s)

    assert dict(other.they_lack)[LOG] == ((5, 5),)
