"""What a station says of itself: when its next beacon, summary and request are due."""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace

from meshboard.domain.entries import LogId
from meshboard.figures import COUNTER_BLOCK, MAX_ASKS, SUMMARY_REPEATS, WORDS_REMEMBERED
from meshboard.sync.air.said import SaidMemory
from meshboard.sync.chance import Chance
from meshboard.sync.holdings.early import Early
from meshboard.sync.holdings.forks import ask_about
from meshboard.sync.holdings.summary import Holdings, state_of, summary_parts
from meshboard.sync.store import Store
from meshboard.sync.timing import Timings, Waits
from meshboard.wire.frames import Ask, Request, Speaker, Summary
from meshboard.wire.framing import push_frame

LARGEST_COUNTER = 2**32 - 1  # the longest there is: what is measured with it never grows
LAST_JUMP = LARGEST_COUNTER - 2**20  # liars must not use it up: two years of a word a minute are left


class Counters:
    """Hands out counter values that only grow, reserved in blocks ahead."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._next = 0
        self._end = 0
        self._recent: deque[int] = deque(maxlen=COUNTER_BLOCK)

    def take(self) -> int:
        """Return the next value."""
        if self._next >= self._end:
            self._next = self._store.reserve_counters(COUNTER_BLOCK)
            self._end = self._next + COUNTER_BLOCK
        taken, self._next = self._next, self._next + 1
        self._recent.append(taken)
        return taken

    def go_beyond(self, counter: int) -> bool:
        """Hand out only values above one that others heard in our name; say whether we were behind it.

        Then this ledger is an older copy, and others took all we said for stale.
        """
        unused = self._store.reserve_counters(0)
        following = self._next if self._next < self._end else unused
        if not following <= counter <= LAST_JUMP:
            return False
        self._store.reserve_counters(max(counter + 1 - unused, 0))
        self._next = self._end
        return True

    def is_own(self, counter: int) -> bool:
        """Say whether this value was handed out lately: then the frame is an echo of ours."""
        return counter in self._recent


class SummaryPlan:
    """Says when to tell what is held, and in which parts."""

    def __init__(self, timings: Timings, chance: Chance, early: Early) -> None:
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
        self.stations = 2
        """How many stations there are, this one included."""

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
            self._said.allowed_at(state), self._last_s + self._timings.summary_again_s(self.stations)
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


class RequestPlan:
    """Says when to ask about forked logs."""

    def __init__(self, timings: Timings, chance: Chance, store: Store) -> None:
        self._wait_s = timings.summary_wait_s
        self._chance = chance
        self._store = store
        self._asked: SaidMemory[tuple[LogId, Ask]] = SaidMemory(
            Waits(timings.again_s, timings.longest_summary_again_s), WORDS_REMEMBERED
        )
        self._due_at: dict[tuple[LogId, int, int], float] = {}

    def want(self, log: LogId, first: int, last: int, now_s: float) -> None:
        """Plan to ask about a stretch of a log, at most MAX_ASKS at a time."""
        key = (log, first, last)
        if key in self._due_at or len(self._due_at) >= MAX_ASKS:
            return
        allowed_at = self._asked.allowed_at((log, ask_about(self._store, log, first, last)))
        self._due_at[key] = max(now_s, allowed_at) + self._chance.uniform(*self._wait_s)

    def due_at(self) -> float | None:
        """Return when the next request may be said, None when none is planned."""
        return min(self._due_at.values(), default=None)

    def peek(self, head: bytes, room: int, now_s: float) -> Request:
        """Return what is due, as much as fits, its counter the largest there is, without taking it."""
        return Request(
            Speaker(head, LARGEST_COUNTER), tuple(ask for _, ask in self._fitting(head, room, now_s))
        )

    def take(self, speaker: Speaker, room: int, now_s: float) -> Request:
        """Return what is due, as much as fits."""
        chosen = self._fitting(speaker.head, room, now_s)
        for key, ask in chosen:
            self._asked.note((key[0], ask), now_s, by_us=True)
            del self._due_at[key]
        return Request(speaker, tuple(ask for _, ask in chosen))

    def planned(self) -> Mapping[tuple[LogId, int, int], float]:
        """Return what is planned."""
        return dict(self._due_at)

    def plan_again(self, planned: Mapping[tuple[LogId, int, int], float]) -> None:
        """Plan once more what was planned: the node refused the frame that asked."""
        self._due_at = {**planned, **self._due_at}

    def _fitting(self, head: bytes, room: int, now_s: float) -> Sequence[tuple[tuple[LogId, int, int], Ask]]:
        chosen: list[tuple[tuple[LogId, int, int], Ask]] = []
        speaker = Speaker(head, LARGEST_COUNTER)
        for key in [key for key, due_at in self._due_at.items() if due_at <= now_s]:
            more = [*chosen, (key, ask_about(self._store, *key))]
            if len(push_frame(Request(speaker, tuple(ask for _, ask in more)))) > room:
                break
            chosen = more
        return chosen
