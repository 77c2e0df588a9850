"""A station that crashes at the worst moment, is brought back from old copies, and whose clock jumps."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from meshboard.domain.entries import Fact, LogId, SignedEntry, Stamp
from meshboard.domain.people import Actor
from meshboard.domain.vouching import membership
from meshboard.station.vault.backups import COUNTERS_AHEAD
from meshboard.sync.engine import Engine
from meshboard.sync.memory_store import MemoryStore
from meshboard.sync.setup import EngineSetup, TrustSetup
from meshboard.trust.key_ring import KeyRing
from meshboard.trust.seal import DoorSeal
from meshboard.wire.entry_bytes import Draft, sign_entry
from tests.support.engines.circle_network import CIRCLE, CircleStation, is_founder_here
from tests.support.engines.lossy_network import OPENING_S


class Moment(Enum):
    """When a station loses its power."""

    BEFORE_COMMIT = "before commit"
    AFTER_COMMIT = "after commit"


class PowerLost(Exception):  # noqa: N818 - not an error of anybody's
    """The power went; what was not committed is gone."""


@dataclass(frozen=True, slots=True)
class Copy:
    """What was on a station's disk at one time."""

    entries: tuple[SignedEntry, ...]
    next_counter: int
    heard: dict[bytes, int]
    ring: KeyRing
    incarnation: int


class Survivor(CircleStation):
    """Keeps on its disk what a real station keeps there, and loses everything else with its power."""

    is_on = True
    incarnation = 0
    clock_error_s: int | None = 0
    """How wrong its clock is, None when it knows that it has no believable time."""
    loses_power: Moment | None = None
    """When it next commits something, it does not get further than this."""

    def start(self, now_s: float) -> None:
        if not hasattr(self, "engine"):
            super().start(now_s)
            return
        self.now_s = now_s
        self.membership = membership(CIRCLE.id, is_founder_here, [signed.entry for signed in self.facts()])
        self.store.note_counts()
        self.ring = self.engine_ring = self._fitting_ring()
        trust = TrustSetup(self.ring, DoorSeal(self._circle), self.box, self.members(), self.facts)
        setup = EngineSetup(
            self._circle,
            self.key.author,
            self.store,
            self._chance,
            self._config,
            heard=dict(self.heard),
            spent=self.engine.airtime_log(),
            trust=trust,
        )
        self.engine = Engine(setup, now_s)

    @property
    def log(self) -> LogId:
        """The log it writes."""
        return LogId(self.key.author, self.incarnation)

    def copy(self) -> Copy:
        """Return what is on its disk."""
        next_counter = self.store.reserve_counters(0)
        return Copy(self.store.everything(), next_counter, dict(self.heard), self.ring, self.incarnation)

    def restore(self, copy: Copy, *, is_noticed: bool) -> None:
        """Have an older disk; `is_noticed`: by `meshboard restore`, which begins a new incarnation."""
        ahead = COUNTERS_AHEAD if is_noticed else 0
        self.store = MemoryStore(copy.next_counter + ahead, self._counts)
        self.store.append(copy.entries)
        self.heard = dict(copy.heard)
        self.ring = copy.ring
        self.incarnation = copy.incarnation + is_noticed

    def draft(self, fact: Fact, incarnation: int = 0, number: int | None = None) -> SignedEntry:
        held = self.store.everything()
        log = LogId(self.key.author, incarnation or self.incarnation)
        own = [one.entry.number for one in held if one.entry.log == log]
        count = 1 + max((one.entry.stamp.count for one in held), default=0)
        error_s = self.clock_error_s
        return sign_entry(
            Draft(
                circle=self._circle.id,
                log=log,
                number=number or max(own, default=0) + 1,
                stamp=Stamp(count, None if error_s is None else OPENING_S + int(self.now_s) + error_s),
                actor=Actor.member(self.key.author),
                fact=fact,
                salt=self._chance.randbytes(8),
            ),
            self.key,
        )

    def _receive(self, entries: Iterable[SignedEntry]) -> None:
        held = {one.entry.digest for one in self.store.everything()}
        super()._receive(entries)
        taken = [one for one in self.store.everything() if one.entry.digest not in held]
        if any(one.entry.log == self.log for one in taken):
            self.incarnation += 1  # as the shell does: own entries that were lacking prove an old copy

    def _append(self, entries: Sequence[SignedEntry], farewell: Sequence[SignedEntry] = ()) -> None:
        if entries and self.loses_power is Moment.BEFORE_COMMIT:
            raise PowerLost
        if entries and self.loses_power is Moment.AFTER_COMMIT:
            self.store.append(entries)
            raise PowerLost
        super()._append(entries, farewell)
