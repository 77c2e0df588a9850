"""What need not be given of what somebody lacks: what waits there for an entry beside it that is given.

It came already and could not be checked. Once what is beside it comes it is held, unless it was forged. So it
is left out in two rounds of asking only: what still waits then is given like all else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from meshboard.bounded import BoundedMemory
from meshboard.domain.entries import LogId
from meshboard.figures import FORGET_SAID_S, LEFT_OUT_REMEMBERED
from meshboard.sync.holdings.ranges import Lacking, Ranges, both, includes, minus, union
from meshboard.sync.holdings.stretches import hulls
from meshboard.sync.store import Store
from meshboard.sync.timing import Timings


class Lack(Protocol):
    """How what somebody told differs from what is held here."""

    @property
    def they_lack(self) -> Lacking:
        """What they do not hold of what is held here."""

    @property
    def they_hold(self) -> Mapping[LogId, Ranges]:
        """What they hold of the logs they lack something of."""

    @property
    def waits(self) -> Mapping[LogId, Ranges]:
        """What of these logs came there and cannot be checked yet."""


@dataclass(frozen=True, slots=True)
class ToGive:
    """What to give somebody, and what they hold of those logs."""

    they_lack: Lacking
    they_hold: Mapping[LogId, Ranges]


@dataclass(frozen=True, slots=True)
class _LeftOut:
    """Of one log for one station."""

    began_at: float
    """When this round began: what is said twice while one flood is under way counts once."""
    now: Ranges = ()
    """The numbers left out in this round."""
    once: Ranges = ()
    """Those left out in one round before it."""
    twice: Ranges = ()


class LeavingOut:
    """Remembers what was left out for whom."""

    def __init__(self, timings: Timings, store: Store) -> None:
        self._round_s = timings.flood_s
        self._store = store
        self._left_out: BoundedMemory[tuple[bytes, LogId], _LeftOut] = BoundedMemory(LEFT_OUT_REMEMBERED)

    def to_give(self, head: bytes, lack: Lack, now_s: float) -> ToGive:
        """Return what to give a station that told what it lacks and what waits there."""
        they_lack: list[tuple[LogId, Ranges]] = []
        for log, lacking in lack.they_lack:
            waiting = lack.waits.get(log, ())
            left_out = self._take(head, log, self._checked(log, lacking, waiting), now_s) if waiting else ()
            they_lack.append((log, minus(lacking, left_out)))
        return ToGive(they_lack, lack.they_hold)

    def _checked(self, log: LogId, lacking: Ranges, waiting: Ranges) -> Ranges:
        """Return what of what waits is beside an entry that is given; a stretch checks nothing."""
        given = minus(minus(lacking, waiting), tuple(hulls(self._store.stretches(log))))
        beside = (
            (first, last)
            for first, last in waiting
            if includes(given, first - 1) or includes(given, last + 1)
        )
        return both(tuple(beside), lacking)

    def _take(self, head: bytes, log: LogId, checked: Ranges, now_s: float) -> Ranges:
        """Return what may be left out once more, and count it."""
        counted = self._left_out.get((head, log))
        if counted is None or now_s - counted.began_at >= FORGET_SAID_S:
            counted = _LeftOut(now_s)
        elif now_s - counted.began_at >= self._round_s:
            twice = union(counted.twice, both(counted.now, counted.once))
            counted = _LeftOut(now_s, (), union(counted.once, counted.now), twice)
        left_out = minus(checked, counted.twice)
        self._left_out[head, log] = replace(counted, now=union(counted.now, left_out))
        return left_out
