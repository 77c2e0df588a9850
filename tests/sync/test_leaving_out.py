"""What waits for an entry beside it that is given is left out, and not for ever."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshboard.domain.entries import LogId
from meshboard.figures import FORGET_SAID_S
from meshboard.sync.entries.leaving_out import LeavingOut
from meshboard.sync.holdings.ranges import Ranges, minus, ranges_of
from meshboard.sync.memory_store import MemoryStore
from meshboard.sync.setup import EngineConfig
from meshboard.sync.store import Stretch
from tests.sync.logs import LOG as ENTRIES

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


def given_after(told: Told, now_s: float, leaving_out: LeavingOut) -> Ranges:
    to_give = leaving_out.to_give(HEAD, told, now_s)
    assert to_give.they_hold == told.they_hold  # what waits may be forged: nothing is checked by it alone
    return dict(to_give.they_lack)[LOG]


@given(NUMBERS, NUMBERS)
def test_only_what_is_beside_something_given_is_left_out(held: set[int], waiting: set[int]) -> None:
    told = Told(40, ranges_of(held), ranges_of(waiting - held))
    lacking = set(range(1, 41)) - held
    given_ = numbers(given_after(told, 0.0, LeavingOut(TIMINGS, MemoryStore())))

    assert lacking - waiting <= given_ <= lacking
    left_out = lacking - given_
    for first, last in ranges_of(waiting - held):
        is_checked = {first - 1, last + 1} & (lacking - waiting)
        assert bool(is_checked) or not left_out & set(range(first, last + 1))


def numbers(ranges: Ranges) -> set[int]:
    return {number for first, last in ranges for number in range(first, last + 1)}


@given(st.lists(st.tuples(st.floats(0.0, 30.0), NUMBERS), min_size=1, max_size=40))
def test_every_number_is_given_in_the_third_round_in_which_it_waits(
    tellings: list[tuple[float, set[int]]],
) -> None:
    leaving_out, now_s, began_s = LeavingOut(TIMINGS, MemoryStore()), 0.0, float("-inf")
    rounds: dict[int, set[float]] = {}
    for pause_s, waiting in tellings:
        now_s += pause_s
        began_s = now_s if now_s - began_s >= TIMINGS.flood_s else began_s
        came = numbers(given_after(Told(40, (), ranges_of(waiting)), now_s, leaving_out))
        for number in set(range(1, 41)) - came:
            rounds.setdefault(number, set()).add(began_s)

    assert all(len(left_out_in) <= 2 for left_out_in in rounds.values())


def test_what_still_waits_after_two_rounds_is_given() -> None:
    leaving_out = LeavingOut(TIMINGS, MemoryStore())
    told = Told(9, ((1, 4),), ((6, 9),))
    rounds = [given_after(told, n * TIMINGS.flood_s, leaving_out) for n in range(3)]

    assert rounds == [((5, 5),), ((5, 5),), ((5, 9),)]


def test_what_comes_to_wait_later_is_left_out_as_often_and_the_rest_no_more() -> None:
    leaving_out = LeavingOut(TIMINGS, MemoryStore())
    for n in range(2):
        given_after(Told(9, ((1, 4),), ((6, 9),)), n * TIMINGS.flood_s, leaving_out)

    assert given_after(Told(10, ((1, 4),), ((6, 10),)), 2 * TIMINGS.flood_s, leaving_out) == ((5, 9),)


def test_half_an_hour_later_all_is_counted_anew() -> None:
    leaving_out = LeavingOut(TIMINGS, MemoryStore())
    told = Told(9, ((1, 4),), ((6, 9),))
    for n in range(3):
        given_after(told, n * TIMINGS.flood_s, leaving_out)

    assert given_after(told, 2 * TIMINGS.flood_s + FORGET_SAID_S, leaving_out) == ((5, 5),)


@pytest.mark.parametrize("waiting", [((6, 7),), ((8, 9),)])
def test_what_is_beside_a_stretch_alone_is_given_because_a_stretch_checks_nothing(waiting: Ranges) -> None:
    """The stretch lies from 2 to 5 and from 10 to 12; 6 to 9 wait in part, and the rest is held there."""
    store = MemoryStore()
    store.append([*ENTRIES[5:6], *ENTRIES[12:13]])
    assert store.take_stretch(LOG, Stretch(2, 5, 4, bytes(32)))
    assert store.take_stretch(LOG, Stretch(10, 12, 3, bytes(32)))
    held = ((1, 1), *minus(((6, 9),), waiting))

    assert numbers(waiting) <= numbers(given_after(Told(12, held, waiting), 0.0, LeavingOut(TIMINGS, store)))


def test_nothing_is_left_out_for_somebody_else() -> None:
    leaving_out = LeavingOut(TIMINGS, MemoryStore())
    told = Told(9, ((1, 4),), ((6, 9),))
    for n in range(3):
        given_after(told, n * TIMINGS.flood_s, leaving_out)
    other = leaving_out.to_give(b"else", told, 2 * TIMINGS.flood_s)

    assert dict(other.they_lack)[LOG] == ((5, 5),)
