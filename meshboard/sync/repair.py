"""Give others what they lack: which entries, and when each may be said again."""

from collections.abc import Iterable, Sequence

from meshboard.domain.entries import LogId, SignedEntry
from meshboard.domain.ids import EntryId
from meshboard.sync.chance import Chance
from meshboard.sync.outbox import MAX_REPAIRS, RepairQueue, is_critical
from meshboard.sync.ranges import Ranges
from meshboard.sync.store import Store
from meshboard.sync.timing import SaidMemory, Timings, Waits

MAX_REMEMBERED = 2048
URGENT_REPAIRS = (
    4  # times a critical post may use the reserve: one who lies about lacking it must not use it up
)
PATIENCE = 10  # frames: what may only be repeated later than this is left to the next asking


Lacking = Sequence[tuple[LogId, Ranges]]
"""What somebody lacks, by log."""


def is_lacking(signed: SignedEntry, lacking: Lacking) -> bool:
    """Say whether an entry is among what somebody lacks."""
    entry = signed.entry
    return any(
        log == entry.log and any(first <= entry.number <= last for first, last in ranges)
        for log, ranges in lacking
    )


class Repairs:
    """The repair queue and the memory of what was said on the air."""

    def __init__(self, timings: Timings, chance: Chance, store: Store) -> None:
        self._timings = timings
        self._chance = chance
        self._store = store
        self._said: SaidMemory[EntryId] = SaidMemory(
            Waits(timings.again_s, timings.longest_repair_again_s), MAX_REMEMBERED
        )
        self._patience_s = PATIENCE * timings.frame_s
        self.queue = RepairQueue()

    def give(self, lacking: Lacking, hops: int, now_s: float, first: Iterable[SignedEntry] = ()) -> None:
        """Queue what somebody `hops` relays away lacks, the beginning of every log first.

        `first`: some of it that is queued wherever in its log it stands.
        """
        share = MAX_REPAIRS // max(len(lacking), 1) + 1
        wait_s = self._draw_wait_s(hops)
        for signed in first:
            self._queue(signed, hops, now_s, wait_s)
        for log, ranges in lacking:
            for signed in self._first_of(log, ranges, share):
                self._queue(signed, hops, now_s, wait_s)

    def may_give(self, signed: SignedEntry, now_s: float) -> bool:
        """Say whether an entry would be queued: it does not wait here and was not said too lately."""
        is_allowed = self._said.allowed_at(signed.entry.id) <= now_s + self._patience_s
        return is_allowed and not self.queue.has(signed.entry.id)

    def give_these(self, entries: Iterable[SignedEntry], hops: int, now_s: float) -> None:
        """Queue these entries, asked for from `hops` relays away."""
        wait_s = self._draw_wait_s(hops)
        for signed in entries:
            self._queue(signed, hops, now_s, wait_s)

    def hops_of(self, entries: Iterable[SignedEntry]) -> int:
        """Return how many relays lie between here and the farthest who asked for one of these."""
        return max((self.queue.hops_of(signed.entry.id) for signed in entries), default=0)

    def note_said(self, entry_id: EntryId, now_s: float) -> None:
        """Note that we said an entry."""
        self._said.note(entry_id, now_s, by_us=True)
        self.queue.discard(entry_id)

    def note_heard(self, entry_id: EntryId, now_s: float) -> None:
        """Note that somebody else said an entry; whoever gives what we were about to goes first."""
        self._said.note(entry_id, now_s, by_us=False)
        if self.queue.discard(entry_id):
            self.queue.hold(now_s + self._chance.uniform(*self._timings.hold_s))

    def _draw_wait_s(self, hops: int) -> float:
        """Return one random wait for all that was asked for together; who is nearer waits less."""
        return self._chance.uniform(*self._timings.repair_wait_s) + hops * self._timings.farther_s

    def _first_of(self, log: LogId, ranges: Ranges, count: int) -> Iterable[SignedEntry]:
        left = count
        for first, last in ranges:
            if left <= 0:
                return
            held = self._store.entries(log, first, min(last, first + left - 1))
            left -= len(held)
            yield from held

    def _queue(self, signed: SignedEntry, hops: int, now_s: float, wait_s: float) -> None:
        allowed_at = self._said.allowed_at(signed.entry.id)
        if allowed_at <= now_s + self._patience_s:
            # the wait comes last: two whose words collided would otherwise collide again
            is_urgent = is_critical(signed) and self._said.times(signed.entry.id) < URGENT_REPAIRS
            self.queue.add(signed, max(now_s, allowed_at) + wait_s, hops, is_urgent=is_urgent)
