"""What every board of a trial has, whatever it speaks: a ledger, a clock, a process that may end."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence, Set
from random import Random
from typing import Protocol

from meshboard.domain.entries import (
    Entry,
    Fact,
    LogId,
    PostClaimed,
    SignedEntry,
    Stamp,
)
from meshboard.domain.forgetting import is_about_a_post, may_be_forgotten, old_entries, sure_time
from meshboard.domain.ids import AuthorId, ClaimId, EntryId, PostId
from meshboard.domain.merge import merge
from meshboard.domain.people import Actor
from meshboard.domain.timekeeping import CommonClock
from meshboard.figures import FORGET_EVERY_S, KEPT_AFTER_S, NEARLY_S
from meshboard.sim.trial.founding import FoundedCircle, station_seed
from meshboard.sim.trial.machine_clock import MachineClock
from meshboard.sim.trial.plain_node import PlainNode
from meshboard.sim.trial.record import Saying
from meshboard.sync.memory_store import MemoryStore
from meshboard.trust.identity import AuthorKey
from meshboard.wire.entry_bytes import FIRST_LINK, Draft, link_after, sign_entry
from meshboard.wire.salts import SALT_KEY_BYTES

AWAY_S = 60.0  # how long a crashed station is away; BENCHMARK.md section 1
COUNTERS_AFTER_RESTORE = 1 << 20  # docs/protocol.md, section 6


class Observer(Protocol):
    """Who takes note of what a board does."""

    def wrote(self, node: int, signed: SignedEntry, now_s: float) -> None:
        """Take note of a new entry, committed."""

    def stored(self, node: int, entries: Iterable[SignedEntry], now_s: float) -> None:
        """Take note of entries that came by air and are committed."""

    def said_frame(self, node: int, saying: Saying) -> None:
        """Take note of a frame handed to the node."""


class TrialBoard(ABC):
    """A station without its protocol."""

    def __init__(
        self, index: int, node: PlainNode, membership: FoundedCircle, seed: int, observer: Observer
    ) -> None:
        self.index = index
        self.node = node
        self.membership = membership
        self.machine_clock = MachineClock(node.mesh)
        self.clock = CommonClock(self.machine_clock)
        self.store = MemoryStore()
        self.is_up = False
        self.seed = station_seed(seed, index)
        self.key = AuthorKey(self.seed)
        self.chance = Random(f"{seed}/{index}")  # noqa: S311 -- a simulation must repeat from its seed
        self.observer = observer
        self._incarnation = 0
        self._count = 0
        self._lives = 0
        self._began_s = float("-inf")
        self._ids: set[EntryId] = set()
        self._oldest_s: float = float("inf")
        self._nearly_old: Set[bytes] = frozenset()
        self._kept: list[tuple[float, Sequence[SignedEntry]]] = []
        node.keys = {membership.lock}
        self.hold(membership.founding)

    @abstractmethod
    def begin(self) -> None:
        """Start talking."""

    @abstractmethod
    def end(self) -> None:
        """Fall silent, and forget what was not committed."""

    @abstractmethod
    def announce(self, signed: SignedEntry) -> None:
        """Tell others of a new entry of this board's own."""

    @abstractmethod
    def went_back(self, at_s: float) -> None:
        """Take note that the ledger is that of an earlier moment."""

    @property
    def now_s(self) -> float:
        """The virtual time."""
        return self.node.mesh.now

    @property
    def ids(self) -> Set[EntryId]:
        """The ids of everything stored here."""
        return self._ids

    def hold(self, entries: Iterable[SignedEntry]) -> Sequence[SignedEntry]:
        """Commit entries; return those that are new."""
        new = self.store.append(entries)
        if new:
            self._kept.append((self.now_s, new))
            self._take_in(new)
        return new

    def start(self) -> None:
        """Start the process, unless it runs."""
        if not self.is_up:
            self.is_up = True
            self._lives += 1
            self._began_s = self.now_s if self._lives > 1 else float("-inf")  # the first one ran for long
            self._forget()
            self.begin()
            self._forget_hourly(self._lives)

    def stop(self) -> None:
        """End the process without warning; what is committed stays."""
        self.is_up = False
        self._lives += 1
        self.end()

    def crash(self, on_back: Callable[[], None], *, age_s: float | None = None) -> None:
        """End the process and come back a minute later, with the ledger of `age_s` ago when that is given."""
        self.stop()
        if age_s is not None:
            self._restore(self.now_s - age_s)
        lives = self._lives

        def come_back() -> None:
            if self._lives == lives:  # else it crashed again, or left, in that minute
                self.start()
                on_back()

        self.node.mesh.schedule(AWAY_S, come_back)

    def write(self, fact: Fact) -> SignedEntry:
        """Commit an entry of this station's own and announce it."""
        log = LogId(self.key.author, self._incarnation)
        held = self.store.holdings().get(log)
        number = held.ranges[-1][1] + 1 if held else 1
        signed = self._sign(fact, number, Stamp(self._count + 1, self.clock.wall_s()))
        self.hold([signed])
        self.observer.wrote(self.index, signed, self.now_s)
        if self.is_up:
            self.announce(signed)
        return signed

    def is_old(self, signed: SignedEntry) -> bool:
        """Say whether an entry may soon be forgotten, as `station.running.forget_hourly` does."""
        if not is_about_a_post(signed.entry.fact):
            return False
        return self.clock.wall_s() is None or signed.entry.digest in self._nearly_old

    def has_arrived(self, entry_id: EntryId) -> bool:
        """Say whether an entry is stored here."""
        return entry_id in self._ids

    def latest_claims(self, post: PostId, most: int) -> tuple[ClaimId, ...]:
        """Return the claims on a post held here that no other one comes after, the latest first."""
        claims = [one.entry for one in self.store.everything() if _claims(one.entry, post)]
        passed = {
            seen for entry in claims if isinstance(entry.fact, PostClaimed) for seen in entry.fact.after
        }
        heads = [entry for entry in claims if entry.id not in passed]
        heads.sort(key=lambda entry: (entry.stamp.count, entry.digest), reverse=True)
        return tuple(ClaimId(entry.id) for entry in heads[:most])

    def _forget_hourly(self, life: int) -> None:
        def forget_again() -> None:
            if self._lives == life:
                self._forget()
                self._forget_hourly(life)

        self.node.mesh.schedule(FORGET_EVERY_S, forget_again)

    def _forget(self) -> None:
        """Forget what nobody needs any more, by the rule of every station."""
        wall_s = self.clock.wall_s()
        if wall_s is None or self._oldest_s + KEPT_AFTER_S > wall_s:
            return
        held = self.store.everything()
        newest: dict[AuthorId, int] = {}
        for entry in (signed.entry for signed in held):
            newest[entry.log.author] = max(newest.get(entry.log.author, 0), entry.stamp.time_s or 0)
        records = merge(signed.entry for signed in held).values()
        soon = [record for record in records if may_be_forgotten(record, wall_s + NEARLY_S)]
        self._nearly_old = {entry.digest for record in soon for entry in record.history}
        is_sure = self.clock.is_agreed() or self.now_s >= self._began_s + FORGET_EVERY_S
        sure_s = sure_time(wall_s, self.key.author, newest) if is_sure else None
        self.store.forget(old_entries(held, sure_s, self.store.forgotten()))

    def _take_in(self, entries: Sequence[SignedEntry]) -> None:
        self._ids |= {signed.entry.id for signed in entries}
        stamps = (signed.entry.stamp.time_s for signed in entries)
        self._oldest_s = min((self._oldest_s, *(time_s for time_s in stamps if time_s is not None)))
        self._count = max(self._count, *(signed.entry.stamp.count for signed in entries))

    def _sign(self, fact: Fact, number: int, stamp: Stamp) -> SignedEntry:
        log = LogId(self.key.author, self._incarnation)
        actor = Actor.member(self.key.author)
        drawn = self.chance.randbytes(SALT_KEY_BYTES)
        before = self.store.entries(log, number - 1, number - 1)
        link = link_after(before[0]) if before else FIRST_LINK
        circle = self.membership.circle.id
        key = self.store.salt_key(log, number) or drawn
        draft = Draft(circle, log, number, stamp, actor, fact, link=link, salt_key=key)
        return sign_entry(draft, self.key)

    def _restore(self, at_s: float) -> None:
        """Go back to the ledger of a moment; what is written from now on is a new incarnation's."""
        self._kept = [(kept_at, entries) for kept_at, entries in self._kept if kept_at <= max(at_s, 0.0)]
        counters = self.store.reserve_counters(0)
        self.store = MemoryStore(first_counter=counters + COUNTERS_AFTER_RESTORE)
        self._ids.clear()
        self._count = 0
        for _, entries in self._kept:
            self.store.append(entries)
            self._take_in(entries)
        self._incarnation += 1
        self.went_back(at_s)


def _claims(entry: Entry, post: PostId) -> bool:
    return isinstance(entry.fact, PostClaimed) and entry.fact.post == post
