"""Telling by numbers what is held, and what comes of it."""

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from meshboard.domain.entries import LogId
from meshboard.domain.ids import AuthorId
from meshboard.sync.ranges import Ranges, minus, ranges_of, with_number
from meshboard.sync.store import LogHoldings
from meshboard.sync.summary import place_of
from meshboard.sync.telling import TOLD_BYTES, WAITS_BYTES, Teller, compare_told
from meshboard.wire.frames import MAX_RANGES
from meshboard.wire.holdings import push_told

LOGS = [LogId(AuthorId(bytes([first]) * 32)) for first in range(1, 5)]
NUMBERS = st.sets(st.integers(1, 40), min_size=1)
TABLES = st.tuples(*[NUMBERS] * len(LOGS))


def holdings(numbers: tuple[set[int], ...]) -> dict[LogId, LogHoldings]:
    return {
        log: LogHoldings(ranges_of(held), bytes(32), len(held))
        for log, held in zip(LOGS, numbers, strict=False)
    }


@given(TABLES, TABLES)
def test_two_who_know_the_same_logs_see_what_either_lacks(
    ours: tuple[set[int], ...], theirs: tuple[set[int], ...]
) -> None:
    told = Teller().tell(holdings(theirs), 1000)
    assert told is not None
    differences = compare_told(told, {log: ranges_of(held) for log, held in zip(LOGS, ours, strict=True)})

    assert differences is not None
    assert dict(differences.they_lack) == {
        log: ranges_of(mine - yours)
        for log, mine, yours in zip(LOGS, ours, theirs, strict=True)
        if mine - yours and len(ranges_of(yours)) <= 16
    }
    assert dict(differences.we_lack) == {
        log: ranges_of(yours - mine)
        for log, mine, yours in zip(LOGS, ours, theirs, strict=True)
        if yours - mine and len(ranges_of(yours)) <= 16
    }


def test_who_knows_other_logs_cannot_compare() -> None:
    told = Teller().tell(holdings(({1}, {2})), TOLD_BYTES)

    assert told is not None
    assert compare_told(told, {LOGS[0]: ((1, 1),)}) is None


def test_what_does_not_fit_is_told_in_turn() -> None:
    many = {LogId(AuthorId(bytes([one]) * 32)): LogHoldings(((1, 9),), bytes(32), 9) for one in range(1, 100)}
    teller = Teller()
    parts = [told for _ in range(5) if (told := teller.tell(many, 24)) is not None]

    assert [told.start for told in parts] == [0, 21, 42, 63, 84]
    assert all(len(push_told(told)) <= 24 for told in parts)
    assert sum(len(told.ranges) for told in parts) == len(many)


@given(NUMBERS, NUMBERS, NUMBERS)
def test_what_waits_there_is_given_again_only_where_nothing_beside_it_is(
    ours: set[int], theirs: set[int], waiting: set[int]
) -> None:
    waits = {place_of(LOGS[0]): ranges_of(waiting)}
    told = Teller().tell(holdings((theirs,)), 1000, waits)
    assert told is not None
    differences = compare_told(told, {LOGS[0]: ranges_of(ours)})
    assert differences is not None
    if len(ranges_of(theirs)) > MAX_RANGES or len(ranges_of(waiting - theirs)) > MAX_RANGES:
        return

    lacking, waiting = ours - theirs, waiting - theirs
    given = numbers_of(differences.they_lack)
    left_out = lacking - given
    assert lacking - waiting <= given <= lacking
    for first, last in ranges_of(waiting):
        is_checked = {first - 1, last + 1} & (lacking - waiting)
        assert bool(is_checked) or not left_out & set(range(first, last + 1))
    if lacking:
        assert left_out <= numbers_of(differences.they_hold.items()) <= theirs | waiting


def numbers_of(by_log: Iterable[tuple[LogId, Ranges]]) -> set[int]:
    return {number for _, ranges in by_log for first, last in ranges for number in range(first, last + 1)}


def test_what_waits_is_told_as_far_as_it_fits_beside_what_is_held() -> None:
    held = holdings(({1}, {2}, {3}, {4}))
    waits = {place_of(log): ranges_of(range(9, 40, 2)) for log in LOGS}
    told = Teller().tell(held, TOLD_BYTES, waits)
    most = Teller().tell(held, TOLD_BYTES, waits, WAITS_BYTES)

    assert told is not None
    assert most is not None
    assert [place for place, _ in told.waits] == [0]
    assert [place for place, _ in most.waits] == [0, 1]
    assert len(push_told(told)) <= TOLD_BYTES
    assert len(push_told(most)) <= TOLD_BYTES + WAITS_BYTES


@given(st.sets(st.integers(1, 30)), st.integers(1, 30))
def test_a_number_is_added_to_ranges(numbers: set[int], number: int) -> None:
    assert ranges_of({*numbers, number}) == with_number(ranges_of(numbers), number)
    assert minus(ranges_of(numbers), with_number(ranges_of(numbers), number)) == ()
