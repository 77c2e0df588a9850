"""Change how a ledger is protected; a power cut at any moment leaves the old way or the new one."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from meshboard.config import load_settings, save_settings
from meshboard.errors import LedgerError, RuleError
from meshboard.ledger.conversion import copy_out, held_alone
from meshboard.station.durable import destroy, put_in_place, sync_folder, write_draft
from meshboard.station.vault import OLD_ENDING, Protect, Protection, Vault, with_key_file
from meshboard.trust.keyslot import pack_slot


def protect_home(vault: Vault, protect: Protect) -> None:
    """Encrypt a plain ledger, or have an encrypted one opened by another passphrase or key file.

    An encrypted one keeps its key, so nothing of it is written anew. The vault must not be locked.
    """
    key = vault.key()
    if key is None:
        _encrypt(vault, protect)
        return
    vault.before_step("draft")
    draft = write_draft(vault.slot_path, pack_slot(vault.wrap(key, protect)))
    if protect.key_file is not None:  # first, so that the draft can be opened if the power goes now
        _remember_key_file(vault, protect)
    vault.before_step("slot")
    try:
        put_in_place(draft, vault.slot_path)
    except OSError as error:
        raise LedgerError(
            f"{vault.slot_path} cannot be written: {error.strerror}. Check the folder and the disk."
        ) from error
    if protect.key_file is None:
        _remember_key_file(vault, None)


def unprotect_home(vault: Vault) -> None:
    """Write an encrypted ledger in the clear and destroy its key slot. The vault must not be locked."""
    key = vault.key()
    if key is None:
        raise RuleError("This board is not encrypted.")
    draft = _draft(vault)
    with held_alone(vault.ledger_path, key) as connection:
        vault.before_step("draft")
        copy_out(connection, draft, None)
        _swap(vault, draft)
    vault.lock()
    _sweep(vault)
    with suppress(OSError):  # beside a ledger in the clear it opens nothing any more
        destroy(vault.slot_path)
    _remember_key_file(vault, None)


def _encrypt(vault: Vault, protect: Protect) -> None:
    if vault.slot_path.exists() and vault.protection is not Protection.NONE:
        raise RuleError("This board is encrypted already.")
    draft, key = _draft(vault), vault.make_key()
    log = _open_log(vault.ledger_path)
    try:
        with held_alone(vault.ledger_path, None) as connection:
            vault.before_step("draft")
            copy_out(connection, draft, key)
            slot = vault.wrap(key, protect)
            _remember_key_file(vault, protect)
            vault.before_step("slot")
            vault.keep_first_slot(slot, key)
            _swap(vault, draft)
        _sweep(vault)
    except BaseException:
        if vault.protection is Protection.NONE:
            vault.lock()
        raise
    finally:
        log()


def _swap(vault: Vault, draft: Path) -> None:
    """Put the converted ledger in place, keeping hold of the old one's name so that it can be destroyed."""
    old = vault.ledger_path.with_name(vault.ledger_path.name + OLD_ENDING)
    try:
        with suppress(FileNotFoundError):
            old.unlink()
        with suppress(OSError):  # without hard links the old file is removed without being overwritten
            os.link(vault.ledger_path, old)
        vault.before_step("swap")
        put_in_place(draft, vault.ledger_path)
        vault.before_step("sweep")
    except OSError as error:
        raise LedgerError(
            f"The ledger at {vault.ledger_path} could not be put in place: {error.strerror}. "
            "It is as it was before; check the folder and the disk."
        ) from error


def _sweep(vault: Vault) -> None:
    """Destroy the old file, and the copies that were made before migrations: they are in the old form."""
    try:
        vault.clear_leftovers()
        for copy in vault.old_copies():
            destroy(copy)
    except OSError as error:
        raise LedgerError(
            f"The change is made, but old files in {vault.home} could not be destroyed: {error.strerror}. "
            "Remove what ends in .old or .version-N there yourself."
        ) from error


def _draft(vault: Vault) -> Path:
    draft = vault.ledger_path.with_name(vault.ledger_path.name + ".new")
    for ending in ("", "-journal"):
        with suppress(OSError):
            destroy(draft.with_name(draft.name + ending))
    return draft


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
        vault.before_step("config")
        save_settings(vault.home, told)
    sync_folder(vault.home)
