"""On the air a forgotten stretch of a log costs one hash, and cuts nobody off what lasts."""

from collections.abc import Sequence

import pytest

from meshboard.domain.entries import PostPublished, SignedEntry
from meshboard.domain.posts import Category, PostContent, PostKind, Urgency
from meshboard.link import NodeNumber
from meshboard.sync.entries.forgotten import Forgotten
from meshboard.sync.entries.outbox import Hold
from meshboard.sync.memory_store import MemoryStore
from meshboard.sync.timing import Timings
from meshboard.trust.key_ring import KeyRing
from meshboard.trust.seal import FrameSeal
from meshboard.wire.entry_bytes import place_of_packed
from meshboard.wire.frames import Entries, Item, StretchItem
from meshboard.wire.framing import open_frame, seal_frame
from meshboard.wire.items import item_of
from meshboard.wire.packer import EntriesPacker
from tests.support.engines.lossy_network import CIRCLE, DOOR, Network, Station

SEAL = FrameSeal(CIRCLE.id, CIRCLE.epoch, CIRCLE.epoch_key)
LIAR = NodeNumber(0xBAD)
LONG_AFTER_S = float(30 * 24 * 3600)


def post(text: str, hours: int = 24) -> PostPublished:
    content = PostContent(PostKind.NEED, Category.FOOD, Urgency.NORMAL, text, lifetime_hours=hours)
    return PostPublished(content)


def with_old_posts(count: int, old: int = 30, live: int = 4, loss: float = 0.0) -> Network:
    """Return stations of which the first wrote all, and the last hears nothing of it until it is old."""
    network = Network(
        3, count, loss, hears=lambda a, b, now_s: now_s > LONG_AFTER_S or count - 1 not in (a, b)
    )
    for number in range(old):
        network.stations[0].write(post(f"old {number}"), 0.0)
    for number in range(live):
        network.stations[0].write(post(f"live {number}", hours=24 * 365), 0.0)
    network.settle(network.stations[0])
    network.run(6 * 3600.0)
    assert all(len(one.store.everything()) == old + live + count - 1 for one in network.stations[:-1])
    network.run(LONG_AFTER_S)
    for station in network.stations:
        station.forget(LONG_AFTER_S)
    return network


def items_said(network: Network, *, by: Sequence[int]) -> list[Item | StretchItem]:
    opened = [
        open_frame(frame.payload, KeyRing.of(CIRCLE), DOOR).frame
        for _, who, frame in network.sent
        if who in by
    ]
    return [item for frame in opened if isinstance(frame, Entries) for item in frame.items]


def stretches_said(network: Network, *, by: Sequence[int]) -> list[StretchItem]:
    return [item for item in items_said(network, by=by) if isinstance(item, StretchItem)]


def holdings_agree(network: Network) -> bool:
    first, *others = (dict(station.store.holdings()) for station in network.stations)
    return all(other == first for other in others)


def run_until_agreed(network: Network, limit_s: float = 4 * 3600.0) -> float:
    began_s = network.now_s
    while not holdings_agree(network) and network.now_s - began_s < limit_s:
        network.run(network.now_s + 10.0)
    return network.now_s - began_s


def texts(station: Station) -> set[str]:
    facts = [signed.entry.fact for signed in station.store.everything()]
    return {fact.content.text for fact in facts if isinstance(fact, PostPublished)}


def test_a_newcomer_gets_what_lasts_and_one_hash_for_the_rest() -> None:
    network = with_old_posts(3)
    network.restart(2)
    network.sent.clear()

    assert run_until_agreed(network) < 1800.0
    lasting = {f"live {number}" for number in range(4)}
    assert texts(network.stations[2]) == lasting
    said = stretches_said(network, by=(0, 1))
    assert {(one.first, one.last, one.count) for one in said} == {(2, 31, 30)}
    assert len(said) <= 2
    entries = sum(len(item.packed) for item in items_said(network, by=(0, 1)) if isinstance(item, Item))
    assert entries < 2 * (6 + 3)


@pytest.mark.parametrize("seed_loss", [0.3])
def test_it_gets_there_whatever_is_lost(seed_loss: float) -> None:
    network = with_old_posts(3)
    network.loss = seed_loss

    assert run_until_agreed(network) < 4 * 3600.0


def test_who_forgot_and_who_did_not_say_nothing_to_each_other_of_it() -> None:
    network = with_old_posts(2, live=1)
    first, last = network.stations
    last.ahead_s = None
    run_until_agreed(network)
    network.run(network.now_s + 3600.0)
    network.sent.clear()
    first.forget(network.now_s + 60 * 24 * 3600)

    network.run(network.now_s + 24 * 3600.0)
    assert not items_said(network, by=(0, 1))


