"""Wipe a home: its key first, then everything else."""

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from meshboard.config import CONFIG_FILE, load_settings
from meshboard.errors import LedgerError, MeshboardError
from meshboard.station.backups import is_backup
from meshboard.station.bulletin import Bulletin
from meshboard.station.durable import destroy
from meshboard.station.journal import JOURNAL_FILE
from meshboard.station.ownership import LOCK_FILE
from meshboard.station.vault import SLOT_FILE, BeforeStep, Protection, Vault

FLASH = (
    "What cannot be promised: SD cards, sticks and SSDs may keep old copies of what was overwritten, out of "
    "reach of this program."
)
LOOKS = 8
LOOK_AGAIN_S = 0.25  # a station that runs writes until it notices, four times a second
BEYOND = "Backups elsewhere and what other boards hold are untouched."


@dataclass(slots=True)
class Wiped:
    """What a wipe came to."""

    was_encrypted: bool = False
    key_file: Path | None = None
    """The key file that was named in the configuration."""
    key_file_reached: bool = False
    left: list[Path] = field(default_factory=list)
    """What could not be destroyed."""

    def words(self) -> list[str]:
        """Say honestly what is gone and what may not be."""
        lines = ["The board is wiped."]
        if self.was_encrypted:
            lines.append(
                "Its key went first: copies of the ledger that flash kept cannot be read without it."
            )
        else:
            lines.append("It was not encrypted: what flash kept of it can be read by those who look for it.")
        if self.key_file and self.key_file_reached:
            lines.append(f"The key file {self.key_file} is destroyed too.")
        elif self.key_file:
            lines.append(f"The key file {self.key_file} was out of reach: destroy that stick yourself.")
        lines += [f"Could not be destroyed: {path}. Remove it yourself." for path in self.left]
        return [*lines, FLASH, BEYOND]


def wipe(home: Path, before_step: BeforeStep = lambda _step: None) -> Wiped:
    """Destroy a home's key, then its files; asks for no key and works beside a running station.

    A step that fails is noted and the others are done all the same. After an interruption, wipe again.
    LedgerError when there is nothing of meshboard's there.
    """
    vault = Vault(home)
    if not any(True for _ in _files(home)):
        raise LedgerError(f"There is no board in {home}. Name its folder: --home FOLDER.")
    done = Wiped(was_encrypted=_was_encrypted(vault), key_file=_named_key_file(home))
    for path in (vault.slot_path, *home.glob(f"{SLOT_FILE}.*")):
        before_step(path.name)
        _destroy(path, done)
    if done.key_file is not None:
        before_step("key file")
        done.key_file_reached = done.key_file.is_file() and _destroy(done.key_file, done)
    Bulletin(vault.ledger_path).take_down()
    with suppress(OSError):  # under another name at once, so that a running station sees that it is gone
        vault.ledger_path.rename(vault.ledger_path.with_name(f"{vault.ledger_path.name}.wiped"))
    for _ in range(LOOKS):
        for path in list(_files(home)):
            before_step(path.name)
            _destroy(path, done)
        if done.left or not home.is_dir() or _is_removed(home) or not any(_files(home)):
            break
        time.sleep(LOOK_AGAIN_S)
    return done


def _is_removed(home: Path) -> bool:
    """Remove a home in which nothing is left; say whether it could be."""
    with suppress(OSError):
        home.rmdir()
    return not home.exists()


def _files(home: Path) -> Iterator[Path]:
    """Yield what meshboard makes in a home, the most telling first; nothing that somebody else put there."""
    if not home.is_dir():
        return
    ledger = Vault(home).ledger_path.name
    for pattern in (SLOT_FILE, f"{SLOT_FILE}.*", ledger, f"{ledger}?*"):
        yield from home.glob(pattern)
    yield from (path for path in home.iterdir() if path.is_file() and is_backup(path))
    for pattern in (f"{JOURNAL_FILE}*", CONFIG_FILE, "config.new", LOCK_FILE):
        yield from home.glob(pattern)


def _destroy(path: Path, done: Wiped) -> bool:
    try:
        return destroy(path)
    except OSError:
        done.left.append(path)
        return False


def _was_encrypted(vault: Vault) -> bool:
    try:
        return vault.protection is not Protection.NONE
    except MeshboardError:
        return vault.slot_path.exists()  # a damaged slot, or a ledger nobody can read: half wiped already


def _named_key_file(home: Path) -> Path | None:
    try:
        told = load_settings(home).key_file
    except MeshboardError:
        return None
    return Path(told) if told else None
