"""The engine of one circle: frames, entries and time in; frames, events and the next timer out.

Sans-IO, after aioquic's connection: it never sends, sleeps or stores. The shell feeds it with `receive`,
`announce` and `handle_timer`, drains `next_event` (and stores what came), then sends what `next_frame`
gives, then arms one timer by `next_timer`. What is said when: docs/protocol.md, section 7.

In a founded circle (`EngineSetup.trust`) the shell also calls
- `note_refused` with the entries of an `EntriesReceived` that the ledger did not take because their authors
  do not count: those are kept and come again in an `EntriesReceived` once their authors do;
- `note_members` whenever who counts, or a box key, has changed (after every append that changed membership);
- `change_keys` with the new ring on `EpochKeyReceived`, when membership names another current epoch, and when
  this station begins one: then with those who are to have the key, and its own EpochBegun as `farewell`.
  The farewell goes out here and need not be announced. While `ring.current` is None nothing is sealed.
"""

from collections import deque
from collections.abc import Mapping, Sequence

from meshboard.domain.entries import Entry, SignedEntry
from meshboard.domain.ids import AuthorId
from meshboard.errors import TrustError, WireError
from meshboard.link import NodeNumber, Refusal
from meshboard.sync.air.governor import Grade, Spent
from meshboard.sync.entries.outbox import is_basic
from meshboard.sync.events import (
    EntriesReceived,
    EntriesReturned,
    EntriesSent,
    Event,
    FrameRejected,
    OutgoingFrame,
    RejectReason,
    TimeTold,
)
from meshboard.sync.hearing.answering import Answering
from meshboard.sync.hearing.intake import Intake
from meshboard.sync.hearing.reader import is_sealed_otherwise, reason_of
from meshboard.sync.hearing.reconciling import Reconciliation
from meshboard.sync.held import Held
from meshboard.sync.setup import EngineSetup
from meshboard.sync.voice import Voice
from meshboard.trust.key_ring import KeyRing
from meshboard.wire.frames import Entries, Hello, Keys, Reminder
from meshboard.wire.framing import Opened, open_frame


