"""A ledger's file as a whole: make it, look at it, check it, copy it, bring it up to date."""

import logging
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from meshboard.errors import LedgerError
from meshboard.ledger.file import driver
from meshboard.ledger.file.driver import connect, connect_as_it_is, sqlite
from meshboard.ledger.file.failures import disk_failure, explained, failure, is_complete_but_unwritable
from meshboard.ledger.file.schema import APPLICATION_ID, Migration, migrate, released_migrations
from meshboard.ledger.file.tally import tally_of
from meshboard.trust.secret import Secret

TakeOut = Callable[[driver.Connection, Path], bool]
_log = logging.getLogger("meshboard.ledger")


@dataclass(frozen=True, slots=True)
class FileState:
    """What a file says it is."""

    application_id: int
    version: int
    is_empty: bool


class LedgerBehind(LedgerError):  # noqa: N818 -- a state, named as such
    """The ledger is one of an older version, and whoever opened it was not to change its files."""


def which_file(path: Path) -> tuple[int, int] | None:
    """Return what tells the file at a path from any other, None where there is none or it cannot be seen."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def new_draft_of(path: Path) -> Path:
    """Return a name of its own beside a file, where what shall stand there waits until it is complete."""
    return path.with_name(f"{path.name}.new-{secrets.token_hex(4)}")


def drafts_of(path: Path) -> Iterator[Path]:
    """Yield what was to stand at a path, with its journals: left by killed processes, if nobody is at it."""
    return path.parent.glob(f"{path.name}.new*")


def create_file(path: Path, key: Secret | None = None) -> None:
    """Make an empty ledger at `path`, readable by its owner only; encrypted unless the key is None."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise disk_failure(path, error, "Check that this user may write to the folder.") from error
    if path.stat().st_size and not look_at(path, key).is_empty:
        raise LedgerError(f"There is already something at {path}; it was left as it is.")
    with explained(path), closing(connect(path, "rw", key)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        migrate(connection, released_migrations())


def prepare_file(
    path: Path,
    migrations: Sequence[Migration],
    checked: bool = True,
    key: Secret | None = None,
    *,
    may_migrate: bool = True,
    take_out: TakeOut = lambda _connection, _path: False,
) -> None:
    """Make sure `path` is a sound ledger of this version; refuse anything else and leave it as it is.

    Raises LedgerBehind for an older one where it may not be brought up to date. `take_out` saves beside the
    file what a migration is about to delete.
    """
    if not path.exists():
        raise LedgerError(f"There is no ledger at {path} yet. Start meshboard once to set it up.")
    state = look_at(path, key)
    newest = migrations[-1].version
    if state.application_id != APPLICATION_ID:
        raise failure(sqlite.SQLITE_NOTADB, path)
    if state.version > newest:
        raise LedgerError(
            f"The ledger at {path} was written by a newer meshboard (file version {state.version}; this one "
            f"knows {newest}). It was left as it is; install the newer meshboard on this machine too."
        )
    if state.version < newest and not may_migrate:
        raise LedgerBehind(f"The ledger at {path} is of an older version; nothing was changed.")
    if checked:
        check_file(path, key)
    if state.version < newest:
        _copy_aside(path, state.version, key)
        _bring_up_to_date(path, migrations, key, take_out)
        _log.info("ledger brought from version %d to %d", state.version, newest)


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


def check_file(path: Path, key: Secret | None = None, *, as_it_is: bool = False) -> None:
    """Read the whole file; raise LedgerError if anything in it is damaged. Changes nothing.

    Read-only: a connection that may write would move the write-ahead log into the damaged file on closing.
    `as_it_is`: the file alone, without the files beside it, which every other connection writes to.
    """
    connect_to_read = connect_as_it_is if as_it_is else _connect_to_read
    with explained(path), closing(connect_to_read(path, key)) as connection:
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        is_sound = verdict == "ok" and not _has_misfits(connection)
    if not is_sound:
        raise failure(sqlite.SQLITE_CORRUPT, path)


def copy_file(path: Path, copy: Path, key: Secret | None = None) -> None:
    """Write a complete copy of a ledger, under the same key, to a new file that only its owner can read."""
    try:
        os.close(os.open(copy, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise disk_failure(
            copy, error, "Name a file that is not there yet, in a folder this user may write to."
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


def _copy_aside(path: Path, version: int, key: Secret | None) -> None:
    copy = new_draft_of(path)
    copy_file(path, copy, key)
    copy.replace(path.with_name(f"{path.name}.version-{version}"))


def _bring_up_to_date(
    path: Path, migrations: Sequence[Migration], key: Secret | None, take_out: TakeOut
) -> None:
    try:
        with explained(path), closing(connect(path, "rw", key)) as connection:
            taken: list[bool] = []
            migrate(connection, migrations, lambda held: taken.append(take_out(held, path)))
            if any(taken):  # what went on purpose is not to seem lost
                tally_of(path).unlink(missing_ok=True)
            with suppress(driver.Error):  # on a disk too full for it the file is sound all the same
                connection.execute("VACUUM")  # older versions left what they deleted in the file
    except LedgerError as error:
        raise LedgerError(
            f"The ledger could not be brought up to date; it is as it was before. {error}"
        ) from error


def _connect_to_read(path: Path, key: Secret | None) -> driver.Connection:
    connection = connect(path, "ro", key, is_begun=True)
    try:
        connection.execute("PRAGMA schema_version").fetchone()
    except driver.Error as error:
        connection.close()
        if not is_complete_but_unwritable(path, getattr(error, "sqlite_errorcode", 0)):
            raise
        return connect_as_it_is(path, key)
    return connection


_KINDS = {"BOOLEAN": "integer", "INTEGER": "integer", "VARCHAR": "text", "BLOB": "blob"}
"""How SQLite stores what a column of ours was declared as (sqlite.org/datatype3.html)."""


def _has_misfits(connection: driver.Connection) -> bool:
    """Say whether any table holds a value of another kind than its column's; reads the whole file."""
    tables = connection.execute("SELECT name FROM pragma_table_list WHERE type = 'table'").fetchall()
    return any(_misfits_in(connection, table) for (table,) in tables)


def _misfits_in(connection: driver.Connection, table: str) -> bool:
    columns = connection.execute("SELECT name, type FROM pragma_table_info(?)", (table,)).fetchall()
    conditions = [
        f"(typeof({_quoted(name)}) NOT IN ('{_KINDS[declared]}', 'null'))"
        for name, declared in columns
        if declared in _KINDS
    ]
    if not conditions:
        return False
    question = f"SELECT 1 FROM {_quoted(table)} WHERE {' OR '.join(conditions)} LIMIT 1"  # noqa: S608 -- quoted
    return connection.execute(question).fetchone() is not None


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
