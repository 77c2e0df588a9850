"""News goes on at once to who is always beyond its reach, and to nobody for whom that was chance."""

from dataclasses import replace

from meshboard.domain.entries import LogId, PostPublished
from meshboard.domain.ids import EntryId
from meshboard.domain.posts import Category, PostContent, PostKind, Urgency
from meshboard.figures import FIRST_UNASKED, LACKED_TIMES
from meshboard.sync.entries.passing_on import PassingOn
from meshboard.sync.events import FrameUse
from meshboard.sync.holdings.summary import compare, place_of
from meshboard.sync.holdings.telling import compare_told, table_of
from meshboard.sync.store import LogHoldings
from meshboard.trust.identity import AuthorKey
from meshboard.wire.frames import SHORT_DIGEST_BYTES, LogLine, Speaker, Summary, Told
from tests.support.engines.lossy_network import HOPLESS, Network
from tests.sync.logs import LOG

EVERY_S = 900.0
AT_ONCE_S = 30.0
HEAD = b"far!"


def post(number: int) -> PostPublished:
    text = f"need {number} for the clinic"
    return PostPublished(PostContent(PostKind.NEED, Category.FOOD, Urgency.NORMAL, text))


def write_on_a_line(network: Network, count: int) -> list[tuple[float, EntryId]]:
    """Let the first station write so many posts, one after the other; return when, and which."""
    written = []
    for number in range(count):
        entry = network.write(0, post(number)).entry
        written.append((network.now_s, entry.id))
        network.run(network.now_s + EVERY_S)
    return written


def given_after(network: Network, written: list[tuple[float, EntryId]]) -> list[float | None]:
    """Return how long after it was written each of these was given by the second station."""
    given = {
        entry: at
        for at, who, frame in reversed(network.sent)
        if who == 1 and frame.use is FrameUse.REPAIR
        for entry in frame.ids
    }
    return [given[entry] - at if entry in given else None for at, entry in written]


def test_what_never_reaches_a_station_is_passed_on_without_its_asking() -> None:
    network = Network(5, 3, 0.0, HOPLESS, hears=lambda a, b, _: abs(a - b) == 1)
    network.run(1800.0)

    waits = given_after(network, write_on_a_line(network, LACKED_TIMES + FIRST_UNASKED))

    assert network.all_same()
    later = [wait for wait in waits[LACKED_TIMES:] if wait is not None and wait < AT_ONCE_S]
    assert len(later) >= FIRST_UNASKED - 1  # one of them is left to be asked for, to see whether it is lacked


def test_once_news_reaches_it_nobody_passes_it_on_for_long() -> None:
    moves_at_s = 1800.0 + LACKED_TIMES * EVERY_S
    network = Network(5, 3, 0.0, HOPLESS, hears=lambda a, b, now_s: abs(a - b) == 1 or now_s > moves_at_s)
    network.run(1800.0)

    waits = given_after(network, write_on_a_line(network, LACKED_TIMES + FIRST_UNASKED + 6))

    assert network.all_same()
    assert None not in waits[:LACKED_TIMES]
    assert all(wait is None for wait in waits[-6:])


def test_who_lacks_much_of_a_log_once_was_off_and_not_out_of_reach() -> None:
    passing, log = PassingOn(floods_s=8.0), LOG[0].entry.log
    for signed in LOG[: LACKED_TIMES + 1]:
        passing.note_came(signed.entry, 0.0)
    passing.note_told(HEAD, [(log, ((1, LACKED_TIMES + 1),))], 60.0, told_of={log})

    assert not passing.note_came(LOG[LACKED_TIMES + 1].entry, 61.0)


def test_an_entry_that_reached_it_begins_the_row_anew_though_it_tells_of_few_logs_at_a_time() -> None:
    passing, log = PassingOn(floods_s=8.0), LOG[0].entry.log
    for at, signed in enumerate(LOG[: 2 * LACKED_TIMES]):
        assert not passing.note_came(signed.entry, 60.0 * at)
        number = signed.entry.number
        lacking = [(log, ((number, number),))] if at % 2 else []
        passing.note_told(HEAD, lacking, 60.0 * at + 30.0, told_of={log})
        passing.note_told(HEAD, [], 60.0 * at + 40.0, told_of=())  # of others' logs
        if lacking:
            passing.note_said([signed.entry.id])

    assert not passing.note_came(LOG[2 * LACKED_TIMES].entry, 60.0 * 2 * LACKED_TIMES)


def test_what_is_told_of_some_logs_says_whom_news_of_these_reached() -> None:
    ours = {log_of(number): ((1, number),) for number in range(1, 4)}
    logs = sorted(ours)
    few = compare_told(Told(table_of(logs), 1, (ours[logs[1]],)), ours)

    assert few is not None
    assert few.told_of == {logs[1]}


def test_a_summary_of_a_part_says_whom_news_of_these_logs_reached_and_the_first_ranges_of_one_do_not() -> (
    None
):
    log, other = sorted((log_of(1), log_of(2)))
    ours = {one: LogHoldings(((1, 2),), bytes(32), 2) for one in (log, other)}
    span = place_of(log), place_of(log)
    whole = LogLine(place_of(log), ((1, 2),), bytes(SHORT_DIGEST_BYTES))

    assert compare(Summary(Speaker(HEAD, 1), span, (whole,)), ours).told_of == {log}
    assert not compare(Summary(Speaker(HEAD, 1), span, (replace(whole, short_digest=b""),)), ours).told_of


def log_of(number: int) -> LogId:
    return LogId(AuthorKey(number.to_bytes(32, "big")).author, 0)


def test_what_reached_it_before_it_went_out_of_reach_does_not_hide_what_it_lacks_since() -> None:
    passing, log = PassingOn(floods_s=8.0), LOG[0].entry.log
    passing.note_came(LOG[0].entry, 0.0)
    passing.note_told(HEAD, [], 30.0, told_of={log})
    for at, signed in enumerate(LOG[1 : LACKED_TIMES + 1], 1):
        passing.note_came(signed.entry, 60.0 * at)
        number = signed.entry.number
        passing.note_told(HEAD, [(log, ((number, number),))], 60.0 * at + 30.0, told_of={log})
        passing.note_said([signed.entry.id])

    assert passing.note_came(LOG[LACKED_TIMES + 1].entry, 60.0 * (LACKED_TIMES + 1))
