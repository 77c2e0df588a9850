"""Salt keys are kept beside their entries, on disk as in memory, until one of their block is forgotten."""

import pytest

from meshboard.domain.entries import SignedEntry
from meshboard.ledger.entries.sql_store import CircleStore
from meshboard.ledger.ledger import Ledger
from meshboard.sync.memory_store import MemoryStore
from tests.support.entries.signed import CIRCLE, NOON, Writer, writer

A, B = b"salt key", b"2nd key."


class OnDisk:
    def __init__(self, ledger: Ledger) -> None:
        self._ledger, self.store = ledger, ledger.store(CIRCLE.id)

    def append(self, *entries: SignedEntry) -> None:
        self._ledger.append(entries, NOON)


class InMemory:
    def __init__(self) -> None:
        self.store = MemoryStore()

    def append(self, *entries: SignedEntry) -> None:
        self.store.append(entries)


Kept = OnDisk | InMemory


@pytest.fixture(params=["on disk", "in memory"])
def kept(request: pytest.FixtureRequest, ledger: Ledger) -> Kept:
    return OnDisk(ledger) if request.param == "on disk" else InMemory()


def writing(count: int, salt_key: bytes = A, number: int = 2) -> Writer:
    """Return a writer of posts up to the start of the third block and beyond, with one key for each block."""
    made = writer(number)
    for place in range(1, count + 1):
        made.salt_key = salt_key if (place - 1) // 64 != 1 else B
        made.publish(f"post {place}")
    return made


def keys_of(kept: Kept, ana: Writer, first: int, last: int) -> list[bytes]:
    return [one.salt_key for one in kept.store.entries(ana.log, first, last)]


def test_keys_are_kept_and_what_is_signed_is_as_without(kept: Kept) -> None:
    ana = writing(70)
    kept.append(*ana.written)

    assert kept.store.entries(ana.log, 1, 70) == ana.written
    assert keys_of(kept, ana, 63, 66) == [A, A, B, B]


def test_the_next_entry_takes_the_key_of_its_block_and_none_of_another(kept: Kept) -> None:
    ana = writing(63)
    kept.append(*ana.written)

    assert kept.store.salt_key(ana.log, 64) == A
    assert kept.store.salt_key(ana.log, 65) == b""
    assert kept.store.salt_key(writer(3).log, 64) == b""


def test_dropping_takes_the_keys_of_whole_blocks_and_leaves_the_others(kept: Kept) -> None:
    ana, ben = writing(130), writing(3, number=3)
    kept.append(*ana.written, *ben.written)
    kept.store.drop_salt_keys(ana.log, 70, 70)

    assert kept.store.entries(ana.log, 1, 130) == ana.written
    assert keys_of(kept, ana, 1, 64) == [A] * 64
    assert keys_of(kept, ana, 65, 128) == [b""] * 64
    assert keys_of(kept, ana, 129, 130) == [A] * 2
    assert keys_of(kept, ben, 1, 3) == [A] * 3


def test_dropping_over_a_range_takes_every_block_it_touches(kept: Kept) -> None:
    ana = writing(130)
    kept.append(*ana.written)
    kept.store.drop_salt_keys(ana.log, 64, 65)
    kept.store.drop_salt_keys(ana.log, 64, 64)

    assert keys_of(kept, ana, 1, 128) == [b""] * 128
    assert keys_of(kept, ana, 129, 130) == [A] * 2


def test_no_key_is_kept_of_a_block_whose_keys_were_dropped_nor_taken_for_its_next_entry(kept: Kept) -> None:
    ana = writing(12)
    kept.append(*ana.written[:10])
    kept.store.drop_salt_keys(ana.log, 3, 3)
    kept.append(*ana.written[10:])

    assert kept.store.entries(ana.log, 1, 12) == ana.written
    assert keys_of(kept, ana, 1, 12) == [b""] * 12
    assert kept.store.salt_key(ana.log, 13) == b""


def test_keys_that_come_after_their_block_was_dropped_are_not_kept(kept: Kept) -> None:
    ana = writing(3)
    kept.store.drop_salt_keys(ana.log, 1, 1)
    kept.append(*ana.written)

    assert keys_of(kept, ana, 1, 3) == [b""] * 3


def test_dropped_keys_stay_dropped_when_the_ledger_is_opened_again(ledger: Ledger) -> None:
    ana, path = writing(3), ledger.path
    ledger.append(ana.written[:2], NOON)
    ledger.store(CIRCLE.id).drop_salt_keys(ana.log, 1, 1)
    ledger.close()

    with Ledger.open(path) as again:
        again.append(ana.written[2:], NOON)
        store: CircleStore = again.store(CIRCLE.id)
        assert [one.salt_key for one in store.entries(ana.log, 1, 3)] == [b""] * 3
