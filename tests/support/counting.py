"""Count what a piece of work costs: trips to the disk, and Python calls of meshboard's."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import meshboard

_PACKAGE = str(Path(meshboard.__file__).parent)
_DRIVER = str(Path(_PACKAGE) / "ledger" / "file" / "driver.py")
_MESH = str(Path(_PACKAGE) / "sim")
"""The virtual mesh in the same process, in the place of a radio and its air."""
_UNCOUNTED = "PRAGMA data_version"
"""The watch on other processes' commits, which opens nothing."""


@dataclass(slots=True)
class Cost:
    """What was seen."""

    trips: list[str] = field(default_factory=list)
    """Each BEGIN, and each statement run outside one, in order."""
    calls: Counter[str] = field(default_factory=Counter)
    """Python functions of meshboard's that were called, by file and name."""

    @property
    def files(self) -> int:
        """How many of meshboard's files were walked through."""
        return len({called.partition(":")[0] for called in self.calls})


class Counting:
    """Counts on this thread between two moments; use it as a profile function of `sys.setprofile`."""

    def __init__(self) -> None:
        self.cost = Cost()
        self.is_counting = True

    def __call__(self, frame: FrameType, event: str, _arg: object) -> None:
        if event != "call" or not self.is_counting:
            return
        code = frame.f_code
        if code.co_filename.startswith(_PACKAGE) and not code.co_filename.startswith(_MESH):
            self.cost.calls[f"{code.co_filename.removeprefix(_PACKAGE)[1:]}:{code.co_qualname}"] += 1
            if code.co_name == "saying" and code.co_filename == _DRIVER:
                self._note_statement(frame.f_locals)

    def _note_statement(self, given: dict[str, Any]) -> None:
        """Note what goes through the driver: every execution does, SQLAlchemy's and the driver's own."""
        if given["call"].__name__ not in ("execute", "executemany"):
            return
        cursor, statement = given["args"][:2]
        if not cursor.connection.in_transaction and statement not in (_UNCOUNTED, "ROLLBACK", "COMMIT"):
            self.cost.trips.append(statement)


@contextmanager
def counting() -> Iterator[Cost]:
    """Count what is done on this thread meanwhile."""
    counter = Counting()
    before = sys.getprofile()
    sys.setprofile(counter)
    try:
        yield counter.cost
    finally:
        sys.setprofile(before)


class CountingBetween(Counting):
    """Counts each time from one call to another: what happens between the two, whoever does it."""

    def __init__(self, begins: Callable[[FrameType], bool], ends: Callable[[FrameType], bool]) -> None:
        super().__init__()
        self.is_counting = False
        self.costs: list[Cost] = []
        """One for each time it came to an end."""
        self._begins, self._ends = begins, ends

    def __call__(self, frame: FrameType, event: str, arg: object) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(_PACKAGE):
            if self.is_counting and self._ends(frame):
                self.costs.append(self.cost)
                self.is_counting = False
            if not self.is_counting and self._begins(frame):
                self.cost = Cost()
                self.is_counting = True
        super().__call__(frame, event, arg)
