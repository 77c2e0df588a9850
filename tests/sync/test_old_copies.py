"""A station whose disk is an older copy and does not know it."""

import pytest

from meshboard.sync.memory_store import MemoryStore
from tests.support.engines.lossy_network import Network, Station, post


def exchange_disk(network: Network, station: Station, older: MemoryStore, heard: dict[bytes, int]) -> None:
    station.store, station.heard = older, heard
    network.restart(station.index)


@pytest.mark.parametrize("count", [2, 4])
def test_an_old_copy_that_knows_nothing_of_it_is_heard_within_a_minute_or_two(count: int) -> None:
    """Its counters are those of back then: others take its words for stale, and remind it."""
    taken_s = sorted(seconds_until_an_old_copy_is_heard(seed, count) for seed in range(6))

    assert taken_s[3] < 45.0
    assert taken_s[-1] < 120.0


def seconds_until_an_old_copy_is_heard(seed: int, count: int) -> float:
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
    return network.run_until_same(7200.0)


@pytest.mark.parametrize("seed", range(4))
def test_two_old_copies_whose_words_are_stale_to_each_other_agree_in_the_end(seed: int) -> None:
    network = Network(seed, 2)
    network.run(900.0)
    copies = [(one.store.reserve_counters(0), one.store.everything()) for one in network.stations]
    for number in range(6):
        network.write(number % 2, post(f"post {number}"))
        network.run(network.now_s + 900.0)
    newest = [dict(station.heard) for station in network.stations]

    for station, (counter, entries), heard in zip(network.stations, copies, newest, strict=True):
        older = MemoryStore(counter)
        older.append(entries)
        exchange_disk(network, station, older, {head: last + 2**20 for head, last in heard.items()})
    network.write(0, post("known to one"))
    network.loss = 1.0
    network.run(network.now_s + 60.0)
    network.loss = 0.0

    assert network.run_until_same(6 * 3600.0, step_s=20.0) < 6 * 3600.0
