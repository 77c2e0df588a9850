"""When to ask about forked logs."""

from collections.abc import Mapping, Sequence

from meshboard.domain.entries import LogId
from meshboard.figures import MAX_ASKS, WORDS_REMEMBERED
from meshboard.sync.air.said import SaidMemory
from meshboard.sync.company.counters import LARGEST_COUNTER
from meshboard.sync.holdings.forks import ask_about
from meshboard.sync.store import Store
from meshboard.sync.timing import Chance, Timings, Waits
from meshboard.wire.frames import Ask, Request, Speaker
from meshboard.wire.framing import push_frame


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
