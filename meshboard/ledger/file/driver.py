"""The SQLite library under the ledger: SQLCipher's, for encrypted and for plain files alike.

Never Python's own sqlite3 on the same file: two copies of SQLite in one process cancel each other's locks
(sqlite.org/howtocorrupt.html, section 2.2.1).
"""

from collections.abc import Callable
from contextlib import closing
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine.interfaces import DBAPIModule, IsolationLevel
from sqlcipher3 import dbapi2

from meshboard.figures import BUSY_TIMEOUT_S
from meshboard.trust.secret import Secret

sqlite: Any = dbapi2
"""The driver as SQLAlchemy takes it, and SQLite's result codes (sqlite.org/rescode.html)."""

if TYPE_CHECKING:
    import sqlite3

    # the package has no types of its own; its classes have the shape of the standard library's
    Connection = sqlite3.Connection
    Cursor = sqlite3.Cursor
    Error, DatabaseError = sqlite3.Error, sqlite3.DatabaseError
else:
    Connection, Cursor = dbapi2.Connection, dbapi2.Cursor
    Error, DatabaseError = dbapi2.Error, dbapi2.DatabaseError

NOT_A_DATABASE = sqlite.SQLITE_NOTADB  # also what a wrong key gives
SAID_WITHOUT_CODE = {  # sqlite3_errstr's words, which sqlcipher_export passes on under SQLITE_ERROR
    "database or disk is full": sqlite.SQLITE_FULL,
    "disk I/O error": sqlite.SQLITE_IOERR,
    "attempt to write a readonly database": sqlite.SQLITE_READONLY,
    "unable to open database file": sqlite.SQLITE_CANTOPEN,
    "database disk image is malformed": sqlite.SQLITE_CORRUPT,
    "file is not a database": sqlite.SQLITE_NOTADB,
    "database is locked": sqlite.SQLITE_BUSY,
    "database table is locked": sqlite.SQLITE_LOCKED,
    "out of memory": sqlite.SQLITE_NOMEM,
    "large file support is disabled": sqlite.SQLITE_NOLFS,
}
UNREADABLE_TEXT = "Could not decode to UTF-8"  # how the driver's words on it begin; it gives them no code
_SETTINGS = (
    "PRAGMA cipher_log_level = NONE",  # it writes to stderr, across the screens
    "PRAGMA temp_store = MEMORY",  # what is sorted must not lie on the disk in the clear
    "PRAGMA secure_delete = ON",  # what is deleted is overwritten with zeros
)
"""Of every connection, set in one transaction with what is read first."""
_TO_WRITE = (
    ("journal_mode", "WAL", "wal"),
    ("synchronous", "FULL", 2),  # NORMAL can lose acknowledged entries to a power cut
)
"""Settings that cannot be changed within a transaction, with how they are said and how they are read."""
_Given = ParamSpec("_Given")
_Got = TypeVar("_Got")


def connect(path: Path, mode: str, key: Secret | None = None, *, is_begun: bool = False) -> Connection:
    """Open a file in autocommit mode; `mode` is ro, rw or rwc, `key` None = not encrypted.

    `is_begun`: with a transaction begun, for whoever reads at once.
    """
    return _opened(f"{path.absolute().as_uri()}?mode={mode}", key, is_begun=is_begun)


def connect_to_write(path: Path, key: Secret | None = None) -> Connection:
    """Open a ledger so that what is committed outlives a power cut, and whoever reads waits for nobody."""
    connection = connect(path, "rw", key, is_begun=True)
    try:
        connection.execute("PRAGMA trusted_schema = OFF")
        settings = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name, _, _ in _TO_WRITE]
        connection.execute("COMMIT")
        for (name, word, value), found in zip(_TO_WRITE, settings, strict=True):
            if found != value:
                connection.execute(f"PRAGMA {name} = {word}")
    except BaseException:
        connection.close()
        raise
    return connection


def connect_as_it_is(path: Path, key: Secret | None = None) -> Connection:
    """Open a file that is complete in itself, to read, without making anything beside it."""
    return _opened(f"{path.absolute().as_uri()}?mode=ro&immutable=1", key)


def is_plain(path: Path) -> bool:
    """Say whether a file can be read without a key; says nothing about whose it is.

    Asks SQLite rather than reading the first bytes: closing a file that this process has open elsewhere
    would give up the locks on it.
    """
    try:
        with closing(connect_as_it_is(path)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except Error as error:
        if getattr(error, "sqlite_errorcode", None) == NOT_A_DATABASE:
            return False
        raise
    return True


def key_words(key: Secret) -> bytearray:
    """Return a raw key in the form SQLCipher takes (zetetic.net/sqlcipher/sqlcipher-api, "raw key")."""
    return bytearray(b"x'%s'" % key.reveal().hex().encode())


def _says_why(call: Callable[_Given, _Got]) -> Callable[_Given, _Got]:
    """Let a call say by its result code what SQLite says in words only.

    Text in the file, or in SQLite's words about it, that is no UTF-8 is SQLITE_CORRUPT: what the driver
    raises then has no code. Its words are left out: they may be what a person wrote.
    """

    @wraps(call)
    def saying(*args: _Given.args, **kwargs: _Given.kwargs) -> _Got:
        try:
            return call(*args, **kwargs)
        except UnicodeDecodeError:
            pass
        except Error as error:
            if not str(error).startswith(UNREADABLE_TEXT):
                if getattr(error, "sqlite_errorcode", None) == sqlite.SQLITE_ERROR:
                    error.sqlite_errorcode = SAID_WITHOUT_CODE.get(str(error), sqlite.SQLITE_ERROR)
                raise
        damage = DatabaseError("there is text in the file that is no UTF-8")
        damage.sqlite_errorcode = sqlite.SQLITE_CORRUPT
        raise damage

    return saying


class _Cursor(Cursor):
    """Calls text that is no UTF-8 what it is: all that is ever written is, so it is damage."""

    execute = _says_why(Cursor.execute)
    executemany = _says_why(Cursor.executemany)
    fetchone = _says_why(Cursor.fetchone)
    fetchmany = _says_why(Cursor.fetchmany)
    fetchall = _says_why(Cursor.fetchall)

    def __next__(self) -> object:
        return _says_why(super().__next__)()


class _Connection(Connection):
    """Reads with such cursors."""

    def cursor(self, _factory: object = None) -> _Cursor:  # type: ignore[override]  # nobody asks for others
        return super().cursor(_Cursor)


def _opened(uri: str, key: Secret | None, *, is_begun: bool = False) -> Connection:
    connection: Any = sqlite.connect(
        uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None, factory=_Connection
    )
    try:
        if key is not None:
            words = key_words(key)
            connection.set_key(words)
            words[:] = bytes(len(words))
        connection.execute("BEGIN")
        for setting in _SETTINGS:
            connection.execute(setting)
        if not is_begun:
            connection.execute("COMMIT")
    except BaseException:
        connection.close()
        raise
    opened: Connection = connection
    return opened


class LedgerDialect(SQLiteDialect_pysqlite):
    """SQLite for SQLAlchemy, without the question about isolation it asks of each new engine."""

    supports_statement_cache = True

    @classmethod
    def import_dbapi(cls) -> DBAPIModule:
        """Return the driver."""
        module: DBAPIModule = sqlite
        return module

    def get_default_isolation_level(self, _dbapi_connection: object) -> IsolationLevel:
        """Return what SQLite's is (sqlite.org/isolation.html)."""
        return "SERIALIZABLE"


registry.register("sqlite.ledger", __name__, LedgerDialect.__name__)
