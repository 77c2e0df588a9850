import random
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from meshboard.domain.entries import LogId, SignedEntry
from meshboard.domain.ids import AuthorId
from meshboard.sync.company.company import Company
from meshboard.sync.company.reach import Reach
from meshboard.sync.entries.leaving_out import LeavingOut
from meshboard.sync.holdings.early import Early
from meshboard.sync.holdings.ranges import Ranges, minus, ranges_of, up_to, xor
from meshboard.sync.holdings.summary import compare, place_of, state_of, summary_parts, without
from meshboard.sync.memory_store import MemoryStore
from meshboard.sync.setup import EngineConfig
from meshboard.sync.store import LogHoldings
from meshboard.sync.timing import Timings
from meshboard.sync.words.summary_plan import SummaryPlan
from meshboard.trust.identity import AuthorKey
from meshboard.wire.frames import FrameType, Place, Speaker
from meshboard.wire.framing import pull_frame, push_frame, room_bytes
from tests.support.engines.lossy_network import CIRCLE, HOPLESS, Station, post
from tests.sync.logs import log_of

ROOM = room_bytes(231)
TIMINGS = Timings(frame_s=2.0, rest_s=5.0)

numbers = st.sets(st.integers(1, 60), max_size=30)
few_numbers = st.sets(st.integers(1, 30), max_size=15)  # whose ranges are all told


