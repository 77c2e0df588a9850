"""What a member that tells lies by numbers, floods, or signs nonsense costs a station in an hour.

As in `test_liars`: seconds of air of one station on LONG_FAST, and what is stored. docs/benchmarks.md
has these bounds.
"""

import random
from collections.abc import Callable

import pytest

from meshboard.domain.entries import SignedEntry, Unknown
from meshboard.figures import MAX_LOG_NUMBER
from meshboard.sync.holdings.ranges import Ranges
from meshboard.sync.holdings.telling import table_of
from meshboard.wire.frames import Ask, Beacon, Entries, LogLine, Place, Request, Speaker, Summary, Told
from meshboard.wire.framing import open_frame, seal_frame
from meshboard.wire.items import item_of
from tests.support.engines.circle_network import DOOR, CircleNetwork
from tests.support.engines.lossy_network import contents, post
from tests.sync.lying import (
    EVERY_S,
    HOUR_S,
    REPAIRS_S,
    Lie,
    a_circle_that_removed_somebody,
    head,
    seal_now,
    seconds_of_air,
)

MANY = 5  # stations
Telling = Callable[[Ranges, int], Ranges]


@pytest.fixture
def circle() -> CircleNetwork:
    return a_circle_that_removed_somebody(MANY)


def telling(circle: CircleNetwork, tell: Telling, table: Callable[[bytes], bytes] = bytes) -> Lie:
    """Return beacons of ever other states that tell of every log what `tell` makes of what is held."""
    chance = random.Random(5)

    def lie(second: int) -> list[bytes]:
        return [
            seal_frame(
                Beacon(
                    Speaker(head(circle, 1), 10_000 + second),
                    chance.randbytes(4),
                    told(circle, second, tell, table),
                ),
                seal_now(circle),
            )
        ]

    return lie


def told(circle: CircleNetwork, second: int, tell: Telling, table: Callable[[bytes], bytes] = bytes) -> Told:
    holdings = circle.stations[0].store.holdings()
    logs = sorted(holdings)
    ranges = tuple(tell(holdings[log].ranges, second) for log in logs)
    return Told(table(table_of(logs)), 0, ranges)


def lacks_all_but_the_first(_held: Ranges, _second: int) -> Ranges:
    return ((1, 1),)


def has_what_does_not_exist(held: Ranges, second: int) -> Ranges:
    return ((1, held[-1][1] + 1 + second),)


def holds_as_much(held: Ranges, _second: int) -> Ranges:
    return held


def test_telling_that_it_lacks_everything_costs_no_more_than_what_repairs_may_take(
    circle: CircleNetwork,
) -> None:
    assert 30.0 < seconds_of_air(circle, telling(circle, lacks_all_but_the_first)) <= REPAIRS_S


def test_telling_of_what_does_not_exist_costs_forty_seconds(circle: CircleNetwork) -> None:
    before = contents(circle.stations[0])

    assert seconds_of_air(circle, telling(circle, has_what_does_not_exist)) < 40.0
    assert contents(circle.stations[0]) == before


def test_telling_by_a_table_nobody_has_costs_a_minute(circle: CircleNetwork) -> None:
    lie = telling(circle, holds_as_much, lambda table: bytes([table[0] ^ 1, table[1]]))

    assert seconds_of_air(circle, lie) < 60.0


def test_telling_the_same_numbers_with_ever_other_states_costs_a_minute(circle: CircleNetwork) -> None:
    assert seconds_of_air(circle, telling(circle, holds_as_much)) < 60.0


def test_summaries_of_forks_that_are_none_cost_two_and_a_half_minutes(circle: CircleNetwork) -> None:
    chance = random.Random(5)

    def lie(second: int) -> list[bytes]:
        holdings = circle.stations[0].store.holdings()
        lines = tuple(
            LogLine(Place(log.author[:4], log.incarnation), held.ranges, chance.randbytes(3))
            for log, held in sorted(holdings.items(), key=lambda pair: pair[0])
        )
        return [seal_frame(Summary(Speaker(head(circle, 1), 10_000 + second), None, lines), seal_now(circle))]

    assert seconds_of_air(circle, lie) < 150.0


