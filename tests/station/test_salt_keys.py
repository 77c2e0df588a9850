"""A station's own entries take the salt key of their block, and none that was dropped."""

from pathlib import Path

import pytest

from meshboard.domain.entries import PostWithdrawn, SignedEntry
from meshboard.domain.ids import PostId
from meshboard.wire.salts import salt_of
from tests.support.entries.founded import post_fact
from tests.support.stations.neighbours import STREET, Neighbour


@pytest.fixture
def ana(tmp_path: Path) -> Neighbour:
    return Neighbour(tmp_path, "Ana")


def write(ana: Neighbour, count: int) -> list[SignedEntry]:
    return [ana.desk.write(post_fact(f"need {turn}"), ana.desk.member) for turn in range(count)]


def kept(ana: Neighbour) -> list[SignedEntry]:
    return list(ana.ledger.store(STREET.id).entries(ana.desk.read_log(), 1, 200))


def test_entries_of_one_block_have_one_key_and_those_of_the_next_another(ana: Neighbour) -> None:
    write(ana, 66)

    keys = [one.salt_key for one in kept(ana)]
    assert len(set(keys[:64])) == len(set(keys[64:])) == 1
    assert len(set(keys)) == 2
    assert all(len(key) == 8 for key in keys)
    assert all(salt_of(one.salt_key, 0, one.entry.number) in one.packed for one in kept(ana))


def test_the_key_goes_on_after_an_entry_without_words_and_a_restart(ana: Neighbour, tmp_path: Path) -> None:
    (first,) = write(ana, 1)
    wordless = ana.desk.write(PostWithdrawn(PostId(first.entry.id)), ana.desk.member)
    ana.ledger.close()
    ana.open(tmp_path)
    (after,) = write(ana, 1)

    assert wordless.salt_key == b""
    assert after.salt_key == first.salt_key


def test_an_author_whose_key_was_dropped_goes_on_with_others_and_keeps_none(ana: Neighbour) -> None:
    before = write(ana, 2)
    ana.ledger.store(STREET.id).drop_salt_keys(ana.desk.read_log(), 2, 2)
    after = write(ana, 2)

    assert len({before[0].salt_key, *(one.salt_key for one in after)}) == 3
    assert [one.salt_key for one in kept(ana)] == [b""] * 5


def test_a_new_log_has_a_key_of_its_own(ana: Neighbour) -> None:
    (before,) = write(ana, 1)
    ana.ledger.circles.begin_incarnation(STREET.id)
    (after,) = write(ana, 1)

    assert before.salt_key != after.salt_key
