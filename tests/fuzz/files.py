"""Openers of files: ledgers, plain and encrypted, what lies beside them, and backups."""

import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from functools import cache
from pathlib import Path

from meshboard.domain.views import BoardQuery
from meshboard.errors import LedgerError, MeshboardError
from meshboard.ledger.circle.remembered import AIRTIME_LOG
from meshboard.ledger.ledger import Ledger
from meshboard.station.home.host import Host
from meshboard.station.vault.backups import back_up, opener_kind, restore
from meshboard.station.vault.locks import Protect
from meshboard.station.vault.vault import LEDGER_FILE, Vault
from meshboard.trust.keyslot import SLOT_BYTES
from meshboard.trust.keyslot import _check as slot_check
from meshboard.trust.secret import Secret
from tests.fuzz.altering import altered
from tests.fuzz.target import Target
from tests.support.stations.protected import CHEAP, new_home, unlocked, words

OPENING_S = 5.0  # reading a small file whole, a migration, and Argon2 once; on a slow machine
_OLD = Path(__file__).parents[1] / "ledger" / "files" / "version-1.db"
_PAGE_BYTES = 4096
_VALUES = (
    None,
    -1,
    0,
    1,
    2**63 - 1,
    1.5,
    "",
    "x",
    "\0",
    b"",
    b"\xff" * 8,
    b"\xff" * 32,
    bytes(40),
    "9" * 400,
)


class _Models:
    """A home of each kind, made once."""

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True, mode=0o700)

    @cache  # noqa: B019 -- lives as long as the run
    def plain(self) -> bytes:
        """Return a plain ledger with a post."""
        new_home(self.scratch / "plain", None)
        return (self.scratch / "plain" / LEDGER_FILE).read_bytes()

    @cache  # noqa: B019
    def encrypted(self) -> bytes:
        """Return an encrypted one, of the home named so."""
        new_home(self.scratch / "encrypted", Protect(passphrase=words()))
        return (self.scratch / "encrypted" / LEDGER_FILE).read_bytes()

    @cache  # noqa: B019
    def key(self) -> Secret:
        """Return what opens it."""
        self.encrypted()
        found = unlocked(self.scratch / "encrypted").vault.key()
        assert found is not None
        return found

    @cache  # noqa: B019
    def log(self) -> bytes:
        """Return the write-ahead log of the plain ledger with something in it."""
        home = self.scratch / "logged"
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(mode=0o700)
        path = home / LEDGER_FILE
        path.write_bytes(self.plain())
        with Ledger.open(path) as ledger:
            ledger.remembered.keep(AIRTIME_LOG, "words " * 300)
            return path.with_name(LEDGER_FILE + "-wal").read_bytes()

    @cache  # noqa: B019
    def backup(self) -> bytes:
        """Return a backup that opens with the key file `stick`."""
        new_home(self.scratch / "kiosk", Protect(key_file=self.scratch / "stick"))
        file = self.scratch / "kiosk.backup"
        host = Host(self.scratch / "kiosk")
        back_up(host.vault, file)
        return file.read_bytes()


