"""The tally: how far each log went, in a small file beside the ledger and outside its write-ahead log.

SQLite gives up, without a word, everything in a write-ahead log from the first damaged byte on
(sqlite.org/walformat.html, section 4.3). So that acknowledged entries do not vanish unseen, and no number of
a log is used twice, the last numbers stand here as well, before anybody is told that they are stored.

One line for each change, with a check sum; of a log the highest number holds, and damaged lines are passed
over. It only grows, but for circles that were left: what is known to be lost stays known until it is found.
Logs are named by a keyed hash, and the sums are of that key too: whoever has the file learns how many logs
there are and how long, and what was written under another key, before a change, is passed over as damaged.
"""

import hashlib
import os
import zlib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from meshboard.domain.entries import LogId
from meshboard.domain.ids import CircleId
from meshboard.trust.secret import Secret

ENDING = ".tally"
_NAME_BYTES = 16


def tally_of(ledger: Path) -> Path:
    """Return where the tally of a ledger is."""
    return ledger.with_name(ledger.name + ENDING)


class Tally:
    """The tally of one ledger; nothing is written to one that was not begun."""

    def __init__(self, ledger: Path, key: Secret | None) -> None:
        self.path = tally_of(ledger)
        self._key = hashlib.sha256(b"tally" + (key.reveal() if key else b"")).digest()

    @property
    def is_begun(self) -> bool:
        """Whether there is one."""
        return self.path.exists()

    def note(self, last: Mapping[str, int], *, at_once: bool) -> None:
        """Add the last numbers of some logs, by name, unless it was not begun.

        `at_once`: it is on the disk when this returns. Of a disk that fails the ledger is left to complain.
        """
        if not self.is_begun:
            return
        with suppress(OSError):
            number = os.open(self.path, os.O_WRONLY | os.O_APPEND)
            try:
                os.write(number, self._lines(last))
                if at_once:
                    os.fdatasync(number)
            finally:
                os.close(number)

    def write_anew(self, last: Mapping[str, int]) -> None:
        """Begin it, or put these last numbers in the place of all that was noted; raises OSError."""
        draft = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        with suppress(FileNotFoundError):
            draft.unlink()
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(self._lines(last))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.path)

    def read(self) -> Mapping[str, int]:
        """Return the last number of each log, by its name (`name_of`); nothing where there is no tally."""
        found: dict[str, int] = {}
        try:
            lines = self.path.read_bytes().splitlines(keepends=True)
        except OSError:
            return found
        for line in lines:
            said = line.rpartition(b" ")[0].decode(errors="replace")
            if line == self._line(said):
                name, last = said.split(" ")
                found[name] = max(int(last), found.get(name, 0))
        return found

    def name_of(self, circle: CircleId, log: LogId) -> str:
        """Return what a log is called here."""
        said = circle + log.author + log.incarnation.to_bytes(8, "big")
        return hashlib.blake2b(said, key=self._key, digest_size=_NAME_BYTES).hexdigest()

    def _lines(self, last: Mapping[str, int]) -> bytes:
        return b"".join(self._line(f"{name} {number}") for name, number in last.items())

    def _line(self, said: str) -> bytes:
        return b"%s %08x\n" % (said.encode(), zlib.crc32(self._key + said.encode()))