@pytest.mark.parametrize("live", [1, 3])
def test_what_waits_right_after_what_was_forgotten_is_given_with_it(live: int) -> None:
    network = Network(3, 2, hears=lambda _a, _b, now_s: now_s > LONG_AFTER_S)
    writer, reader = network.stations
    for number in range(30):
        writer.write(post(f"old {number}"), 0.0)
    last = [writer.write(post(f"live {number}", hours=24 * 365), 0.0) for number in range(live)]
    network.settle(writer)
    network.run(LONG_AFTER_S)
    for station in network.stations:
        station.forget(LONG_AFTER_S)
        other = reader if station is writer else writer
        other.store.append(_first_of(station, bytes(station.key.author[:4])))
    network.restart(0)
    network.restart(1)
    lie_to(network, 1, *(item_of(signed) for signed in last))

    assert run_until_agreed(network) <= 30.0


def lie_to(network: Network, index: int, *items: Item | StretchItem) -> None:
    station = network.stations[index]
    station.engine.receive(seal_frame(Entries(items), SEAL), LIAR, network.now_s, 0)
    network.settle(station)


def test_a_stretch_over_what_lasts_still_cuts_nobody_off() -> None:
    network = with_old_posts(3, old=4, live=6)
    newcomer, log = network.stations[2], network.stations[0].store.holdings()
    (whole,) = [held for who, held in log.items() if who.author == network.stations[0].key.author]
    last = whole.ranges[-1][1]
    head = bytes(network.stations[0].key.author[:4])
    signed = network.stations[0].store.entries(
        next(who for who in log if who.author.startswith(head)), last, last
    )
    newcomer.store.append([signed[0], *_first_of(network.stations[0], head)])
    false = StretchItem(head, 0, 3, last - 1, last - 3, bytes(32))

    for index in range(3):
        lie_to(network, index, false)
    network.run(network.now_s + 4 * 3600.0)

    assert {f"live {number}" for number in range(6)} <= texts(newcomer)


def _first_of(station: Station, head: bytes) -> list[SignedEntry]:
    return [one for one in station.store.everything() if one.entry.log.author.startswith(head)][:2]


@pytest.mark.parametrize("last", [2, 40])
def test_a_stretch_before_an_entry_that_is_not_held_is_ignored(last: int) -> None:
    network = with_old_posts(3)
    head = bytes(network.stations[0].key.author[:4])
    before = dict(network.stations[2].store.holdings())

    lie_to(network, 2, StretchItem(head, 0, 3, max(last, 3), max(last, 3) - 2, bytes(32)))
    assert before == dict(network.stations[2].store.holdings())


def test_a_false_sum_is_put_right_by_those_who_forgot_themselves() -> None:
    network = with_old_posts(3)
    head = bytes(network.stations[0].key.author[:4])
    log = next(log for log in network.stations[0].store.holdings() if log.author.startswith(head))
    after = network.stations[0].store.entries(log, 32, 99)
    network.stations[2].store.append([*_first_of(network.stations[0], head), *after])
    lie_to(network, 2, StretchItem(head, 0, 3, 31, 29, b"x" * 32))
    assert (
        network.stations[2].store.stretches(log)[0].digest
        != network.stations[0].store.stretches(log)[0].digest
    )

    assert run_until_agreed(network) < 4 * 3600.0


def test_a_fork_beside_a_forgotten_stretch_is_found_and_nothing_old_is_given() -> None:
    network = with_old_posts(3)
    run_until_agreed(network)
    network.run(network.now_s + 3600.0)
    network.sent.clear()
    first = network.stations[0]
    twice = first.draft(post("written twice", hours=24 * 365), number=33)
    first.store.append([twice])
    network.settle(first)

    assert run_until_agreed(network, 12 * 3600.0) < 12 * 3600.0
    assert all("written twice" in texts(station) for station in network.stations)
    said = [item for item in items_said(network, by=(0, 1, 2)) if isinstance(item, Item)]
    numbers = {place_of_packed(packed).number for item in said for packed in item.packed}
    assert not numbers & set(range(2, 32))


def test_what_was_forgotten_is_not_taken_again() -> None:
    network = Network(3, 2)
    old = [network.stations[0].write(post(f"old {number}"), 0.0) for number in range(5)]
    network.settle(network.stations[0])
    network.run(6 * 3600.0)
    for station in network.stations:
        station.forget(LONG_AFTER_S)
    before = network.stations[1].store.everything()
    assert len(before) == 2 + 1

    lie_to(network, 1, *(item_of(signed, has_link=True) for signed in old))
    assert before == network.stations[1].store.everything()


def test_a_stretch_waits_as_long_as_all_else_that_somebody_else_gives() -> None:
    hold = Hold()
    forgotten = Forgotten(Timings(1.0, 5.0), MemoryStore(), lambda _entry: False, hold)
    stretch = StretchItem(bytes(4), 0, 2, 5, 4, bytes(32))
    forgotten.put_back([stretch], 0.0)
    hold.until_s = 20.0

    assert not forgotten.fill(EntriesPacker(), 19.0)
    assert forgotten.fill(EntriesPacker(), 20.0) == [stretch]
