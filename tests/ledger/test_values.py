"""A value that no column of ours holds is damage, though SQLite itself does not mind."""

import sqlite3
import traceback
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from meshboard.errors import LedgerDamaged, LedgerError
from meshboard.ledger.circle.remembered import AIRTIME_LOG
from meshboard.ledger.file.driver import Cursor, _Cursor, connect
from meshboard.ledger.file.failures import explained
from meshboard.ledger.ledger import Ledger
from tests.support.entries.signed import CIRCLE, NOON, writer


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a closed ledger with a post and everything that is written about it."""
    with Ledger.create(tmp_path / "ledger.sqlite") as ledger:
        ledger.circles.add(CIRCLE, writer().seed)
        ledger.append([writer().introduce("Ana"), writer().publish()], NOON)
        ledger.store(CIRCLE.id).reserve_counters(1)
    return tmp_path / "ledger.sqlite"


def alter(path: Path, statement: str) -> bytes:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(statement)
    return path.read_bytes()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE counter SET next_value = 'seven'",
        "UPDATE entry SET packed = 5",
        "UPDATE circle SET name = x'ff'",
        "UPDATE identity SET incarnation = 0.5",
    ],
)
def test_a_ledger_with_a_value_of_another_kind_is_refused_and_left_alone(path: Path, statement: str) -> None:
    before = alter(path, statement)

    with pytest.raises(LedgerError, match="is damaged"):
        Ledger.open(path)
    assert before == path.read_bytes()


def schema_altered(path: Path, words: bytes, other: bytes) -> bytes:
    """Change words of a file's schema to others of the same length, so that its pages stay sound."""
    assert words in path.read_bytes()
    assert len(words) == len(other)
    path.write_bytes(path.read_bytes().replace(words, other, 1))
    return path.read_bytes()


@pytest.mark.parametrize(
    ("words", "other"),
    [
        (b"VARCHAR", b"VARCHA\xff"),  # read as a column's type
        (b"CREATE TABLE circle", b"CREATE TABL\xff circle"),  # said by SQLite of a schema it cannot read
        (b"tablecircle", b"tablecircl\xff"),  # said as the name of what cannot be read
    ],
)
def test_a_schema_in_no_words_is_damage_and_left_alone(path: Path, words: bytes, other: bytes) -> None:
    before = schema_altered(path, words, other)

    with pytest.raises(LedgerDamaged):
        Ledger.open(path)
    assert before == path.read_bytes()


def test_a_text_in_no_words_is_damage_and_never_quoted(path: Path) -> None:
    before = alter(path, "INSERT INTO setting VALUES ('airtime log', CAST(x'6c616e7465726eff' AS TEXT))")

    with Ledger.open(path) as ledger, pytest.raises(LedgerDamaged) as raised:
        ledger.remembered.read(AIRTIME_LOG)

    assert before == path.read_bytes()
    assert "lantern" not in "".join(traceback.format_exception(raised.value))


@pytest.mark.parametrize("read", [_Cursor.fetchone, _Cursor.fetchmany, _Cursor.fetchall, next])
def test_a_text_in_no_words_is_damage_however_it_is_read(
    path: Path, read: Callable[[Cursor], object]
) -> None:
    with closing(connect(path, "ro")) as connection, pytest.raises(LedgerDamaged), explained(path):
        read(connection.execute("SELECT CAST(x'ff' AS TEXT)"))


def test_our_own_mistake_with_text_is_not_taken_for_damage(path: Path) -> None:
    with Ledger.open(path) as ledger, pytest.raises(UnicodeDecodeError), ledger._database.reading():
        b"\xff".decode()
