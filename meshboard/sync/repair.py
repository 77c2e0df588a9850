"""Give others what they lack: which entries, and when each may be said again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from meshboard.domain.entries import LogId, PostPublished, SignedEntry
from meshboard.domain.ids import EntryId
from meshboard.sync.chance import Chance
from meshboard.sync.forgotten import Forgotten
from meshboard.sync.outbox import MAX_REPAIRS, Proof, RepairQueue, is_critical
from meshboard.sync.ranges import Ranges, includes
from meshboard.sync.store import Store
from meshboard.sync.timing import SaidMemory, Timings, Waits

MAX_REMEMBERED = 2048
URGENT_REPAIRS = (
    4  # times a critical post may use the reserve: one who lies about lacking it must not use it up
)
PATIENCE = 10  # frames: what may only be repeated later than this is left to the next asking
BULK = 40  # entries: whoever lacks more is given the most urgent of them first, each by itself
IN_VAIN = 2  # times we said what is lacking still: the next time it comes with all that proves it
MOST_URGENT = 20  # posts: what a person at that station can take in at first, about a minute of air

MAX_NUMBER = 2**32 - 1

Lacking = Sequence[tuple[LogId, Ranges]]
"""What somebody lacks, by log."""


class Lack(Protocol):
    """How what somebody told differs from what is held here."""

    @property
    def they_lack(self) -> Lacking:
        """What they lack of what is held here."""
        ...

    @property
    def they_hold(self) -> Mapping[LogId, Ranges]:
        """What they hold of the logs they lack something of."""
        ...


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
        self.forgotten = Forgotten(timings, store, self.queue.has)
        self.stations = 2
        """How many stations there are, this one included."""

    def give(
        self,
        differences: Lack,
        hops: int,
        now_s: float,
        first: Iterable[SignedEntry] = (),
        *,
        is_asked: bool = True,
    ) -> None:
        """Queue what somebody `hops` relays away lacks, the end and the first entry of every log first.


        `first`: some of it that is queued wherever in its log it stands. `is_asked`: somebody waits for it;
        else it may wait for news to ride with.
        """
        share = MAX_REPAIRS // max(len(differences.they_lack), 1) + 1
        wanted = list(first)
        for log, ranges in differences.they_lack:
            wanted.extend(self._last_of(log, ranges, share))
        new = [signed for signed in wanted if not self.queue.has(signed.entry.id)]
        alone = {signed.entry.id for signed in most_urgent(wanted)} if len(new) > BULK else set()
        wait_s = self._draw_wait_s(hops)
        wait_s += 0.0 if is_asked else self._chance.uniform(*self._timings.ride_s)
        asked = _Asked(hops, wait_s, now_s)
        for signed in wanted:
            number, held = signed.entry.number, differences.they_hold.get(signed.entry.log, ())
            has_before, has_after = includes(held, number - 1), includes(held, number + 1)
            self._queue(signed, asked, Proof(has_before, has_after, signed.entry.id in alone))
        told_by = self.forgotten.give(differences.they_lack, differences.they_hold, hops, wait_s, now_s)
        for signed in told_by:  # what waits there for a forgotten entry can only be checked by this one
            self._queue(signed, asked, Proof(is_alone=True))

    def give_forgotten(self, log: LogId, first: int, last: int, hops: int, now_s: float) -> None:
        """Queue what is left of the forgotten entries of these numbers, whatever is held there."""
        ranges = ((first, last),)
        self.forgotten.give([(log, ranges)], {log: ((1, MAX_NUMBER),)}, hops, self._draw_wait_s(hops), now_s)

    def may_give(self, signed: SignedEntry, now_s: float) -> bool:
        """Say whether an entry would be queued: it does not wait here and was not said too lately."""
        is_allowed = self._said.allowed_at(signed.entry.id) <= now_s + self._patience_s
        return is_allowed and not self.queue.has(signed.entry.id)

    def give_these(self, entries: Iterable[SignedEntry], hops: int, now_s: float) -> None:
        """Queue these entries, asked for from `hops` relays away, whatever else is held there."""
        asked = _Asked(hops, self._draw_wait_s(hops), now_s)
        for signed in entries:
            self._queue(signed, asked, Proof(is_alone=True))

    def __len__(self) -> int:
        return len(self.queue) + len(self.forgotten)

    def due_at(self) -> float | None:
        """Return when the first wait ends, of entries or of what is left of them; None when nothing waits."""
        dues = self.queue.due_at(critical_only=False), self.forgotten.due_at()
        return min((due_at for due_at in dues if due_at is not None), default=None)

    @property
    def is_bulk(self) -> bool:
        """Say whether much is to be given: that is lacking at one station, single entries at several."""
        return len(self.queue) > BULK

    def hops_of(self, entries: Iterable[SignedEntry]) -> int:
        """Return how many relays lie between here and the farthest who asked for one of these."""
        return max((self.queue.hops_of(signed.entry.id) for signed in entries), default=0)

    def was_said(self, entry_id: EntryId) -> bool:
        """Say whether we or others said an entry lately."""
        return self._said.is_remembered(entry_id)

    def was_in_vain(self, entry_id: EntryId) -> bool:
        """Say whether we said an entry more than once: what it was to be checked by is not held there."""
        return self._said.times(entry_id) >= IN_VAIN

    def note_said(self, entry_id: EntryId, now_s: float) -> None:
        """Note that we said an entry."""
        self._said.note(entry_id, now_s, by_us=True)
        self.queue.discard(entry_id)

    def note_frame(self, entries: Iterable[SignedEntry], now_s: float, *, is_lead: bool) -> None:
        """Note the entries of a frame of ours; `is_lead`: it was a repair."""
        said = tuple(entries)
        for signed in said:
            self._said.note(signed.entry.id, now_s, by_us=True)
        self.queue.said(said, now_s, is_lead=is_lead)

    def note_heard(self, entry_id: EntryId, now_s: float) -> None:
        """Note that somebody else said an entry; whoever gives what we were about to goes first."""
        self._said.note(entry_id, now_s, by_us=False)
        if self.queue.discard(entry_id):
            self.queue.hold(now_s + self._chance.uniform(*self._timings.hold_s))

    def _draw_wait_s(self, hops: int) -> float:
        """Return one random wait for all that was asked for together; who is nearer waits less."""
        return (
            self._chance.uniform(*self._timings.give_wait_s(self.stations)) + hops * self._timings.farther_s
        )

    def _last_of(self, log: LogId, ranges: Ranges, count: int) -> Iterable[SignedEntry]:
        """Yield the last of what is lacking, which proves what is before it, and what brings the key."""
        left = count
        for first, last in reversed(ranges):
            held = self._store.entries(log, max(first, last - left + 1), last) if left > 0 else ()
            left -= len(held)
            yield from held
            if first == 1 and not any(signed.entry.number == 1 for signed in held):
                yield from self._store.entries(log, 1, 1)

    def _queue(self, signed: SignedEntry, asked: "_Asked", proof: Proof) -> None:
        allowed_at = self._said.allowed_at(signed.entry.id)
        due_at = max(asked.now_s, allowed_at) + asked.wait_s
        if self.queue.ask_again(signed.entry.id, due_at, asked.hops, proof):
            return
        if allowed_at <= asked.now_s + self._patience_s:
            # the wait comes last: two whose words collided would otherwise collide again
            is_urgent = is_critical(signed) and self._said.times(signed.entry.id) < URGENT_REPAIRS
            self.queue.add(signed, due_at, asked.hops, proof, is_urgent=is_urgent)


@dataclass(frozen=True, slots=True)
class _Asked:
    """Who asked for something, and when."""

    hops: int
    wait_s: float
    now_s: float


def most_urgent(wanted: Sequence[SignedEntry]) -> Sequence[SignedEntry]:
    """Return the posts to have first: the most urgent, of those the oldest, if they seem to last still.

    What time it is nobody here knows: it is taken to be that of the latest stamp.
    """
    latest_s = max((one.entry.stamp.time_s or 0 for one in wanted), default=0)
    ranked = []
    for signed in wanted:
        entry = signed.entry
        if not isinstance(entry.fact, PostPublished):
            continue
        content = entry.fact.content
        is_over = (entry.stamp.time_s or latest_s) + content.lifetime_hours * 3600 < latest_s
        ranked.append(((is_over, -content.urgency, entry.stamp.count, entry.digest), signed))
    return [signed for _, signed in sorted(ranked, key=lambda pair: pair[0])[:MOST_URGENT]]
