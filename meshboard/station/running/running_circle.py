"""One circle of a running station: commits what is heard, settles what is due, says what may be said."""

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

from meshboard.domain.entries import SignedEntry
from meshboard.domain.ids import AuthorId, EntryId
from meshboard.domain.membership import Membership
from meshboard.figures import SENT_REMEMBERED, SETTLE_EVERY_S
from meshboard.ledger.circle.stations import Peer
from meshboard.link import FrameHeard, LinkStatus, SendRefused
from meshboard.station.board.contacts import ContactDesk
from meshboard.station.circle.desk import Desk
from meshboard.station.circle.settling import Settler
from meshboard.station.circle.upkeep import Upkeep
from meshboard.sync.engine import Engine
from meshboard.sync.events import (
    EntriesReceived,
    EntriesReturned,
    EntriesSent,
    EpochKeyReceived,
    Event,
    FrameRejected,
    OutgoingFrame,
    OwnLogBehind,
    RejectReason,
    StationHeard,
    StretchTold,
    TimeTold,
)
from meshboard.sync.holdings.ranges import includes
from meshboard.sync.holdings.stretches import hulls
from meshboard.trust.key_ring import KeyRing

_log = logging.getLogger("meshboard.station")


@dataclass(frozen=True, slots=True)
class Listeners:
    """Whom a running circle tells what."""

    changed: Callable[[], None]
    """Something to show changed."""
    trouble: Callable[[str], None]
    """A sentence on what this station cannot do just now."""
    time: Callable[[AuthorId, int], None]
    """A stamp that somebody who counts set just now."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a circle is like, read at one moment."""

    told: Membership
    ring: KeyRing
    has_contacts_due: bool
    of_circle: Sequence[Callable[[], object]]
    """What settles the circle."""


