"""What is known to be lacking here, and when to say so if it does not come by itself."""

from meshboard.domain.entries import LogId
from meshboard.figures import GIVES_UP_AFTER, MAX_WANTED_LOGS
from meshboard.sync.company.company import Company
from meshboard.sync.holdings.ranges import Lacking, Ranges, minus, up_to
from meshboard.sync.holdings.summary import Holdings
from meshboard.sync.timing import Chance, Timings


class Wants:
    """What others hold and we do not, and the plan to tell them."""

    def __init__(self, timings: Timings, chance: Chance, company: Company) -> None:
        self._company = company
        self._timings = timings
        self._chance = chance
        self._wanted: dict[LogId, Ranges] = {}
        self._tries: dict[LogId, int] = {}
        self._due_at: float | None = None

    def want(self, lacking: Lacking, now_s: float) -> None:
        """Note what is lacking: it is asked for after a wait, in case it comes with others' news."""
        for log, ranges in lacking:
            if len(self._wanted) < MAX_WANTED_LOGS or log in self._wanted:
                self._wanted[log] = _union(self._wanted.get(log, ()), ranges)
        if lacking and self._due_at is None:
            self._due_at = now_s + self._chance.uniform(*self._timings.ask_patience_s(self._company.stations))

    def is_wanted(self, log: LogId, number: int) -> bool:
        """Say whether this number of a log is known to be lacking."""
        return any(first <= number <= last for first, last in self._wanted.get(log, ()))

    def lacking(self, holdings: Holdings) -> Lacking:
        """Return what is still lacking, and forget what has come."""
        for log in list(self._wanted):
            held = holdings.get(log)
            left = minus(self._wanted[log], held.ranges) if held else self._wanted[log]
            if left:
                self._wanted[log] = left
            else:
                self._forget(log)
        return list(self._wanted.items())

    def due_at(self, holdings: Holdings) -> float | None:
        """Return when to tell what is held, None when nothing is lacking."""
        if self._due_at is not None and not self.lacking(holdings):
            self._due_at = None
        return self._due_at

    @property
    def times_asked(self) -> int:
        """How often what is lacking was asked for in vain."""
        return max(self._tries.values(), default=0)

    @property
    def least_asked(self) -> int:
        """How often all of it was asked for in vain: somebody may claim to hold what does not exist."""
        return min((self._tries.get(log, 0) for log in self._wanted), default=0)

    def note_told(self, now_s: float) -> None:
        """Note that we just told what we hold, alone or with news: wait for what that brings."""
        if self._due_at is None:
            return
        for log in list(self._wanted):
            self._tries[log] = self._tries.get(log, 0) + 1
            if self._tries[log] > GIVES_UP_AFTER:
                self._forget(log)
        self._due_at = now_s + self._timings.ask_waits(self._company.stations).after(
            self.times_asked
        ) * self._chance.uniform(0.75, 1.25)

    def note_coming(self, now_s: float) -> None:
        """Note that some of it is coming, or that somebody asks for the same: the rest may follow."""
        if self._due_at is not None:
            self._due_at = max(
                self._due_at, now_s + self._chance.uniform(*self._timings.ask_hold_s(self._company.stations))
            )

    def note_arrived(self, log: LogId) -> None:
        """Note that something of a log came: asking for more of it is not in vain."""
        self._tries.pop(log, None)

    def _forget(self, log: LogId) -> None:
        del self._wanted[log]
        self._tries.pop(log, None)


def _union(one: Ranges, other: Ranges) -> Ranges:
    last = max(end for _, end in (*one, *other))
    return minus(((1, last),), minus(minus(((1, last),), one), other)) if one else up_to(other, last)
