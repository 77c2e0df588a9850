import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlmodel import SQLModel

from meshboard.errors import LedgerError
from meshboard.ledger.file.files import prepare_file
from meshboard.ledger.file.schema import (
    APPLICATION_ID,
    Migration,
    migrate,
    released_migrations,
    statements_of,
)
from meshboard.ledger.ledger import Ledger
from meshboard.wire.entry_bytes import is_authentic, link_after
from tests.support.entries.signed import FOUNDED, NOON, writer

VERSION_1 = Path(__file__).parent / "files" / "version-1.db"
"""Written by meshboard 0.1.0: two circles, posts with claims, a fork, two incarnations, an unknown kind."""
VERSION_2 = VERSION_1.with_name("version-2.db")
"""Written by meshboard before links: a founded circle with vouches and a fork, and an open one."""
BEFORE_STRETCHES = VERSION_1.with_name("before-stretches.db")
"""Written by meshboard before anything was forgotten: a post that is done, one withdrawn and one open."""
VERSION_3 = VERSION_1.with_name("version-3.db")
"""Written by meshboard before salt keys: a founded circle with claims, and an open one with a fork."""
VERSION_5 = VERSION_1.with_name("version-5.db")
"""Written by meshboard while there were circles that nobody founded: one with posts, and a founded one."""
NEXT = Migration(
    len(released_migrations()) + 1,
    (
        "CREATE TABLE shelf (id INTEGER PRIMARY KEY)",
        "ALTER TABLE peer ADD COLUMN shelf INTEGER",
        "UPDATE peer SET shelf = 1",
        "DROP TABLE station_status",
    ),
)
"""What a later version might do."""


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(tmp_path / "empty.db", isolation_level=None)) as connection:
        yield connection


def _shape(connection: sqlite3.Connection) -> dict[str, object]:
    """Return what a schema comes to: columns, keys and indexes of every table."""
    shape: dict[str, object] = {}
    tables = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'table'").fetchall()
    for table, sql in tables:
        columns = connection.execute(f"PRAGMA table_xinfo({table})").fetchall()
        indexes = connection.execute(f"PRAGMA index_list({table})").fetchall()
        shape[table] = (
            [column[1:] for column in columns],
            sorted(
                (
                    name,
                    unique,
                    [row[2] for row in connection.execute(f"PRAGMA index_xinfo({name})").fetchall()],
                )
                for _, name, unique, *_ in indexes
            ),
            "AUTOINCREMENT" in (sql or ""),
        )
    return shape


def _everything(connection: sqlite3.Connection) -> tuple[object, ...]:
    return (
        list(connection.iterdump()),
        connection.execute("PRAGMA user_version").fetchone(),
        connection.execute("PRAGMA application_id").fetchone(),
    )


def test_the_migrated_schema_is_that_of_the_models(empty: sqlite3.Connection, tmp_path: Path) -> None:
    import meshboard.ledger.file.tables  # noqa: F401 -- it fills the metadata

    modelled = tmp_path / "modelled.db"
    SQLModel.metadata.create_all(create_engine(f"sqlite:///{modelled}"))
    migrate(empty, released_migrations())

    with closing(sqlite3.connect(modelled)) as connection:
        assert _shape(connection) == _shape(empty)


def test_migrations_are_numbered_without_gaps() -> None:
    versions = [migration.version for migration in released_migrations()]

    assert list(range(1, len(versions) + 1)) == versions


def _failing_at(migration: Migration, place: int) -> Migration:
    return Migration(migration.version, (*migration.statements[:place], "THIS IS NO SQL"))


@pytest.mark.parametrize("place", range(len(released_migrations()[0].statements) + 1))
def test_a_first_migration_that_fails_anywhere_leaves_an_empty_file(
    empty: sqlite3.Connection, place: int
) -> None:
    before = _everything(empty)

    with pytest.raises(sqlite3.OperationalError):
        migrate(empty, [_failing_at(released_migrations()[0], place)])

    assert before == _everything(empty)


