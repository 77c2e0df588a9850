"""A station in virtual time: the real engine and an in-memory store behind a simulated node."""

from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass
from hashlib import sha256
from random import Random
from typing import Protocol

from meshboard.domain.circle_facts import StationIntroduced
from meshboard.domain.entries import Entry, Fact, LogId, PostClaimed, SignedEntry, Stamp
from meshboard.domain.ids import ClaimId, EntryId, PostId
from meshboard.domain.people import Actor
from meshboard.link import NodeNumber
from meshboard.sim.frames import ChannelLock
from meshboard.sim.trial.node import PlainNode
from meshboard.sync.engine import Engine
from meshboard.sync.events import EntriesReceived, OutgoingFrame, StationHeard
from meshboard.sync.governor import Spent
from meshboard.sync.memory import MemoryStore
from meshboard.sync.setup import EngineConfig, EngineSetup
from meshboard.trust.circle import Circle
from meshboard.trust.identity import AuthorKey
from meshboard.wire.entries import FIRST_LINK, Draft, link_after, sign_entry

STARTS_AT_S = 1_800_000_000  # Unix seconds at virtual time 0; any late enough will do
QUEUE_KEPT_FREE = 4  # places of the node's queue that its relays need
TELEMETRY_EVERY_S = 60.0  # firmware: the node tells its client once a minute how busy the channel is
AWAY_S = 60.0  # how long a crashed station is away; BENCHMARK.md section 1
COUNTERS_AFTER_RESTORE = 1 << 20  # docs/protocol.md, section 6
SHORTEST_WAIT_S = 0.05  # between two looks at the engine, so that a timer that is past cannot spin


class Observer(Protocol):
    """Who takes note of what a station does."""

    def wrote(self, station: "SimStation", signed: SignedEntry) -> None:
        """Take note of a new entry, committed."""
        ...

    def stored(self, station: "SimStation", entries: Sequence[SignedEntry]) -> None:
        """Take note of entries that came by air and are committed."""
        ...

    def said(self, station: "SimStation", frame: OutgoingFrame) -> None:
        """Take note of a frame handed to the node."""
        ...


@dataclass(frozen=True, slots=True)
class Membership:
    """What stations of one circle share."""

    circle: Circle
    lock: ChannelLock
    config: EngineConfig


