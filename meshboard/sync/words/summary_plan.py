"""When to tell in a summary what is held, and in which parts."""

from collections import deque
from collections.abc import Sequence
from dataclasses import replace

from meshboard.figures import SUMMARY_REPEATS, WORDS_REMEMBERED
from meshboard.sync.air.said import SaidMemory
from meshboard.sync.company.company import Company
from meshboard.sync.holdings.early import Early
from meshboard.sync.holdings.summary import Holdings, state_of, summary_parts
from meshboard.sync.timing import Chance, Timings, Waits
from meshboard.wire.frames import Speaker, Summary


class SummaryPlan:
    """Says when to tell what is held, and in which parts."""

    def __init__(self, timings: Timings, chance: Chance, early: Early, company: Company) -> None:
        self._company = company
        self._early = early
        self._timings = timings
        self._chance = chance
        self._said: SaidMemory[bytes] = SaidMemory(
            Waits(timings.again_s, timings.longest_summary_again_s), WORDS_REMEMBERED
        )
        self._due_at: float | None = None
        self._pause_s = 0.0
        self._parts: deque[Summary] = deque()
        self._repeats = 0
        self._repeating: bytes | None = None
        self._last_s = float("-inf")

    def want(self, now_s: float, *, insist: bool = False) -> None:
        """Plan a summary after a random wait; `insist`: something is lacking here, so repeat it."""
        if insist:
            self._repeats = SUMMARY_REPEATS
        planned_is_news = self._due_at is not None and self._repeating is None
        if not planned_is_news and not self._parts:
            self._due_at = now_s
            self._draw_wait()
            self._repeating = None

    def put_off(self, until_s: float) -> None:
        """Note that what is lacking here is coming: what would be said of it now is old before it is said."""
        if self._due_at is not None:
            self._due_at = max(self._due_at, until_s)

    def was_said(self, state: bytes, now_s: float) -> None:
        """Note that somebody just told exactly what we would."""
        self._said.note(state, now_s, by_us=False)
        self._due_at = None

    def drop(self) -> None:
        """Drop what is planned: what was lacking here has come."""
        self._due_at = None
        self._repeats = 0

    @property
    def has_parts(self) -> bool:
        """Say whether a part was said and others are to follow it."""
        return bool(self._parts)

    @property
    def is_planned(self) -> bool:
        """Say whether it is worth asking `due_at`, which needs everything held."""
        return bool(self._parts) or self._due_at is not None

    def due_at(self, holdings: Holdings) -> float | None:
        """Return when the next part may be said, None when none is planned."""
        if self._parts:
            return float("-inf")
        state = state_of(holdings)
        if self._due_at is None or self._repeating not in (None, state):
            return None
        again_at = max(
            self._said.allowed_at(state), self._last_s + self._timings.summary_again_s(self._company.stations)
        )
        # the wait comes last: two whose words collided would otherwise collide again
        return max(self._due_at, again_at) + self._pause_s

    def peek(self, holdings: Holdings, head: bytes, room: int) -> Summary:
        """Return the next part, its counter the largest there is, without taking it."""
        return self._parts[0] if self._parts else self._told(holdings, head, room)[0]

    def take(self, holdings: Holdings, speaker: Speaker, room: int, now_s: float) -> Summary:
        """Return the next part; the first one fixes what the others tell."""
        if not self._parts:
            self._parts.extend(self._told(holdings, speaker.head, room))
            self._plan_repeat(state_of(holdings), now_s)
        return replace(self._parts.popleft(), speaker=speaker)

    def _told(self, holdings: Holdings, head: bytes, room: int) -> Sequence[Summary]:
        return summary_parts(holdings, head, room, self._early.ranges())

    def _plan_repeat(self, state: bytes, now_s: float) -> None:
        """Plan to say it once more, in case nobody who holds what is lacking heard it."""
        self._said.note(state, now_s, by_us=True)
        self._last_s = now_s
        self._due_at, self._repeating = None, None
        if self._repeats > 0:
            self._repeats -= 1
            self._due_at = now_s + self._timings.again_s
            self._draw_wait()
            self._repeating = state

    def _draw_wait(self) -> None:
        self._pause_s = self._chance.uniform(*self._timings.summary_wait_s)
