"""What was heard, on its way from the reader's thread to the loop: bounded, and only a share of the time.

Whoever has a transmitter can make a station hear whatever they like. So there is a lane for each kind of what
is heard, and none holds up another; each keeps a few, the newest, and has a share of the loop's time of its
own. What is left of the time belongs to whoever works at the station.
"""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from itertools import count

from meshboard import figures
from meshboard.bounded import BoundedMemory
from meshboard.link import FrameHeard, TextHeard
from meshboard.radio.link_journal import JOURNAL
from meshboard.radio.packets import Heard


class WorkShare:
    """Says how long to rest after work, so that it takes no more than its share of the time."""

    def __init__(self, share: float, now_s: float) -> None:
        self._share = share
        self._saved_s = figures.SAVED_S
        self._since_s = now_s

    def rest_after(self, worked_s: float, now_s: float) -> float:
        """Note work that ends now; return how long to rest, 0 while there is some left of a quiet time."""
        self._saved_s = min(self._saved_s + (now_s - self._since_s) * self._share, figures.SAVED_S) - worked_s
        self._saved_s = max(self._saved_s, -figures.LONGEST_REST_S * self._share)
        self._since_s = now_s
        return max(-self._saved_s / self._share, 0.0)


class InboxLane:
    """What was heard of one kind; the oldest goes where it is more than `length`."""

    def __init__(self, name: str, length: int, share: float, now_s: float) -> None:
        self.name = name
        self.left_out = 0
        """How many were never handed over."""
        self._waiting: deque[Heard] = deque(maxlen=length)
        self._work = WorkShare(share, now_s)
        self._open_at = now_s

    def put(self, heard: Heard) -> None:
        """Let one wait; callable from any thread."""
        self.left_out += len(self._waiting) == self._waiting.maxlen
        self._waiting.append(heard)

    def take(self) -> Heard | None:
        """Return what waits longest, None for nothing."""
        try:
            return self._waiting.popleft()
        except IndexError:
            return None

    def opens_at(self) -> float | None:
        """Return when its next turn may be, None where nothing waits."""
        return self._open_at if self._waiting else None

    def rest(self, worked_s: float, now_s: float) -> None:
        """Note work that it made, until now."""
        self._open_at = now_s + self._work.rest_after(worked_s, now_s)


class Inbox:
    """Takes what is heard from any thread, and hands it over on the loop, in turns."""

    def __init__(self, deliver: Callable[[Heard], None], now: Callable[[], float] = time.monotonic) -> None:
        self._deliver = deliver
        self._now = now
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()
        self._is_awake = False
        self._taken: BoundedMemory[int, None] = BoundedMemory(figures.TAKEN_LATELY)
        started = now()
        # what is cheap to look at has room for what comes while other lanes have their turns
        self._frames = InboxLane("frames", 4 * figures.KEPT_BY_A_NODE, figures.FRAMES_SHARE, started)
        self._texts = InboxLane("texts", figures.KEPT_BY_A_NODE, figures.TEXTS_SHARE, started)
        self._others = InboxLane("other packets", 4 * figures.KEPT_BY_A_NODE, figures.OTHER_SHARE, started)
        self._copies = InboxLane("copies of frames", figures.KEPT_BY_A_NODE, figures.COPIES_SHARE, started)
        self._lanes = (self._frames, self._texts, self._others, self._copies)
        self._turn = count()
        self._told, self._told_at = 0, float("-inf")

    @property
    def frames_left_out(self) -> int:
        """How many frames were never looked at, because more came than is taken in."""
        return self._frames.left_out + self._copies.left_out

    def open(self, loop: asyncio.AbstractEventLoop) -> None:
        """Hand over on this loop from now on."""
        self._loop = loop

    def close(self) -> None:
        """Hand over nothing more."""
        self._loop = None

    def put(self, heard: Heard) -> None:
        """Take one; callable from one thread at a time, whichever."""
        self._lane_of(heard).put(heard)
        with self._lock:
            is_asleep, self._is_awake = not self._is_awake, True
        if is_asleep:
            self._wake()

    def _lane_of(self, heard: Heard) -> InboxLane:
        match heard:
            case FrameHeard():
                return self._copies if self._is_copy(heard.payload) else self._frames
            case TextHeard(direct=True):
                return self._texts
            case _:
                return self._others

    def _is_copy(self, payload: bytes) -> bool:
        """Say whether these bytes came lately; seals differ in every frame that is meant to be heard anew."""
        mark = hash(payload)
        is_copy = mark in self._taken
        self._taken[mark] = None
        return is_copy

    def _wake(self) -> None:
        loop = self._loop
        if loop is not None and not loop.is_closed():
            try:
                loop.call_soon_threadsafe(self._take_turn)
            except RuntimeError:
                return  # the loop was closed between the question and the call

    def _take_turn(self) -> None:
        """Hand over what waits in one lane, for HANDING_S at most, and at least one."""
        if self._loop is None:
            return
        began = self._now()
        lane = self._next_lane(began)
        if lane is None:
            self._rest(began)
            return
        while (heard := lane.take()) is not None:
            self._deliver(heard)
            if self._now() - began >= figures.HANDING_S:
                break
        # what it set going on the loop comes before this, and is its work too
        self._loop.call_soon(self._end_turn, lane, began)

    def _end_turn(self, lane: InboxLane, began: float) -> None:
        now_s = self._now()
        lane.rest(now_s - began, now_s)
        self._tell_left_out(now_s)
        if self._loop is not None:
            self._loop.call_later(figures.BETWEEN_TURNS_S, self._take_turn)

    def _rest(self, now_s: float) -> None:
        """Fall asleep where nothing waits, else come back when a lane is open."""
        with self._lock:
            open_at = [at for lane in self._lanes if (at := lane.opens_at()) is not None]
            self._is_awake = bool(open_at)
        if open_at and self._loop is not None:
            self._loop.call_later(max(min(open_at) - now_s, 0.0), self._take_turn)

    def _next_lane(self, now_s: float) -> InboxLane | None:
        """Return whose turn it is of those that are open."""
        ready = [lane for lane in self._lanes if (at := lane.opens_at()) is not None and at <= now_s]
        return ready[next(self._turn) % len(ready)] if ready else None

    def _tell_left_out(self, now_s: float) -> None:
        left_out = sum(lane.left_out for lane in self._lanes)
        if left_out > self._told and now_s - self._told_at >= figures.TELL_EVERY_S:
            JOURNAL.warning(
                "more came from the air than is taken in; left out so far: %s", _counts(self._lanes)
            )
            self._told, self._told_at = left_out, now_s


def _counts(lanes: Sequence[InboxLane]) -> str:
    return ", ".join(f"{lane.left_out} {lane.name}" for lane in lanes if lane.left_out)
