"""Whose turn it is to give what somebody lacks: an order that differs for every asker."""

import hashlib

import pytest

from meshboard.link import NodeNumber
from meshboard.sync.setup import EngineConfig
from meshboard.sync.summary import state_of, summary_parts
from meshboard.sync.telling import Teller
from meshboard.wire.frames import HEAD_BYTES, Beacon, Speaker, Summary
from meshboard.wire.framing import seal_frame
from tests.sync.network import Network, Station
from tests.sync.test_engine import SEAL, post

NODE = NodeNumber(7)
T = EngineConfig().timings


def heads(count: int) -> list[bytes]:
    return [bytes([65 + one]) * HEAD_BYTES for one in range(count)]


def hears(station: Station, now_s: float, word: Beacon | Summary) -> None:
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

    turn_s = T.turn_s(9, station.engine._voice.repairs.waits.relays)
    first_s = turns_before(station, asker, heads(8)) * turn_s
    due_at = station.engine._voice.repairs.due_at()
    assert due_at is not None
    assert now_s + first_s <= due_at <= now_s + first_s + 0.5 * turn_s


def test_few_whom_a_summary_reaches_do_not_wait_for_turns() -> None:
    for asker in heads(2):
        station, now_s = a_station_that_heard(heads(2))
        asks(station, now_s, asker, is_summary=True)

        due_at = station.engine._voice.repairs.due_at()
        assert due_at is not None
        assert now_s + T.repair_wait_s[0] <= due_at <= now_s + T.repair_wait_s[1]


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
