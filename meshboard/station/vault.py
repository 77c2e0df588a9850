"""The vault: a home's ledger and the key slot beside it; the only place where the two meet."""

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from itertools import count
from pathlib import Path

from meshboard.config import Settings, load_settings
from meshboard.errors import LedgerError, LedgerLocked, TrustError
from meshboard.ledger.driver import Error as DriverError
from meshboard.ledger.driver import is_plain
from meshboard.ledger.failures import explained
from meshboard.ledger.ledger import Ledger
from meshboard.station.durable import destroy, draft_of, put_in_place, write_whole
from meshboard.station.keyfile import read_key_file, read_or_make_key_file
from meshboard.trust.keyslot import (
    LEDGER_KEY_BYTES,
    SALT_BYTES,
    SLOT_BYTES,
    Cost,
    KeySlot,
    SlotKind,
    pack_slot,
    read_slot,
    refuse_tiny,
    unwrap_key,
    wrap_key,
)
from meshboard.trust.secret import Secret

LEDGER_FILE = "ledger.sqlite"
SLOT_FILE = "ledger.key"
OLD_ENDING = ".old"
"""What a converted ledger's former file is called until it is destroyed."""
TRY_S = 0.5  # how long one try of a passphrase shall take, on this machine
MEMORY_KIB = 64 * 1024  # RFC 9106's choice where memory is scarce; a Pi of 512 MB can spare it
FEWEST_ITERATIONS = 2

BeforeStep = Callable[[str], None]
"""Told the name of each step that changes files, before it is done."""


class Protection(Enum):
    """What keeps the ledger from whoever holds the machine."""

    NONE = "none"
    PASSPHRASE = "passphrase"  # noqa: S105 -- a word, not one
    KEY_FILE = "key file"


@dataclass(frozen=True, slots=True)
class Protect:
    """How a ledger shall be protected: by exactly one of the two."""

    passphrase: Secret | None = None
    key_file: Path | None = None

    def __post_init__(self) -> None:
        assert (self.passphrase is None) != (self.key_file is None), "one of the two"
        if self.passphrase is not None:
            refuse_tiny(self.passphrase)


@dataclass(frozen=True, slots=True)
class Draft:
    """A ledger that is being made."""

    path: Path
    key: Secret | None


