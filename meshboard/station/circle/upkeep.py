"""Keep an engine told of who counts and which key seals, as the ledger has it."""

import logging
from collections.abc import Mapping, Sequence

from meshboard.domain.circle_facts import EpochBegun
from meshboard.domain.entries import SignedEntry
from meshboard.domain.ids import AuthorId, EpochId
from meshboard.domain.membership import Membership
from meshboard.figures import MAX_EARLY_KEYS
from meshboard.station.circle.desk import Desk
from meshboard.station.circle.keys import may_be_right, ring_of
from meshboard.sync.engine import Engine
from meshboard.sync.events import EpochKeyReceived
from meshboard.trust.key_ring import KeyRing

_log = logging.getLogger("meshboard.station")


class Upkeep:
    """Looks after one engine."""

    def __init__(self, desk: Desk, engine: Engine) -> None:
        self._desk = desk
        self._clock = desk.clock
        self._circles = desk.ledger.circles
        self._stations = desk.ledger.stations
        self._engine = engine
        self._told: Membership | None = None
        _, self._ring = self.look()

    def look(self) -> tuple[Membership, KeyRing]:
        """Return who counts now, and the keys that are held."""
        with self._desk.ledger.reading():
            told = self._desk.membership()
            return told, ring_of(self._desk, told)

    def take(self, told: Membership, ring: KeyRing) -> None:
        """Tell the engine what has changed since the last time."""
        self._note_members(told)
        self._change_keys(told, ring, ())

    def say_farewell(self, entries: Sequence[SignedEntry]) -> list[SignedEntry]:
        """End the epochs that own new entries end; return the other entries."""
        ends = [signed for signed in entries if isinstance(signed.entry.fact, EpochBegun)]
        if ends:
            told, ring = self.look()
            self._note_members(told)
            self._change_keys(told, ring, ends)
        return [signed for signed in entries if signed not in ends]

    def note_refused(self, refused: Sequence[SignedEntry], told: Membership) -> int:
        """Let the engine keep what nobody vouched for yet; return how many were refused for good."""
        waiting = [signed for signed in refused if not told.is_member(signed.entry.author)]
        if waiting:
            self._engine.note_refused(waiting, self._now())
        return len(refused) - len(waiting)

    def take_key(self, received: EpochKeyReceived) -> None:
        """Keep a key somebody who counts gave us, unless it is wrong or one early key too many."""
        told, key, circle = self._desk.membership(), received.epoch, self._desk.circle
        if not may_be_right(self._desk, told, key):
            _log.warning("a key given to this station does not fit its epoch; it was ignored")
            return
        early = [one for one in self._desk.epoch_keys() if one.id not in told.epochs]
        if key.id not in told.epochs and len(early) >= MAX_EARLY_KEYS:
            return
        self._circles.add_epoch_key(circle.id, key, received.given_by, self._clock.wall_s())
        self.take(*self.look())

    def _note_members(self, told: Membership) -> None:
        if told != self._told:
            self._engine.note_members(members_of(told), self._now())
        self._told = told

    def _change_keys(self, told: Membership, ring: KeyRing, ends: Sequence[SignedEntry]) -> None:
        if ring == self._ring and not ends:
            return
        self._ring = ring
        begun = {EpochId(bytes(signed.entry.id)) for signed in ends}
        me = self._desk.author
        is_ours = ring.current is not None and told.epoch.id in begun
        recipients = [author for author in told.members() if author != me] if is_ours else []
        self._engine.change_keys(ring, recipients, ends, now_s=self._now())
        if ring.current is not None:
            self._stations.begin_counters(ring.circle, ring.current.id)

    def _now(self) -> float:
        return self._clock.monotonic_s()


def members_of(told: Membership) -> Mapping[AuthorId, bytes]:
    """Return who counts, each with the key that epoch keys are sealed to."""
    return {author: told.standings[author].box_key for author in told.members()}