@st.composite
def tables(draw: st.DrawFn) -> dict[LogId, LogHoldings]:
    """Draw what is held of some of eight logs; the digest follows from the numbers, as without forks."""
    table = {}
    for place in range(8):
        held = draw(numbers)
        if held:
            log = LogId(AuthorId(bytes([place // 2 + 1]) * 32), place % 2)
            digests = (number.to_bytes(32, "little") for number in held)
            table[log] = LogHoldings(ranges_of(held), xor(digests), len(held))
    return table


@given(numbers, numbers, st.integers(0, 70))
def test_ranges_are_sets_of_numbers(held: set[int], others: set[int], last: int) -> None:
    assert ranges_of(held - others) == ranges_of(_covered(minus(ranges_of(held), ranges_of(others))))
    assert {number for number in held if number <= last} == _covered(up_to(ranges_of(held), last))
    assert held == _covered(ranges_of(held))


@given(tables(), tables())
def test_two_tables_differ_by_exactly_what_one_lacks(
    ours: dict[LogId, LogHoldings], theirs: dict[LogId, LogHoldings]
) -> None:
    lacking: dict[LogId, set[int]] = {}
    we_lack = False
    for part in summary_parts(theirs, b"them", ROOM):
        differences = compare(part, ours)
        we_lack |= bool(differences.we_lack) or differences.has_unknown
        for log, ranges in differences.they_lack:
            lacking.setdefault(log, set()).update(_covered(ranges))
        assert not differences.forked

    expected = {
        log: _covered(held.ranges) - _covered(theirs[log].ranges if log in theirs else ())
        for log, held in ours.items()
    }
    told = {log: held & _told_of(theirs.get(log)) for log, held in expected.items()}
    assert {log: held for log, held in told.items() if held} == lacking
    assert we_lack == any(
        _covered(held.ranges[:16]) - _covered(ours[log].ranges if log in ours else ())
        for log, held in theirs.items()
    )


def test_logs_are_held_in_the_order_they_came_so_that_a_seed_replays_all() -> None:
    keys = [AuthorKey(bytes([number]) * 32) for number in range(30)]
    store = MemoryStore()

    for key in keys:
        store.append(log_of(key, [post("water")]))

    assert [log.author for log in store.holdings()] == [key.author for key in keys]


@given(tables())
def test_every_part_of_a_summary_fits_its_frame(table: dict[LogId, LogHoldings]) -> None:
    for room in (ROOM, room_bytes(165)):
        parts = summary_parts(table, b"them", room)
        assert all(len(push_frame(part)) <= room for part in parts)
        assert sorted(place_of(log) for log in table) == [line.place for part in parts for line in part.lines]


def test_the_spans_of_a_long_summary_leave_no_place_out() -> None:
    table = {
        LogId(AuthorId(bytes([place]) * 32), place % 3): LogHoldings(((1, 500),), bytes([place]) * 32, 500)
        for place in range(1, 100)
    }

    spans = [part.span for part in summary_parts(table, b"them", ROOM)]

    assert None not in spans
    assert spans[0] is not None
    assert spans[0][0] == Place(bytes(4), 0)
    for before, after in pairwise(spans):
        assert before is not None
        assert after is not None
        follows = int.from_bytes(before[1].head + bytes([before[1].incarnation]), "big") + 1
        assert follows == int.from_bytes(after[0].head + bytes([after[0].incarnation]), "big")


def test_the_more_stations_there_are_the_less_often_each_says_what_it_holds_whatever_came_between() -> None:
    said_at = []
    for stations in (2, 12):
        company = Company(TIMINGS, Reach(0, TIMINGS))
        plan = SummaryPlan(TIMINGS, random.Random(1), Early(), company)
        company.stations, now_s, times = stations, 0.0, []
        for number in range(1, 200):  # something came every second, and each time there is reason to say it
            now_s += 1.0
            plan.want(now_s)
            held = {LogId(AuthorId(b"a" * 32)): LogHoldings(((1, number),), bytes(32), number)}
            due_at = plan.due_at(held)
            if due_at is not None and due_at <= now_s:
                plan.take(held, Speaker(b"ours", number), ROOM, now_s)
                times.append(now_s)
        said_at.append(times)

    few, many = said_at
    assert TIMINGS.summary_again_s(2) == 0.0
    assert min(after - before for before, after in pairwise(many)) >= TIMINGS.summary_again_s(12)
    assert len(few) > 5 * len(many) > 5


def test_the_same_numbers_with_other_entries_are_a_fork() -> None:
    log = LogId(AuthorId(bytes(32)))
    ours, theirs = ({log: LogHoldings(((1, 3),), bytes([digest]) * 32, 3)} for digest in (1, 2))

    differences = compare(summary_parts(theirs, b"them", ROOM)[0], ours)

    assert differences.forked == (log,)
    assert not differences.is_none
    assert state_of(ours) != state_of(theirs)


def test_a_hidden_entry_leaves_the_table_as_it_was_before_it() -> None:
    station = Station(1, random.Random(1), HOPLESS, CIRCLE)
    for text in ("one", "two"):
        station.store.append([station.draft(post(text))])
    before = dict(station.store.holdings())
    hidden = station.draft(post("three"))
    station.store.append([hidden])

    assert before == without(station.store, [hidden.entry])
    assert before != station.store.holdings()


def test_hiding_one_of_two_entries_under_one_number_leaves_the_other() -> None:
    station, (first, second, _) = _forks()
    station.store.append([first])
    before = dict(station.store.holdings())
    station.store.append([second])

    assert before == without(station.store, [second.entry])
    assert not without(station.store, [first.entry, second.entry])


def test_hiding_what_gave_way_to_lower_digests_changes_nothing() -> None:
    station, forks = _forks()
    station.store.append(reversed(forks))

    assert station.store.holdings() == without(station.store, [forks[2].entry])


def _forks() -> tuple[Station, list[SignedEntry]]:
    """Return a station that holds nothing, and three entries of its number 1, lowest digest first."""
    station = Station(1, random.Random(1), HOPLESS, CIRCLE)
    drafts = [station.draft(post(text), number=1) for text in ("one", "two", "three")]
    return station, sorted(drafts, key=lambda signed: signed.entry.digest)


def _covered(ranges: tuple[tuple[int, int], ...]) -> set[int]:
    return {number for first, last in ranges for number in range(first, last + 1)}


def _told_of(held: LogHoldings | None) -> set[int]:
    """Return the numbers a summary says anything about: a line has at most 16 ranges."""
    is_partial = held is not None and len(held.ranges) > 16
    return set(range(1, held.ranges[15][1] + 1 if held and is_partial else 100))


def holding(*ranges: tuple[int, int]) -> LogHoldings:
    return LogHoldings(ranges, bytes(32), sum(last - first + 1 for first, last in ranges))


def given_to(theirs: Ranges, waiting: Ranges, ours: LogHoldings) -> set[int]:
    """Return the numbers one station gives another that says what of one log it holds and what waits."""
    log = LogId(AuthorId(b"a" * 32))
    table = {log: holding(*theirs)} if theirs else {}
    (part,) = summary_parts(table, b"them", ROOM, {place_of(log): waiting})
    differences = compare(pull_frame(FrameType.SUMMARY, push_frame(part)), {log: ours})  # type: ignore[arg-type]
    to_give = LeavingOut(EngineConfig().timings, MemoryStore()).to_give(b"them", differences, 0.0)
    return {number for _, ranges in to_give.they_lack for number in _covered(ranges)}


def test_what_waits_for_an_entry_that_is_given_is_not_given_again() -> None:
    assert given_to(((1, 4),), ((5, 8),), holding((1, 10))) == {9, 10}
    assert given_to(((1, 4),), ((8, 8),), holding((1, 8))) == {5, 6, 7}
    assert given_to((), ((2, 8),), holding((1, 8))) == {1}


def test_what_waits_for_an_entry_that_nobody_gives_is_given() -> None:
    """Else a forged run beyond the end of a log would keep its true entries away."""
    assert given_to(((1, 4),), ((5, 8),), holding((1, 8))) == {5, 6, 7, 8}
    assert given_to(((1, 4), (9, 9)), ((5, 8),), holding((1, 9))) == {5, 6, 7, 8}


@given(few_numbers, few_numbers, few_numbers)
def test_whoever_says_that_all_it_lacks_waits_is_given_something_still(
    held: set[int], waiting: set[int], ours: set[int]
) -> None:
    given_numbers = (
        given_to(ranges_of(held), ranges_of(waiting), holding(*ranges_of(ours))) if ours else set()
    )

    assert given_numbers <= ours - held
    assert bool(given_numbers) == bool(ours - held)
    assert given_numbers >= ours - held - waiting
