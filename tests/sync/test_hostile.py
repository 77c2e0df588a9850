"""Bytes from the air that mean harm or nothing at all: counted, never stored, never an exception."""

import random
from collections import Counter
from dataclasses import replace

import pytest

from meshboard.sync.events import EntriesReceived, FrameRejected, FrameUse, RejectReason, StationHeard
from meshboard.trust.circle import make_circle
from meshboard.trust.identity import AuthorKey
from meshboard.trust.seal import FrameSeal
from meshboard.wire.frames import Beacon, Entries, Item, Speaker, Summary
from meshboard.wire.framing import seal_frame
from meshboard.wire.items import item_of
from tests.support.engines.hostile_frames import POST, SENDER, hostile_frame
from tests.support.engines.lossy_network import HOPLESS, SEAL, Network, Station, contents


@pytest.fixture
def settled() -> Network:
    network = Network(seed=1, count=3)
    for index in range(3):
        network.write(index, POST)
    network.run(4 * 3600.0)  # by then each has said something of itself
    assert network.all_same()
    return network


def test_twenty_thousand_random_and_mutated_frames_change_nothing(settled: Network) -> None:
    chance = random.Random(7)
    listener = settled.stations[0]
    heard = [frame.payload for _, index, frame in settled.sent if index]
    before = contents(listener)
    reasons: Counter[RejectReason] = Counter()

    for _ in range(20_000):
        listener.engine.receive(hostile_frame(chance, heard), SENDER, settled.now_s)
        while (event := listener.engine.next_event()) is not None:
            assert not isinstance(event, EntriesReceived | StationHeard)
            if isinstance(event, FrameRejected):
                reasons[event.reason] += 1

    assert before == contents(listener)
    assert reasons[RejectReason.NOT_THIS_CIRCLE] > 10_000
    assert reasons[RejectReason.MALFORMED] > 200
    assert reasons[RejectReason.STALE] > 20


def test_a_frame_of_another_circle_changes_nothing(settled: Network) -> None:
    elsewhere = make_circle("Oak Street", bytes(32), AuthorKey(bytes(32)).author)
    stranger = FrameSeal(elsewhere.id, elsewhere.epoch, elsewhere.epoch_key)
    beacon = seal_frame(Beacon(Speaker(b"head", 1), b"same"), stranger)

    assert RejectReason.NOT_THIS_CIRCLE is _reason(settled.stations[0], beacon, settled.now_s)


def test_an_entry_signed_by_nobody_is_not_stored_even_from_inside_the_circle(settled: Network) -> None:
    victim = settled.stations[1]
    item = item_of(victim.draft(POST))
    listener = settled.stations[0]
    before = contents(listener)

    forged = replace(item, signature=bytes(64))
    stolen = replace(item, head=settled.stations[2].key.author[:4])
    unknown = replace(item, head=b"none")
    reasons = [_reason(listener, _sealed(one), settled.now_s) for one in (forged, stolen, unknown)]

    assert reasons == [
        RejectReason.NOT_SIGNED_BY_AUTHOR,
        RejectReason.NOT_SIGNED_BY_AUTHOR,
        RejectReason.UNKNOWN_AUTHOR,
    ]
    assert before == contents(listener)


def test_an_entry_of_another_circle_is_not_stored(settled: Network) -> None:
    elsewhere = Station(
        1, random.Random(1), HOPLESS, make_circle("Oak Street", bytes(32), AuthorKey(bytes(32)).author)
    )
    elsewhere.store.append(settled.stations[1].store.everything())
    item = item_of(elsewhere.draft(POST))

    reason = _reason(settled.stations[0], _sealed(item), settled.now_s)
    assert reason is RejectReason.NOT_SIGNED_BY_AUTHOR


def test_stale_words_are_counted_and_cost_no_air(settled: Network) -> None:
    network = settled
    words = [
        frame.payload
        for _, index, frame in network.sent
        if index == 1 and frame.use is not FrameUse.NEWS and not frame.ids
    ]
    listener = network.stations[0]
    sent_before = len(network.sent)

    reasons = {_reason(listener, word, network.now_s) for word in words}
    network.settle(listener)

    assert reasons == {RejectReason.STALE}
    assert sent_before == len(network.sent)


def test_what_was_stale_before_a_restart_is_stale_after_it(settled: Network) -> None:
    beacon = next(f.payload for _, index, f in settled.sent if index == 1 and f.use is FrameUse.BEACON)
    settled.restart(0)

    assert RejectReason.STALE is _reason(settled.stations[0], beacon, settled.now_s)


def test_own_words_heard_again_are_not_taken_for_anothers(settled: Network) -> None:
    own = [f.payload for _, index, f in settled.sent if index == 0 and f.use is FrameUse.BEACON][-1]

    assert RejectReason.OWN is _reason(settled.stations[0], own, settled.now_s)


def test_a_station_that_keeps_saying_it_has_nothing_costs_bounded_air(settled: Network) -> None:
    """An insider lies every second for an hour: the answers stay within a few per entry."""
    network, liar = settled, Speaker(b"liar", 1)
    network.sent.clear()
    listener = network.stations[0]
    for second in range(3600):
        liar = replace(liar, counter=liar.counter + 1)
        nothing = seal_frame(Summary(liar, None, ()), SEAL)
        network.run(network.now_s + 1)
        listener.engine.receive(nothing, SENDER, network.now_s)
        if second % 10 == 0:
            network.settle(listener)

    repairs = sum(len(frame.ids) for _, index, frame in network.sent if index == 0)
    assert 0 < repairs <= 25 * len(listener.store.everything())
    assert any(
        isinstance(event, FrameRejected) and event.reason is RejectReason.TOO_MANY
        for event in listener.events
    )


def test_invented_stations_do_not_fill_the_memory(settled: Network) -> None:
    listener = settled.stations[0]
    for number in range(1500):
        beacon = seal_frame(Beacon(Speaker(number.to_bytes(4, "big"), 1), b"same"), SEAL)
        listener.engine.receive(beacon, SENDER, settled.now_s)
    listener.drain()

    strangers = [
        event for event in listener.events if isinstance(event, StationHeard) and event.author is None
    ]
    assert len(strangers) <= 1024


def test_absurd_requests_are_answered_with_nothing(settled: Network) -> None:
    listener = settled.stations[0]
    place_of_nobody = bytes(5)
    inside = b"liar\x05" + place_of_nobody + b"\x01\x01" + b"\xff\xff\xff\xff\x0e" + b"abc"
    request = bytes([1 << 5 | 4 << 2]) + SEAL.seal(1, 4, inside)

    assert _reason(listener, request, settled.now_s) is None


def _sealed(item: Item) -> bytes:
    return seal_frame(Entries((item,)), SEAL)


def _reason(station: Station, frame: bytes, now_s: float) -> RejectReason | None:
    station.drain()
    station.events.clear()
    station.engine.receive(frame, SENDER, now_s)
    station.drain()
    rejected = [event.reason for event in station.events if isinstance(event, FrameRejected)]
    return rejected[0] if rejected else None
