"""A lossy network in virtual time: one seed decides every loss, delay and duplicate."""

import heapq
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from meshboard.domain.circle_facts import StationIntroduced
from meshboard.domain.entries import (
    Fact,
    LogId,
    PostPublished,
    SignedEntry,
    Stamp,
)
from meshboard.domain.forgetting import may_be_forgotten, old_entries
from meshboard.domain.merge import merge
from meshboard.domain.people import Actor
from meshboard.domain.posts import Category, PostContent, PostKind, Urgency
from meshboard.figures import NEARLY_S
from meshboard.link import NodeNumber
from meshboard.sync.engine import Engine
from meshboard.sync.events import (
    EntriesReceived,
    Event,
    OutgoingFrame,
    StationHeard,
    StretchTold,
)
from meshboard.sync.memory_store import MemoryStore
from meshboard.sync.setup import EngineConfig, EngineSetup, TrustSetup
from meshboard.trust.boxes import BoxKey
from meshboard.trust.circle import Circle, make_circle
from meshboard.trust.identity import AuthorKey
from meshboard.trust.key_ring import KeyRing
from meshboard.trust.seal import DoorSeal, FrameSeal
from meshboard.wire.entry_bytes import FIRST_LINK, Draft, link_after, sign_entry
from meshboard.wire.salts import SALT_KEY_BYTES

CIRCLE = make_circle("Elm Street", bytes(range(32)), AuthorKey(b"\xff" * 32).author)
DOOR = DoorSeal(CIRCLE)
SEAL = FrameSeal(CIRCLE.id, CIRCLE.epoch, CIRCLE.epoch_key)
RING = KeyRing.of(CIRCLE)
NODE = NodeNumber(77)
OPENING_S = 1_763_800_000
HOPLESS = EngineConfig(hop_limit=0)
BOX_KEY = b"k" * 32
_SEEDS = [number.to_bytes(32, "big") for number in range(64)] + [
    bytes([number]) * 32 for number in range(256)
]
MEMBERS = {AuthorKey(seed).author: b"" for seed in _SEEDS}
"""Everybody a test has write something: all are vouched for, and none ever lacks a key."""


def trust_of(seed: bytes, circle: Circle = CIRCLE) -> TrustSetup:
    """Return what a station knows of a circle in which all were let in before anything is said."""
    return TrustSetup(KeyRing.of(circle), DoorSeal(circle), BoxKey(seed, circle.id), MEMBERS, lambda: ())


class Station:
    """A store that survives and an engine that does not."""

    ahead_s: int | None = 0
    """How far its clock is ahead, None when it has no believable time."""

    def __init__(self, index: int, chance: random.Random, config: EngineConfig, circle: Circle) -> None:
        self.index = index
        self.key = AuthorKey(index.to_bytes(32, "big"))
        self.store = MemoryStore()
        self.events: list[Event] = []
        self.heard: dict[bytes, int] = {}
        self.nearly_old: set[bytes] = set()
        self._chance, self._config, self._circle = chance, config, circle
        self.start(0.0)

    def start(self, now_s: float) -> None:
        self.engine = Engine(
            EngineSetup(
                self._circle,
                self.key.author,
                self.store,
                self._chance,
                self._config,
                heard=dict(self.heard),
                may_be_forgotten=self.is_old,
                trust=trust_of(self.index.to_bytes(32, "big"), self._circle),
            ),
            now_s,
        )

    def is_old(self, signed: SignedEntry) -> bool:
        """Say whether an entry is about to be forgotten, as it found when it last looked."""
        return self.ahead_s is None or signed.entry.digest in self.nearly_old

    def forget(self, now_s: float) -> None:
        """Forget as a ledger does."""
        if self.ahead_s is None:
            return
        held, time_s = self.store.everything(), OPENING_S + int(now_s) + self.ahead_s
        records = merge(signed.entry for signed in held).values()
        soon = [record for record in records if may_be_forgotten(record, time_s + NEARLY_S)]
        self.nearly_old = {entry.digest for record in soon for entry in record.history}
        self.store.forget(old_entries(held, time_s, self.store.forgotten()))

    def write(self, fact: Fact, now_s: float, incarnation: int = 0, number: int | None = None) -> SignedEntry:
        signed = self.draft(fact, incarnation, number)
        self.store.append([signed])
        self.engine.announce([signed], now_s)
        return signed

    def draft(self, fact: Fact, incarnation: int = 0, number: int | None = None) -> SignedEntry:
        log = LogId(self.key.author, incarnation)
        held = self.store.holdings().get(log)
        count = 1 + max((signed.entry.stamp.count for signed in self.store.everything()), default=0)
        place = number or (held.ranges[-1][1] + 1 if held else 1)
        drawn = self._chance.randbytes(SALT_KEY_BYTES)
        return sign_entry(
            Draft(
                circle=self._circle.id,
                log=log,
                number=place,
                stamp=Stamp(count, OPENING_S + count),
                actor=Actor.member(self.key.author),
                fact=fact,
                link=link_in(self.store, log, place),
                salt_key=self.store.salt_key(log, place) or drawn,
            ),
            self.key,
        )

    def drain(self) -> None:
        while (event := self.engine.next_event()) is not None:
            self.events.append(event)
            if isinstance(event, EntriesReceived):
                self.store.append(event.entries)
            if isinstance(event, StretchTold):
                self.store.take_stretch(event.log, event.stretch)
            if isinstance(event, StationHeard):
                self.heard[event.head] = event.counter


