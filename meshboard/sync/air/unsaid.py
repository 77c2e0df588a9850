"""Frames the node refused: what they held is offered again, after a wait that grows with each refusal."""

from collections.abc import Callable
from dataclasses import dataclass

from meshboard.bounded import BoundedMemory
from meshboard.figures import (
    BACK_OFF_CALM_S,
    HOUR_SPENT_S,
    LONGEST_BACK_OFF_S,
    MAX_HANDED,
    NO_SMALLER,
    SMALLER_BY,
)
from meshboard.link import Refusal
from meshboard.sync.events import OutgoingFrame
from meshboard.wire.framing import room_bytes


@dataclass(frozen=True, slots=True)
class Handed:
    """A frame that went out, and how what it held is offered again."""

    frame: OutgoingFrame
    offer_again: Callable[[float], None]
    """To be called with the time."""


class HandedOut:
    """The last frames handed out, by payload."""

    def __init__(self) -> None:
        self._handed: BoundedMemory[bytes, Handed] = BoundedMemory(MAX_HANDED)

    def remember(self, handed: Handed) -> None:
        """Remember a frame in case it is refused."""
        frame = handed.frame
        self._handed[frame.payload] = handed

    def take(self, payload: bytes) -> Handed | None:
        """Return a frame that was refused, once; None for one that is not known here."""
        return self._handed.pop(payload, None)


class FrameLimit:
    """How many bytes a frame may have: fewer than at first where the node refused larger ones."""

    def __init__(self, max_frame_bytes: int) -> None:
        self.max_frame_bytes = max_frame_bytes

    @property
    def room(self) -> int:
        """How many bytes of a frame are left for what it says."""
        return room_bytes(self.max_frame_bytes)

    def shrink_below(self, refused_bytes: int) -> bool:
        """Note that a frame of so many bytes was too large; say whether smaller ones are worth trying."""
        if refused_bytes <= NO_SMALLER:
            return False
        self.max_frame_bytes = max(NO_SMALLER, min(self.max_frame_bytes, refused_bytes - SMALLER_BY))
        return True


class BackOff:
    """How long to leave a node alone that refuses frames."""

    def __init__(self, first_s: float) -> None:
        self._first_s = first_s
        self._wait_s = 0.0
        self.until = float("-inf")

    def note(self, why: Refusal, now_s: float) -> None:
        """Note a refusal; several at once are one."""
        if now_s < self.until:
            return
        is_calm = now_s > self.until + self._wait_s + BACK_OFF_CALM_S
        first_s = max(self._first_s, HOUR_SPENT_S) if why is Refusal.HOUR_SPENT else self._first_s
        self._wait_s = first_s if is_calm else min(max(2 * self._wait_s, first_s), LONGEST_BACK_OFF_S)
        self.until = now_s + self._wait_s
