from itertools import permutations
from pathlib import Path

import pytest

from meshboard.ledger.ledger import Ledger
from meshboard.sync.store import LogHoldings, Store
from tests.support.entries.signed import CIRCLE, NOON, OTHER_CIRCLE, Writer, founding, writer


@pytest.fixture
def ana() -> Writer:
    made = writer(2)
    for turn in range(6):
        made.publish(f"post {turn}")
    return made


@pytest.fixture
def store(ledger: Ledger) -> Store:
    return ledger.store(CIRCLE.id)


def _xor(*digests: bytes) -> bytes:
    total = 0
    for digest in digests:
        total ^= int.from_bytes(digest, "big")
    return total.to_bytes(32, "big")


def test_what_a_circle_began_with_is_held_at_first(store: Store) -> None:
    assert set(store.holdings()) == {signed.entry.log for signed in founding()}


@pytest.mark.parametrize("order", list(permutations((1, 2, 3, 5))))
def test_holdings_are_ranges_whatever_order_numbers_come_in(
    ledger: Ledger, store: Store, ana: Writer, order: tuple[int, ...]
) -> None:
    for number in order:
        ledger.append([ana.written[number - 1]], NOON)
        store.holdings()

    digest = _xor(*(ana.written[number - 1].entry.digest for number in order))
    assert store.holdings()[ana.log] == LogHoldings(((1, 3), (5, 5)), digest, 4)


def test_a_forked_number_counts_twice_and_shows_both_entries(ledger: Ledger, store: Store) -> None:
    ana, restored = writer(2), writer(2)
    one, other = ana.publish("As it was"), restored.publish("As it was then")
    ledger.append([one, other], NOON)

    assert store.holdings()[ana.log] == LogHoldings(((1, 1),), _xor(one.entry.digest, other.entry.digest), 2)
    assert store.entries(ana.log, 1, 1) == sorted([one, other], key=lambda signed: signed.entry.digest)
    assert store.holds(ana.log, 1, one.entry.digest)
    assert store.holds(ana.log, 1, other.entry.digest)


def test_incarnations_are_logs_of_their_own(ledger: Ledger, store: Store) -> None:
    first, second = writer(2), writer(2, incarnation=1)
    ledger.append([first.publish(), second.publish()], NOON)

    assert {first.log, second.log} < set(store.holdings())


def test_what_another_process_stored_is_held(ledger: Ledger, store: Store, path: Path, ana: Writer) -> None:
    ledger.append(ana.written[:2], NOON)
    before = store.holdings()
    with Ledger.open(path, checked=False) as other:
        other.append(ana.written[2:4], NOON)

    assert before[ana.log].ranges == ((1, 2),)
    assert store.holdings()[ana.log].ranges == ((1, 4),)


def test_entries_come_in_the_order_of_their_numbers(ledger: Ledger, store: Store, ana: Writer) -> None:
    ledger.append(ana.written[::-1], NOON)

    assert store.entries(ana.log, 2, 4) == ana.written[1:4]


def test_another_entry_under_a_held_number_is_not_held(ledger: Ledger, store: Store, ana: Writer) -> None:
    ledger.append(ana.written[:1], NOON)

    assert store.holds(ana.log, 1, ana.written[0].entry.digest)
    assert not store.holds(ana.log, 2, ana.written[0].entry.digest)
    assert not store.holds(ana.log, 1, ana.written[1].entry.digest)


def test_authors_are_found_by_the_head_of_their_key(ledger: Ledger, store: Store, ana: Writer) -> None:
    ledger.append(ana.written, NOON)
    own = writer(1).key.author

    assert [ana.key.author] == store.authors(ana.key.author[:4])
    assert [own] == store.authors(own[:4])
    assert store.authors(b"none") == []


def test_no_counter_is_given_out_twice_not_even_after_a_restart(ledger: Ledger, path: Path) -> None:
    first = ledger.store(CIRCLE.id).reserve_counters(64)
    with Ledger.open(path, checked=False) as other:
        second = other.store(CIRCLE.id).reserve_counters(64)
        elsewhere = other.store(OTHER_CIRCLE.id).reserve_counters(1)

    assert (first, second, elsewhere) == (1, 65, 1)
    assert ledger.store(CIRCLE.id).reserve_counters(1) == 129