@dataclass(order=True)
class _Happening:
    at: float
    order: int
    do: Callable[[], None] = field(compare=False)


class Network:
    """Stations, who hears whom, and everything that happens between them."""

    def __init__(
        self,
        seed: int,
        count: int,
        loss: float = 0.0,
        config: EngineConfig = HOPLESS,
        hears: Callable[[int, int, float], bool] = lambda _a, _b, _t: True,
    ) -> None:
        self.chance = random.Random(seed)
        self.loss = loss
        self.hears = hears
        self.now_s = 0.0
        self.utilisation: float | None = 0.0  # what every node says of the channel; None = it says nothing
        self.sent: list[tuple[float, int, OutgoingFrame]] = []
        self.stations = [Station(index, self.chance, config, CIRCLE) for index in range(count)]
        self._agenda: list[_Happening] = []
        self._order = 0
        self._armed: Counter[int] = Counter()
        for station in self.stations:
            station.write(StationIntroduced(f"Station {station.index}", BOX_KEY), 0.0)
            self.settle(station)

    def acquaint(self) -> None:
        """Let all have met before: everybody holds everybody's introduction."""
        introductions = [signed for station in self.stations for signed in station.store.everything()]
        for station in self.stations:
            station.store.append(introductions)

    def at(self, when_s: float, do: Callable[[], None]) -> None:
        self._order += 1
        heapq.heappush(self._agenda, _Happening(when_s, self._order, do))

    def write(self, index: int, fact: Fact) -> SignedEntry:
        signed = self.stations[index].write(fact, self.now_s)
        self.settle(self.stations[index])
        return signed

    def restart(self, index: int) -> None:
        self.stations[index].start(self.now_s)
        self.settle(self.stations[index])

    def settle(self, station: Station) -> None:
        """Do what a shell does after every input: drain, send, arm the timer."""
        if self.utilisation is not None:
            station.engine.note_channel_utilisation(self.utilisation, self.now_s)
        station.drain()
        while (frame := station.engine.next_frame(self.now_s)) is not None:
            self.sent.append((self.now_s, station.index, frame))
            self._broadcast(station.index, frame)
        station.drain()
        self._armed[station.index] += 1
        ticket = self._armed[station.index]
        timer = station.engine.next_timer()
        assert timer is not None
        if timer < float("inf"):
            self.at(max(timer, self.now_s + 0.001), lambda: self._on_timer(station, ticket))

    def run(self, until_s: float) -> None:
        while self._agenda and self._agenda[0].at <= until_s:
            happening = heapq.heappop(self._agenda)
            self.now_s = max(self.now_s, happening.at)
            happening.do()
        self.now_s = until_s

    def run_until_same(self, limit_s: float, step_s: float = 1.0) -> float:
        """Run until all stores are the same; return how long it took, at most `limit_s`."""
        started_s = self.now_s
        while not self.all_same() and self.now_s - started_s < limit_s:
            self.run(self.now_s + step_s)
        return self.now_s - started_s

    def all_same(self) -> bool:
        first, *others = (contents(station) for station in self.stations)
        return all(other == first for other in others)

    def _on_timer(self, station: Station, ticket: int) -> None:
        if self._armed[station.index] == ticket:
            station.engine.handle_timer(self.now_s)
            self.settle(station)

    def _broadcast(self, sender: int, frame: OutgoingFrame) -> None:
        for station in self.stations:
            if station.index == sender or not self.hears(sender, station.index, self.now_s):
                continue
            copies = 1 + (self.chance.random() < 0.05)
            for _ in range(copies):
                if self.chance.random() >= self.loss:
                    delay_s = frame.air_s + self.chance.uniform(0.0, 3.0)
                    self.at(self.now_s + delay_s, self._reception(station, sender, frame.payload))

    def _reception(self, station: Station, sender: int, payload: bytes) -> Callable[[], None]:
        def receive() -> None:
            station.engine.receive(payload, NodeNumber(0x1000 + sender), self.now_s)
            self.settle(station)

        return receive


def contents(station: Station) -> Sequence[tuple[LogId, int, bytes]]:
    """Return what a station holds, to compare."""
    return [(one.entry.log, one.entry.number, one.entry.digest) for one in station.store.everything()]


def link_in(store: MemoryStore, log: LogId, number: int) -> bytes:
    """Return the link of the next entry of a log; zeros where the one before it is not held."""
    before = [one for one in store.everything() if (one.entry.log, one.entry.number) == (log, number - 1)]
    return link_after(before[0]) if before else FIRST_LINK


def line(first: int, second: int, _now_s: float) -> bool:
    """Say who hears whom when stations stand in a line."""
    return abs(first - second) == 1


def post(text: str, urgency: Urgency = Urgency.NORMAL) -> Fact:
    return PostPublished(PostContent(PostKind.NEED, Category.WATER, urgency, text))
