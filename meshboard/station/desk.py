"""The desk: one circle of one ledger, as this process works on it."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from meshboard.clock import Clock
from meshboard.domain.entries import Fact, LogId, SignedEntry, Stamp, StationIntroduced
from meshboard.domain.people import Actor
from meshboard.ledger.circles import Identity
from meshboard.ledger.ledger import Ledger
from meshboard.trust.circle import Circle
from meshboard.wire.entries import SALT_BYTES, Draft, sign_entry


@dataclass(frozen=True, slots=True)
class Desk:
    """A ledger, one of its circles, and who this station is in it."""

    ledger: Ledger
    circle: Circle
    clock: Clock

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

    def write(self, fact: Fact, actor: Actor) -> SignedEntry:
        """Sign a fact as this station's next entry and commit it; it is safe on the disk afterwards."""

        def build(number: int, count: int) -> SignedEntry:
            identity = (
                self.identity
            )  # read under the write lock: no other process can begin a new log meanwhile
            stamp = Stamp(count, self.clock.wall_s())
            salt = secrets.token_bytes(SALT_BYTES)
            draft = Draft(self.circle.id, identity.log, number, stamp, actor, fact, salt)
            return sign_entry(draft, identity.key)

        return self.ledger.append_own(self.circle.id, build, self.clock.wall_s())

    def introduce(self, name: str) -> SignedEntry:
        """Write what this station wants to be called."""
        return self.write(StationIntroduced(name), self.member)

    def sent_through(self) -> int:
        """Return the number up to which this log's entries were handed to the radio."""
        return int(self.ledger.circles.setting(self._sent_key()) or 0)

    def remember_sent_through(self, number: int) -> None:
        """Remember it, across restarts and for other processes."""
        self.ledger.circles.remember(self._sent_key(), str(number))

    def own_entries_after(self, number: int) -> Sequence[SignedEntry]:
        """Return the entries of this station's log with higher numbers."""
        log, store = self.log, self.ledger.store(self.circle.id)
        held = store.holdings().get(log)
        last = held.ranges[-1][1] if held else 0
        return store.entries(log, number + 1, last) if last > number else ()

    def _sent_key(self) -> str:
        return f"sent through {self.circle.id.hex()} {self.log.incarnation}"
