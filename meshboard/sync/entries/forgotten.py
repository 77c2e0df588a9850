"""Give others what is left of forgotten entries they lack: one hash for a whole stretch of a log.

A stretch is said after the entry that follows it, by which it is believed, and after what is held in full of
its numbers: who takes it lacks none of them afterwards.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from meshboard.domain.entries import LogId, SignedEntry
from meshboard.domain.ids import EntryId
from meshboard.figures import MAX_STRETCHES, REPEAT_PATIENCE, STRETCHES_REMEMBERED
from meshboard.sync.air.said import SaidMemory
from meshboard.sync.entries.outbox import Hold
from meshboard.sync.holdings.ranges import Ranges, includes, minus
from meshboard.sync.holdings.stretches import hulls, whole
from meshboard.sync.store import Store, Stretch
from meshboard.sync.timing import Timings, Waits
from meshboard.wire.frames import HEAD_BYTES, StretchItem
from meshboard.wire.packer import EntriesPacker, FrameFull

Key = tuple[bytes, int, int, int]
"""Head and incarnation of a log, first and last number."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    item: StretchItem
    due_at: float
    hops: int
    """Relays between here and who asked for it."""
    before: tuple[EntryId, ...]
    """What is to be said before it, if it waits to be said."""


class Forgotten:
    """Stretches somebody lacks: each waits a random time for another to say it first."""

    def __init__(self, timings: Timings, store: Store, waits: Callable[[EntryId], bool], hold: Hold) -> None:
        """Begin with none; `waits` says whether an entry waits to be given."""
        self._store = store
        self._waits = waits
        self._said: SaidMemory[Key] = SaidMemory(
            Waits(timings.again_s, timings.longest_repair_again_s), STRETCHES_REMEMBERED
        )
        self._patience_s = REPEAT_PATIENCE * timings.frame_s
        self._waiting: dict[Key, _Waiting] = {}
        self._hold = hold

    def __len__(self) -> int:
        return len(self._waiting)

    def give(
        self,
        lacking: Iterable[tuple[LogId, Ranges]],
        they_hold: Mapping[LogId, Ranges],
        hops: int,
        wait_s: float,
        now_s: float,
    ) -> Sequence[SignedEntry]:
        """Queue what was forgotten of what somebody lacks; return what else they need to believe it."""
        missing: list[SignedEntry] = []
        for log, ranges in lacking:
            stretches = self._store.stretches(log)
            for first, last in hulls(stretches):
                is_lacking = minus(((first, last),), ranges) != ((first, last),)
                after = self._store.entries(log, last + 1, last + 1) if is_lacking else ()
                if not includes(they_hold.get(log, ()), last + 1):
                    missing += [signed for signed in after if not self._waits(signed.entry.id)]
                if after:
                    inside = self._store.entries(log, first, last)
                    told = whole(stretches, first, last, [signed.entry for signed in inside])
                    before = tuple(signed.entry.id for signed in (*inside, *after))
                    self._queue(item_of(log, told), before, hops, wait_s, now_s)
        return missing

    def due_at(self) -> float | None:
        """Return when the first wait ends, None when nothing waits but for entries to be said before it."""
        ready = (one.due_at for one in self._waiting.values() if not any(map(self._waits, one.before)))
        due_at = min(ready, default=None)
        return None if due_at is None else max(due_at, self._hold.until_s)

    def clear(self) -> None:
        """Leave all that waits to somebody else."""
        self._waiting.clear()

    def fill(self, packer: EntriesPacker, now_s: float) -> Sequence[StretchItem]:
        """Put in what is due and fits, behind what is in the frame already; return it."""
        if now_s < self._hold.until_s:
            return ()
        said = {signed.entry.id for signed in packer.entries}
        filled = []
        for one in sorted(self._waiting.values(), key=lambda one: one.due_at):
            if one.due_at <= now_s and not any(
                self._waits(entry) for entry in one.before if entry not in said
            ):
                with suppress(FrameFull):
                    packer.add_stretch(one.item)
                    filled.append(one.item)
        return filled

    def hops_of(self, items: Iterable[StretchItem]) -> int:
        """Return how many relays lie between here and the farthest who asked for one of these."""
        waiting = (self._waiting.get(key_of(item)) for item in items)
        return max((one.hops for one in waiting if one), default=0)

    def note_said(self, items: Iterable[StretchItem], now_s: float) -> None:
        """Note that we said these."""
        for item in items:
            self._said.note(key_of(item), now_s, by_us=True)
            self._waiting.pop(key_of(item), None)

    def put_back(self, items: Iterable[StretchItem], now_s: float) -> None:
        """Let stretches wait again that were in a frame the node refused."""
        for item in items:
            self._waiting.setdefault(key_of(item), _Waiting(item, now_s, 0, ()))

    def note_heard(self, item: StretchItem, now_s: float) -> None:
        """Note that somebody else said a stretch: what lies within it need not be said."""
        for key, one in list(self._waiting.items()):
            is_same_log = (one.item.head, one.item.incarnation) == (item.head, item.incarnation)
            if is_same_log and item.first <= one.item.first and one.item.last <= item.last:
                self._said.note(key, now_s, by_us=False)
                del self._waiting[key]

    def _queue(
        self, item: StretchItem, before: tuple[EntryId, ...], hops: int, wait_s: float, now_s: float
    ) -> None:
        key = key_of(item)
        allowed_at = self._said.allowed_at(key)
        new = _Waiting(item, max(now_s, allowed_at) + wait_s, hops, before)
        waiting = self._waiting.get(key)
        if waiting is not None:
            due_at = min(waiting.due_at, new.due_at)
            self._waiting[key] = replace(new, due_at=due_at, hops=max(waiting.hops, hops))
        elif allowed_at <= now_s + self._patience_s and len(self._waiting) < MAX_STRETCHES:
            self._waiting[key] = new


def item_of(log: LogId, told: Stretch) -> StretchItem:
    """Return a stretch as it stands in a frame."""
    head = bytes(log.author[:HEAD_BYTES])
    return StretchItem(head, log.incarnation, told.first, told.last, told.count, told.digest)


def key_of(item: StretchItem) -> Key:
    """Return what tells a stretch from another, whatever it says of its entries."""
    return item.head, item.incarnation, item.first, item.last
