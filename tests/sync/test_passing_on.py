"""News goes on at once to who is always beyond its reach, and to nobody for whom that was chance."""

from meshboard.domain.entries import PostPublished
from meshboard.domain.ids import EntryId
from meshboard.domain.posts import Category, PostContent, PostKind, Urgency
from meshboard.sync.events import FrameUse
from meshboard.sync.passing_on import FIRST_UNASKED, TIMES, PassingOn
from tests.sync.network import HOPLESS, Network
from tests.sync.test_bulk import LOG

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

    waits = given_after(network, write_on_a_line(network, TIMES + FIRST_UNASKED))

    assert network.all_same()
    later = [wait for wait in waits[TIMES:] if wait is not None and wait < AT_ONCE_S]
    assert len(later) >= FIRST_UNASKED - 1  # one of them is left to be asked for, to see whether it is lacked


def test_once_news_reaches_it_nobody_passes_it_on_for_long() -> None:
    moves_at_s = 1800.0 + TIMES * EVERY_S
    network = Network(5, 3, 0.0, HOPLESS, hears=lambda a, b, now_s: abs(a - b) == 1 or now_s > moves_at_s)
    network.run(1800.0)

    waits = given_after(network, write_on_a_line(network, TIMES + FIRST_UNASKED + 6))

    assert network.all_same()
    assert None not in waits[:TIMES]
    assert all(wait is None for wait in waits[-6:])


def test_who_lacks_much_of_a_log_once_was_off_and_not_out_of_reach() -> None:
    passing, log = PassingOn(floods_s=8.0), LOG[0].entry.log
    for signed in LOG[: TIMES + 1]:
        passing.note_came(signed.entry, 0.0)
    passing.note_told(HEAD, [(log, ((1, TIMES + 1),))], 60.0, is_whole=True)

    assert not passing.note_came(LOG[TIMES + 1].entry, 61.0)
