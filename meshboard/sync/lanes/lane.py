"""The few questions that every lane answers."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from meshboard.sync.air.governor import Grade
from meshboard.sync.air.held import Due
from meshboard.sync.air.unsaid import Handed
from meshboard.sync.lanes.findings import Finding

LIFTED = (Grade.FIRST, Grade.REPAIR, Grade.TALK)
"""What need not wait for a calm channel once its lane was passed over too often.

What is less urgent of much waits for one all the same: it leaves air for news.
"""
Tell = Callable[[Finding, float], None]
"""Tells all lanes a finding, and when it was so."""


@dataclass(frozen=True, slots=True)
class Turn:
    """When a lane is looked at, and whether it was passed over as often as it may be."""

    now_s: float
    is_overdue: bool

    def grade(self, grade: Grade) -> Grade:
        """Return how frames of this grade stand at this turn."""
        return Grade.NEWS if self.is_overdue and grade in LIFTED else grade


class Lane(Hashable, Protocol):
    """One kind of frames: whoever has them to say."""

    patience: ClassVar[int]
    """How many frames in a row may go before what is due here."""

    def dues(self, turn: Turn) -> Sequence[Due]:
        """Return what waits here: since or until when, how pressing, and as people are told it."""

    def next_frame(self, turn: Turn) -> Handed | None:
        """Return a frame that goes out now, and what to do if it comes back refused; None for no frame."""

    def take(self, finding: Finding, now_s: float) -> None:
        """Take what concerns this lane of what was heard or said."""
