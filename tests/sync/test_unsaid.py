"""What the node refused was not said: it waits again, longer each time, and costs no air."""

from dataclasses import replace

import pytest

from meshboard.domain.posts import Urgency
from meshboard.figures import LONGEST_BACK_OFF_S
from meshboard.link import Refusal
from meshboard.sync.air.unsaid import BackOff
from meshboard.sync.engine import Engine
from meshboard.sync.events import EntriesReturned, EntriesSent, FrameUse, OutgoingFrame
from tests.support.engines.lossy_network import HOPLESS, Network, post


def alone() -> tuple[Network, Engine]:
    """Return a station that has said everything it had to say."""
    network = Network(seed=1, count=1)
    network.run(100.0)
    return network, network.stations[0].engine


def next_frame(network: Network, engine: Engine, limit_s: float = 2000.0) -> OutgoingFrame:
    """Let time pass until a frame comes."""
    while limit_s > 0.0:
        engine.handle_timer(network.now_s)
        frame = engine.next_frame(network.now_s)
        if frame is not None:
            return frame
        network.now_s, limit_s = network.now_s + 0.5, limit_s - 0.5
    raise AssertionError("nothing was said")


def insulin(network: Network) -> None:
    station = network.stations[0]
    station.store.append([signed := station.draft(post("insulin", Urgency.CRITICAL))])
    station.engine.announce([signed], network.now_s)


@pytest.mark.parametrize("why", [why for why in Refusal if why is not Refusal.TOO_LARGE])
def test_news_the_node_refused_is_offered_again_after_a_wait(why: Refusal) -> None:
    network, engine = alone()
    insulin(network)
    first = next_frame(network, engine)
    refused_at, spent_s = network.now_s, engine.airtime_spent_s(network.now_s)

    assert engine.take_back(first.payload, why, refused_at)
    again = next_frame(network, engine)

    assert again.ids == first.ids
    assert network.now_s - refused_at >= (60.0 if why is Refusal.HOUR_SPENT else 4.0)
    told = [event for event in iter(engine.next_event, None) if hasattr(event, "ids")]
    assert told == [EntriesSent(first.ids), EntriesReturned(first.ids), EntriesSent(first.ids)]
    twice = spent_s + again.air_s
    assert engine.airtime_spent_s(network.now_s) == pytest.approx(
        twice - first.air_s if why.was_not_sent else twice
    )


def test_what_is_too_large_comes_again_smaller_and_is_given_up_at_the_smallest() -> None:
    network = Network(seed=3, count=2)
    network.run(600.0)
    engine = network.stations[0].engine
    for number in range(6):
        network.stations[0].store.append([signed := network.stations[0].draft(post(f"{number} {number**9}"))])
        engine.announce([signed], network.now_s)
    network.now_s += 60.0
    sizes = []
    for _ in range(12):
        frame = next_frame(network, engine, 3000.0)
        if frame.use is not FrameUse.NEWS:
            continue
        sizes.append(len(frame.payload))
        if not engine.take_back(frame.payload, Refusal.TOO_LARGE, network.now_s):
            break

    assert sizes == sorted(sizes, reverse=True)
    assert len(set(sizes)) > 1
    assert sizes[-1] <= 165


def test_a_refused_beacon_and_a_refused_summary_are_said_again() -> None:
    network = Network(seed=3, count=2, config=replace(HOPLESS))
    network.run(600.0)
    engine = network.stations[0].engine
    engine.rejoin(network.now_s)
    beacon = next_frame(network, engine)
    assert engine.take_back(beacon.payload, Refusal.QUEUE_FULL, network.now_s)
    again = next_frame(network, engine)

    assert {beacon.use, again.use} <= {FrameUse.BEACON, FrameUse.SUMMARY}
    assert again.payload != beacon.payload


def test_what_nobody_handed_out_is_nobodys() -> None:
    _, engine = alone()

    assert not engine.take_back(b"something else", Refusal.QUEUE_FULL, 0.0)


def test_a_node_that_goes_on_refusing_is_left_alone_ever_longer_but_not_for_ever() -> None:
    back_off, now_s, waits = BackOff(8.0), 0.0, []
    for _ in range(12):
        back_off.note(Refusal.QUEUE_FULL, now_s)
        waits.append(back_off.until - now_s)
        now_s = back_off.until + 1.0

    assert waits[:4] == [8.0, 16.0, 32.0, 64.0]
    assert waits[-1] == LONGEST_BACK_OFF_S
    back_off.note(Refusal.QUEUE_FULL, now_s + 2 * LONGEST_BACK_OFF_S)
    assert back_off.until == now_s + 2 * LONGEST_BACK_OFF_S + 8.0


def test_two_frames_refused_together_are_one_refusal() -> None:
    back_off = BackOff(8.0)
    back_off.note(Refusal.QUEUE_FULL, 100.0)
    back_off.note(Refusal.QUEUE_FULL, 100.1)

    assert back_off.until == 108.0
