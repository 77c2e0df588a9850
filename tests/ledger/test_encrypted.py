"""An encrypted ledger works like any other, and shows nothing to whoever holds the files alone."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from meshboard.errors import LedgerError, LedgerGone
from meshboard.ledger.file.driver import is_plain
from meshboard.ledger.file.files import prepare_file
from meshboard.ledger.file.schema import Migration, released_migrations
from meshboard.ledger.ledger import Ledger
from meshboard.trust.secret import Secret
from tests.support.entries.signed import CIRCLE, NOON, writer

KEY = Secret(bytes(range(100, 132)))
SEED = bytes(range(200, 232))
WORDS = ("Quilted", "Harbour", "Nadia", "Fifth Street", "lanterns")


@pytest.fixture
def secret_ledger(path: Path) -> Iterator[Ledger]:
    with Ledger.create(path, KEY) as made:
        made.circles.add(CIRCLE, seed=SEED, now_s=None)
        nadia = writer(2)
        made.append([nadia.introduce("Nadia"), nadia.publish("lanterns at Quilted", place="Harbour")], NOON)
        yield made


def everything_in(folder: Path) -> dict[str, bytes]:
    return {str(file): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def assert_shows_nothing(folder: Path) -> None:
    """Fail when any file in a folder has a word, a key or the mark of a plain SQLite file in it."""
    secrets = [bytes(KEY.reveal()), bytes(KEY.reveal()).hex().encode(), SEED, CIRCLE.epoch_key, CIRCLE.id]
    for word in (*WORDS, "SQLite format 3", "CREATE TABLE"):
        secrets += [word.encode(), word.encode("utf-16-le"), word.encode("utf-16-be")]
        secrets += [word.lower().encode(), word.upper().encode()]
    for name, found in everything_in(folder).items():
        for one in secrets:
            assert one not in found, (name, one)


def test_no_word_and_no_key_is_in_any_byte_while_it_is_open_and_after(
    secret_ledger: Ledger, path: Path
) -> None:
    assert {file.name for file in path.parent.iterdir()} == {"ledger.db", "ledger.db-wal", "ledger.db-shm"}
    assert_shows_nothing(path.parent)

    secret_ledger.rebuild()
    secret_ledger.close()

    assert_shows_nothing(path.parent)


def test_the_search_for_words_would_find_them_in_a_plain_ledger(path: Path) -> None:
    with Ledger.create(path) as made:
        made.append([writer(2).publish("lanterns")], NOON)

    with pytest.raises(AssertionError):
        assert_shows_nothing(path.parent)


def test_it_opens_again_with_its_key(secret_ledger: Ledger, path: Path) -> None:
    secret_ledger.close()

    with Ledger.open(path, KEY) as again:
        assert again.last_seq() == 2
        again.check()
        assert again.append([writer(3).publish("more")], NOON).new
    assert not is_plain(path)


@pytest.mark.parametrize("key", [None, Secret(bytes(32)), Secret(os.urandom(32))])
def test_without_its_key_it_is_refused_and_left_alone(
    secret_ledger: Ledger, path: Path, key: Secret | None
) -> None:
    secret_ledger.close()
    before = everything_in(path.parent)

    with pytest.raises(LedgerError, match="belongs to another one"):
        Ledger.open(path, key)

    assert before == everything_in(path.parent)


def test_a_copy_is_under_the_same_key(secret_ledger: Ledger, path: Path) -> None:
    copy = path.with_name("copy.db")

    secret_ledger.backup_copy(copy)

    assert_shows_nothing(path.parent)
    with Ledger.open(copy, KEY) as copied:
        assert copied.last_seq() == 2


def test_the_copy_made_before_a_migration_is_encrypted_too(secret_ledger: Ledger, path: Path) -> None:
    secret_ledger.close()
    newest = len(released_migrations())
    shelf = Migration(newest + 1, ("CREATE TABLE shelf (id INTEGER PRIMARY KEY)",))

    prepare_file(path, [*released_migrations(), shelf], key=KEY)

    copy = path.with_name(f"ledger.db.version-{newest}")
    assert_shows_nothing(path.parent)
    with Ledger.open(copy, KEY) as kept:
        assert kept.last_seq() == 2


@pytest.mark.parametrize("place", [30, 5_000, -3_000])
def test_damage_is_found_and_left_alone(
    secret_ledger: Ledger, path: Path, place: int, capfd: pytest.CaptureFixture[str]
) -> None:
    secret_ledger.close()
    damaged = bytearray(path.read_bytes())
    damaged[place] ^= 1
    path.write_bytes(damaged)

    with pytest.raises(LedgerError, match=r"is damaged|belongs to another one"):
        Ledger.open(path, KEY)

    assert bytes(damaged) == path.read_bytes()
    assert capfd.readouterr() == ("", "")  # SQLCipher's own complaints would stand across the screens


def test_what_sorting_needs_stays_in_memory(secret_ledger: Ledger) -> None:
    """2 is MEMORY: sqlite.org/pragma.html, temp_store."""
    assert secret_ledger._database.pragma("temp_store") == 2


def test_a_ledger_whose_file_was_taken_away_is_neither_written_nor_made_anew(
    ledger: Ledger, path: Path
) -> None:
    for file in path.parent.iterdir():
        file.unlink()

    with pytest.raises(LedgerGone, match="wiped or replaced"):
        ledger.append([writer(2).publish()], NOON)
    with pytest.raises(LedgerGone):
        ledger.data_version()
    ledger.close()

    assert list(path.parent.iterdir()) == []


def test_a_ledger_whose_file_was_replaced_is_not_written(ledger: Ledger, path: Path, tmp_path: Path) -> None:
    with Ledger.create(tmp_path / "other.db"):
        pass
    (tmp_path / "other.db").replace(path)

    with pytest.raises(LedgerGone):
        ledger.append([writer(2).publish()], NOON)
