"""A founded circle on the lossy network: real entries, membership and keys, and a shell as a station has."""

import random
from collections.abc import Callable, Iterable, Sequence

from meshboard.domain.circle_facts import (
    CircleFounded,
    Cut,
    EpochBegun,
    InviteMade,
    StationIntroduced,
    StationJoined,
    TrustFact,
)
from meshboard.domain.entries import Fact, LogId, SignedEntry, Stamp
from meshboard.domain.ids import AuthorId, EpochId, MemberKey, member_key
from meshboard.domain.people import Actor
from meshboard.domain.vouching import membership
from meshboard.sync.engine import Engine
from meshboard.sync.events import EntriesReceived, EpochKeyReceived, Event, StationHeard, StretchTold
from meshboard.sync.memory_store import MemoryStore
from meshboard.sync.setup import EngineConfig, EngineSetup, TrustSetup
from meshboard.trust.boxes import BoxKey
from meshboard.trust.circle import Circle, commitment_of, enter_circle, is_founder, make_circle
from meshboard.trust.identity import AuthorKey
from meshboard.trust.invite import Invite, invite_id_of, make_invite, prove
from meshboard.trust.key_ring import EpochKey, KeyRing
from meshboard.trust.seal import DoorSeal
from meshboard.wire.entry_bytes import Draft, sign_entry
from tests.support.engines.lossy_network import HOPLESS, OPENING_S, Network, Station, link_in

STRANGERS_KEPT = 2  # entries of an author nobody vouched for that a ledger keeps


def seed_of(index: int) -> bytes:
    return (index + 1).to_bytes(32, "big")


FOUNDER = AuthorKey(seed_of(0)).author
LOSS = 0.3
SETTLE_S = 300.0
QUIET_S = 200.0
CIRCLE = make_circle("Elm Street", bytes(range(32)), FOUNDER)
DOOR = DoorSeal(CIRCLE)


