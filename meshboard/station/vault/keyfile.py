"""Key files: 32 random bytes on a stick that open an unattended kiosk's ledger."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from meshboard.errors import ConfigError, LedgerLocked
from meshboard.ledger.file.durable import sync_folder
from meshboard.trust.keyslot import KEY_FILE_BYTES
from meshboard.trust.secret import Secret


def read_key_file(path: Path) -> Secret:
    """Return a key file's bytes; LedgerLocked with a sentence when it is not there or not one."""
    try:
        with path.open("rb") as file:
            found = file.read(KEY_FILE_BYTES + 1)
    except OSError as error:
        raise LedgerLocked(
            f"This board's key file {path} cannot be read: {error.strerror}. Plug the stick in and start "
            "again; where it lives elsewhere now, correct key_file in config.toml."
        ) from error
    if len(found) != KEY_FILE_BYTES:
        raise LedgerLocked(
            f"{path} is not a key file: those have {KEY_FILE_BYTES} bytes. Use the one this board had."
        )
    return Secret(found)


def read_or_make_key_file(path: Path) -> Secret:
    """Return the bytes of a key file, making it, for its owner only, where there is none."""
    made = secrets.token_bytes(KEY_FILE_BYTES)
    try:
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return read_key_file(path)  # one stick may serve several boards
    except OSError as error:
        raise ConfigError(
            f"No key file can be made at {path}: {error.strerror}. Plug the stick in, or name another place."
        ) from error
    try:
        with os.fdopen(number, "wb") as file:
            file.write(made)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        with suppress(OSError):
            path.unlink()
        raise ConfigError(
            f"No key file can be made at {path}: {error.strerror}. Is there room on the stick?"
        ) from error
    sync_folder(path.parent)
    return Secret(made)
