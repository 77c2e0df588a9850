"""What locks a ledger: a passphrase, or a key file, 32 random bytes on a stick for an unattended kiosk."""

import os
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from functools import partial
from pathlib import Path

from meshboard.config import Settings
from meshboard.errors import ConfigError, LedgerLocked
from meshboard.figures import FEWEST_ITERATIONS, PASSPHRASE_MEMORY_KIB, PASSPHRASE_TRY_S
from meshboard.ledger.file.durable import sync_folder
from meshboard.trust.keyslot import (
    KEY_FILE_BYTES,
    LEDGER_KEY_BYTES,
    SALT_BYTES,
    Cost,
    KeySlot,
    refuse_tiny,
    wrap_key,
)
from meshboard.trust.secret import Secret


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


def with_key_file(settings: Settings, protect: Protect | None) -> Settings:
    """Return settings that name the key file of a protection; of any other, none."""
    key_file = protect.key_file if protect else None
    return settings.model_copy(update={"key_file": str(key_file.absolute()) if key_file else ""})


TypedSecret = Secret
"""What front ends hand over; they know nothing else of trust."""


def typed_secret(text: str) -> TypedSecret:
    """Return what somebody typed as a secret."""
    return Secret.of_text(text)


def measured(try_s: float = PASSPHRASE_TRY_S) -> Cost:
    """Return the cost at which one try of a passphrase takes about `try_s` seconds on this machine.

    Seconds of the processor: a machine that is busy just now must not come to a cheaper lock.
    """
    cost = Cost(PASSPHRASE_MEMORY_KIB, FEWEST_ITERATIONS)
    for _ in range(2):  # the second look is at about the right cost, where filling the memory weighs less
        started = time.thread_time()
        wrap_key(Secret(bytes(LEDGER_KEY_BYTES)), Secret(b"probe"), bytes(SALT_BYTES), cost)
        once_s = (time.thread_time() - started) / cost.iterations
        cost = Cost(PASSPHRASE_MEMORY_KIB, max(FEWEST_ITERATIONS, round(try_s / once_s)))
    return cost


def make_key() -> Secret:
    """Return a new ledger key."""
    return Secret(secrets.token_bytes(LEDGER_KEY_BYTES))


def wrapping(key: Secret, protect: Protect, cost: Cost | None = None) -> Callable[[], KeySlot]:
    """Return what makes a slot for a ledger's key at once; what takes long for it is done now.

    The key file is made, where it is not there yet, only when it is called: with the files held alone. `cost`
    is what a try of a passphrase shall cost, None = measured to PASSPHRASE_TRY_S.
    """
    salt = secrets.token_bytes(SALT_BYTES)
    if protect.passphrase is not None:
        slot = wrap_key(key, protect.passphrase, salt, cost or measured())
        return lambda: slot
    assert protect.key_file is not None
    return partial(_wrapped_by_file, key, protect.key_file, salt)


def _wrapped_by_file(key: Secret, key_file: Path, salt: bytes) -> KeySlot:
    opener = read_or_make_key_file(key_file)
    try:
        return wrap_key(key, opener, salt, None)
    finally:
        opener.forget()


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