class CircleStation(Station):
    """An engine, its store, and what a station's shell does for a founded circle."""

    def __init__(
        self, index: int, chance: random.Random, config: EngineConfig = HOPLESS, circle: Circle = CIRCLE
    ) -> None:
        self.box = BoxKey(seed_of(index), circle.id)
        self.ring = KeyRing.of(circle)
        self.membership = membership(circle.id, lambda _author: False, ())
        self.refused = 0
        self.in_vain = 0
        self.now_s = 0.0
        super().__init__(index, chance, config, circle)

    def start(self, now_s: float) -> None:
        self.now_s = now_s
        if not isinstance(self.store, MemoryStore) or not hasattr(self, "engine"):
            self.key = AuthorKey(seed_of(self.index))
            self.store = MemoryStore(counts=self._counts)
        trust = TrustSetup(self.ring, DOOR, self.box, self.members(), self.facts)
        setup = EngineSetup(
            self._circle,
            self.key.author,
            self.store,
            self._chance,
            self._config,
            may_be_forgotten=self.is_old,
            trust=trust,
        )
        self.engine = Engine(setup, now_s)

    def members(self) -> dict[AuthorId, bytes]:
        standings = self.membership.standings
        return {author: standings[author].box_key for author in self.membership.members()}

    def others(self) -> list[AuthorId]:
        return [author for author in self.members() if author != self.key.author]

    def facts(self) -> Sequence[SignedEntry]:
        found = [one for one in self.store.everything() if isinstance(one.entry.fact, TrustFact)]
        return sorted(found, key=lambda one: (one.entry.stamp.count, one.entry.digest))

    def write(self, fact: Fact, now_s: float, incarnation: int = 0, number: int | None = None) -> SignedEntry:
        self.now_s = now_s
        signed = self.draft(fact, incarnation, number)
        self._append([signed])
        self.engine.announce([signed], now_s)
        return signed

    def draft(self, fact: Fact, incarnation: int = 0, number: int | None = None) -> SignedEntry:
        log = LogId(self.key.author, incarnation)
        own = [one.entry.number for one in self.store.everything() if one.entry.log == log]
        count = 1 + max((one.entry.stamp.count for one in self.store.everything()), default=0)
        return sign_entry(
            Draft(
                circle=self._circle.id,
                log=log,
                number=number or max(own, default=0) + 1,
                stamp=Stamp(count, OPENING_S + count),
                actor=Actor.member(self.key.author),
                fact=fact,
                salt=self._chance.randbytes(8),
                link=link_in(self.store, log, number or max(own, default=0) + 1),
            ),
            self.key,
        )

    def begin_epoch(self, removed: Iterable[AuthorId], now_s: float) -> SignedEntry:
        """Take these out and begin a new epoch, as a person at this station would."""
        self.now_s = now_s
        assert self._circle.epoch_id in self.membership.epochs
        key = self._chance.randbytes(32)
        parent = self.membership.epoch
        fact = EpochBegun(parent.id, commitment_of(self._circle.id, key), tuple(sorted(self._cuts(removed))))
        signed = self.draft(fact)
        epoch = EpochKey(EpochId(bytes(signed.entry.id)), parent.number + 1, key)
        self.ring = self.ring.with_key(epoch)
        self._append([signed], farewell=[signed])
        return signed

    def drain(self) -> None:
        while (event := self.engine.next_event()) is not None:
            self.events.append(event)
            self._take(event)

    def _take(self, event: Event) -> None:
        if isinstance(event, EntriesReceived):
            self._receive(event.entries)
        elif isinstance(event, StretchTold):
            self.store.take_stretch(event.log, event.stretch)
        elif isinstance(event, EpochKeyReceived):
            self.ring = self.ring.with_key(event.epoch)
            self._look_at_membership(())
        elif isinstance(event, StationHeard):
            self.heard[event.head] = event.counter

    def _receive(self, entries: Iterable[SignedEntry]) -> None:
        left = list(entries)
        while taken := [signed for signed in left if self._may_store(signed)]:
            left = [signed for signed in left if signed not in taken]
            self._append(taken)
        self.refused += len(left)
        self.engine.note_refused(left, self.now_s)

    def _may_store(self, signed: SignedEntry) -> bool:
        entry = signed.entry
        is_early = entry.log.incarnation == 0 and entry.number <= STRANGERS_KEPT
        return is_early or self._counts(entry.log, entry.number)

    def _counts(self, log: LogId, number: int) -> bool:
        return log.author == self.key.author or self.membership.counts(log, number)

    def _append(self, entries: Sequence[SignedEntry], farewell: Sequence[SignedEntry] = ()) -> None:
        self.store.append(entries)
        if any(isinstance(signed.entry.fact, TrustFact) for signed in entries):
            self._look_at_membership(farewell)

    def _look_at_membership(self, farewell: Sequence[SignedEntry]) -> None:
        facts = [signed.entry for signed in self.facts()]
        before, self.membership = self.membership, membership(CIRCLE.id, is_founder_here, facts)
        if not hasattr(self, "engine"):
            return
        self.store.note_counts()
        if before.standings != self.membership.standings:
            self.engine.note_members(self.members(), self.now_s)
        ring = self._fitting_ring()
        if ring != self.ring or ring != self.engine_ring or farewell:
            self.ring = self.engine_ring = ring
            recipients = self.others() if farewell else ()
            self.engine.change_keys(ring, recipients, farewell, now_s=self.now_s)
        current = self.membership.epoch
        if self.membership.is_rekey_due and current.begun_by == self.key.author and ring.current:
            self.begin_epoch(self._never_told_out(), self.now_s)

    engine_ring: KeyRing | None = None

    def _fitting_ring(self) -> KeyRing:
        """Return the ring without keys that do not fit, sealing with the current epoch's."""
        epochs = self.membership.epochs
        keys = tuple(
            key
            for key in self.ring.keys
            if key.id not in epochs
            or not epochs[key.id].commitment
            or epochs[key.id].commitment == commitment_of(CIRCLE.id, key.key)
        )
        # who came in later seals with the key it was given until it has heard how that epoch began
        is_known = self._circle.epoch_id in epochs
        current = self.membership.epoch.id if is_known else self._circle.epoch_id
        return KeyRing(CIRCLE.id, keys, None).sealing_with(current)

    def _never_told_out(self) -> Iterable[AuthorId]:
        """Return who is out and was given the current key nevertheless, on the other side of a partition."""
        told: set[MemberKey] = set()
        at: EpochId | None = self.membership.epoch.id
        while at is not None:
            told |= self.membership.epochs[at].removed
            at = self.membership.epochs[at].parent
        standings = self.membership.standings.values()
        return [one.author for one in standings if one.removed_by and member_key(one.author) not in told]

    def _cuts(self, removed: Iterable[AuthorId]) -> Iterable[Cut]:
        for author in removed:
            own = [one.entry.number for one in self.store.everything() if one.entry.log == LogId(author)]
            yield Cut(member_key(author), 0, max(own, default=0))


