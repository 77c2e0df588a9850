"""The engine of one circle: frames, entries and time in; frames, events and the next timer out.

Sans-IO, after aioquic's connection: it never sends, sleeps or stores. The shell feeds it with `receive`,
`announce` and `handle_timer`, drains `next_event` (and stores what came), then sends what `next_frame`
gives, then arms one timer by `next_timer`. What is said when: docs/protocol.md, section 7.

The shell also calls
- `note_refused` with the entries of an `EntriesReceived` that the ledger did not take because their authors
  do not count: those are kept and come again in an `EntriesReceived` once their authors do;
- `note_members` whenever who counts, or a box key, has changed (after every append that changed membership);
- `change_keys` with the new ring on `EpochKeyReceived`, when membership names another current epoch, and when
  this station begins one: then with those who are to have the key, and its own EpochBegun as `farewell`.
  The farewell goes out here and need not be announced. While `ring.current` is None nothing is sealed.
"""

from collections import deque
from collections.abc import Mapping, Sequence

from meshboard.domain.entries import SignedEntry
from meshboard.domain.ids import AuthorId
from meshboard.link import NodeNumber, Refusal
from meshboard.sync.air.governor import Grade, Spent
from meshboard.sync.air.held import Held
from meshboard.sync.events import EntriesReturned, EntriesSent, Event, OutgoingFrame
from meshboard.sync.hearing.hearing import Hearing
from meshboard.sync.lanes import findings
from meshboard.sync.lanes.lanes import Lanes
from meshboard.sync.setup import EngineSetup
from meshboard.trust.key_ring import KeyRing


class Engine:
    """Keeps the stations of one circle in agreement."""

    def __init__(self, setup: EngineSetup, now_s: float) -> None:
        self._events: deque[Event] = deque()
        self._lanes = Lanes(setup, now_s)
        self._hearing = Hearing(setup, self._lanes, self._events.append)
        self._keys = self._lanes.keys
        voice = self._lanes.voice
        self._air = voice.air
        self._governor = self._air.governor
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
        return self._hearing.receive(frame, sender, hops, now_s, took_air=took_air)

    def note_foreign(self, frame: bytes, now_s: float) -> None:
        """Note that a frame on our port that no key opens was on the air."""
        self._now_s = now_s
        self._air.note_foreign(len(frame), now_s)

    def announce(self, entries: Sequence[SignedEntry], now_s: float) -> None:
        """Take new entries of this station's own that are committed: say them after their rest."""
        self._now_s = now_s
        self._lanes.announce(entries, now_s)

    def note_refused(self, entries: Sequence[SignedEntry], now_s: float) -> None:
        """Keep entries that were refused because nobody vouched for their author yet; at most 256."""
        self._now_s = now_s
        self._hearing.refuse(entries)

    def note_members(self, members: Mapping[AuthorId, bytes], now_s: float) -> None:
        """Take note of who counts now, each with its box key; give back what was refused of those who do."""
        self._now_s = now_s
        self._keys.note_members(members, now_s)
        self._hearing.look_who_counts()

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
        self._lanes.change_keys(ring, recipients, farewell, now_s)

    def next_frame(self, now_s: float) -> OutgoingFrame | None:
        """Return the next frame to broadcast now, None when there is none; call again until None.

        It counts as sent, unless `take_back` says otherwise: call only while the link would take it.
        """
        self._now_s = now_s
        frame = self._lanes.next_frame(now_s)
        if frame is not None and frame.ids:
            self._events.append(EntriesSent(frame.ids))
        return frame

    def take_back(self, payload: bytes, why: Refusal, now_s: float) -> bool:
        """Note that the node refused a frame: what it held waits again. Say whether it was this engine's."""
        self._now_s = now_s
        frame = self._lanes.take_back(payload, why, now_s)
        if frame is not None and frame.ids:
            self._events.append(EntriesReturned(frame.ids))
        return frame is not None

    def next_timer(self) -> float | None:
        """Return when to call `handle_timer` and `next_frame` next; a time that is past means now."""
        return self._lanes.next_timer(self._now_s)

    def handle_timer(self, now_s: float) -> None:
        """Let time pass."""
        self._now_s = now_s
        self._lanes.advance(now_s)

    def next_event(self) -> Event | None:
        """Return the next thing to tell the shell, None when there is nothing more."""
        return self._events.popleft() if self._events else None

    def rejoin(self, now_s: float) -> None:
        """Note that the link came up after a break: others may have spoken unheard, so speak up soon."""
        self._now_s = now_s
        self._lanes.tell(findings.LinkCameUp(), now_s)

    def note_channel_utilisation(self, share: float | None, now_s: float) -> None:
        """Note how busy the node says the channel is, 0.0 to 1.0; None = it does not say."""
        self._governor.note_channel_utilisation(share, now_s)

    def note_node_signs(self, *, signs: bool) -> None:
        """Note whether our node adds its own signature to short broadcasts, as firmware 2.8 does."""
        self._air.node_signs = signs

    def may_say_critical(self, now_s: float) -> bool:
        """Say whether something may go out now that goes as critical posts do."""
        return self._lanes.when(Grade.CRITICAL, now_s) <= now_s

    def waiting(self, now_s: float) -> Sequence[Held]:
        """Return what waits to be said, class by class, and what holds it back."""
        return self._lanes.waiting(now_s)

    def airtime_spent_s(self, now_s: float) -> float:
        """Return the seconds of own frames in the last hour."""
        return self._governor.spent_s(now_s)

    def airtime_left_s(self, now_s: float) -> float:
        """Return the seconds own frames may still take of this hour."""
        return self._governor.left_s(now_s)

    def airtime_log(self) -> tuple[Spent, ...]:
        """Return what was sent in the last hour, to be handed to the next start's setup."""
        return self._governor.log()
