"""The desk: one circle of one ledger, as this process works on it."""

import secrets
from collections.abc import Mapping, Sequence

from meshboard.clock import Clock
from meshboard.domain.entries import Fact, LogId, SignedEntry, Stamp
from meshboard.domain.ids import AuthorId, CircleId
from meshboard.domain.membership import Membership
from meshboard.domain.names import distinct_names
from meshboard.domain.people import Actor
from meshboard.ledger.circle.circles import Identity
from meshboard.ledger.circle.remembered import CHOSEN_CIRCLE, Setting, sent_through
from meshboard.ledger.ledger import Ledger
from meshboard.link import MAX_FRAME_BYTES
from meshboard.station.air.frame_limit import frame_limit
from meshboard.trust.circle import Circle
from meshboard.trust.key_ring import EpochKey
from meshboard.wire.entry_bytes import Draft, sign_entry
from meshboard.wire.salts import SALT_KEY_BYTES


class Desk:
    """A ledger, one of its circles, and who this station is in it."""

    def __init__(
        self, ledger: Ledger, circle: Circle, clock: Clock, configured_frame_bytes: int = MAX_FRAME_BYTES
    ) -> None:
        """Sit down at it; LedgerError when this station is not in the circle.

        `configured_frame_bytes`: as `config.toml` says, for front ends; an engine is told by its setup.
        """
        self.ledger = ledger
        self.writing = ledger.writing
        self.circle = circle
        self.clock = clock
        self.configured_frame_bytes = configured_frame_bytes
        self.store = ledger.store(circle.id)
        self.circles = ledger.circles
        self._remembered = ledger.remembered
        self.author = self.read_identity().log.author
        self.member = Actor.member(self.author)

    def read_identity(self) -> Identity:
        """Return who this station is and which log it writes, which other processes may change."""
        return self.circles.identity(self.circle.id)

    def read_log(self) -> LogId:
        """Return the log this station writes now."""
        return self.read_identity().log

    def read_frame_limit(self) -> int:
        """Return the most bytes of a frame of ours, which the node may change."""
        return frame_limit(self.ledger, self.configured_frame_bytes)

    def write(self, fact: Fact, actor: Actor) -> SignedEntry:
        """Sign a fact as this station's next entry and commit it; it is safe on the disk afterwards."""

        def build(number: int, count: int) -> SignedEntry:
            # read under the write lock: no other process can begin a new log meanwhile
            identity = self.read_identity()
            draft = Draft(
                circle=self.circle.id,
                log=identity.log,
                number=number,
                stamp=Stamp(count, self.clock.wall_s()),
                actor=actor,
                fact=fact,
                link=self.store.next_link(identity.log, number),
                salt_key=self.store.salt_key(identity.log, number) or secrets.token_bytes(SALT_KEY_BYTES),
            )
            return sign_entry(draft, identity.key)

        return self.ledger.append_own(self.circle.id, build, self.clock.wall_s())

    def station_names(self) -> Mapping[AuthorId, str]:
        """Return what stations are called on screens: no two look the same, strangers' names included."""
        stations = self.ledger.stations
        return distinct_names(stations.names(self.circle.id))

    def membership(self) -> Membership:
        """Return who counts in the circle and which key holds, as the entries held here tell."""
        members = self.ledger.members
        return members.membership(self.circle.id)

    def epoch_keys(self, *, shown_only: bool = False) -> tuple[EpochKey, ...]:
        """Return the circle's keys known here, the first epoch's first; as in `Circles.epoch_keys`."""
        return self.circles.epoch_keys(self.circle.id, shown_only=shown_only)

    def sent_through(self) -> int:
        """Return the number up to which this log's entries were handed to the radio."""
        return self._remembered.read(self._sent())

    def remember_sent_through(self, number: int) -> None:
        """Remember it, across restarts and for other processes."""
        self._remembered.keep(self._sent(), number)

    def own_entries_after(self, number: int) -> Sequence[SignedEntry]:
        """Return the entries of this station's log with higher numbers."""
        log = self.read_log()
        held = self.store.holdings().get(log)
        last = held.ranges[-1][1] if held else 0
        return self.store.entries(log, number + 1, last) if last > number else ()

    def _sent(self) -> Setting[int]:
        return sent_through(self.circle.id, self.read_log().incarnation)


def chosen_circle(ledger: Ledger) -> CircleId | None:
    """Return the circle that front ends open when none is named: the one chosen, else the first joined."""
    ids = [circle.id for circle in ledger.circles.all()]
    chosen = ledger.remembered.read(CHOSEN_CIRCLE)
    return chosen if chosen in ids else next(iter(ids), None)


def choose_circle(ledger: Ledger, circle: CircleId) -> None:
    """Remember which circle front ends open when none is named."""
    ledger.remembered.keep(CHOSEN_CIRCLE, circle)