def is_founder_here(author: AuthorId) -> bool:
    return is_founder(CIRCLE, author)


class CircleNetwork(Network):
    """Stations of one founded circle, all let in and settled unless said otherwise."""

    station_type: type[CircleStation] = CircleStation

    def __init__(
        self,
        seed: int,
        count: int,
        loss: float = 0.0,
        config: EngineConfig = HOPLESS,
        hears: Callable[[int, int, float], bool] = lambda _a, _b, _t: True,
    ) -> None:
        super().__init__(seed, 0, loss, config, hears)
        self._config = config
        founder = self.station_type(0, self.chance, config)
        self.stations = [founder]
        founder.write(CircleFounded("Station 0", "UTC", founder.box.public), 0.0)
        self.settle(founder)
        for index in range(1, count):
            self.let_in(index)

    def let_in(self, index: int, by: int = 0) -> CircleStation:
        """Have a member invite a new station, which joins by the epoch that member is in."""
        return self.join(index, self.invite(by))

    def invite(self, by: int = 0) -> Invite:
        """Have a member make an invite for one, which shows the key of the epoch that member is in."""
        current = self.member(by).ring.current
        assert current is not None
        circle = enter_circle(CIRCLE, current.number, current.id, current.key)
        invite = make_invite(circle, self.chance.randbytes(16))
        self.write(by, InviteMade(invite_id_of(invite), 1, None))
        return invite

    def join(self, index: int, invite: Invite) -> CircleStation:
        """Let a new station join by an invite."""
        joiner = self.station_type(index, self.chance, self._config, invite.circle)
        joiner.start(self.now_s)
        self.stations.append(joiner)
        joiner.write(StationIntroduced(f"Station {index}", joiner.box.public), self.now_s)
        joined: StationJoined = prove(invite, joiner.key.author)
        joiner.write(joined, self.now_s)
        self.settle(joiner)
        return joiner

    def member(self, index: int) -> CircleStation:
        station = self.stations[index]
        assert isinstance(station, CircleStation)
        return station

    def members(self) -> list[CircleStation]:
        return [self.member(index) for index in range(len(self.stations))]

    def begin_epoch(self, index: int, *removed: int) -> SignedEntry:
        authors = [self.stations[one].key.author for one in removed]
        signed = self.member(index).begin_epoch(authors, self.now_s)
        self.settle(self.stations[index])
        return signed

    def settle(self, station: Station) -> None:
        assert isinstance(station, CircleStation)
        station.now_s = self.now_s
        super().settle(station)

    def agree(self, *indices: int) -> bool:
        """Say whether these stations hold the same counted entries and the same current key."""
        chosen = [self.member(index) for index in indices]
        return len({(_held(one), one.ring.current) for one in chosen}) == 1 and all(
            one.ring.current is not None for one in chosen
        )

    def run_until_agreed(self, limit_s: float, *indices: int) -> float:
        """Run until these stations agree; return how long it took, at most `limit_s`."""
        started_s = self.now_s
        while not self.agree(*indices) and self.now_s - started_s < limit_s:
            self.run(self.now_s + 1.0)
        return self.now_s - started_s


def _held(station: CircleStation) -> tuple[tuple[LogId, object], ...]:
    return tuple(sorted(station.store.holdings().items(), key=lambda pair: pair[0]))


def circle_of(count: int, seed: int = 1) -> CircleNetwork:
    """Return stations that all hold the same, without loss so far."""
    network = CircleNetwork(seed, count)
    assert network.run_until_agreed(900.0, *range(count)) < 900.0
    network.run(network.now_s + SETTLE_S)
    network.sent.clear()
    return network
