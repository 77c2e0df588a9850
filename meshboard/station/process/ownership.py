"""Ownership: the one process that drives a station's radio holds `station.lock`."""

import fcntl
from pathlib import Path

from filelock import FileLock, Timeout

from meshboard.errors import LedgerError

LOCK_FILE = "station.lock"


class Ownership:
    """The right to drive the radio. The system gives it back when the process ends, however it ends."""

    def __init__(self, home: Path) -> None:
        self._path = home / LOCK_FILE
        self._lock = FileLock(self._path, mode=0o600)

    @property
    def is_held(self) -> bool:
        """Say whether this process holds it."""
        return self._lock.is_locked

    def is_taken(self) -> bool:
        """Say whether any process holds it; writes nothing: the disk may be one that can only be read."""
        if self.is_held:
            return True
        try:
            file = self._path.open("rb")
        except FileNotFoundError:
            return False
        except OSError as error:
            raise LedgerError(
                f"{self._path} cannot be read: {error.strerror}. Give this user the file."
            ) from error
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)  # gone with the file
            except BlockingIOError:
                return True
            return False

    def take(self) -> bool:
        """Take it if nobody holds it; say whether it is ours now."""
        if self.is_held:
            return True
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            return False
        except OSError as error:
            raise LedgerError(
                f"{self._lock.lock_file} cannot be written: {error.strerror}. Check the folder and the disk."
            ) from error
        return True

    def give_back(self) -> None:
        """Let the next process have it."""
        self._lock.release(force=True)
