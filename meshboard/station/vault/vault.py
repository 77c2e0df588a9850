"""The vault: a home's ledger and the key slot beside it; the only place where the two meet."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path

from meshboard.config import Settings, load_settings, save_settings
from meshboard.errors import (
    LedgerDamaged,
    LedgerError,
    LedgerGone,
    LedgerLocked,
    MeshboardError,
    RuleError,
    TrustError,
)
from meshboard.figures import HOLDING_WAIT_S
from meshboard.ledger.circle.taken_out import taken_out_words
from meshboard.ledger.file.driver import Error as DriverError
from meshboard.ledger.file.driver import is_plain
from meshboard.ledger.file.durable import destroy, put_in_place, unwritable, write_whole
from meshboard.ledger.file.failures import explained
from meshboard.ledger.file.files import LedgerBehind, drafts_of, new_draft_of, which_file
from meshboard.ledger.file.tally import tally_of
from meshboard.ledger.ledger import Ledger
from meshboard.station.vault.holding import FilesHold, HomeFiles
from meshboard.station.vault.locks import Protection, read_key_file
from meshboard.trust.keyslot import (
    SLOT_BYTES,
    Cost,
    KeySlot,
    SlotKind,
    pack_slot,
    read_slot,
    unwrap_key,
)
from meshboard.trust.secret import Secret

LEDGER_FILE = "ledger.sqlite"
SLOT_FILE = "ledger.key"
OLD_ENDING = ".old"
"""What a converted ledger's former file is called until it is destroyed."""
BACKUP_FOLDER = ".meshboard-"
"""How the folder is called, in front, in which a backup waits until it is complete."""

_CHANGED = (
    "Another meshboard changed just now how this board is locked, or replaced it. Nothing was changed here; "
    "look at it (meshboard lock status), then try again."
)

BeforeStep = Callable[[str], None]
"""Told the name of each step on files, before it is done: where another process can come between."""


@dataclass(frozen=True, slots=True)
class LedgerDraft:
    """A ledger that is being made."""

    path: Path
    key: Secret | None


@dataclass(frozen=True, slots=True)
class Seen:
    """How a board was protected when this process looked: what it decides on has to hold still."""

    ledger: tuple[int, int] | None
    """Which file it was."""
    slot: bytes | None
    """What was in its slot, None = the ledger was not encrypted."""