class Engine:
    """Keeps the stations of one circle in agreement."""

    def __init__(self, setup: EngineSetup, now_s: float) -> None:
        self._door = setup.trust.door if setup.trust else None
        self._farthest = setup.config.hop_limit
        self._voice = Voice(setup, now_s)
        self._intake = Intake(setup, self._voice)
        self._events: deque[Event] = deque()
        tell = self._events.append
        self._reconciliation = Reconciliation(setup, self._voice, self._intake.stretches, tell)
        self._answering = Answering(setup, self._voice, self._reconciliation, tell)
        self._now_s = now_s

    def receive(
        self,
        frame: bytes,
        sender: NodeNumber,
        now_s: float,
        hops: int | None = None,
        *,
        took_air: bool = True,
    ) -> bool:
        """Take in a frame heard on our port, whatever its bytes; never raises for them.

        `hops` is how many relays it passed, None where the packet does not say; `took_air`: whether it came
        by radio. Return whether a key of this circle opens it; of one that no circle of the radio opens, tell
        one engine by `note_foreign`.
        """
        self._now_s = now_s
        try:
            opened = open_frame(frame, self._voice.doors.ring, self._door)
        except (WireError, TrustError) as error:
            self._reject(reason_of(error), sender)
            if is_sealed_otherwise(error, frame):
                self._voice.doors.on_unopened(now_s)
            return False
        if took_air:
            self._voice.note_heard(len(frame), hops, now_s)
        self._take_in(opened, sender, hops)
        return True

    def note_foreign(self, frame: bytes, now_s: float) -> None:
        """Note that a frame on our port that no key opens was on the air."""
        self._now_s = now_s
        self._voice.note_foreign(len(frame), now_s)

    def _take_in(self, opened: Opened, sender: NodeNumber, hops: int | None) -> None:
        said, epoch, doors = opened.frame, opened.epoch, self._voice.doors
        farthest = self._farthest if hops is None else min(hops, self._farthest)
        if isinstance(said, Hello):
            reason = doors.on_hello(said, farthest, self._now_s)
            if reason is not None:
                self._reject(reason, sender)
        elif isinstance(said, Keys):
            event = doors.on_keys(said, sender, self._now_s)
            if event is not None:
                self._events.append(event)
        elif isinstance(said, Entries):
            is_behind = epoch is not None and doors.is_behind(epoch, self._now_s)
            self._take_entries(said, sender, farthest, is_behind=is_behind)
        elif isinstance(said, Reminder):
            if epoch is not None and not doors.is_behind(epoch, self._now_s):
                self._answering.on_reminder(said, self._now_s)
        elif epoch is not None and self._answering.is_fresh(said, epoch.id, sender, self._now_s):
            if doors.is_behind(epoch, self._now_s):
                self._answering.on_word_behind(said, epoch, sender, farthest, self._now_s)
            else:
                self._voice.reach.note(said.speaker.head, hops, self._now_s)
                self._answering.on_word(said, sender, hops or 0, self._now_s)

    def announce(self, entries: Sequence[SignedEntry], now_s: float) -> None:
        """Take new entries of this station's own that are committed: say them after their rest."""
        self._now_s = now_s
        for signed in entries:
            self._voice.announce(signed, now_s)
        if entries:
            has_basic = any(is_basic(signed.entry) for signed in entries)
            self._voice.trickle.check_news(now_s, is_basic=has_basic)

    def note_refused(self, entries: Sequence[SignedEntry], now_s: float) -> None:
        """Keep entries that were refused because nobody vouched for their author yet; at most 256."""
        self._now_s = now_s
        self._events.extend(self._intake.refuse(entries))

    def note_members(self, members: Mapping[AuthorId, bytes], now_s: float) -> None:
        """Take note of who counts now, each with its box key; give back what was refused of those who do."""
        self._now_s = now_s
        self._voice.doors.note_members(members, now_s)
        self._events.extend(self._intake.take_vouched())

    def change_keys(
        self,
        ring: KeyRing,
        recipients: Sequence[AuthorId] = (),
        farewell: Sequence[SignedEntry] = (),
        *,
        now_s: float,
    ) -> None:
        """Go on with another key ring; see the module for when.

        First the farewell goes out in the epochs it ends, then the current key to the recipients, who must
        be members; only then anything is sealed with it. What waits to be said goes out under the new key.
        """
        self._now_s = now_s
        self._voice.change_keys(ring, recipients, farewell, now_s)

    def next_frame(self, now_s: float) -> OutgoingFrame | None:
        """Return the next frame to broadcast now, None when there is none; call again until None.

        It counts as sent, unless `take_back` says otherwise: call only while the link would take it.
        """
        self._now_s = now_s
        frame = self._voice.next_frame(now_s)
        if frame is not None and frame.ids:
            self._events.append(EntriesSent(frame.ids))
        return frame

    def take_back(self, payload: bytes, why: Refusal, now_s: float) -> bool:
        """Note that the node refused a frame: what it held waits again. Say whether it was this engine's."""
        self._now_s = now_s
        frame = self._voice.take_back(payload, why, now_s)
        if frame is not None and frame.ids:
            self._events.append(EntriesReturned(frame.ids))
        return frame is not None

    def next_timer(self) -> float | None:
        """Return when to call `handle_timer` and `next_frame` next; a time that is past means now."""
        return self._voice.next_timer(self._now_s)

    def handle_timer(self, now_s: float) -> None:
        """Let time pass."""
        self._now_s = now_s
        self._voice.advance(now_s)

    def next_event(self) -> Event | None:
        """Return the next thing to tell the shell, None when there is nothing more."""
        return self._events.popleft() if self._events else None

    def rejoin(self, now_s: float) -> None:
        """Note that the link came up after a break: others may have spoken unheard, so speak up soon."""
        self._now_s = now_s
        self._voice.trickle.reset(now_s)
        self._voice.doors.rejoin(now_s)

    def note_channel_utilisation(self, share: float | None, now_s: float) -> None:
        """Note how busy the node says the channel is, 0.0 to 1.0; None = it does not say."""
        self._voice.governor.note_channel_utilisation(share, now_s)

    def note_node_signs(self, *, signs: bool) -> None:
        """Note whether our node adds its own signature to short broadcasts, as firmware 2.8 does."""
        self._voice.node_signs = signs

    def may_say_critical(self, now_s: float) -> bool:
        """Say whether something may go out now that goes as critical posts do."""
        return self._voice.when(Grade.CRITICAL, now_s) <= now_s

    def waiting(self, now_s: float) -> Sequence[Held]:
        """Return what waits to be said, class by class, and what holds it back."""
        return self._voice.waiting(now_s)

    def airtime_spent_s(self, now_s: float) -> float:
        """Return the seconds of own frames in the last hour."""
        return self._voice.governor.spent_s(now_s)

    def airtime_left_s(self, now_s: float) -> float:
        """Return the seconds own frames may still take of this hour."""
        return self._voice.governor.left_s(now_s)

    def airtime_log(self) -> tuple[Spent, ...]:
        """Return what was sent in the last hour, to be handed to the next start's setup."""
        return self._voice.governor.log()

    def _reject(self, reason: RejectReason, node: NodeNumber) -> None:
        self._events.append(FrameRejected(reason, node))

    def _take_entries(self, said: Entries, sender: NodeNumber, hops: int, *, is_behind: bool) -> None:
        events = self._intake.take_in(said, sender, self._now_s, hops=hops, is_behind=is_behind)
        new = [
            signed.entry for event in events if isinstance(event, EntriesReceived) for signed in event.entries
        ]
        self._reconciliation.note_came(new)
        self._events.extend(events)
        if said.told is not None and new and not is_behind:
            head = said.items[0].head
            self._voice.reach.note_news(head, hops, self._now_s)
            self._reconciliation.resolve_beside_news(head, said.told, new, hops, self._now_s)
            self._note_time(head, new)

    def _note_time(self, head: bytes, news: Sequence[Entry]) -> None:
        """Tell the shell how late it is by the clock of who speaks: only authors tell behind their news."""
        counts = self._voice.doors.members.counts
        own = [entry for entry in news if entry.log.author.startswith(head) and counts(entry.log.author)]
        stamps = [(entry.stamp.time_s, entry.log.author) for entry in own if entry.stamp.time_s is not None]
        if stamps:
            time_s, author = max(stamps)
            self._events.append(TimeTold(author, time_s))