class RunningCircle:
    """Drives one circle's engine. Raises LedgerError where something could not be stored."""

    def __init__(self, desk: Desk, engine: Engine, told: Listeners) -> None:
        self.desk = desk
        self.engine = engine
        self._told = told
        self._upkeep = Upkeep(desk, engine)
        self._settler = Settler(desk)
        self._contacts = ContactDesk(desk)
        self.settle_at = float("-inf")
        """When to look what is due, although nothing was committed."""
        self._rejected: Counter[str] = Counter()
        self._unsent: dict[EntryId, int] = {}
        self._sent_ahead: set[int] = set()
        self._sent_lately: dict[EntryId, int] = {}
        self._peers: list[Peer] = []
        """Who spoke and is not kept yet: of a turn of the station all are, in one transaction."""

    @property
    def rejected(self) -> Mapping[str, int]:
        """Frames that changed nothing, by reason in words."""
        return {reason: count for reason, count in self._rejected.items() if count}

    def start(self) -> None:
        """Hand over what was committed while no station ran."""
        self.announce(self.desk.own_entries_after(self.desk.sent_through()))

    def note_node(self, status: LinkStatus) -> None:
        """Take note of what the radio's node does by itself."""
        if status.firmware:
            self.engine.note_node_signs(signs=status.signs_broadcasts)

    def announce(self, entries: Sequence[SignedEntry]) -> None:
        """Take new entries of this station's own, in whichever process they were written."""
        if entries:
            self._unsent.update({signed.entry.id: signed.entry.number for signed in entries})
            others = self._upkeep.say_farewell(entries)
            self.engine.announce(others, self._now())

    def take_back(self, refused: SendRefused) -> bool:
        """Offer again what a refused frame held; say whether it was this circle's."""
        return refused.frame is not None and self.engine.take_back(refused.frame, refused.why, self._now())

    def receive(self, heard: FrameHeard) -> bool:
        """Take in a frame that may be this circle's; return whether it was."""
        return self.engine.receive(
            heard.payload, heard.sender, self._now(), heard.hops, took_air=heard.took_air
        )

    def look(self) -> Look:
        """Look who counts, which key seals and what is due."""
        with self.desk.ledger.reading():
            self.desk.store.holdings()  # what the engine asks for next
            told, ring = self._upkeep.look()
            of_circle = self._settler.due(told, self._now())
            return Look(told, ring, bool(self._contacts.due()), of_circle)

    def settle(self, seen: Look) -> None:
        """Take note of what was seen, and write what is due."""
        self.settle_at = self._now() + SETTLE_EVERY_S
        self._upkeep.take(seen.told, seen.ring)
        if seen.has_contacts_due:
            self._contacts.settle()
        for act in seen.of_circle:
            act()
        if seen.of_circle:
            self._told.changed()
        if not (self._contacts.waits_for_time or self._settler.waits_for_time):
            self.settle_at = float("inf")

    def settle_soon(self) -> None:
        """Look within SETTLE_EVERY_S what is due: something else than entries was committed."""
        self.settle_at = min(self.settle_at, self._now() + SETTLE_EVERY_S)

    def advance(self) -> None:
        """Let time pass."""
        self.engine.handle_timer(self._now())
        if self._now() >= self.settle_at:
            self.settle_at = self._now() + SETTLE_EVERY_S
            self.settle(self.look())

    def next_frame(self) -> OutgoingFrame | None:
        """Return what to send now, None when nothing is due or allowed."""
        return self.engine.next_frame(self._now())

    def may_say_critical(self) -> bool:
        """Say whether a critical post may go out now."""
        return self.engine.may_say_critical(self._now())

    def drain(self) -> None:
        """Act on what the engine tells: store what came, remember what was sent.

        What is stored may bring back what was refused before, as long as somebody new counts.
        """
        while True:
            received, stretches = self._take_events()
            if not (received or stretches) or self._is_left():
                return
            if received:
                self._store(received)
            for told in stretches:  # after the entries by which they are believed
                self.desk.ledger.forgetting.take_stretch(self.desk.circle.id, told.log, told.stretch)

    def _is_left(self) -> bool:
        """Say whether another process forgot the circle just now: nothing of it is stored any more."""
        return all(circle.id != self.desk.circle.id for circle in self.desk.ledger.circles.all())

    def _now(self) -> float:
        return self.desk.clock.monotonic_s()

    def _take_events(self) -> tuple[list[SignedEntry], list[StretchTold]]:
        received: list[SignedEntry] = []
        stretches: list[StretchTold] = []
        while (event := self.engine.next_event()) is not None:
            if isinstance(event, EntriesReceived):
                received.extend(event.entries)
            elif isinstance(event, StretchTold):
                stretches.append(event)
            else:
                self._take(event)
        self._save_peers()
        return received, stretches

    def _take(self, event: Event) -> None:
        match event:
            case FrameRejected(reason=reason):
                self._rejected[reason.value] += 1
            case StationHeard():
                self._note_peer(event)
            case EntriesSent(ids=ids):
                self._note_sent(ids)
            case EntriesReturned(ids=ids):
                self._note_returned(ids)
            case OwnLogBehind():
                self._told.trouble(
                    "Another board says that it remembers more of this station than is here: this ledger is "
                    "an old copy, or that board lies. What is missing is being asked for."
                )
            case EpochKeyReceived():
                self._upkeep.take_key(event)
                self._told.changed()
            case TimeTold():
                self._told.time(event.author, event.time_s)
            case EntriesReceived() | StretchTold():
                pass
            case _:
                assert_never(event)

    def _store(self, entries: list[SignedEntry]) -> None:
        """Commit what was received; then others may hear of it."""
        result = self.desk.ledger.append(entries, self.desk.clock.wall_s())
        if any(signed.entry.log == self.desk.read_log() for signed in result.new):
            # Our own signature on entries we lack proves that this ledger is an old copy: write to a new log
            # from now on, so that no number is used twice.
            self.desk.ledger.circles.begin_incarnation(self.desk.circle.id)
        if result.refused:
            forked = self._upkeep.note_refused(result.refused, self.desk.membership())
            self._rejected[RejectReason.FORKED_AGAIN.value] += forked
        if result.membership_changed:
            self._upkeep.take(*self._upkeep.look())
        if result.new:
            self._told.changed()

    def _note_peer(self, heard: StationHeard) -> None:
        if heard.author is None:
            return
        agreed_seq = self.desk.ledger.last_seq() if heard.agrees else 0
        self._peers.append(
            Peer(heard.author, heard.node, heard.counter, self.desk.clock.wall_s(), agreed_seq)
        )

    def _save_peers(self) -> None:
        peers, self._peers = self._peers, []
        if peers:
            self.desk.ledger.stations.save_peers(self.desk.circle.id, peers)
            self._told.changed()

    def _note_sent(self, ids: Sequence[EntryId]) -> None:
        """Move the mark up to which everything was handed to the radio; urgent entries may go ahead."""
        sent = {entry: self._unsent.pop(entry) for entry in ids if entry in self._unsent}
        self._sent_ahead.update(sent.values())
        self._sent_lately = dict([*self._sent_lately.items(), *sent.items()][-SENT_REMEMBERED:])
        with self.desk.ledger.reading():
            mark = before = self.desk.sent_through()
            forgotten = hulls(self.desk.store.stretches(self.desk.read_log()))
        while mark + 1 in self._sent_ahead or includes(
            forgotten, mark + 1
        ):  # what is gone is not sent any more
            mark += 1
            self._sent_ahead.discard(mark)
        if mark != before:
            self.desk.remember_sent_through(mark)
            self._told.changed()

    def _note_returned(self, ids: Sequence[EntryId]) -> None:
        """Move the mark back before what the node refused: it is unsent again."""
        returned = {entry: self._sent_lately.pop(entry) for entry in ids if entry in self._sent_lately}
        if not returned:
            return
        self._unsent.update(returned)
        mark, first = self.desk.sent_through(), min(returned.values())
        self._sent_ahead.update(range(first, mark + 1))
        self._sent_ahead.difference_update(returned.values())
        if mark >= first:
            self.desk.remember_sent_through(first - 1)
            self._told.changed()
