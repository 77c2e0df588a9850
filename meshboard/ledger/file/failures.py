"""What can go wrong with a file, said in a sentence that tells what to do."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from meshboard.errors import LedgerBusy, LedgerDamaged, LedgerError
from meshboard.ledger.file import driver
from meshboard.ledger.file.driver import sqlite

PRIMARY_CODE_MASK = 0xFF  # sqlite.org/rescode.html: the low byte of an extended code is its primary code

_SENTENCES = {
    sqlite.SQLITE_FULL: (
        "There is no room left on the disk for the ledger at {path}. "
        "Nothing was saved; free some space and try again."
    ),
    sqlite.SQLITE_READONLY: (
        "The ledger at {path} can only be read, so nothing was saved. "
        "Make the file and its folder writable for this user, then try again."
    ),
    sqlite.SQLITE_PERM: (
        "This user may not use the ledger at {path}. Give this user the file and its folder, then try again."
    ),
    sqlite.SQLITE_CANTOPEN: (
        "The ledger at {path} cannot be opened. "
        "Check that the file is there and that this user may read and write it and its folder."
    ),
    sqlite.SQLITE_BUSY: (
        "The ledger at {path} is busy: another program has kept it for several seconds. "
        "{outcome}ry again in a moment."
    ),
    sqlite.SQLITE_IOERR: (
        "The disk did not do what was asked of it for the ledger at {path}. Nothing was saved; "
        "check that the disk is not full, not failing and still connected, then try again."
    ),
    sqlite.SQLITE_NOLFS: (
        "The ledger at {path} may not grow: a limit of this user's or of the file system stands in the way. "
        "Nothing was saved; lift the limit, or use another disk."
    ),
    sqlite.SQLITE_NOMEM: (
        "This machine has no memory left for the ledger at {path}. Nothing was saved; end other programs and "
        "try again."
    ),
    sqlite.SQLITE_CORRUPT: (
        "The ledger at {path} is damaged; it was left as it is. Put your last backup in its place, or move "
        "the file aside and start meshboard: join your circle again, and the other stations send their "
        "posts anew."
    ),
    sqlite.SQLITE_NOTADB: (
        "The file at {path} is not a meshboard ledger, or ledger.key beside it belongs to another one; "
        "it was left as it is. Keep both files. If you have a backup: "
        "meshboard --home NEW-FOLDER restore FILE"
    ),
}
_BUSY = (sqlite.SQLITE_BUSY, sqlite.SQLITE_LOCKED)
_DAMAGE = (sqlite.SQLITE_CORRUPT, sqlite.SQLITE_NOTADB)
for _code in (sqlite.SQLITE_LOCKED, sqlite.SQLITE_PROTOCOL, sqlite.SQLITE_SCHEMA):
    _SENTENCES[_code] = _SENTENCES[sqlite.SQLITE_BUSY]
_NO_ROOM = "There is no room left on the disk for {path}. Nothing was saved; free some space and try again."
_OF_THE_DISK = {
    errno.ENOSPC: _NO_ROOM,
    errno.EDQUOT: _NO_ROOM,
    errno.EFBIG: (
        "{path} may not grow: a limit of this user's or of the file system stands in the way. Nothing was "
        "saved; lift the limit, or use another disk."
    ),
    errno.EROFS: (
        "{path} is on a disk that can only be read. Nothing was saved; make the disk writable, "
        "or use another."
    ),
    errno.EIO: (
        "The disk did not do what was asked of it for {path}. Nothing was saved; check that it is not "
        "failing and still connected, then try again."
    ),
}
_NO_LOG_POSSIBLE = {
    sqlite.SQLITE_READONLY,
    sqlite.SQLITE_CANTOPEN,
    sqlite.SQLITE_IOERR,
    sqlite.SQLITE_FULL,
}


def failure(code: int, path: Path, *, is_saving: bool = False) -> LedgerError:
    """Return the error that explains an SQLite result code (sqlite.org/rescode.html)."""
    sentence = _SENTENCES.get(code & PRIMARY_CODE_MASK)
    if sentence is None:
        return LedgerError(
            f"The ledger at {path} could not be used (SQLite error {code}). Nothing was saved."
        )
    outcome = "Nothing was saved; t" if is_saving else "T"
    return _kind(code)(sentence.format(path=path, outcome=outcome))


def is_busy(code: int) -> bool:
    """Say whether a result code means that somebody else keeps the ledger."""
    return code & PRIMARY_CODE_MASK in _BUSY


def _kind(code: int) -> type[LedgerError]:
    if is_busy(code):
        return LedgerBusy
    return LedgerDamaged if code & PRIMARY_CODE_MASK in _DAMAGE else LedgerError


def disk_failure(path: Path, error: OSError, advice: str) -> LedgerError:
    """Return the error for a file the system did not let us write; `advice` is for all but a bad disk."""
    sentence = _OF_THE_DISK.get(error.errno or 0, f"{{path}} cannot be written: {error.strerror}. {advice}")
    return LedgerError(sentence.format(path=path))


def is_complete_but_unwritable(path: Path, code: int) -> bool:
    """Say whether all is in the file, and only no write-ahead log can be made: no room, or no right to."""
    log = path.with_name(path.name + "-wal")
    is_complete = not log.exists() or log.stat().st_size == 0
    return is_complete and code & PRIMARY_CODE_MASK in _NO_LOG_POSSIBLE


@contextmanager
def explained(path: Path, *, is_saving: bool = False) -> Iterator[None]:
    """Turn what SQLite complains about into a LedgerError; mistakes in our own code pass through.

    `is_saving`: something was to be saved, and the sentence says that it was not.
    """
    try:
        yield
    except DBAPIError as error:
        cause = error.orig
        code = getattr(cause, "sqlite_errorcode", None)
        if not isinstance(code, int):
            raise
        raise failure(code, path, is_saving=is_saving) from cause
    except driver.Error as error:
        code = getattr(error, "sqlite_errorcode", None)
        if not isinstance(code, int):
            raise
        raise failure(code, path, is_saving=is_saving) from error