def damaged(chance: random.Random, content: bytes) -> bytes:
    """Return a database with some bytes changed, above all those that say what a page is, or cut short."""
    changed = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        page = chance.randrange(max(1, len(changed) // _PAGE_BYTES))
        within = chance.choice((chance.randrange(100), chance.randrange(130), chance.randrange(_PAGE_BYTES)))
        at = min(page * _PAGE_BYTES + within, len(changed) - 1)
        match chance.randrange(8):
            case 0:
                size = chance.choice((0, 1, 16, 100, _PAGE_BYTES, at, len(changed) - 1))
                del changed[size:]
            case 1:
                changed[at : at + 16] = chance.randbytes(16)
            case 2:
                changed += chance.randbytes(chance.choice((1, 512, _PAGE_BYTES)))
            case 3:
                other = chance.randrange(max(1, len(changed) // _PAGE_BYTES)) * _PAGE_BYTES
                start = page * _PAGE_BYTES
                changed[start : start + _PAGE_BYTES] = changed[other : other + _PAGE_BYTES]
            case _:
                changed[at] = chance.choice((0, 1, 5, 13, 0x7F, 0xFF, changed[at] ^ 1 << chance.randrange(8)))
        if not changed:
            break
    return bytes(changed)


def rewritten(chance: random.Random, content: bytes) -> bytes:
    """Return a sound database in which something stands that meshboard never writes."""
    plain = bytearray(content)
    plain[18:20] = b"\x01\x01"  # no write-ahead log in memory; sqlite.org/fileformat.html, section 1.3
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as database:
        database.deserialize(bytes(plain))
        tables = [row[0] for row in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        for _ in range(chance.choice((1, 1, 2, 5))):
            with suppress(sqlite3.Error):
                database.execute(*_statement(chance, database, chance.choice(tables)))
        return database.serialize()


def _statement(
    chance: random.Random, database: sqlite3.Connection, table: str
) -> tuple[str, tuple[object, ...]]:
    if table == "sqlite_sequence" or chance.random() < 0.75:
        columns = [row[1] for row in database.execute(f"PRAGMA table_info('{table}')")] or ["seq"]
        value = chance.choice((*_VALUES, chance.randbytes(32)))
        where = chance.choice(("", f" WHERE rowid = {chance.randrange(1, 4)}"))
        return f'UPDATE "{table}" SET "{chance.choice(columns)}" = ?{where}', (value,)
    other = chance.choice(("x", "entry", "post", "setting"))
    return (
        chance.choice(
            (
                f'DELETE FROM "{table}"',
                f'DROP TABLE "{table}"',
                f'ALTER TABLE "{table}" RENAME TO "{other}{chance.randrange(9)}"',
                f'ALTER TABLE "{table}" ADD COLUMN "{other}" NOT NULL DEFAULT 1',
                f"PRAGMA user_version = {chance.choice((0, 1, 2, 3, 99, -1))}",
                f"PRAGMA application_id = {chance.choice((0, 1))}",
                f'CREATE VIEW v AS SELECT * FROM "{table}"',
                "CREATE TABLE more (x)",
            )
        ),
        (),
    )


def _opens_ledger(models: _Models, key: Callable[[], Secret | None]) -> Callable[[bytes], None]:
    home = models.scratch / "case"

    def open_it(case: bytes) -> None:
        path = _lay(home, case)
        try:
            ledger = Ledger.open(path, key())
        except LedgerError:
            assert path.read_bytes() == case, "a ledger that was refused was changed"
            raise
        except MeshboardError as error:
            raise AssertionError(f"a ledger refused as {type(error).__name__}") from error
        with ledger:
            _read_all(ledger)
        _look_at_board(Host(home), key())

    return open_it


def _look_at_board(host: Host, key: Secret | None) -> None:
    host.vault._key = key
    try:
        board = host.open()
        board.board(BoardQuery(live_only=False))
        board.status()
        host.circles()
    finally:
        host.close()


def _lay(home: Path, case: bytes) -> Path:
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(mode=0o700)
    path = home / LEDGER_FILE
    path.write_bytes(case)
    return path


def _read_all(ledger: Ledger) -> None:
    for circle in ledger.circles.all():
        ledger.circles.identity(circle.id)
        ledger.circles.epoch_keys(circle.id)
        store = ledger.store(circle.id)
        for log, held in store.holdings().items():
            store.entries(log, 1, held.count)
        store.reserve_counters(1)
    ledger.check()
    ledger.rebuild()
    ledger.changes_since(0)


def _opens_log(models: _Models) -> Callable[[bytes], None]:
    home = models.scratch / "log-case"

    def open_it(case: bytes) -> None:
        path = _lay(home, models.plain())
        path.with_name(LEDGER_FILE + "-wal").write_bytes(case)
        with Ledger.open(path) as ledger:
            _read_all(ledger)

    return open_it


def _backup(models: _Models, chance: random.Random) -> bytes:
    whole = models.backup()
    if chance.random() < 0.4:
        return damaged(chance, whole)
    head, rest = whole[: 6 + SLOT_BYTES - 8], whole[6 + SLOT_BYTES :]
    head = altered(chance, head)
    return head + slot_check(head[6:]) + (damaged(chance, rest) if chance.random() < 0.5 else rest)


def _restores(models: _Models) -> Callable[[bytes], None]:
    home, file = models.scratch / "restored", models.scratch / "a.backup"

    def open_it(case: bytes) -> None:
        shutil.rmtree(home, ignore_errors=True)
        file.write_bytes(case)
        opener_kind(file)
        vault = Vault(home, CHEAP)
        try:
            restore(vault, file, words(), models.scratch / "stick")
        except MeshboardError:
            left = list(home.iterdir()) if home.exists() else []
            assert not left, f"a refused backup left {left[0].name}"
            raise
        finally:
            assert file.read_bytes() == case, "a backup was changed"
        with vault.open_ledger(checked=True) as ledger:
            _read_all(ledger)

    return open_it


def files(scratch: Path) -> tuple[Target, ...]:
    """Return the targets; they write below `scratch`, best in memory."""
    models = _Models(scratch)

    def any_plain(chance: random.Random) -> bytes:
        source = models.plain() if chance.random() < 0.8 else _OLD.read_bytes()
        return chance.choice((damaged, rewritten, rewritten))(chance, source)

    return (
        Target("ledger", any_plain, _opens_ledger(models, lambda: None), (MeshboardError,), OPENING_S),
        Target(
            "encrypted-ledger",
            lambda chance: damaged(chance, models.encrypted()),
            _opens_ledger(models, models.key),
            (MeshboardError,),
            OPENING_S,
        ),
        Target(
            "ledger-log",
            lambda chance: damaged(chance, models.log()),
            _opens_log(models),
            (),  # what is damaged in it is as if it had not been written
            OPENING_S,
        ),
        Target(
            "backup", lambda chance: _backup(models, chance), _restores(models), (MeshboardError,), OPENING_S
        ),
    )
