"""What the process that drives the radio tells the others of the moment: in memory, not on the disk.

It changes with every frame, which no SD card should have to bear, and means nothing after a restart. Files in
`/dev/shm` are in memory (shm_overview(7)); where there is no such place they are in the home folder.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 -- guarded against others' files there, see _is_trusted
_NAME_DIGITS = 32  # of the hash of a ledger's path: no two on a machine meet


class Bulletin:
    """The reports about one ledger's station; whoever may read the ledger may read them."""

    def __init__(self, ledger: Path, memory: Path = SHARED_MEMORY) -> None:
        self._ledger = ledger
        self._memory = memory

    def tell(self, name: str, report: str) -> None:
        """Put a report in place of the last one of that name; does nothing where it is the same.

        Nowhere to put it is no trouble: then others know less of the radio.
        """
        if self.read(name) == report:
            return
        for folder in self._folders():
            with suppress(OSError):
                folder.mkdir(mode=0o700, exist_ok=True)
                if self._is_trusted(folder):
                    draft = folder / f"{name}.{os.getpid()}"
                    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                        file.write(report)
                    draft.replace(folder / name)
                    return

    def read(self, name: str) -> str:
        """Return the last report of a name, empty where there is none."""
        for folder in self._folders():
            with suppress(OSError):
                if self._is_trusted(folder):
                    return (folder / name).read_text(encoding="utf-8")
        return ""

    def version(self) -> int:
        """Return what differs from the last one if anything was told since."""
        for folder in self._folders():
            with suppress(OSError):
                if self._is_trusted(folder):
                    return folder.stat().st_mtime_ns
        return 0

    def take_down(self) -> None:
        """Remove all reports: there is no station any more that they are about."""
        for folder in self._folders():
            with suppress(OSError):
                if self._is_trusted(folder):
                    for report in folder.iterdir():
                        report.unlink()
                    folder.rmdir()

    def _folders(self) -> Iterator[Path]:
        path = os.fsencode(self._ledger.resolve())  # one home, by whatever way it is named
        yield self._memory / f"meshboard-{sha256(path).hexdigest()[:_NAME_DIGITS]}"
        yield self._ledger.with_name(f"{self._ledger.name}.reports")

    def _is_trusted(self, folder: Path) -> bool:
        """Say whether a folder is of this user, the home's or root: anybody may make one in shared memory."""
        found, home = folder.lstat(), self._ledger.parent.stat()
        is_known = found.st_uid in (os.geteuid(), home.st_uid, 0)
        return is_known and folder.is_dir() and not folder.is_symlink() and not found.st_mode & 0o077
