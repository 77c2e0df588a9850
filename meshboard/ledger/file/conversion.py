"""Copies of a ledger under another key, or under none, checked before anybody relies on them."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from meshboard.errors import LedgerError
from meshboard.figures import CONVERSION_WAIT_MS
from meshboard.ledger.file import driver
from meshboard.ledger.file.driver import Connection, connect, key_words, sqlite
from meshboard.ledger.file.failures import PRIMARY_CODE_MASK, disk_failure, explained
from meshboard.ledger.file.files import check_file
from meshboard.trust.secret import Secret


@contextmanager
def held_alone(path: Path, key: Secret | None) -> Iterator[Connection]:
    """Hold a ledger that no other process has open, nor can open meanwhile; LedgerError when one has it."""
    with explained(path), closing(connect(path, "rw", key)) as connection:
        connection.execute(f"PRAGMA busy_timeout = {CONVERSION_WAIT_MS}")
        try:
            connection.execute("PRAGMA journal_mode = DELETE")  # only possible for who has it open alone
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("COMMIT")
        except driver.Error as error:
            if error.sqlite_errorcode & PRIMARY_CODE_MASK != sqlite.SQLITE_BUSY:
                raise
            raise LedgerError(
                "Another meshboard has this board open: a station, screens or a command. Stop it, then try "
                "again. Nothing was changed."
            ) from error
        yield connection


def copy_under_key(path: Path, copy: Path, key: Secret | None, new_key: Secret | None) -> None:
    """Write a complete, checked copy under another key to a new file, while other processes may go on."""
    with explained(path), closing(connect(path, "rw", key)) as connection:
        copy_out(connection, copy, new_key)


def copy_out(connection: Connection, copy: Path, key: Secret | None) -> None:
    """Write all that a connection sees to a new file under a key, None = in the clear, and check it."""
    try:
        os.close(os.open(copy, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise disk_failure(copy, error, "Check the folder and the disk.") from error
    try:
        with explained(copy):
            _export(connection, copy, key)
        check_file(copy, key)
    except BaseException:
        for ending in ("", "-journal"):
            with suppress(OSError):
                copy.with_name(copy.name + ending).unlink()
        raise


def _export(connection: Connection, copy: Path, key: Secret | None) -> None:
    """Copy every table in one transaction (zetetic.net/sqlcipher/sqlcipher-api, sqlcipher_export)."""
    words = key_words(key).decode() if key else ""
    connection.execute("ATTACH ? AS aside KEY ?", (f"{copy.absolute().as_uri()}?mode=rw", words))
    try:
        connection.execute("BEGIN")
        try:
            connection.execute("SELECT sqlcipher_export('aside')").fetchone()
            for mark in ("user_version", "application_id"):
                (value,) = connection.execute(f"PRAGMA main.{mark}").fetchone()
                connection.execute(f"PRAGMA aside.{mark} = {value:d}")
            _refuse_unless_complete(connection, copy)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
    finally:
        connection.execute("DETACH aside")


def _refuse_unless_complete(connection: Connection, copy: Path) -> None:
    shape = "SELECT type, name, sql FROM {}.sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name"
    shapes = [connection.execute(shape.format(where)).fetchall() for where in ("main", "aside")]
    tables = [name for kind, name, _ in shapes[0] if kind == "table"]
    counts = [
        [connection.execute(f'SELECT count(*) FROM {where}."{table}"').fetchone() for table in tables]  # noqa: S608
        for where in ("main", "aside")
    ]
    if shapes[0] != shapes[1] or counts[0] != counts[1]:
        raise LedgerError(f"The copy at {copy} did not come out whole. Nothing was changed; try again.")
