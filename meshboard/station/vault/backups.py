"""Backups: one file with the encrypted ledger and its key slot, and a new beginning from one.

    backup = magic: 4 ‖ version: 1 ‖ length of slot: 1 ‖ slot ‖ the ledger, an SQLCipher file

The slot is that of trust/keyslot.py. Nothing in it can be read without the passphrase or the key file.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from meshboard.clock import Clock
from meshboard.config import load_settings, save_settings
from meshboard.errors import LedgerDamaged, LedgerError, LedgerLocked, RuleError, TrustError
from meshboard.ledger.file.conversion import copy_under_key
from meshboard.ledger.file.durable import put_in_place
from meshboard.ledger.file.failures import disk_failure
from meshboard.ledger.ledger import Ledger
from meshboard.station.process.real_clock import SystemClock
from meshboard.station.vault.holding import FilesHold
from meshboard.station.vault.locks import Protect, make_key, read_key_file, with_key_file, wrapping
from meshboard.station.vault.vault import BACKUP_FOLDER, Vault
from meshboard.trust.keyslot import SLOT_BYTES, KeySlot, SlotKind, pack_slot, read_slot, unwrap_key
from meshboard.trust.secret import Secret

MAGIC = b"mBbk"
_VERSION = 1
_HEAD_BYTES = len(MAGIC) + 2 + SLOT_BYTES
COUNTERS_AHEAD = 2**20  # docs/protocol.md, section 6: or nobody listens to the restored station


def back_up(vault: Vault, file: Path, passphrase: Secret | None = None) -> None:
    """Write everything this home holds to one new encrypted file. The vault must not be locked.

    `passphrase` opens the backup; None = what opens the home does. A plain home needs one: RuleError.
    """
    key = vault.known_key()
    if key is None and passphrase is None:
        raise RuleError("This board is not encrypted, but its backup has to be: give it a passphrase.")
    slot_key = key or make_key()
    slot_of = wrapping(slot_key, Protect(passphrase=passphrase), vault.cost) if passphrase else vault.slot
    with vault.sharing() as hold, _new(file, hold) as (copy, draft):
        vault.before_step("copy")
        copy_under_key(vault.ledger_path, copy, key, slot_key)
        vault.before_step("join")
        _join(slot_of(), copy, draft)
        vault.before_step("backup")


def opener_kind(file: Path) -> SlotKind:
    """Say what opens a backup; TrustError with a sentence when the file is not one."""
    return _read_head(file).kind


def restore(
    vault: Vault,
    file: Path,
    passphrase: Secret | None = None,
    key_file: Path | None = None,
    *,
    clock: Clock | None = None,
) -> None:
    """Make this home the station a backup was made of, under the same passphrase or key file.

    What was to be forgotten since is forgotten before anything is shown, by the machine's clock.
    Its log goes on as a new incarnation in every circle, for the old one may have gone on after the backup,
    and its counters jump ahead, so that others keep listening. A home that has a ledger is refused.
    """
    vault.refuse_if_there_is_one()
    slot = _read_head(file)
    key = _opened(slot, passphrase, key_file)
    told = Protect(key_file=key_file) if slot.kind is SlotKind.KEY_FILE else None
    with _made_folder(vault.home), vault.making(lambda: slot, key) as draft:
        with _explained(draft.path), file.open("rb") as source:
            source.seek(_HEAD_BYTES)
            with os.fdopen(os.open(draft.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
                shutil.copyfileobj(source, target)
        with _damage_explained(file):
            _begin_anew(draft.path, key, (clock or SystemClock()).wall_s())
        vault.step("config")
        save_settings(vault.home, with_key_file(load_settings(vault.home), told))


def is_backup(file: Path) -> bool:
    """Say whether a file begins as a backup does."""
    try:
        with file.open("rb") as found:
            return found.read(len(MAGIC)) == MAGIC
    except OSError:
        return False


def _begin_anew(path: Path, key: Secret, now_s: int | None) -> None:
    try:
        with Ledger.open(path, key) as ledger:
            ledger.forgetting.at_once(now_s)
            for circle in ledger.circles.all():
                ledger.circles.begin_incarnation(circle.id)
                ledger.store(circle.id).reserve_counters(COUNTERS_AHEAD)
    finally:
        for copy in path.parent.glob(f"{path.name}.version-*"):  # the backup itself is the older version
            copy.unlink()


def _read_head(file: Path) -> KeySlot:
    try:
        with file.open("rb") as found:
            head = found.read(_HEAD_BYTES)
    except OSError as error:
        raise LedgerError(f"The backup {file} cannot be read: {error.strerror}.") from error
    if head[: len(MAGIC)] != MAGIC or len(head) != _HEAD_BYTES:
        raise TrustError(f"{file} is not a backup that meshboard made. Nothing was changed; name another.")
    if head[len(MAGIC)] != _VERSION or head[len(MAGIC) + 1] != SLOT_BYTES:
        raise TrustError(f"The backup {file} was made by a newer meshboard. Install that one here too.")
    return read_slot(head[len(MAGIC) + 2 :])


def _opened(slot: KeySlot, passphrase: Secret | None, key_file: Path | None) -> Secret:
    if slot.kind is SlotKind.KEY_FILE:
        if key_file is None:
            raise LedgerLocked("This backup opens with a key file: --key-file PATH.")
        return unwrap_key(slot, read_key_file(key_file))
    if passphrase is None:
        raise LedgerLocked("This backup opens with a passphrase: type it, or use --passphrase-fd.")
    return unwrap_key(slot, passphrase)


@contextmanager
def _new(file: Path, hold: FilesHold) -> Iterator[tuple[Path, Path]]:
    """Give two places beside a file that is not there yet: for the ledger's copy, and for what becomes it.

    Nothing is left of either when the board was wiped meanwhile: the file may be in its home.
    """
    with _explained(file):
        os.close(
            os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        )  # takes the name, replaces nothing
        try:
            with tempfile.TemporaryDirectory(prefix=BACKUP_FOLDER, dir=file.absolute().parent) as made:
                yield Path(made) / "ledger", Path(made) / "backup"
                hold.refuse_if_wiped()
                put_in_place(Path(made) / "backup", file)
            hold.refuse_if_wiped()
        except BaseException:
            file.unlink(missing_ok=True)
            raise


def _join(slot: KeySlot, copy: Path, draft: Path) -> None:
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
        target.write(MAGIC + bytes([_VERSION, SLOT_BYTES]) + pack_slot(slot))
        with copy.open("rb") as source:
            shutil.copyfileobj(source, target)


@contextmanager
def _made_folder(folder: Path) -> Iterator[None]:
    """Make a folder, and take it away again, with those made above it, when what follows fails."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    with _explained(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        with suppress(OSError):
            for one in missing:
                one.rmdir()
        raise


@contextmanager
def _damage_explained(file: Path) -> Iterator[None]:
    """Name the backup where SQLite finds damage: its draft in the home is gone when somebody reads of it."""
    try:
        yield
    except LedgerDamaged as error:
        raise LedgerDamaged(
            f"The backup {file} is damaged: it was altered or cut short. Nothing was restored; use another "
            "copy of it, or an older backup."
        ) from error


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise disk_failure(
            path, error, "Name a file that is not there yet, in a folder this user may write to."
        ) from error