@pytest.mark.parametrize("place", range(len(NEXT.statements) + 1))
def test_a_later_migration_that_fails_anywhere_changes_nothing(
    ledger: Ledger, path: Path, place: int
) -> None:
    ledger.append([writer(2).publish()], NOON)
    ledger.close()
    with closing(sqlite3.connect(path)) as connection:
        before = _everything(connection)

    with pytest.raises(LedgerError, match="could not be brought up to date; it is as it was before"):
        prepare_file(path, [*released_migrations(), _failing_at(NEXT, place)])

    with closing(sqlite3.connect(path)) as connection:
        assert before == _everything(connection)
    with Ledger.open(path) as again:
        assert again.last_seq() == FOUNDED + 1


def test_an_older_ledger_is_copied_and_brought_up_to_date(ledger: Ledger, path: Path) -> None:
    ledger.append([writer(2).publish()], NOON)
    ledger.close()

    prepare_file(path, [*released_migrations(), NEXT])

    copy = path.with_name(f"ledger.db.version-{NEXT.version - 1}")
    assert copy.stat().st_mode & 0o777 == 0o600
    with Ledger.open(copy) as kept:
        assert kept.last_seq() == FOUNDED + 1
    with closing(sqlite3.connect(path)) as connection:
        assert (NEXT.version,) == connection.execute("PRAGMA user_version").fetchone()
        assert "shelf" in _shape(connection)


@pytest.fixture
def older(tmp_path: Path) -> Path:
    return Path(shutil.copy(VERSION_1, tmp_path / "ledger.db"))


@pytest.mark.parametrize("place", range(len(released_migrations()[1].statements) + 1))
def test_a_migration_to_trust_that_fails_anywhere_changes_nothing(older: Path, place: int) -> None:
    first, second = released_migrations()[:2]
    with closing(sqlite3.connect(older)) as connection:
        before = _everything(connection)

    with pytest.raises(LedgerError, match="could not be brought up to date; it is as it was before"):
        prepare_file(older, [first, _failing_at(second, place)])

    with closing(sqlite3.connect(older)) as connection:
        assert before == _everything(connection)


@pytest.mark.parametrize("place", range(len(released_migrations()[2].statements) + 1))
def test_a_migration_to_links_that_fails_anywhere_changes_nothing(tmp_path: Path, place: int) -> None:
    _fails_and_changes_nothing(Path(shutil.copy(VERSION_2, tmp_path / "ledger.db")), 3, place)


@pytest.mark.parametrize("place", range(len(released_migrations()[3].statements) + 1))
def test_a_migration_to_salt_keys_that_fails_anywhere_changes_nothing(tmp_path: Path, place: int) -> None:
    _fails_and_changes_nothing(Path(shutil.copy(VERSION_3, tmp_path / "ledger.db")), 4, place)


@pytest.mark.parametrize("place", range(len(released_migrations()[5].statements) + 1))
def test_a_migration_to_one_kind_of_circle_that_fails_anywhere_changes_nothing(
    tmp_path: Path, place: int
) -> None:
    _fails_and_changes_nothing(Path(shutil.copy(VERSION_5, tmp_path / "ledger.db")), 6, place)


def _fails_and_changes_nothing(older: Path, version: int, place: int) -> None:
    *before_it, last = released_migrations()[:version]
    with closing(sqlite3.connect(older)) as connection:
        before = _everything(connection)

    with pytest.raises(LedgerError, match="could not be brought up to date; it is as it was before"):
        prepare_file(older, [*before_it, _failing_at(last, place)])

    with closing(sqlite3.connect(older)) as connection:
        assert before == _everything(connection)


def test_entries_of_version_3_are_said_with_their_salts_and_the_next_one_has_a_key(tmp_path: Path) -> None:
    older = Path(shutil.copy(VERSION_3, tmp_path / "ledger.db"))

    with Ledger.open(older) as ledger:
        for circle in ledger.circles.all():
            store = ledger.store(circle.id)
            for log, held in store.holdings().items():
                old = store.entries(log, 1, held.ranges[-1][1])

                assert all(one.salt_key == b"" and is_authentic(one) for one in old)
                assert store.salt_key(log, held.ranges[-1][1] + 1) == b""


