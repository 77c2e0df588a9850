"""The desk: one circle of one ledger, as this process works on it."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from meshboard.clock import Clock
from meshboard.domain.circle_facts import StationIntroduced
from meshboard.domain.entries import Fact, LogId, SignedEntry, Stamp
from meshboard.domain.ids import AuthorId, CircleId
from meshboard.domain.membership import Membership
from meshboard.domain.names import distinct_names
from meshboard.domain.people import Actor, TextId
from meshboard.ledger.circle.circles import Identity
from meshboard.ledger.circle.remembered import CHOSEN_CIRCLE, Setting, sent_through
from meshboard.ledger.ledger import Ledger, OwnWriting
from meshboard.link import MAX_FRAME_BYTES
from meshboard.station.air.frame_limit import frame_limit
from meshboard.trust.circle import Circle
from meshboard.wire.entry_bytes import Draft, sign_entry
from meshboard.wire.salts import SALT_KEY_BYTES


@dataclass(frozen=True, slots=True)
class Desk:
    """A ledger, one of its circles, and who this station is in it."""

    ledger: Ledger
    circle: Circle
    clock: Clock
    configured_frame_bytes: int = MAX_FRAME_BYTES
    """The most bytes of a frame, as `config.toml` says: for front ends; an engine is told by its setup."""

    @property
    def max_frame_bytes(self) -> int:
        """The most bytes of a frame of ours; read anew: the node may tell something else."""
        return frame_limit(self.ledger, self.configured_frame_bytes)

    @property
    def identity(self) -> Identity:
        """Who this station is and which log it writes; read anew: other processes may change it."""
        return self.ledger.circles.identity(self.circle.id)

    @property
    def log(self) -> LogId:
        """The log this station writes."""
        return self.identity.log

    @property
    def member(self) -> Actor:
        """The station's own member."""
        return Actor.member(self.log.author)

    def write(
        self,
        fact: Fact,
        actor: Actor,
        check: Callable[[], None] = lambda: None,
        asked_by: tuple[TextId, ...] = (),
    ) -> SignedEntry:
        """Sign a fact as this station's next entry and commit it; it is safe on the disk afterwards.

        `check` is called under the write lock; what it raises leaves everything as it was. `asked_by` are
        remembered with it: a text that was acted on is known as such, whenever the process is killed.
        """
        sign = self.signing(fact, actor)

        def build(number: int, count: int) -> SignedEntry:
            check()
            return sign(number, count)

        with self.writing() as own:
            for text in asked_by:
                own.keep_text(text)
            return own.write(build)

    def writing(self) -> AbstractContextManager[OwnWriting]:
        """Write several facts, and the keys that belong to them, in one transaction."""
        return self.ledger.writing_own(self.circle.id, self.clock.wall_s())

    def signing(self, fact: Fact, actor: Actor) -> Callable[[int, int], SignedEntry]:
        """Return what signs a fact for a place in the log; to be called by the ledger as it writes."""

        def build(number: int, count: int) -> SignedEntry:
            # read under the write lock: no other process can begin a new log meanwhile
            identity = self.identity
            stamp = Stamp(count, self.clock.wall_s())
            store = self.ledger.store(self.circle.id)
            draft = Draft(
                circle=self.circle.id,
                log=identity.log,
                number=number,
                stamp=stamp,
                actor=actor,
                fact=fact,
                link=store.next_link(identity.log, number),
                salt_key=store.salt_key(identity.log, number) or secrets.token_bytes(SALT_KEY_BYTES),
            )
            return sign_entry(draft, identity.key)

        return build

    def introduce(self, name: str) -> SignedEntry:
        """Write what this station wants to be called, in a circle of version 0.1."""
        return self.write(StationIntroduced(name), self.member)

    def station_names(self) -> Mapping[AuthorId, str]:
        """Return what stations are called on screens: no two look the same, strangers' names included."""
        return distinct_names(self.ledger.stations.names(self.circle.id))

    def membership(self) -> Membership:
        """Return who counts in the circle and which key holds, as the entries held here tell."""
        return self.ledger.members.membership(self.circle.id)

    def sent_through(self) -> int:
        """Return the number up to which this log's entries were handed to the radio."""
        return self.ledger.remembered.read(self._sent())

    def remember_sent_through(self, number: int) -> None:
        """Remember it, across restarts and for other processes."""
        self.ledger.remembered.keep(self._sent(), number)

    def own_entries_after(self, number: int) -> Sequence[SignedEntry]:
        """Return the entries of this station's log with higher numbers."""
        log, store = self.log, self.ledger.store(self.circle.id)
        held = store.holdings().get(log)
        last = held.ranges[-1][1] if held else 0
        return store.entries(log, number + 1, last) if last > number else ()

    def _sent(self) -> Setting[int]:
        return sent_through(self.circle.id, self.log.incarnation)


def chosen_circle(ledger: Ledger) -> CircleId | None:
    """Return the circle that front ends open when none is named: the one chosen, else the first joined."""
    ids = [circle.id for circle in ledger.circles.all()]
    chosen = ledger.remembered.read(CHOSEN_CIRCLE)
    return chosen if chosen in ids else next(iter(ids), None)


def choose_circle(ledger: Ledger, circle: CircleId) -> None:
    """Remember which circle front ends open when none is named."""
    ledger.remembered.keep(CHOSEN_CIRCLE, circle)
