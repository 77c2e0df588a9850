"""Change how a ledger is protected; a power cut at any moment leaves the old way or the new one."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from meshboard.config import load_settings, save_settings
from meshboard.errors import LedgerError, RuleError
from meshboard.ledger.file.conversion import copy_out, held_alone
from meshboard.ledger.file.driver import Connection
from meshboard.ledger.file.durable import destroy, put_in_place, sync_folder, unwritable, write_draft
from meshboard.ledger.file.files import new_draft_of
from meshboard.station.vault.locks import Protect, make_key, with_key_file, wrapping
from meshboard.station.vault.vault import OLD_ENDING, Vault
from meshboard.trust.keyslot import KeySlot, pack_slot
from meshboard.trust.secret import Secret


def protect_home(vault: Vault, protect: Protect) -> None:
    """Encrypt a plain ledger, or have an encrypted one opened by another passphrase or key file.

    An encrypted one keeps its key, so nothing of it is written anew. The vault must not be locked.
    """
    known = vault.known_key()
    key = known or make_key()
    slot_of = wrapping(key, protect, vault.cost)
    with vault.changing():
        if known is None:
            _encrypt(vault, key, slot_of, protect)
        else:
            _change_slot(vault, slot_of, protect)
        vault.note_change()


def unprotect_home(vault: Vault) -> None:
    """Write an encrypted ledger in the clear and destroy its key slot. The vault must not be locked."""
    key = vault.known_key()
    if key is None:
        raise RuleError("This board is not encrypted.")
    with vault.changing():
        with _converting(vault, key) as (connection, draft):
            copy_out(connection, draft, None)
            _swap(vault, draft)
        vault.lock()
        _sweep(vault)
        with suppress(OSError):  # beside a ledger in the clear it opens nothing any more
            destroy(vault.slot_path)
        _remember_key_file(vault, None)
        vault.note_change()


def _change_slot(vault: Vault, slot_of: Callable[[], KeySlot], protect: Protect) -> None:
    vault.step("draft")
    draft = write_draft(vault.slot_path, pack_slot(slot_of()))
    try:
        if protect.key_file is not None:  # first, so that the draft can be opened if the power goes now
            _remember_key_file(vault, protect)
        vault.step("slot")
        put_in_place(draft, vault.slot_path)
    except OSError as error:
        raise unwritable(vault.slot_path, error) from error
    finally:
        if vault.was_wiped:
            destroy(draft)
    if protect.key_file is None:
        _remember_key_file(vault, None)
    vault.step("end")


def _encrypt(vault: Vault, key: Secret, slot_of: Callable[[], KeySlot], protect: Protect) -> None:
    log = _open_log(vault.ledger_path)
    undo = None
    try:
        with _converting(vault, None) as (connection, draft):
            copy_out(connection, draft, key)
            slot = slot_of()
            _remember_key_file(vault, protect)
            vault.step("slot")
            undo = vault.keep_first_slot(slot, key)
            _swap(vault, draft)
        _sweep(vault)
    except BaseException:
        if undo and (vault.was_wiped or vault.is_plain()):
            undo()
        raise
    finally:
        log()


@contextmanager
def _converting(vault: Vault, key: Secret | None) -> Iterator[tuple[Connection, Path]]:
    """Hold the ledger alone and give a draft to write it to anew; nothing of that is left when it fails."""
    draft = new_draft_of(vault.ledger_path)
    with held_alone(vault.ledger_path, key) as connection:
        vault.step("draft")
        try:
            yield connection, draft
        except BaseException:
            with suppress(OSError):
                destroy(draft)
            raise


def _swap(vault: Vault, draft: Path) -> None:
    """Put the converted ledger in place, keeping hold of the old one's name so that it can be destroyed."""
    old = vault.ledger_path.with_name(vault.ledger_path.name + OLD_ENDING)
    try:
        with suppress(FileNotFoundError):
            old.unlink()
        with suppress(OSError):  # without hard links the old file is removed without being overwritten
            os.link(vault.ledger_path, old)
        vault.step("swap")
        put_in_place(draft, vault.ledger_path)
        vault.step("sweep")
    except OSError as error:
        raise unwritable(vault.ledger_path, error) from error


def _sweep(vault: Vault) -> None:
    """Destroy the old file, and the copies that were made before migrations: they are in the old form."""
    try:
        destroy(vault.ledger_path.with_name(vault.ledger_path.name + OLD_ENDING))
        for copy in vault.old_copies():
            destroy(copy)
    except OSError as error:
        raise LedgerError(
            f"The change is made, but old files in {vault.home} could not be destroyed: {error.strerror}. "
            "Remove what ends in .old or .version-N there yourself."
        ) from error


def _open_log(ledger: Path) -> Callable[[], None]:
    """Take hold of the write-ahead log, which SQLite removes by itself; return what overwrites it."""
    log = ledger.with_name(ledger.name + "-wal")
    try:
        number = os.open(log, os.O_WRONLY)
    except OSError:
        return lambda: None
    size = os.fstat(number).st_size

    def overwrite() -> None:
        try:
            if os.fstat(number).st_nlink == 0:
                os.write(number, os.urandom(size))
                os.fsync(number)
        finally:
            os.close(number)

    return overwrite


def _remember_key_file(vault: Vault, protect: Protect | None) -> None:
    settings = load_settings(vault.home)
    told = with_key_file(settings, protect)
    if told != settings:
        vault.step("config")
        save_settings(vault.home, told)
    sync_folder(vault.home)
