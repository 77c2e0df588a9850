"""Wipe a home: its key first, then everything else."""

import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from meshboard.config import CONFIG_FILE, load_settings
from meshboard.errors import LedgerError, MeshboardError
from meshboard.figures import HOLDING_WAIT_S, WIPE_LOOK_AGAIN_S, WIPE_LOOKS
from meshboard.ledger.circle.taken_out import FILE as TAKEN_OUT
from meshboard.ledger.file.durable import destroy
from meshboard.ledger.file.files import which_file
from meshboard.station.process.bulletin import Bulletin
from meshboard.station.process.journal import JOURNAL_FILE
from meshboard.station.process.ownership import LOCK_FILE
from meshboard.station.vault.backups import is_backup
from meshboard.station.vault.holding import FILES_LOCK, LEDGER_FILES
from meshboard.station.vault.vault import BACKUP_FOLDER, SLOT_FILE, BeforeStep, Vault

FLASH = (
    "What cannot be promised: SD cards, sticks and SSDs may keep old copies of what was overwritten, out of "
    "reach of this program."
)
BEYOND = "Backups elsewhere and what other boards hold are untouched."


@dataclass(slots=True)
class Wiped:
    """What a wipe came to."""

    was_encrypted: bool = False
    key_file: Path | None = None
    """The key file that was named in the configuration."""
    key_file_reached: bool = False
    others_at_work: bool = False
    """Whether somebody kept the files for longer than the wipe waited."""
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
        if self.others_at_work:
            lines.append(
                "Another meshboard was at work on it and has not stopped yet. It puts nothing back; end it."
            )
        lines += [f"Could not be destroyed: {path}. Remove it yourself." for path in self.left]
        return [*lines, FLASH, BEYOND]


def wipe(home: Path, before_step: BeforeStep = lambda _step: None, wait_s: float = HOLDING_WAIT_S) -> Wiped:
    """Destroy a home's key, then its files; asks for no key and works beside a running station.

    It is never refused. Who is at work on the files is told at once and puts nothing in place any more; when
    they let go, or after `wait_s`, the rest goes. A step that fails is noted and the others are done all the
    same. After an interruption, wipe again. LedgerError when nothing of meshboard's is there.
    """
    vault = Vault(home)
    ledger = vault.ledger_path
    if not any(True for _ in _files(home)):
        raise LedgerError(f"There is no board in {home}. Name its folder: --home FOLDER.")
    done = Wiped(was_encrypted=_was_encrypted(vault), key_file=_named_key_file(home))
    before_step("mark")
    with vault.files.wiping() as others:
        for path in [*_named(home, SLOT_FILE), *home.glob(f"{TAKEN_OUT}*")]:  # the key, and what needs none
            before_step(path.name)
            _destroy(path, done)
        if done.key_file is not None:
            before_step("key file")
            done.key_file_reached = done.key_file.is_file() and _destroy(done.key_file, done)
        Bulletin(ledger).take_down()
        before_step("away")
        with suppress(OSError):  # under another name at once, so that a running station sees that it is gone
            ledger.rename(ledger.with_name(f"{ledger.name}.wiped"))
        before_step("others")
        done.others_at_work = not others.let_go_within(wait_s)
        _sweep(home, done, before_step)
    return done


def _sweep(home: Path, done: Wiped, before_step: BeforeStep) -> None:
    """Destroy whatever is left, and what others who were at work put there until they noticed."""
    for _ in range(WIPE_LOOKS):
        for path in list(_files(home)):
            before_step(path.name)
            _destroy(path, done)
        if done.left or not home.is_dir() or _is_removed(home) or not any(_files(home)):
            break
        time.sleep(WIPE_LOOK_AGAIN_S)


def _is_removed(home: Path) -> bool:
    """Remove a home in which nothing is left; say whether it could be."""
    for made in home.glob(f"{BACKUP_FOLDER}*"):
        with suppress(OSError):
            made.rmdir()
    with suppress(OSError):
        home.rmdir()
    return not home.exists()


def _files(home: Path) -> Iterator[Path]:
    """Yield what meshboard makes in a home, the most telling first; nothing that somebody else put there."""
    if not home.is_dir():
        return
    telling = [path for name in (SLOT_FILE, *LEDGER_FILES) for path in _named(home, name)]
    yield from home.glob(f"{TAKEN_OUT}*")
    yield from telling
    yield from home.glob(f"{BACKUP_FOLDER}*/*")
    yield from (path for path in home.iterdir() if path.is_file() and _is_other_backup(path, telling))
    for pattern in (f"{JOURNAL_FILE}*", CONFIG_FILE, "config.new", LOCK_FILE, FILES_LOCK):
        yield from home.glob(pattern)


def _named(home: Path, name: str) -> Iterator[Path]:
    """Yield a file, its journals, its drafts and what it was set aside as."""
    for pattern in (name, f"{name}[.-]*"):
        yield from home.glob(pattern)


def _is_other_backup(path: Path, telling: Sequence[Path]) -> bool:
    """Say whether a file is a backup; opens none of the ledger's, under any name: they may be in use here."""
    return which_file(path) not in map(which_file, telling) and is_backup(path)


def _destroy(path: Path, done: Wiped) -> bool:
    try:
        return destroy(path)
    except OSError:
        done.left.append(path)
        return False


def _was_encrypted(vault: Vault) -> bool:
    try:
        return vault.slot_path.exists() and not vault.is_plain()
    except MeshboardError:
        return vault.slot_path.exists()  # a damaged slot, or a ledger nobody can read: half wiped already


def _named_key_file(home: Path) -> Path | None:
    try:
        told = load_settings(home).key_file
    except MeshboardError:
        return None
    return Path(told) if told else None