class Vault:
    """Opens, locks and makes one home's ledger. Holds the ledger's key while it is unlocked."""

    def __init__(
        self,
        home: Path,
        cost: Cost | None = None,
        before_step: BeforeStep = lambda _step: None,
        wait_s: float = HOLDING_WAIT_S,
    ) -> None:
        """Take a home; `cost` is what a try of a new passphrase shall cost, None = measured.

        `wait_s` is how long to wait for another process that is at work on the home's files.
        """
        self.home = home
        self.ledger_path = home / LEDGER_FILE
        self.slot_path = home / SLOT_FILE
        self.files = HomeFiles(home, wait_s)
        self.before_step = before_step
        self.cost = cost
        self._key: Secret | None = None
        self._seen: Seen | None = None
        self._hold: FilesHold | None = None

    @property
    def protection(self) -> Protection:
        """What protects the ledger now; NONE too where there is no ledger yet."""
        with self.files.shared():
            return self._protection()

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

        Takes about PASSPHRASE_TRY_S, touches no ledger, and may run on another thread.
        """
        with self.files.shared():
            if self._protection() is not Protection.PASSPHRASE:
                return
            slot, seen = self.slot(), self._look()
        self._key = unwrap_key(slot, passphrase)
        self._seen = seen

    def lock(self) -> None:
        """Forget the key; whoever has the ledger open closes it first."""
        if self._key is not None:
            self._key.forget()
        self._key = self._seen = None

    def key(self) -> Secret | None:
        """Return the key that opens the ledger, None = not encrypted; LedgerLocked when it is not at hand."""
        with self.files.shared():
            return self._found_key()

    def known_key(self) -> Secret | None:
        """Return the key as it was when this process looked; it looks now if it has not yet."""
        return self.key() if self._seen is None else self._key

    def open_ledger(self, *, checked: bool) -> Ledger:
        """Open the ledger, and clear away what an interrupted change of its protection left.

        LedgerError, once, where an update took posts out of it: people are to know where these are.
        """
        try:
            with self.files.shared() as hold:
                self.before_step("open")
                ledger = _not_wiped(self._opened(checked=checked, may_migrate=False), hold)
        except LedgerBehind:
            with self.files.alone() as hold:
                self.before_step("update")
                ledger = _not_wiped(self._opened(checked=checked, may_migrate=True), hold)
            if found := taken_out_words(self.ledger_path):
                ledger.close()
                raise LedgerError(f"{found} Now start meshboard again.") from None
        ledger.begin_tally()
        self.clear_leftovers()
        return ledger

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Hold the files alone to change how the board is protected; refuse if that changed since the look.

        A person was asked meanwhile, for a passphrase, and another process may have been quicker.
        """
        self.before_step("hold")
        with self._alone():
            self._follow_draft()
            if self._look() != self._seen:
                raise LedgerError(_CHANGED)
            yield

    @contextmanager
    def sharing(self) -> Iterator[FilesHold]:
        """Keep others from changing the files, to copy what this process looked at; refuse if it changed."""
        self.before_step("hold")
        with self.files.shared() as hold:
            if self._look() != self._seen:
                raise LedgerError(_CHANGED)
            yield hold

    @contextmanager
    def making(
        self, slot_of: Callable[[], KeySlot] | None, key: Secret | None = None
    ) -> Iterator[LedgerDraft]:
        """Give a place to make a ledger that stands in the home only once it is complete, whatever happens.

        `slot_of` wraps the key, None = it is not encrypted. Refuses where there is a ledger.
        """
        self.before_step("hold")
        with self._alone(makes_home=True), _unwritable_explained(self.home):
            self.refuse_if_there_is_one()
            self._destroy_leftovers()
            draft = LedgerDraft(new_draft_of(self.ledger_path), key)
            undo = None
            try:
                self.step("draft")
                yield draft
                if slot_of and key:
                    slot = slot_of()
                    self.step("slot")
                    undo = self.keep_first_slot(slot, key)
                self.step("ledger")
                tally_of(self.ledger_path).unlink(missing_ok=True)  # of a ledger that was moved away
                put_in_place(draft.path, self.ledger_path)
                self.note_change()
                self.step("made")
            except BaseException:
                _remove_with_journals(draft.path)
                if undo and not self._has_ledger():
                    undo()
                raise

    def refuse_if_there_is_one(self) -> None:
        """Raise RuleError when there is a ledger already, which is never replaced."""
        if self._has_ledger():
            raise RuleError(
                "This folder has a board already. Nothing was changed; use another one: --home FOLDER."
            )

    def step(self, name: str) -> None:
        """Tell of the next step on files that are held alone; LedgerGone when the home was wiped."""
        self.before_step(name)
        if self._hold is not None:
            self._hold.refuse_if_wiped()

    def keep_first_slot(self, slot: KeySlot, key: Secret) -> Callable[[], None]:
        """Put the slot of a newly made key in place, in one step; return what undoes that.

        A slot found there is set aside: its ledger may have been moved away, and would be lost without it.
        """
        aside = _free_name(self.slot_path) if self.slot_path.exists() else None

        def undo() -> None:
            self.lock()
            with suppress(OSError):
                self.slot_path.unlink(missing_ok=True)
                if aside:
                    aside.rename(self.slot_path)

        if aside:
            self.slot_path.rename(aside)
        self._key = key
        try:
            write_whole(self.slot_path, pack_slot(slot))
        except LedgerError:
            undo()
            raise
        return undo

    def change_settings(self, change: Callable[[Settings], Settings]) -> None:
        """Change what `config.toml` says, as it stands now; LedgerError when it cannot be written."""
        with self.files.alone():
            save_settings(self.home, change(load_settings(self.home)))

    def note_change(self) -> None:
        """Take what was just done to the files for what this process has seen."""
        self._seen = self._look()

    def clear_leftovers(self) -> None:
        """Destroy what killed processes left, once the ledger opens; not while others are at work there."""
        with suppress(OSError, DriverError, MeshboardError):
            if any(True for _ in chain(drafts_of(self.slot_path), self._leftovers())):
                with self._alone(wait_s=0):
                    self._destroy_leftovers()

    def _destroy_leftovers(self) -> None:
        self._follow_draft()
        for left in self._leftovers():
            if left.is_dir():
                shutil.rmtree(left)
            else:
                destroy(left)

    def _leftovers(self) -> Iterator[Path]:
        """Yield what a process that was killed left; whoever is at work now holds the files."""
        yield from drafts_of(self.ledger_path)
        yield from self.home.glob(f"{LEDGER_FILE}{OLD_ENDING}")
        yield from self.home.glob(f"{BACKUP_FOLDER}*")
        if self._seen is None or self._seen == self._look():  # else a draft is the slot that was to follow
            yield from drafts_of(self.slot_path)
        if self._key is not None:
            # the board was encrypted since, and the power went before these copies did
            yield from (copy for copy in self.old_copies() if is_plain(copy))

    def old_copies(self) -> Iterator[Path]:
        """Yield the copies of the ledger that were made before migrations."""
        return self.home.glob(f"{LEDGER_FILE}.version-*")

    @contextmanager
    def _alone(self, *, wait_s: float | None = None, makes_home: bool = False) -> Iterator[None]:
        with self.files.alone(wait_s=wait_s, makes_home=makes_home) as hold:
            self._hold = hold
            try:
                yield
            finally:
                self._hold = None

    def _protection(self) -> Protection:
        if not self.slot_path.exists() or not self._has_ledger() or self.is_plain():
            return Protection.NONE  # a slot beside a plain ledger is what an interrupted change left
        kind = self.slot().kind
        return Protection.PASSPHRASE if kind is SlotKind.PASSPHRASE else Protection.KEY_FILE

    def _look(self, slot: Path | None = None) -> Seen:
        is_encrypted = self._protection() is not Protection.NONE
        packed = self._packed_slot(slot or self.slot_path) if is_encrypted else None
        return Seen(which_file(self.ledger_path), packed)

    def _found_key(self) -> Secret | None:
        if self._key is not None:
            return self._key
        protection = self._protection()
        if protection is Protection.PASSPHRASE:
            raise LedgerLocked(
                "This board is locked. Type its passphrase, or hand it over with --passphrase-fd."
            )
        if protection is Protection.NONE:
            self._seen = self._look()
            return None
        opener = read_key_file(self._key_file())
        try:
            self._key = self._opened_with(opener)
        finally:
            opener.forget()
        return self._key

    def _opened(self, *, checked: bool, may_migrate: bool) -> Ledger:
        key, seen = self._found_key(), self._seen
        try:
            return Ledger.open(self.ledger_path, key, checked=checked, may_migrate=may_migrate)
        except LedgerDamaged as error:
            if seen is not None and self._look() != seen:  # the key was found before that
                raise LedgerError(_CHANGED) from error
            raise

    def _opened_with(self, opener: Secret) -> Secret:
        """Open the slot with a key file, or the one that was to follow it when the power went."""
        try:
            key = unwrap_key(self.slot(), opener)
        except TrustError as error:
            for draft in drafts_of(self.slot_path):
                with suppress(TrustError, LedgerError):
                    key = unwrap_key(self.slot(draft), opener)
                    self._seen = self._look(draft)
                    return key
            raise error from None
        self._seen = self._look()
        return key

    def _follow_draft(self) -> None:
        """Put the slot that opened the ledger in place, where the power went before that was done."""
        if self._seen is None or self._seen.slot is None or self._seen == self._look():
            return
        for draft in drafts_of(self.slot_path):
            if self._packed_slot(draft) == self._seen.slot:
                put_in_place(draft, self.slot_path)
                return

    def slot(self, path: Path | None = None) -> KeySlot:
        """Read the key slot; LedgerError or TrustError with a sentence when it cannot be."""
        path = path or self.slot_path
        try:
            return read_slot(self._packed_slot(path))
        except TrustError as error:
            raise TrustError(f"{path}: {error}") from error

    @staticmethod
    def _packed_slot(path: Path) -> bytes:
        try:
            with path.open("rb") as file:
                return file.read(SLOT_BYTES + 1)
        except OSError as error:
            raise LedgerError(
                f"The key slot {path} cannot be read: {error.strerror}. Without it the board does "
                "not open; give this user the file, or restore a backup: meshboard restore FILE."
            ) from error

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

    @property
    def was_wiped(self) -> bool:
        """Say whether somebody wiped the home while this process holds its files alone."""
        return self._hold is not None and self._hold.is_void

    def is_plain(self) -> bool:
        """Say whether the ledger can be read without a key."""
        with explained(self.ledger_path):
            return is_plain(self.ledger_path)


@contextmanager
def _unwritable_explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise unwritable(path, error) from error


def _not_wiped(ledger: Ledger, hold: FilesHold) -> Ledger:
    """Return a ledger that was opened; close it and raise LedgerGone when it was wiped meanwhile."""
    try:
        hold.refuse_if_wiped()
        ledger.refuse_if_gone()
    except LedgerGone:
        with suppress(LedgerError):
            ledger.close()
        raise
    return ledger


def _free_name(path: Path) -> Path:
    names = (path.with_name(f"{path.name}.aside-{number}") for number in count(1))
    return next(name for name in names if not name.exists())


def _remove_with_journals(path: Path) -> None:
    for ending in ("", "-wal", "-shm", "-journal"):
        with suppress(OSError):
            path.with_name(path.name + ending).unlink()
