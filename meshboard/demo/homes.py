"""A place for the demonstration's ledgers that is gone when it ends, however it ends."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from meshboard.errors import LedgerError
from meshboard.station.process.ownership import Ownership

PREFIX = "meshboard-demo-"
LEFT_BEHIND_S = 60  # by then a demonstration that is starting has long taken its lock
_MEMORY = Path("/dev/shm")  # noqa: S108 -- on Linux a folder in memory: nothing reaches the disk


@contextmanager
def passing_home() -> Iterator[Path]:
    """Give a folder, in memory where there is one, and remove it afterwards."""
    parent = passing_parent()
    remove_left_behind(parent)
    home = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=parent))
    lock = Ownership(home)
    lock.take()
    try:
        yield home
    finally:
        lock.give_back()
        shutil.rmtree(home, ignore_errors=True)


def passing_parent() -> Path:
    """Return where such folders are made: in memory where the system has a place for it."""
    return _MEMORY if os.access(_MEMORY, os.W_OK) else Path(tempfile.gettempdir())


def remove_left_behind(parent: Path) -> None:
    """Remove what demonstrations left that were killed: those that nobody holds the lock of."""
    for home in parent.glob(f"{PREFIX}*"):
        try:
            _remove_if_left_behind(home)
        except (OSError, LedgerError):
            continue  # somebody else removes it just now, or it is not ours


def _remove_if_left_behind(home: Path) -> None:
    about = home.lstat()
    if about.st_uid != os.getuid() or time.time() - about.st_mtime < LEFT_BEHIND_S:
        return
    lock = Ownership(home)
    if lock.take():
        lock.give_back()
        shutil.rmtree(home, ignore_errors=True)
