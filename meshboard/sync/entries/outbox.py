"""What waits to be said: new entries at rest, and repairs others may give first."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from meshboard.bounded import BoundedMemory
from meshboard.domain.circle_facts import CircleFounded, EpochBegun, StationIntroduced, TrustFact
from meshboard.domain.entries import (
    ClaimAccepted,
    ClaimConfirmed,
    ClaimDelivered,
    ClaimReleased,
    Entry,
    PostClaimed,
    PostEdited,
    PostPublished,
    PostWithdrawn,
    SignedEntry,
)
from meshboard.domain.ids import AuthorId, EntryId
from meshboard.domain.people import is_stranger
from meshboard.domain.posts import Urgency
from meshboard.figures import MAX_REPAIRS, SENT_REMEMBERED
from meshboard.sync.entries.fairness import FairOrder
from meshboard.sync.timing import Chance


class Priority(IntEnum):
    """What goes first; lower is sooner."""

    KEY = 0
    """The first entry of a log: without its author's key nothing else of it can be checked."""
    CRITICAL = 1
    URGENT = 2
    """Among much that somebody lacks, the posts to have first."""
    CIRCLE = 3
    """Who is in and who is out: without it others cannot tell what counts."""
    CLAIM = 4
    """Claims and what becomes of them, and withdrawals: they stop two people from doing one thing."""
    POST = 5
    OTHER = 6


def priority_of(entry: Entry) -> Priority:
    """Return how soon an entry should be said."""
    match entry.fact:
        case StationIntroduced() | CircleFounded():
            return Priority.KEY
        case PostPublished(content=content) | PostEdited(content=content):
            return Priority.CRITICAL if content.urgency is Urgency.CRITICAL else Priority.POST
        case (
            PostClaimed()
            | PostWithdrawn()
            | ClaimAccepted()
            | ClaimReleased()
            | ClaimDelivered()
            | ClaimConfirmed()
        ):
            return Priority.CLAIM
        case fact if isinstance(fact, TrustFact):
            return Priority.CIRCLE
        case _:
            return Priority.OTHER


def repair_priority_of(entry: Entry) -> Priority:
    """Return how soon an entry others lack should be said: first what they judge all else by."""
    return Priority.KEY if is_basic(entry) else priority_of(entry)


def is_basic(entry: Entry) -> bool:
    """Say whether others judge all else by an entry: who is in, who is out and which key counts."""
    return isinstance(entry.fact, TrustFact)


@dataclass(frozen=True, slots=True)
class Proof:
    """By what those who lack an entry can check it."""

    has_before: bool = False
    """They hold the entry before it, and need no link."""
    has_after: bool = False
    """They hold the entry after it, and need no signature."""
    is_alone: bool = False
    """It is to come with all that proves it: they may hold nothing around it."""

    def for_both(self, other: "Proof") -> "Proof":
        """Return what does for those who asked at one time and at another."""
        return Proof(
            self.has_before and other.has_before,
            self.has_after and other.has_after,
            self.is_alone or other.is_alone,
        )


@dataclass(frozen=True, slots=True)
class _Waiting:
    signed: SignedEntry
    due_at: float
    priority: Priority
    is_urgent: bool
    """True: it may use the reserve of airtime and outruns everything."""
    hops: int = 0
    """Relays between here and who asked for it."""
    proof: Proof = Proof()

    @property
    def entry(self) -> Entry:
        """The entry that waits."""
        return self.signed.entry


class _Queue:
    """Entries, each with the time it may be said from."""

    def __init__(self, *, is_whole: bool) -> None:
        """`is_whole` as in FairOrder."""
        self._waiting: dict[EntryId, _Waiting] = {}
        self._taken: BoundedMemory[EntryId, _Waiting] = BoundedMemory(SENT_REMEMBERED)
        self._fair = FairOrder(Priority, {Priority.KEY, Priority.CIRCLE}, is_whole=is_whole)

    def __len__(self) -> int:
        return len(self._waiting)

    def has(self, entry_id: EntryId) -> bool:
        """Say whether an entry waits here."""
        return entry_id in self._waiting

    def due(self, now_s: float) -> Sequence[SignedEntry]:
        """Return what may be said now, most urgent first and in turn between authors (`FairOrder`)."""
        ready = [one for one in self._waiting.values() if one.due_at <= now_s]
        return [one.signed for one in self._fair.order(ready)]

    def is_urgent(self, entry_id: EntryId) -> bool:
        """Say whether an entry waits here that may use the reserve of airtime."""
        waiting = self._waiting.get(entry_id)
        return waiting is not None and waiting.is_urgent

    def due_at(self, *, is_urgent: bool) -> float | None:
        """Return when the first wait ends of what may use the reserve, or of the rest; None = none waits."""
        waiting = self._waiting.values()
        chosen = (one.due_at for one in waiting if one.is_urgent is is_urgent)
        return min(chosen, default=None)

    def said(self, entries: Iterable[SignedEntry], now_s: float, *, is_lead: bool) -> None:
        """Take what went out in a frame; `is_lead`: it was for what waits here, so the turn passes on."""
        taken = [self._waiting.pop(one.entry.id) for one in entries if one.entry.id in self._waiting]
        self._taken.update((one.entry.id, one) for one in taken)
        if is_lead:
            due = {one.priority for one in self._waiting.values() if one.due_at <= now_s}
            self._fair.note_said(taken, due)

    def classes(self) -> Mapping[Priority, tuple[int, float]]:
        """Return how many of each class wait here, and when the first of them is due."""
        found: dict[Priority, tuple[int, float]] = {}
        for one in self._waiting.values():
            count, due_at = found.get(one.priority, (0, float("inf")))
            found[one.priority] = count + 1, min(due_at, one.due_at)
        return dict(sorted(found.items()))

    def put_back(self, entry_id: EntryId, now_s: float) -> None:
        """Let an entry wait again that was in a frame the node refused, if it came from here."""
        taken = self._taken.pop(entry_id, None)
        if taken is not None:
            self._waiting.setdefault(entry_id, replace(taken, due_at=now_s))

    def discard(self, entry_id: EntryId) -> bool:
        """Drop what somebody said; say whether it was waiting."""
        self._taken.pop(entry_id, None)
        return self._waiting.pop(entry_id, None) is not None


