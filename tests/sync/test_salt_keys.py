"""Salt keys among stations: who has a key gives it, who dropped it gives salts, and all come to the same."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from meshboard.domain.entries import Entry, SignedEntry
from meshboard.sync.events import EntriesReceived, FrameUse
from meshboard.wire.entry_bytes import is_authentic
from meshboard.wire.items import item_of, run_of
from meshboard.wire.salts import salt_of
from tests.support.engines.lossy_network import Network, Station, post
from tests.sync.logs import LOG, WRITER, held, listener, runs_of, say

KEY = b"salt key"  # of LOG


def entries(signed: Sequence[SignedEntry]) -> list[Entry]:
    return [one.entry for one in signed]


def keys(station: Station) -> set[bytes]:
    return {one.salt_key for one in held(station)}


def is_right(signed: SignedEntry) -> bool:
    entry = signed.entry
    return salt_of(signed.salt_key, entry.log.incarnation, entry.number) in signed.packed


def test_whoever_hears_a_key_keeps_it_from_singles_and_from_runs() -> None:
    by_singles, by_runs = listener(), listener()
    for one in LOG:
        say(by_singles, item_of(one))
    for run in reversed(runs_of(LOG, (3, 8, 13, 17))):
        say(by_runs, item_of(LOG[0]))
        say(by_runs, run)

    assert entries(held(by_singles)) == entries(held(by_runs)) == entries(LOG)
    assert keys(by_singles) == keys(by_runs) == {KEY}
    assert all(is_right(one) for one in held(by_runs))


def test_a_copy_with_a_key_and_one_with_its_salt_are_one_entry() -> None:
    station = listener()
    say(station, item_of(LOG[0]))
    say(station, item_of(replace(LOG[1], salt_key=b"")))
    say(station, item_of(LOG[1]))

    assert held(station) == LOG[:2]
    assert sum(isinstance(event, EntriesReceived) for event in station.events) == 2


def test_what_waits_for_the_entry_before_it_comes_with_its_key() -> None:
    station = listener()
    say(station, item_of(LOG[0]))
    say(station, run_of(LOG[2:6], has_link=False, is_signed=True))
    assert held(station) == LOG[:1]

    say(station, item_of(LOG[1]))
    assert entries(held(station)) == entries(LOG[:6])
    assert keys(station) == {KEY}


def test_a_forged_key_is_an_entry_of_nobody() -> None:
    station = listener()
    say(station, item_of(LOG[0]))
    said = item_of(LOG[1])
    say(station, replace(said, salt_keys=(b"lies lie",)))

    assert held(station) == LOG[:1]


def test_who_dropped_the_keys_of_a_block_is_given_and_gives_its_entries_all_the_same() -> None:
    station = listener()
    station.store.drop_salt_keys(LOG[0].entry.log, 5, 5)
    for one in LOG:
        say(station, item_of(one))

    assert held(station) == LOG
    assert keys(station) == {b""}
    assert all(item_of(one).salt_keys == () and is_authentic(one) for one in held(station))


@pytest.mark.parametrize("seed", range(4))
def test_stations_agree_while_one_drops_keys_and_another_goes_on_in_a_new_log(seed: int) -> None:
    network = Network(seed=seed, count=4, loss=0.2)
    writer = network.stations[1]
    for turn in range(70):
        network.write(1, post(f"need {turn}"))
        network.run(network.now_s + 20.0)
        if turn == 20:
            dropping = next(iter(log for log in network.stations[2].store.holdings()))
            network.stations[2].store.drop_salt_keys(dropping, 1, 1)
            writer.store.drop_salt_keys(writer.store.everything()[0].entry.log, 3, 3)
        if turn > 50:
            writer.write(post(f"restored {turn}"), network.now_s, incarnation=1)
            network.settle(writer)

    assert network.run_until_same(7200.0) < 7200.0
    for station in network.stations:
        assert all(is_right(one) for one in station.store.everything() if one.salt_key)


def test_a_cold_join_brings_the_keys_too() -> None:
    network = Network(seed=1, count=2)
    network.run(900.0)
    giver, newcomer = network.stations
    giver.store.append(LOG)
    giver.engine.rejoin(network.now_s)
    network.settle(giver)

    assert network.run_until_same(3600.0) < 3600.0
    assert [one.salt_key for one in held(newcomer)] == [KEY] * len(LOG)
    assert any(frame.use is FrameUse.REPAIR for _, _, frame in network.sent)
    assert WRITER.author == held(newcomer)[0].entry.log.author