@pytest.mark.parametrize("speakers", [1, 4])
def test_a_flood_of_requests_and_beacons_costs_half_a_minute(circle: CircleNetwork, speakers: int) -> None:
    """Thirty words in every six seconds, as one station or in the name of all."""
    chance = random.Random(5)

    def lie(second: int) -> list[bytes]:
        frames: list[bytes] = []
        for number in range(15):
            name = head(circle, 1 + number % (speakers if speakers < 4 else 3))
            count = 10_000 + second * 30 + 2 * number
            ask = Ask(Place(head(circle, number % 4)), 1, ((4, chance.randbytes(3)),))
            frames.append(seal_frame(Request(Speaker(name, count), (ask,)), seal_now(circle)))
            frames.append(seal_frame(Beacon(Speaker(name, count + 1), chance.randbytes(4)), seal_now(circle)))
        return frames

    assert seconds_of_air(circle, lie) < 30.0


def test_what_is_told_in_replayed_news_costs_nothing(circle: CircleNetwork) -> None:
    """Also when entries that were written since make it false."""
    ring = circle.member(0).ring
    circle.write(2, post("news that tells"))
    circle.run(circle.now_s + 60.0)
    heard = [frame.payload for _, index, frame in circle.sent if index]
    telling_news = [
        payload
        for payload in heard
        if isinstance(said := open_frame(payload, ring, DOOR).frame, Entries) and said.told is not None
    ]
    assert telling_news
    for number in range(4):
        circle.write(3, post(f"since then {number}"))
    circle.run(circle.now_s + 1800.0)

    assert seconds_of_air(circle, lambda _second: telling_news[-3:]) < 5.0


def test_news_that_tell_that_it_lacks_everything_cost_no_more_than_what_repairs_may_take(
    circle: CircleNetwork,
) -> None:
    signed = nonsense(circle, HOUR_S // EVERY_S)

    def lie(second: int) -> list[bytes]:
        item = item_of(signed[second // EVERY_S])
        return [
            seal_frame(Entries((item,), told=told(circle, second, lacks_all_but_the_first)), seal_now(circle))
        ]

    assert seconds_of_air(circle, lie) <= REPAIRS_S


def test_signed_nonsense_is_stored_and_costs_no_more_than_what_repairs_may_take(
    circle: CircleNetwork,
) -> None:
    """It is what its author may write, of a kind nobody knows; the others are to have it from us."""
    held = len(circle.stations[0].store.everything())
    signed = nonsense(circle, HOUR_S // EVERY_S)

    def lie(second: int) -> list[bytes]:
        return [seal_frame(Entries((item_of(signed[second // EVERY_S]),)), seal_now(circle))]

    assert seconds_of_air(circle, lie) <= REPAIRS_S
    assert len(circle.stations[0].store.everything()) == held + HOUR_S // EVERY_S


def test_signed_nonsense_with_numbers_all_over_costs_three_minutes(circle: CircleNetwork) -> None:
    """Every entry says that all before it exist: they are asked for, ever more rarely."""
    liar = circle.member(1)
    numbers = random.Random(5).sample(range(100, MAX_LOG_NUMBER), HOUR_S // EVERY_S)

    def lie(second: int) -> list[bytes]:
        signed = liar.draft(Unknown(63, b"nonsense"), number=numbers[second // EVERY_S])
        return [seal_frame(Entries((item_of(signed, has_link=True),)), seal_now(circle))]

    assert seconds_of_air(circle, lie) < 180.0


def nonsense(circle: CircleNetwork, count: int) -> list[SignedEntry]:
    """Return entries of an unknown kind that the liar signed; its own station keeps them to itself."""
    circle.hears = lambda first, second, _now_s: 1 not in (first, second)
    liar = circle.member(1)
    signed: list[SignedEntry] = []
    for number in range(count):
        signed.append(liar.draft(Unknown(63, bytes([number % 251]))))
        liar.store.append(signed[-1:])
    return signed