class Outbox(_Queue):
    """New entries: each rests, so that it can be taken back, and is then said once."""

    def __init__(self, rest_s: float, chance: Chance) -> None:
        super().__init__(is_whole=False)
        self._rest_s = rest_s
        self._chance = chance

    def add(self, signed: SignedEntry, now_s: float) -> None:
        """Take a new entry; critical ones and new epochs do not rest, introductions for a random part of it.

        Without chance, stations that start together after a power cut would introduce themselves at one time.
        """
        priority = priority_of(signed.entry)
        match priority:
            case Priority.CRITICAL:
                rest_s = 0.0
                self._release_keys(now_s)
            case Priority.KEY:
                rest_s = self._chance.uniform(0.0, self._rest_s)
            case Priority.CIRCLE if isinstance(signed.entry.fact, EpochBegun):
                rest_s = 0.0
            case _:
                rest_s = self._rest_s
        waiting = _Waiting(signed, now_s + rest_s, priority, priority is Priority.CRITICAL)
        self._waiting.setdefault(signed.entry.id, waiting)

    def _release_keys(self, now_s: float) -> None:
        """End the rest of introductions: a critical post counts only where its author is known and let in."""
        for entry_id, one in self._waiting.items():
            if is_basic(one.signed.entry) and one.due_at > now_s:
                self._waiting[entry_id] = replace(one, due_at=now_s)

    def resting(self, now_s: float) -> list[Entry]:
        """Return the entries nobody is to know of yet."""
        return [one.signed.entry for one in self._waiting.values() if one.due_at > now_s]


class Hold:
    """Until when somebody else goes first, who is giving what waits here."""

    def __init__(self) -> None:
        self.until_s = float("-inf")


class RepairQueue(_Queue):
    """Entries somebody lacks: each waits a random time for another holder to give it first."""

    def __init__(self, hold: Hold) -> None:
        super().__init__(is_whole=True)
        self._hold = hold

    def hops_of(self, entry_id: EntryId) -> int:
        """Return from how many relays away it was asked for, 0 for what does not wait here."""
        waiting = self._waiting.get(entry_id)
        return waiting.hops if waiting else 0

    def proof_of(self, entry_id: EntryId) -> Proof:
        """Return by what those who asked for an entry can check it."""
        waiting = self._waiting.get(entry_id)
        return waiting.proof if waiting else Proof()

    def ask_again(self, entry_id: EntryId, due_at: float, hops: int, proof: Proof) -> bool:
        """Let what waits here go sooner, farther and for one more who lacks it; say whether it waits."""
        waiting = self._waiting.get(entry_id)
        if waiting is None:
            return False
        self._waiting[entry_id] = replace(
            waiting,
            due_at=min(waiting.due_at, due_at),
            hops=max(waiting.hops, hops),
            proof=waiting.proof.for_both(proof),
        )
        return True

    def add(
        self, signed: SignedEntry, due_at: float, hops: int, proof: Proof, *, is_urgent: bool = False
    ) -> None:
        """Queue an entry; beyond MAX_REPAIRS one gives way.

        Of the least urgent class, and there of the author with most of it, its strangers apart, the newest.
        """
        entry, priority = signed.entry, repair_priority_of(signed.entry)
        if proof.is_alone and priority > Priority.URGENT and isinstance(entry.fact, PostPublished):
            priority = Priority.URGENT
        self._waiting[entry.id] = _Waiting(signed, due_at, priority, is_urgent, hops, proof)
        if len(self._waiting) > MAX_REPAIRS:
            del self._waiting[self._least_needed()]

    def _least_needed(self) -> EntryId:
        last = max(one.priority for one in self._waiting.values())
        least = [one.entry for one in self._waiting.values() if one.priority is last]
        count = Counter(_whose(entry) for entry in least)
        return max(
            least,
            key=lambda entry: (count[_whose(entry)], entry.stamp.count, entry.number, entry.digest),
        ).id

    def waiting(self) -> Sequence[SignedEntry]:
        """Return all that waits, due or not, most urgent and oldest first: news can take it along."""
        return [one.signed for one in self._fair.order(self._waiting.values())]

    def has_alone(self) -> bool:
        """Say whether something waits that is to come with all that proves it."""
        return any(one.proof.is_alone for one in self._waiting.values())

    def clear(self) -> None:
        """Leave all that waits to somebody else."""
        self._waiting.clear()
        self._taken.clear()

    def due(self, now_s: float) -> Sequence[SignedEntry]:
        """Return what may be said now, most urgent first and in turn between authors (`FairOrder`)."""
        return super().due(now_s) if now_s >= self._hold.until_s else ()

    def due_at(self, *, is_urgent: bool) -> float | None:
        """Return when the first wait ends of what may use the reserve, or of the rest; None = none waits."""
        due_at = super().due_at(is_urgent=is_urgent)
        return None if due_at is None else max(due_at, self._hold.until_s)


def _whose(entry: Entry) -> tuple[AuthorId, bool]:
    return entry.log.author, is_stranger(entry.actor)


def is_critical(signed: SignedEntry) -> bool:
    """Say whether an entry is a critical post."""
    return priority_of(signed.entry) is Priority.CRITICAL
