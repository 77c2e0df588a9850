"""A station whose disk is an older copy and does not know it."""

import pytest

from meshboard.sync.memory import MemoryStore
from tests.sync.network import Network, Station
from tests.sync.test_engine import post


def exchange_disk(network: Network, station: Station, older: MemoryStore, heard: dict[bytes, int]) -> None:
    station.store, station.heard = older, heard
    network.restart(station.index)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("count", [2, 4])
def test_an_old_copy_that_knows_nothing_of_it_is_heard_within_half_an_hour(seed: int, count: int) -> None:
    """Its counters are those of back then: others take its words for stale."""
    network = Network(seed, count, loss=0.3)
    network.run(900.0)
    station = network.stations[1]
    older, heard = MemoryStore(station.store.reserve_counters(0)), dict(station.heard)
    older.append(station.store.everything())
    for number in range(12):
        network.write(0, post(f"post {number}"))
        network.write(1, post(f"offer {number}"))
        network.run(network.now_s + 600.0)

    exchange_disk(network, station, older, heard)
    network.loss = 0.0

    assert network.run_until_same(1800.0) < 1800.0