class SimStation:
    """One station; its clock may lie, its process may die, its ledger may be an old one."""

    def __init__(
        self, index: int, node: PlainNode, membership: Membership, seed: int, observer: Observer
    ) -> None:
        self.index = index
        self.node = node
        self.membership = membership
        self.clock_offset_s = 0.0
        self.store = MemoryStore()
        self.is_up = False
        self.key = AuthorKey(sha256(f"meshboard simulated station {seed}/{index}".encode()).digest())
        self._chance = Random(f"{seed}/{index}")  # noqa: S311 -- a simulation must repeat from its seed
        self._observer = observer
        self._incarnation = 0
        self._count = 0
        self._ids: set[EntryId] = set()
        self._kept: list[tuple[float, Sequence[SignedEntry]]] = []
        self._heard: dict[bytes, int] = {}
        self._spent: tuple[Spent, ...] = ()
        self._engine: Engine | None = None
        self._timer_at = float("inf")
        node.keys = {membership.lock}
        node.on_payload = self._take
        self._tell_utilisation()

    @property
    def now_s(self) -> float:
        """The virtual time."""
        return self.node.mesh.now

    @property
    def ids(self) -> Set[EntryId]:
        """The ids of everything stored here."""
        return self._ids

    def wall_s(self) -> int:
        """Return what this station's clock shows, Unix seconds."""
        return int(STARTS_AT_S + self.now_s + self.clock_offset_s)

    def introduction(self) -> SignedEntry:
        """Return this station's first entry, which all of its circle hold from the start."""
        return self._sign(StationIntroduced(f"Station {self.index}"), 1, Stamp(1, STARTS_AT_S))

    def hold(self, entries: Iterable[SignedEntry]) -> Sequence[SignedEntry]:
        """Commit entries; return those that are new."""
        new = self.store.append(entries)
        if new:
            self._kept.append((self.now_s, new))
            self._ids |= {signed.entry.id for signed in new}
            self._count = max(self._count, *(signed.entry.stamp.count for signed in new))
        return new

    def start(self) -> None:
        """Start the process, with what was kept of the hour's airtime and of others' counters."""
        setup = EngineSetup(
            self.membership.circle,
            self.key.author,
            self.store,
            self._chance,
            self.membership.config,
            heard=dict(self._heard),
            spent=self._spent,
        )
        self._engine = Engine(setup, self.now_s)
        self.is_up = True
        self._work()

    def stop(self) -> None:
        """End the process without warning; what is committed stays."""
        if self._engine is not None:
            self._spent = self._engine.airtime_log()
        self._engine = None
        self.is_up = False
        self._timer_at = float("inf")

    def crash(self, on_back: Callable[[], None], *, age_s: float | None = None) -> None:
        """End the process and come back a minute later, with the ledger of `age_s` ago when that is given."""
        self.stop()
        if age_s is not None:
            self._restore(self.now_s - age_s)

        def come_back() -> None:
            self.start()
            on_back()

        self.node.mesh.schedule(AWAY_S, come_back)

    def write(self, fact: Fact) -> SignedEntry:
        """Commit an entry of this station's own and announce it."""
        log = LogId(self.key.author, self._incarnation)
        held = self.store.holdings().get(log)
        number = held.ranges[-1][1] + 1 if held else 1
        signed = self._sign(fact, number, Stamp(self._count + 1, self.wall_s()))
        self.hold([signed])
        self._observer.wrote(self, signed)
        if self._engine is not None:
            self._engine.announce([signed], self.now_s)
            self._work()
        return signed

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

    def _sign(self, fact: Fact, number: int, stamp: Stamp) -> SignedEntry:
        log = LogId(self.key.author, self._incarnation)
        actor = Actor.member(self.key.author)
        salt = self._chance.randbytes(8)
        before = self.store.entries(log, number - 1, number - 1)
        link = link_after(before[0]) if before else FIRST_LINK
        circle = self.membership.circle.id
        return sign_entry(Draft(circle, log, number, stamp, actor, fact, salt, link), self.key)

    def _restore(self, at_s: float) -> None:
        """Go back to the ledger of a moment; what is written from now on is a new incarnation's."""
        self._kept = [(kept_at, entries) for kept_at, entries in self._kept if kept_at <= at_s]
        counters = self.store.reserve_counters(0)
        self.store = MemoryStore(first_counter=counters + COUNTERS_AFTER_RESTORE)
        self._ids.clear()
        for _, entries in self._kept:
            self.store.append(entries)
            self._ids |= {signed.entry.id for signed in entries}
        self._incarnation += 1

    def _work(self) -> None:
        """Do what is due, and come back when the engine wants to."""
        engine, now_s = self._engine, self.now_s
        if engine is None:
            return
        engine.handle_timer(now_s)
        self._drain(engine)
        while self.node.radio.queue_free > QUEUE_KEPT_FREE and (frame := engine.next_frame(now_s)):
            self._observer.said(self, frame)
            self.node.broadcast(frame.payload, self.membership.lock, frame.hop_limit)
        self._drain(engine)
        self._come_back_at(max(engine.next_timer() or now_s + 60.0, now_s + SHORTEST_WAIT_S))

    def _come_back_at(self, timer_at: float) -> None:
        if timer_at >= self._timer_at > self.now_s:
            return  # an earlier call is on its way and will look again
        self._timer_at = timer_at

        def due() -> None:
            if self._timer_at == timer_at:
                self._timer_at = float("inf")
                self._work()

        self.node.mesh.schedule(timer_at - self.now_s, due)

    def _take(self, payload: bytes, sender: NodeNumber, hops: int) -> None:
        if self._engine is not None:
            self._engine.receive(payload, sender, self.now_s, hops)
            self._work()

    def _drain(self, engine: Engine) -> None:
        while (event := engine.next_event()) is not None:
            if isinstance(event, EntriesReceived):
                self._observer.stored(self, self.hold(event.entries))
            elif isinstance(event, StationHeard):
                self._heard[event.head] = max(event.counter, self._heard.get(event.head, 0))

    def _tell_utilisation(self) -> None:
        if self._engine is not None:
            self._engine.note_channel_utilisation(self.node.radio.channel_utilisation, self.now_s)
        self.node.mesh.schedule(TELEMETRY_EVERY_S, self._tell_utilisation)


def _claims(entry: Entry, post: PostId) -> bool:
    return isinstance(entry.fact, PostClaimed) and entry.fact.post == post
