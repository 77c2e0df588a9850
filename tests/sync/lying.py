"""Lies told to a station for an hour, and what it says in answer."""

from collections.abc import Callable

from meshboard.figures import URGENT_RESERVE
from meshboard.link import NodeNumber
from meshboard.sync.air.governor import hourly_budget_s
from meshboard.trust.seal import Seal
from tests.support.engines.circle_network import CircleNetwork, circle_of
from tests.support.engines.lossy_network import post

LIAR = NodeNumber(0xBAD)
HOUR_S, EVERY_S = 3600, 6
REPAIRS_S = hourly_budget_s("US") * (1.0 - URGENT_RESERVE)
"""What is not kept for critical posts: the bound on all that insiders can provoke."""
Lie = Callable[[int], list[bytes]]


def a_circle_that_removed_somebody(count: int = 5) -> CircleNetwork:
    """Return stations with three posts each but the last one, which was taken out."""
    network = circle_of(count)
    for index in range(count - 1):
        for number in range(3):
            network.write(index, post(f"need {index} {number}"))
    network.run(network.now_s + 900.0)
    network.begin_epoch(0, count - 1)
    network.run(network.now_s + 1800.0)
    assert network.agree(*range(count - 1))
    return network


def seconds_of_air(network: CircleNetwork, lie: Lie, listener: int = 0) -> float:
    """Tell a station lies for an hour; return the seconds it speaks in that hour."""
    network.sent.clear()
    station, began_s = network.stations[listener], network.now_s
    station.events.clear()
    for second in range(0, HOUR_S, EVERY_S):
        network.run(began_s + second)
        for payload in lie(second):
            station.engine.receive(payload, LIAR, network.now_s, 0)
        network.settle(station)
    return sum(frame.air_s for _, index, frame in network.sent if index == listener)


def head(network: CircleNetwork, index: int) -> bytes:
    return network.stations[index].key.author[:4]


def seal_now(network: CircleNetwork) -> Seal:
    seal = network.member(0).ring.seal
    assert seal is not None
    return seal
