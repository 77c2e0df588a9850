"""Whoever changes a home's files holds them alone; whoever opens them shares them with others that do.

The lock is a file beside them, held with flock: the system gives it back when a process ends, however it
ends. A wipe waits for nobody: it marks the lock, and every hold on it is void from then on.

"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from meshboard.errors import LedgerError, LedgerGone, MeshboardError
from meshboard.figures import HOLDING_LOOK_S, HOLDING_WAIT_S
from meshboard.ledger.file.durable import unwritable
from meshboard.ledger.file.files import which_file

FILES_LOCK = "files.lock"
LEDGER_FILES = ("ledger.sqlite", "ledger.key")
"""What the lock is there for; each with its journals and drafts, and what it was set aside as."""
_BUSY = (
    "Another meshboard is at work on this board's files just now (a change of its lock, a backup, a first "
    "start, an update); try again when it is done. Nothing was changed."
)
_WIPED = (
    "This board was wiped just now, or a wipe of it was cut off; nothing of it is opened or written any "
    "more. If anything is left: meshboard wipe."
)


class FilesHold:
    """A hold on a home's files, until its context ends or the home is wiped."""

    def __init__(self, path: Path, number: int | None) -> None:
        """Take an open, locked file; None = there is none, and nobody here could make one."""
        self._path = path
        self._number = number

    @property
    def is_void(self) -> bool:
        """Say whether the home was wiped since; asked right before each step that puts a file in place."""
        if self._number is None:
            return False
        return _is_marked(self._number) or not _stands_at(self._path, self._number)

    def refuse_if_wiped(self) -> None:
        """Raise LedgerGone when the home was wiped since."""
        if self.is_void:
            raise LedgerGone(_WIPED)


class Wipe:
    """What whoever wipes a home knows of others that are at work on it."""

    def __init__(self, number: int | None) -> None:
        self._number = number

    def let_go_within(self, wait_s: float) -> bool:
        """Wait until the others let go, but not for longer; say whether they did."""
        with suppress(OSError):
            return self._number is None or _wait_for(self._number, fcntl.LOCK_EX, wait_s)
        return True


class HomeFiles:
    """The right to a home's files."""

    def __init__(self, home: Path, wait_s: float = HOLDING_WAIT_S) -> None:
        """Take a home; `wait_s` is how long to wait for others before LedgerError says so."""
        self._home = home
        self._path = home / FILES_LOCK
        self._wait_s = wait_s

    @contextmanager
    def shared(self) -> Iterator[FilesHold]:
        """Keep others from changing the files meanwhile; LedgerError when somebody is at it already."""
        with self._held(fcntl.LOCK_SH, self._wait_s, is_made=self._has_own()) as hold:
            yield hold

    @contextmanager
    def alone(self, *, wait_s: float | None = None, makes_home: bool = False) -> Iterator[FilesHold]:
        """Keep others from opening and changing the files meanwhile; LedgerError when somebody does.

        Never inside `shared`. `makes_home`: there need not be anything yet. Raises LedgerGone, at its end
        too, when the home was wiped meanwhile.
        """
        if makes_home:
            with self._unwritable_explained():
                self._home.mkdir(mode=0o700, parents=True, exist_ok=True)
        wait_s = self._wait_s if wait_s is None else wait_s
        with self._held(fcntl.LOCK_EX, wait_s, is_made=makes_home or self._has_own()) as hold:
            if not makes_home and not self._has_own():
                raise LedgerGone(_WIPED)
            yield hold

    @contextmanager
    def wiping(self) -> Iterator["Wipe"]:
        """Make every hold void at once, and let nobody in any more."""
        number = None
        with suppress(OSError):
            number = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            _mark(number, self._path)
        try:
            yield Wipe(number)
        finally:
            if number is not None:
                os.close(number)

    @contextmanager
    def _held(self, how: int, wait_s: float, *, is_made: bool) -> Iterator[FilesHold]:
        number = self._locked(how, wait_s, is_made=is_made)
        hold = FilesHold(self._path, number)
        try:
            hold.refuse_if_wiped()
            yield hold
            hold.refuse_if_wiped()
        except LedgerGone:
            raise
        except (MeshboardError, OSError):
            hold.refuse_if_wiped()  # what went wrong then went wrong because of that
            raise
        finally:
            if number is not None:
                self._leave_nothing(number)
                os.close(number)

    def _locked(self, how: int, wait_s: float, *, is_made: bool) -> int | None:
        """Return the open lock; None where there is none, and none is to be or can be made."""
        ends_at = time.monotonic() + wait_s
        while (number := self._open(is_made=is_made)) is not None:
            try:
                if _is_marked(number):  # whoever wipes keeps it until nothing is left: no use to wait
                    raise LedgerGone(_WIPED)
                with self._unwritable_explained():  # a file system may know no locks
                    is_locked = _wait_for(number, how, ends_at - time.monotonic())
                if not is_locked:
                    raise LedgerError(_BUSY)
                if _stands_at(self._path, number):
                    return number
            except BaseException:
                os.close(number)
                raise
            os.close(number)  # whoever had it took it away
            is_made = is_made and self._home.is_dir()
        return None

    def _open(self, *, is_made: bool) -> int | None:
        flags = os.O_RDWR | os.O_CLOEXEC | (os.O_CREAT if is_made else 0)
        try:
            return os.open(self._path, flags, 0o600)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError:
            pass  # a disk, or a folder, that may only be read
        with self._unwritable_explained():
            try:
                return os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError:
                return None  # nobody who may do no more than this user changes anything here

    def _has_own(self) -> bool:
        return any(True for name in LEDGER_FILES for _ in self._home.glob(f"{name}*"))

    def _leave_nothing(self, number: int) -> None:
        """Take the lock away from a folder with nothing to lock, as a refused first start leaves it."""
        if self._has_own():
            return
        with suppress(OSError):
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_ours = not _is_marked(number) and _stands_at(self._path, number)
            if is_ours and not self._has_own():
                self._path.unlink()

    @contextmanager
    def _unwritable_explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise unwritable(self._path, error) from error


def _mark(number: int, path: Path) -> None:
    """Make all holds on a lock void, on a full disk too."""
    try:
        os.ftruncate(number, 1)  # a hole takes no room
    except OSError:
        path.unlink()


def _is_marked(number: int) -> bool:
    return os.fstat(number).st_size > 0


def _stands_at(path: Path, number: int) -> bool:
    found = os.fstat(number)
    return which_file(path) == (found.st_dev, found.st_ino)


def _wait_for(number: int, how: int, wait_s: float) -> bool:
    """Lock an open file within a time, looking at least once; say whether that worked."""
    ends_at = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(number, how | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= ends_at:
                return False
            time.sleep(HOLDING_LOOK_S)
        else:
            return True
