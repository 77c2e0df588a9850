"""The file itself: make, look at, open, and run transactions on it."""

import logging
import os
import sqlite3  # its result codes only
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from meshboard.errors import LedgerError, LedgerGone
from meshboard.ledger import driver
from meshboard.ledger.driver import connect, connect_as_it_is
from meshboard.ledger.failures import PRIMARY_CODE_MASK, explained, failure
from meshboard.ledger.schema import APPLICATION_ID, Migration, migrate, released_migrations
from meshboard.ledger.values import has_misfits
from meshboard.trust.secret import Secret

_NO_LOG_POSSIBLE = {
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
}

_log = logging.getLogger("meshboard.ledger")


@dataclass(frozen=True, slots=True)
class FileState:
    """What a file says it is."""

    application_id: int
    version: int
    is_empty: bool


class Database:
    """An open ledger file. Belongs to the thread that opened it."""

    def __init__(self, path: Path, key: Secret | None = None) -> None:
        self.path = path
        self._key = key
        self._opened_file = _file_at(path)
        self._is_in_transaction = False
        self._own_changes = 0
        self._why_only_read: LedgerError | None = None
        # hide_parameters: an error must not carry people's words into a log
        self._engine = create_engine(
            "sqlite://",
            module=driver.MODULE,
            creator=lambda: connect_as_it_is(path, key) if self._why_only_read else connect(path, "rw", key),
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
        )
        with explained(path):
            self._connect()

    def close(self) -> None:
        """Let go of the file."""
        with explained(self.path):
            self._connection.close()
        self._engine.dispose()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Run one transaction that may write: all of it is on the disk afterwards, or none."""
        if self._why_only_read:
            with explained(self.path):
                self._connect_again()
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection
        self._own_changes += 1

    def mark(self) -> tuple[int, int] | None:
        """Return what differs from the last one if anybody may have committed since; None while writing.

        Far cheaper than a transaction, for what is asked of an unchanged file again and again.
        """
        return None if self._is_in_transaction else (self._own_changes, self.pragma("data_version"))

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """See the ledger at one moment, whatever others write; inside `writing`, as written so far."""
        if self._is_in_transaction:
            with explained(self.path):
                yield self._connection
        else:
            with self._transaction("BEGIN") as connection:
                yield connection

    def pragma(self, name: str) -> int:
        """Return a whole number SQLite knows about the file."""
        self.refuse_if_gone()
        with explained(self.path):
            value: int = self._connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
        return value

    def empty_log(self) -> None:
        """Move all that is committed into the file and cut the write-ahead log, which keeps what was deleted.

        While another process reads, SQLite leaves that for the next time.
        """
        self.refuse_if_gone()
        if self._why_only_read is None:
            with explained(self.path):
                self._run("PRAGMA wal_checkpoint(TRUNCATE)")

    def copy_to(self, copy: Path) -> None:
        """Write a complete copy, readable by its owner only; other processes may go on meanwhile."""
        copy_file(self.path, copy, self._key)

    def check(self) -> None:
        """Read the whole file; LedgerError if anything in it is damaged."""
        check_file(self.path, self._key)

    def refuse_if_gone(self) -> None:
        """Raise LedgerGone when the file was wiped or replaced since it was opened."""
        if _file_at(self.path) != self._opened_file:
            raise LedgerGone(
                f"The ledger at {self.path} was wiped or replaced while meshboard had it open. Nothing was "
                "saved; meshboard stops. If that was not you, find out who did it."
            )

    def _connect(self) -> None:
        """Open the file, only to be read where no write-ahead log can be made beside it."""
        self._why_only_read = None
        try:
            self._connect_to_write()
        except DBAPIError as error:
            code = getattr(error.orig, "sqlite_errorcode", 0)
            if not _is_complete_but_unwritable(self.path, code):
                raise
            self._why_only_read = failure(code, self.path)
            self._connection = self._engine.connect()

    def _connect_to_write(self) -> None:
        self._connection = self._engine.connect()
        self._run("PRAGMA journal_mode = WAL")
        self._run("PRAGMA synchronous = FULL")  # NORMAL can lose acknowledged entries to a power cut
        self._run("PRAGMA trusted_schema = OFF")

    def _begin(self, begin: str) -> None:
        try:
            self._run(begin)
        except DBAPIError as error:
            code = getattr(error.orig, "sqlite_errorcode", 0)
            if code & PRIMARY_CODE_MASK != sqlite3.SQLITE_READONLY:
                raise
            # SQLite keeps a file it could only read when it opened it so for ever; it may be writable by now
            self._connect_again()
            self._run(begin)

    def _connect_again(self) -> None:
        """Open the file anew to write; raise why that is still not possible."""
        self._connection.close()
        self._own_changes += 1  # a new connection counts what others commit anew
        self._connect()
        if self._why_only_read:
            raise self._why_only_read

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[Connection]:
        if self._is_in_transaction:
            raise RuntimeError("a transaction that writes cannot begin inside another one")
        self.refuse_if_gone()
        with explained(self.path):
            self._begin(begin)
            self._is_in_transaction = True
            try:
                yield self._connection
                self._run("COMMIT")
            except BaseException:
                with suppress(DBAPIError):  # SQLite has already rolled back after some errors
                    self._run("ROLLBACK")
                raise
            finally:
                self._is_in_transaction = False

    def _run(self, statement: str) -> None:
        self._connection.exec_driver_sql(statement)


def create_file(path: Path, key: Secret | None = None) -> None:
    """Make an empty ledger at `path`, readable by its owner only; encrypted unless the key is None."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise LedgerError(
            f"No ledger can be made at {path}: {error.strerror}. "
            "Check that this user may write to the folder and that the disk has room."
        ) from error
    if path.stat().st_size and not look_at(path, key).is_empty:
        raise LedgerError(f"There is already something at {path}; it was left as it is.")
    with explained(path), closing(connect(path, "rw", key)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        migrate(connection, released_migrations())


def prepare_file(
    path: Path, migrations: Sequence[Migration], checked: bool = True, key: Secret | None = None
) -> None:
    """Make sure `path` is a sound ledger of this version; refuse anything else and leave it as it is."""
    if not path.exists():
        raise LedgerError(f"There is no ledger at {path} yet. Start meshboard once to set it up.")
    state = look_at(path, key)
    newest = migrations[-1].version
    if state.application_id != APPLICATION_ID:
        raise failure(sqlite3.SQLITE_NOTADB, path)
    if state.version > newest:
        raise LedgerError(
            f"The ledger at {path} was written by a newer meshboard (file version {state.version}; this one "
            f"knows {newest}). It was left as it is; install the newer meshboard on this machine too."
        )
    if checked:
        check_file(path, key)
    if state.version < newest:
        _bring_up_to_date(path, state.version, migrations, key)


def look_at(path: Path, key: Secret | None = None) -> FileState:
    """Say what a file is without changing a byte of it."""
    try:
        is_empty = path.stat().st_size == 0
    except OSError as error:
        raise LedgerError(
            f"The ledger at {path} cannot be read: {error.strerror}. Give this user the file and its folder."
        ) from error
    if is_empty:
        return FileState(application_id=0, version=0, is_empty=True)
    with explained(path), closing(_connect_to_read(path, key)) as connection:
        (application_id,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    return FileState(application_id, version, is_empty=not (application_id or version or tables))


def check_file(path: Path, key: Secret | None = None) -> None:
    """Read the whole file; raise LedgerError if anything in it is damaged. Changes nothing.

    Read-only: a connection that may write would move the write-ahead log into the damaged file on closing.
    """
    with explained(path), closing(_connect_to_read(path, key)) as connection:
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        is_sound = verdict == "ok" and not has_misfits(connection)
    if not is_sound:
        raise failure(sqlite3.SQLITE_CORRUPT, path)


def copy_file(path: Path, copy: Path, key: Secret | None = None) -> None:
    """Write a complete copy of a ledger, under the same key, to a new file that only its owner can read."""
    try:
        os.close(os.open(copy, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise LedgerError(
            f"No copy can be made at {copy}: {error.strerror}. Name a file that is not there yet, in a "
            "folder this user may write to."
        ) from error
    try:
        with (
            explained(copy),
            closing(connect(path, "ro", key)) as source,
            closing(connect(copy, "rw", key)) as target,
        ):
            source.backup(target)
            target.execute("PRAGMA journal_mode = DELETE")  # one file, complete in itself
    except BaseException:
        copy.unlink()
        raise


def _bring_up_to_date(path: Path, version: int, migrations: Sequence[Migration], key: Secret | None) -> None:
    copy = path.with_name(f"{path.name}.version-{version}")
    with suppress(FileNotFoundError):
        copy.unlink()
    copy_file(path, copy, key)
    try:
        with explained(path), closing(connect(path, "rw", key)) as connection:
            migrate(connection, migrations)
            with suppress(driver.Error):  # on a disk too full for it the file is sound all the same
                connection.execute("VACUUM")  # older versions left what they deleted in the file
    except LedgerError as error:
        raise LedgerError(
            f"The ledger could not be brought up to date; it is as it was before. {error}"
        ) from error
    _log.info("ledger brought from version %d to %d", version, migrations[-1].version)


def _connect_to_read(path: Path, key: Secret | None) -> driver.Connection:
    connection = connect(path, "ro", key)
    try:
        connection.execute("PRAGMA schema_version").fetchone()
    except driver.Error as error:
        connection.close()
        if not _is_complete_but_unwritable(path, getattr(error, "sqlite_errorcode", 0)):
            raise
        return connect_as_it_is(path, key)
    return connection


def _file_at(path: Path) -> tuple[int, int] | None:
    """Return which file stands at a path, None where there is none or it cannot be seen."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _is_complete_but_unwritable(path: Path, code: int) -> bool:
    """Say whether all is in the file, and only no write-ahead log can be made: no room, or no right to."""
    log = path.with_name(path.name + "-wal")
    is_complete = not log.exists() or log.stat().st_size == 0
    return is_complete and code & PRIMARY_CODE_MASK in _NO_LOG_POSSIBLE