class Vault:
    """Opens, locks and makes one home's ledger. Holds the ledger's key while it is unlocked."""

    def __init__(
        self, home: Path, cost: Cost | None = None, before_step: BeforeStep = lambda _step: None
    ) -> None:
        """Take a home; `cost` is what a try of a new passphrase shall cost, None = measured to TRY_S."""
        self.home = home
        self.ledger_path = home / LEDGER_FILE
        self.slot_path = home / SLOT_FILE
        self.before_step = before_step
        self._cost = cost
        self._key: Secret | None = None

    @property
    def protection(self) -> Protection:
        """What protects the ledger now; NONE too where there is no ledger yet."""
        if not self.slot_path.exists() or not self._has_ledger() or self._is_plain():
            return Protection.NONE  # a slot beside a plain ledger is what an interrupted change left
        kind = self.slot().kind
        return Protection.PASSPHRASE if kind is SlotKind.PASSPHRASE else Protection.KEY_FILE

    @property
    def lock_after_s(self) -> float:
        """After how long without a key pressed screens lock, 0 = never; only a passphrase can lock them."""
        if self.protection is not Protection.PASSPHRASE:
            return 0.0
        return load_settings(self.home).lock_after_min * 60.0

    @property
    def is_locked(self) -> bool:
        """Say whether a passphrase has to be given before the ledger opens."""
        return self._key is None and self.protection is Protection.PASSPHRASE

    def unlock(self, passphrase: Secret) -> None:
        """Find the ledger's key; TrustError with a sentence when the passphrase is a wrong one.

        Takes about TRY_S, touches no ledger, and may run on another thread.
        """
        if self.protection is Protection.PASSPHRASE:
            self._key = unwrap_key(self.slot(), passphrase)

    def lock(self) -> None:
        """Forget the key; whoever has the ledger open closes it first."""
        if self._key is not None:
            self._key.forget()
        self._key = None

    def key(self) -> Secret | None:
        """Return the key that opens the ledger, None = not encrypted; LedgerLocked when it is not at hand."""
        if self._key is not None:
            return self._key
        protection = self.protection
        if protection is Protection.NONE:
            return None
        if protection is Protection.PASSPHRASE:
            raise LedgerLocked(
                "This board is locked. Type its passphrase, or hand it over with --passphrase-fd."
            )
        opener = read_key_file(self._key_file())
        try:
            self._key = self._opened_with(opener)
        finally:
            opener.forget()
        return self._key

    def open_ledger(self, *, checked: bool) -> Ledger:
        """Open the ledger, and clear away what an interrupted change of its protection left."""
        ledger = Ledger.open(self.ledger_path, self.key(), checked=checked)
        ledger.begin_tally()
        with suppress(OSError, DriverError):
            self.clear_leftovers()
        return ledger

    @contextmanager
    def making(
        self, slot_of: Callable[[Secret], KeySlot] | None, key: Secret | None = None
    ) -> Iterator[Draft]:
        """Give a place to make a ledger that stands in the home only once it is complete, whatever happens.

        `slot_of` wraps its key, None = it is not encrypted; without a `key` a new one is made.
        """
        path = draft_of(self.ledger_path)
        _remove_with_journals(path)
        draft = Draft(path, (key or self.make_key()) if slot_of else None)
        try:
            yield draft
            if slot_of and draft.key:
                self.keep_first_slot(slot_of(draft.key), draft.key)
            self.before_step("ledger")
            put_in_place(path, self.ledger_path)
        except BaseException:
            _remove_with_journals(path)
            if not self._has_ledger():
                self.lock()
                self.slot_path.unlink(missing_ok=True)
            raise

    def make_key(self) -> Secret:
        """Return a new ledger key."""
        return Secret(secrets.token_bytes(LEDGER_KEY_BYTES))

    def wrap(self, key: Secret, protect: Protect) -> KeySlot:
        """Return a slot for a ledger's key; makes the key file where it is not there yet."""
        if protect.passphrase is not None:
            return wrap_key(
                key, protect.passphrase, secrets.token_bytes(SALT_BYTES), self._cost or measured()
            )
        assert protect.key_file is not None
        opener = read_or_make_key_file(protect.key_file)
        try:
            return wrap_key(key, opener, secrets.token_bytes(SALT_BYTES), None)
        finally:
            opener.forget()

    def keep_first_slot(self, slot: KeySlot, key: Secret) -> None:
        """Put the slot of a newly made key in place, in one step.

        A slot found there is set aside: its ledger may have been moved away, and would be lost without it.
        """
        if self.slot_path.exists():
            self.slot_path.rename(_free_name(self.slot_path))
        write_whole(self.slot_path, pack_slot(slot))
        self._key = key

    def clear_leftovers(self) -> None:
        """Destroy what an interrupted change of protection left; only while the ledger is open.

        Such a change holds the ledger alone, so none can be under way then.
        """
        for ending in (OLD_ENDING, ".new", ".new-journal"):
            destroy(self.ledger_path.with_name(LEDGER_FILE + ending))
        if self._key is not None:
            for copy in self.old_copies():
                if is_plain(copy):  # the board was encrypted since, and the power went before this copy did
                    destroy(copy)

    def old_copies(self) -> Iterator[Path]:
        """Yield the copies of the ledger that were made before migrations."""
        return self.home.glob(f"{LEDGER_FILE}.version-*")

    def _opened_with(self, opener: Secret) -> Secret:
        """Open the slot with a key file, or the one that was to follow it when the power went."""
        draft = draft_of(self.slot_path)
        try:
            return unwrap_key(self.slot(), opener)
        except TrustError:
            if not draft.exists():
                raise
            key = unwrap_key(self.slot(draft), opener)
        put_in_place(draft, self.slot_path)
        return key

    def slot(self, path: Path | None = None) -> KeySlot:
        """Read the key slot; LedgerError or TrustError with a sentence when it cannot be."""
        path = path or self.slot_path
        try:
            with path.open("rb") as file:
                packed = file.read(SLOT_BYTES + 1)
        except OSError as error:
            raise LedgerError(
                f"The key slot {path} cannot be read: {error.strerror}. Without it the board does "
                "not open; give this user the file, or restore a backup: meshboard restore FILE."
            ) from error
        try:
            return read_slot(packed)
        except TrustError as error:
            raise TrustError(f"{path}: {error}") from error

    def _key_file(self) -> Path:
        told = load_settings(self.home).key_file
        if not told:
            raise LedgerLocked(
                "This board opens with a key file, but config.toml does not say where it is. "
                'Add the line: key_file = "/path/to/the/file"'
            )
        return Path(told)

    def _has_ledger(self) -> bool:
        return self.ledger_path.exists() and self.ledger_path.stat().st_size > 0

    def _is_plain(self) -> bool:
        with explained(self.ledger_path):
            return is_plain(self.ledger_path)


def _free_name(path: Path) -> Path:
    names = (path.with_name(f"{path.name}.aside-{number}") for number in count(1))
    return next(name for name in names if not name.exists())


def _remove_with_journals(path: Path) -> None:
    for ending in ("", "-wal", "-shm", "-journal"):
        with suppress(OSError):
            path.with_name(path.name + ending).unlink()


def with_key_file(settings: Settings, protect: Protect | None) -> Settings:
    """Return settings that name the key file of a protection; of any other, none."""
    key_file = protect.key_file if protect else None
    return settings.model_copy(update={"key_file": str(key_file.absolute()) if key_file else ""})


TypedSecret = Secret
"""What front ends hand over; they know nothing else of trust."""


def typed_secret(text: str) -> TypedSecret:
    """Return what somebody typed as a secret."""
    return Secret.of_text(text)


def measured(try_s: float = TRY_S) -> Cost:
    """Return the cost at which one try of a passphrase takes about `try_s` seconds on this machine.

    Seconds of the processor: a machine that is busy just now must not come to a cheaper lock.
    """
    cost = Cost(MEMORY_KIB, FEWEST_ITERATIONS)
    for _ in range(2):  # the second look is at about the right cost, where filling the memory weighs less
        started = time.thread_time()
        wrap_key(Secret(bytes(LEDGER_KEY_BYTES)), Secret(b"probe"), bytes(SALT_BYTES), cost)
        once_s = (time.thread_time() - started) / cost.iterations
        cost = Cost(MEMORY_KIB, max(FEWEST_ITERATIONS, round(try_s / once_s)))
    return cost
