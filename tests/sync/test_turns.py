"""Whose turn it is to give what somebody lacks: an order that differs for every asker."""

import hashlib

import pytest

from meshboard.link import NodeNumber
from meshboard.sync.holdings.summary import state_of, summary_parts
from meshboard.sync.holdings.telling import Teller, compare_told, table_of
from meshboard.sync.setup import EngineConfig
from meshboard.trust.identity import AuthorKey
from meshboard.wire.frames import HEAD_BYTES, Beacon, Entries, Speaker, Summary, Told
from meshboard.wire.framing import seal_frame
from meshboard.wire.items import item_of
from tests.support.engines.inside import reconciliation_of, repairs_of, voice_of
from tests.support.engines.lossy_network import SEAL, Network, Station, post
from tests.sync.logs import log_of

NODE = NodeNumber(7)
T = EngineConfig().timings


def heads(count: int) -> list[bytes]:
    return [bytes([65 + one]) * HEAD_BYTES for one in range(count)]


def hears(station: Station, now_s: float, word: Beacon | Summary | Entries) -> None:
    station.engine.receive(seal_frame(word, SEAL), NODE, now_s)


def turns_before(station: Station, asker: bytes, others: list[bytes]) -> int:
    def place(giver: bytes) -> bytes:
        return hashlib.sha256(asker + giver).digest()

    return sum(place(one) < place(station.key.author[:HEAD_BYTES]) for one in others if one != asker)


@pytest.mark.parametrize("is_summary", [True, False])
@pytest.mark.parametrize("asker", heads(8))
def test_each_of_many_leaves_a_turn_to_those_before_it(asker: bytes, is_summary: bool) -> None:
    station, now_s = a_station_that_heard(heads(8))
    asks(station, now_s, asker, is_summary=is_summary)

    turn_s = T.turn_s(9, voice_of(station.engine).company.relays)
    first_s = turns_before(station, asker, heads(8)) * turn_s
    due_at = repairs_of(station.engine).due_at()
    assert due_at is not None
    assert now_s + first_s <= due_at <= now_s + first_s + 0.5 * turn_s


def test_few_whom_a_summary_reaches_do_not_wait_for_turns() -> None:
    for asker in heads(2):
        station, now_s = a_station_that_heard(heads(2))
        asks(station, now_s, asker, is_summary=True)

        due_at = repairs_of(station.engine).due_at()
        assert due_at is not None
        assert now_s + T.repair_wait_s[0] <= due_at <= now_s + T.repair_wait_s[1]


def test_what_somebody_lacks_who_told_it_behind_news_waits_for_news_to_ride_with() -> None:
    asker = heads(8)[0]
    station, now_s = a_station_that_heard(heads(8))
    log, held = next(iter(station.store.holdings().items()))
    ((first, last),) = held.ranges
    told = Teller().tell({log: type(held)(((first, last - 1),), bytes(32), last - 1)}, 64)
    assert told is not None
    differences = compare_told(told, {log: held.ranges})
    reconciliation_of(station.engine).resolve_told(asker, differences, 0, now_s, is_asked=False)

    turn_s = T.turn_s(9, voice_of(station.engine).company.relays)
    first_s = turns_before(station, asker, heads(8)) * turn_s + T.ride_s
    due_at = repairs_of(station.engine).due_at()
    assert due_at is not None
    assert now_s + first_s <= due_at <= now_s + first_s + 0.5 * turn_s


def test_who_hears_another_give_lets_it_go_on() -> None:
    network = Network(seed=1, count=2, hears=lambda _a, _b, _now_s: False)
    station = network.stations[0]
    log = log_of(AuthorKey(b"w" * 32), [post(f"need {number}") for number in range(6)])
    for one in network.stations:
        one.store.append(log)
    network.run(3600.0)
    logs = sorted(station.store.holdings())
    held = [((1, 1),) if one.author == station.key.author else ((1, 2),) for one in logs]
    hears(station, network.now_s, Beacon(Speaker(b"head", 2), b"else", Told(table_of(logs), 0, tuple(held))))
    repairs = repairs_of(station.engine)
    assert len(repairs) == 4

    last_s = max(repairs._waits.of_turn(1) for _ in range(8)) + network.now_s
    hears(station, last_s, Entries((item_of(log[5], has_link=True),)))
    due_at = repairs.due_at()
    assert due_at is not None
    assert last_s + T.hold_s[0] <= due_at <= last_s + T.hold_s[1]
    assert len(repairs) == 3
    assert repairs.queue.due(due_at)
    assert not repairs.queue.due(last_s + T.hold_s[0] / 2)


def a_station_that_heard(others: list[bytes]) -> tuple[Station, float]:
    """Return a station that wrote two entries and heard all of these say what it holds, and the time."""
    network = Network(seed=1, count=1)
    station = network.stations[0]
    network.write(0, post("water at the hall"))
    network.write(0, post("ride to the clinic"))
    network.run(3600.0)
    state = state_of(station.store.holdings())
    for head in others:
        hears(station, network.now_s, Beacon(Speaker(head, 1), state))
    return station, network.now_s


def asks(station: Station, now_s: float, asker: bytes, *, is_summary: bool) -> None:
    """Let the asker tell that it lacks the last entry."""
    ((log, held),) = station.store.holdings().items()
    ((first, last),) = held.ranges
    less = {log: type(held)(((first, last - 1),), bytes(32), last - 1)}
    if is_summary:
        (summary,) = summary_parts(less, asker, 200)
        hears(station, now_s, Summary(Speaker(asker, 2), None, summary.lines))
    else:
        told = Teller().tell(less, 64)
        hears(station, now_s, Beacon(Speaker(asker, 2), b"else", told))
