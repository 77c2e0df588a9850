"""An open ledger file, and the transactions on it."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from meshboard import figures
from meshboard.domain.entries import SignedEntry
from meshboard.errors import LedgerDamaged, LedgerError, LedgerGone
from meshboard.figures import FILE_FRESH_S
from meshboard.ledger.file.driver import connect_as_it_is, connect_to_write, sqlite
from meshboard.ledger.file.failures import (
    PRIMARY_CODE_MASK,
    explained,
    failure,
    is_busy,
    is_complete_but_unwritable,
)
from meshboard.ledger.file.files import check_file, copy_file, which_file
from meshboard.trust.secret import Secret

Act = Callable[[Sequence[SignedEntry]], None]


class Database:
    """An open ledger file. Belongs to the thread that opened it."""

    def __init__(self, path: Path, key: Secret | None = None) -> None:
        self.path = path
        self.key = key
        self._log_path = path.with_name(f"{path.name}-wal")
        self._opened_file = which_file(path)
        self._is_in_transaction = self._is_writing = False
        self._once_committed: defaultdict[Act, list[SignedEntry]] = defaultdict(list)
        self._patience_s = figures.BUSY_TIMEOUT_S
        self._own_changes = self._changes_before = 0
        self._files_seen: list[tuple[int, ...]] = []
        self._why_only_read: LedgerError | None = None
        # hide_parameters: an error must not carry people's words into a log
        self._engine = create_engine(
            "sqlite+ledger://",
            creator=lambda: (connect_as_it_is if self._why_only_read else connect_to_write)(path, key),
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
        """Run one transaction that may write: all of it is on the disk afterwards, or none.

        Inside another one it is a part of that.
        """
        if self._is_writing:
            with explained(self.path, is_saving=True):
                yield self._connection
            return
        if self._why_only_read:
            with explained(self.path):
                self._connect_again()
        self._once_committed.clear()
        with self._transaction("BEGIN IMMEDIATE", is_saving=True) as connection:
            self._is_writing, self._changes_before = True, self._opened.total_changes
            try:
                yield connection
            finally:
                self._is_writing = False
        self._own_changes += 1
        for act, entries in self._once_committed.items():
            act(entries)

    def once_committed(self, act: Act, entries: Sequence[SignedEntry]) -> None:
        """Do something once with all entries given for it, when they are on the disk; else nothing."""
        self._once_committed[act].extend(entries)

    @property
    def has_unsaved(self) -> bool:
        """Whether what is read now holds something that is not committed: nobody may remember it."""
        return self._is_writing and self._opened.total_changes != self._changes_before

    def is_busy(self) -> bool:
        """Say whether another process keeps the ledger from being written just now; asks without waiting."""
        if self._is_in_transaction or self._why_only_read:
            return False
        with self.waiting(0):
            try:
                self._run("BEGIN IMMEDIATE")
            except DBAPIError as error:  # whatever else is wrong, whoever writes is told
                return is_busy(getattr(error.orig, "sqlite_errorcode", 0))
            self._run("ROLLBACK")
        return False

    @contextmanager
    def waiting(self, seconds: float) -> Iterator[None]:
        """Wait at most this long for other processes, instead of `figures.BUSY_TIMEOUT_S`."""
        usual_s, self._patience_s = self._patience_s, seconds
        self._be_patient(seconds)
        try:
            yield
        finally:
            self._patience_s = usual_s
            self._be_patient(usual_s)

    def mark(self) -> tuple[int, int] | None:
        """Return what differs from the last one if anybody may have committed since; None while writing.

        Far cheaper than a transaction, for what is asked of an unchanged file again and again.
        """
        return None if self._is_writing else (self._own_changes, self.data_version())

    def may_have_changed(self) -> bool:
        """Say whether anybody may have committed since this was last asked, by the times of the files alone.

        For who asks several times a second: SQLite's own answer takes locks.
        """
        files: list[tuple[int, ...]] = []
        for path in (self.path, self._log_path):
            with suppress(OSError):
                found = path.stat()
                files.append((found.st_mtime_ns, found.st_size, found.st_ino))
        before, self._files_seen = self._files_seen, files
        return files != before or abs(time.time_ns() - max(files, default=(0,))[0]) < FILE_FRESH_S * 1e9

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

    def data_version(self) -> int:
        """Return a number that differs from the last one exactly if another process has committed since."""
        return self.pragma("data_version")

    def empty_log(self, *, may_wait: bool = True) -> None:
        """Move all that is committed into the file and cut the write-ahead log, which keeps what was deleted.

        While another process reads, SQLite leaves that for the next time; with `may_wait` after some seconds.
        """
        self.refuse_if_gone()
        if self._why_only_read is None:
            with explained(self.path), self.waiting(figures.BUSY_TIMEOUT_S if may_wait else 0):
                self._run("PRAGMA wal_checkpoint(TRUNCATE)")

    def copy_to(self, copy: Path) -> None:
        """Write a complete copy, readable by its owner only, with the station's keys; others may go on."""
        self.refuse_if_gone()
        copy_file(self.path, copy, self.key)

    def check(self) -> None:
        """Read the whole file; LedgerError if anything in it is damaged."""
        self.refuse_if_gone()
        check_file(self.path, self.key)

    def look_for_damage(self) -> None:
        """Read the whole file; LedgerDamaged if it is not sound any more. May be called on another thread."""
        with suppress(LedgerDamaged):
            check_file(self.path, self.key, as_it_is=True)
            return
        try:
            self.check()  # or else it was only being written just then
        except LedgerDamaged as error:  # it was a ledger when it was opened, whatever it looks like now
            raise failure(sqlite.SQLITE_CORRUPT, self.path) from error

    @property
    def is_gone(self) -> bool:
        """Say whether the file was wiped or replaced since it was opened."""
        return which_file(self.path) != self._opened_file

    def refuse_if_gone(self) -> None:
        """Raise LedgerGone when the file was wiped or replaced since it was opened."""
        if self.is_gone:
            raise LedgerGone(
                f"The ledger at {self.path} was wiped or replaced while meshboard had it open. Nothing was "
                "saved; meshboard stops. If that was not you, find out who did it."
            )

    def _connect(self) -> None:
        """Open the file, only to be read where no write-ahead log can be made beside it."""
        self._why_only_read = None
        try:
            self._connection = self._engine.connect()
        except DBAPIError as error:
            code = getattr(error.orig, "sqlite_errorcode", 0)
            if not is_complete_but_unwritable(self.path, code):
                raise
            self._why_only_read = failure(code, self.path)
            self._connection = self._engine.connect()

    def _begin(self, begin: str) -> None:
        try:
            self._run(begin)
        except DBAPIError as error:
            code = getattr(error.orig, "sqlite_errorcode", 0)
            if code & PRIMARY_CODE_MASK != sqlite.SQLITE_READONLY:
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
    def _transaction(self, begin: str, *, is_saving: bool = False) -> Iterator[Connection]:
        if self._is_in_transaction:
            raise RuntimeError("a transaction that writes cannot begin inside another one")
        self.refuse_if_gone()
        with explained(self.path, is_saving=is_saving):
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

    def _be_patient(self, seconds: float) -> None:
        if seconds == int(seconds):  # the driver takes whole seconds only, but that is no statement
            self._opened.set_busy_timeout(int(seconds))
        else:
            self._run(f"PRAGMA busy_timeout = {round(seconds * 1000)}")

    @property
    def _opened(self) -> Any:  # noqa: ANN401 -- the driver has no types of its own
        return self._connection.connection.dbapi_connection

    def _run(self, statement: str) -> None:
        self._connection.exec_driver_sql(statement)