def test_entries_of_version_2_are_authentic_without_a_link_and_the_next_one_has_one(tmp_path: Path) -> None:
    older = Path(shutil.copy(VERSION_2, tmp_path / "ledger.db"))

    with Ledger.open(older) as ledger:
        for circle in ledger.circles.all():
            store = ledger.store(circle.id)
            for log, held in store.holdings().items():
                old = store.entries(log, 1, held.ranges[-1][1])
                link = store.next_link(log, held.ranges[-1][1] + 1)

                assert all(one.link == b"" and is_authentic(one) for one in old)
                assert link == link_after(next(o for o in old if o.entry.number == held.ranges[-1][1]))


STRETCHES = next(one for one in released_migrations() if "CREATE TABLE stretch" in one.statements[0])


@pytest.mark.parametrize("place", range(len(STRETCHES.statements) + 1))
def test_a_migration_to_stretches_that_fails_anywhere_changes_nothing(tmp_path: Path, place: int) -> None:
    older = Path(shutil.copy(BEFORE_STRETCHES, tmp_path / "ledger.db"))
    before_it = [one for one in released_migrations() if one.version < STRETCHES.version]
    with closing(sqlite3.connect(older)) as connection:
        before = _everything(connection)

    with pytest.raises(LedgerError, match="could not be brought up to date; it is as it was before"):
        prepare_file(older, [*before_it, _failing_at(STRETCHES, place)])

    with closing(sqlite3.connect(older)) as connection:
        assert before == _everything(connection)


def test_what_an_older_version_deleted_is_no_longer_in_the_file(tmp_path: Path) -> None:
    older = Path(shutil.copy(BEFORE_STRETCHES, tmp_path / "ledger.db"))
    with closing(sqlite3.connect(older)) as connection:
        connection.execute("PRAGMA secure_delete = OFF")
        connection.execute("INSERT INTO setting (key, value) VALUES ('note', 'behind the blue door')")
        connection.commit()
        connection.execute("DELETE FROM setting")
        connection.commit()
    assert b"behind the blue door" in older.read_bytes()

    Ledger.open(older).close()

    assert b"behind the blue door" not in older.read_bytes()


def test_entries_of_version_1_get_their_kind_and_count(older: Path) -> None:
    prepare_file(older, released_migrations()[:2])
    with closing(sqlite3.connect(older)) as connection:
        kinds = connection.execute("SELECT packed, kind, counts FROM entry").fetchall()

    assert len(kinds) == 15
    assert {kind for _, kind, _ in kinds} == {0, 1, 4, 5, 7, 8, 40}
    assert all((packed[0] & 63, 1) == (kind, counts) for packed, kind, counts in kinds)


def test_circles_of_version_1_keep_their_key_as_their_first_epoch(older: Path) -> None:
    prepare_file(older, released_migrations()[:2])
    with closing(sqlite3.connect(older)) as connection:
        circles = connection.execute("SELECT id, epoch_id, channel_seed, epoch_key FROM circle").fetchall()
        keys = connection.execute(
            'SELECT circle_id, epoch_id, number, "key", given_by FROM epoch_key'
        ).fetchall()

    assert all(circle_id == epoch_id and seed == b"" for circle_id, epoch_id, seed, _ in circles)
    assert keys == [(circle_id, circle_id, 0, key, None) for circle_id, _, _, key in circles]


def test_a_migration_another_process_has_done_meanwhile_is_not_done_twice(empty: sqlite3.Connection) -> None:
    migrate(empty, released_migrations())
    before = _everything(empty)

    migrate(empty, released_migrations())

    assert before == _everything(empty)


def test_a_file_says_whose_it_is(empty: sqlite3.Connection) -> None:
    migrate(empty, released_migrations())

    assert empty.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)


def test_a_script_is_cut_into_statements() -> None:
    script = "-- why\n\nCREATE TABLE a (\n  b TEXT DEFAULT ';'\n);\nDROP TABLE a;\n"

    assert list(statements_of(script)) == ["CREATE TABLE a (\n  b TEXT DEFAULT ';'\n);", "DROP TABLE a;"]
