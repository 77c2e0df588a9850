"""Telling by numbers what is held, and what comes of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshboard.domain.entries import LogId
from meshboard.domain.ids import AuthorId
from meshboard.figures import TOLD_BYTES, TOLD_WITH_NEWS_BYTES, WAITS_BYTES
from meshboard.sync.holdings.ranges import minus, ranges_of, with_number
from meshboard.sync.holdings.summary import place_of, state_of
from meshboard.sync.holdings.telling import Teller, compare_told
from meshboard.sync.store import LogHoldings
from meshboard.wire.cursor import Reader
from meshboard.wire.frames import MAX_RANGES, Beacon, Speaker, Told
from meshboard.wire.framing import seal_frame
from meshboard.wire.holdings import pull_told, push_told, push_told_log
from tests.support.engines.lossy_network import SEAL

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

    assert [told.start for told in parts][:4] == [0, 21, 42, 63]
    assert all(len(push_told(told)) <= 24 for told in parts)
    assert set().union(*map(places_in, parts)) == set(range(len(many)))


def places_in(told: Told) -> set[int]:
    return {told.start + place for place, ranges in enumerate(told.ranges) if ranges}


def test_of_a_table_that_is_too_long_the_logs_that_changed_last_are_told_each_time() -> None:
    logs = [LogId(AuthorId(bytes([one]) * 32)) for one in range(1, 201)]
    held = {log: LogHoldings(((1, 9),), bytes(32), 9) for log in logs}
    teller = Teller()
    teller.tell(held, TOLD_WITH_NEWS_BYTES)
    told_in_turn: set[int] = set()
    for number in range(10, 10 + 20 * len(logs)):
        held[logs[50]] = held[logs[150]] = LogHoldings(((1, number),), bytes(32), number)
        told = teller.tell(held, TOLD_WITH_NEWS_BYTES)
        assert told is not None
        assert len(push_told(told)) <= TOLD_WITH_NEWS_BYTES
        assert {50, 150} <= places_in(told)
        told_in_turn |= places_in(told)
        if len(told_in_turn) == len(logs):
            break

    assert told_in_turn == set(range(len(logs)))
    assert number < 10 + len(logs) / 5


@pytest.mark.parametrize("most_bytes", [TOLD_WITH_NEWS_BYTES, TOLD_BYTES])
def test_a_log_in_many_pieces_does_not_stop_the_turn(most_bytes: int) -> None:
    logs = [LogId(AuthorId(bytes([one]) * 32)) for one in range(1, 101)]
    held = {log: LogHoldings(((1, 9),), bytes(32), 9) for log in logs}
    teller = Teller()
    teller.tell(held, most_bytes)
    for place in range(0, 70, 2):
        held[logs[place]] = LogHoldings(((1, 10),), bytes(32), 10)
    pieces = tuple((number, number) for number in range(2, 2 * MAX_RANGES + 2, 2))
    held[logs[11]] = LogHoldings(pieces, bytes(32), MAX_RANGES)
    told_in_turn: set[int] = set()
    for _ in range(60):
        told = teller.tell(held, most_bytes)
        assert told is not None
        told_in_turn |= places_in(told)

    fitting = set(range(100)) - ({11} if most_bytes == TOLD_WITH_NEWS_BYTES else set())
    assert fitting <= told_in_turn


@given(TABLES, st.integers(0, 3), st.dictionaries(st.sampled_from(LOGS), NUMBERS))
def test_what_waits_is_told_of_the_logs_told_and_without_what_is_held(
    held: tuple[set[int], ...], start: int, waiting: dict[LogId, set[int]]
) -> None:
    teller = Teller()
    all_held = holdings(held)
    for _ in range(start):
        teller.tell(all_held, 3 + len(push_told_log(all_held[LOGS[0]].ranges)))
    told = teller.tell(
        all_held, 200, {place_of(log): ranges_of(numbers) for log, numbers in waiting.items()}, 200
    )
    assert told is not None
    read = pull_told(Reader(push_told(told)))
    differences = compare_told(read, {log: one.ranges for log, one in all_held.items()})

    assert differences is not None
    of_told = dict(list(zip(LOGS, held, strict=True))[told.start : told.start + len(told.ranges)])
    assert dict(differences.waits) == {
        log: ranges[:MAX_RANGES]
        for log in of_told
        if (ranges := ranges_of(waiting.get(log, set()) - of_told[log]))
    }


def test_what_waits_is_told_as_far_as_it_fits_beside_what_is_held() -> None:
    held = holdings(({1}, {2}, {3}, {4}))
    waits = {place_of(log): ranges_of(range(9, 40, 2)) for log in LOGS}
    told = Teller().tell(held, TOLD_BYTES, waits)
    most = Teller().tell(held, TOLD_BYTES, waits, WAITS_BYTES)

    assert told is not None
    assert most is not None
    assert [(place, len(ranges)) for place, ranges in told.waits] == [(0, 16), (1, 7)]
    assert [(place, len(ranges)) for place, ranges in most.waits] == [(0, 16), (1, 16), (2, 14)]
    assert len(push_told(told)) <= TOLD_BYTES
    assert len(push_told(most)) <= TOLD_BYTES + WAITS_BYTES


@given(st.sets(st.integers(1, 30)), st.integers(1, 30))
def test_a_number_is_added_to_ranges(numbers: set[int], number: int) -> None:
    assert ranges_of({*numbers, number}) == with_number(ranges_of(numbers), number)
    assert minus(ranges_of(numbers), with_number(ranges_of(numbers), number)) == ()


def test_what_waits_is_lacking_all_the_same() -> None:
    """What to leave out of it is decided apart: facts for who is behind never are."""
    told = Teller().tell(holdings(({1, 2},)), TOLD_BYTES, {place_of(LOGS[0]): ((4, 5),)})
    assert told is not None
    differences = compare_told(told, {LOGS[0]: ((1, 5),)})

    assert differences is not None
    assert dict(differences.they_lack) == {LOGS[0]: ((3, 5),)}
    assert differences.waits == {LOGS[0]: ((4, 5),)}


def test_a_beacon_tells_all_of_thirty_authors_and_shows_a_fork() -> None:
    logs = [LogId(AuthorId(bytes([one]) * 32)) for one in range(1, 31)]
    held = {log: LogHoldings(((1, 8191),), bytes(32), 8191) for log in logs}
    forked = held | {logs[3]: LogHoldings(((1, 8191),), b"x" * 32, 8191)}
    told = Teller().tell(held, TOLD_BYTES)

    assert told is not None
    compared = compare_told(told, {log: one.ranges for log, one in held.items()})
    assert compared is not None
    assert (compared.is_whole, compared.is_none) == (True, True)
    assert state_of(held) != state_of(forked)
    beacon = Beacon(Speaker(b"head", 2**32 - 1), state_of(held), told)
    assert len(seal_frame(beacon, SEAL)) <= 110
