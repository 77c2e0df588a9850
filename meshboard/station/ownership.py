"""Ownership: the one process that drives a station's radio holds `station.lock`."""

from pathlib import Path

from filelock import FileLock, Timeout

from meshboard.errors import LedgerError

LOCK_FILE = "station.lock"


class Ownership:
    """The right to drive the radio. The system gives it back when the process ends, however it ends."""

    def __init__(self, home: Path) -> None:
        self._lock = FileLock(home / LOCK_FILE, mode=0o600)

    @property
    def is_held(self) -> bool:
        """Say whether this process holds it."""
        return self._lock.is_locked

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
