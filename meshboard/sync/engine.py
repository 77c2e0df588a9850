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
from collections.abc import Iterable, Mapping, Sequence

from meshboard.domain.entries import LogId, SignedEntry
from meshboard.domain.ids import AuthorId, EpochId
from meshboard.errors import TrustError, WireError
from meshboard.link import NodeNumber, Refusal
from meshboard.sync.bulk import is_much
from meshboard.sync.events import (
    EntriesReceived,
    EntriesReturned,
    EntriesSent,
    Event,
    FrameRejected,
    OutgoingFrame,
    OwnLogBehind,
    RejectReason,
    StationHeard,
)
from meshboard.sync.forks import MOST_BESIDE, SMALL_PIECE, differing_pieces, is_finest
from meshboard.sync.governor import Spent
from meshboard.sync.hearing import EpochSpeakers, is_sealed_otherwise, reason_of
from meshboard.sync.held import Held
from meshboard.sync.intake import Intake
from meshboard.sync.limits import AnswerLimit
from meshboard.sync.ranges import Ranges, count_of, with_number
from meshboard.sync.repair import Lacking
from meshboard.sync.said import Disagreements
from meshboard.sync.setup import EngineSetup
from meshboard.sync.summary import Differences, Holdings, compare, place_of, state_of
from meshboard.sync.telling import ToldDifferences, compare_told, told_by_log
from meshboard.sync.voice import Voice
from meshboard.trust.epochs import EpochKey, KeyRing
from meshboard.wire.frames import (
    HEAD_BYTES,
    Ask,
    Beacon,
    Entries,
    Hello,
    Keys,
    LogLine,
    Place,
    Request,
    Speaker,
    Summary,
    Told,
)
from meshboard.wire.framing import Opened, open_frame

MEETING_LOGS = 2  # of which another station holds more than we do: then groups meet, not one with a newcomer
BEHIND_HOURLY = 12  # words of one station in an epoch that is over that are answered, 36 of all


class Engine:
    """Keeps the stations of one circle in agreement."""

    def __init__(self, setup: EngineSetup, now_s: float) -> None:
        self._author = setup.author
        self._store = setup.store
        self._door = setup.trust.door if setup.trust else None
        self._farthest = setup.config.hop_limit
        self._voice = Voice(setup, now_s)
        self._intake = Intake(setup, self._voice)
        current = self._voice.doors.ring.current
        self._speakers = EpochSpeakers(current.id if current else None, setup.heard)
        self._answers = AnswerLimit(setup.config.timings.answers_s)
        self._answers_behind = AnswerLimit(3600.0, BEHIND_HOURLY, 3 * BEHIND_HOURLY)
        self._disagreements = Disagreements()
        self._behind: dict[LogId, int] = {}
        self._events: deque[Event] = deque()
        self._now_s = now_s

    def receive(self, frame: bytes, sender: NodeNumber, now_s: float, hops: int | None = None) -> None:
        """Take in a frame heard on our port, whatever its bytes; never raises for them.

        `hops` is how many relays it passed, None where the packet does not say.
        """
        self._now_s = now_s
        try:
            opened = open_frame(frame, self._voice.doors.ring, self._door)
        except (WireError, TrustError) as error:
            self._reject(reason_of(error), sender)
            if is_sealed_otherwise(error, frame):
                self._voice.doors.on_unopened(now_s)
            return
        self._voice.note_heard(len(frame), hops, now_s)
        self._take_in(opened, sender, hops)

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
        elif epoch is not None and self._is_fresh(said, epoch.id, sender):
            if doors.is_behind(epoch, self._now_s):
                self._on_word_behind(said, epoch, sender, farthest)
            else:
                self._voice.reach.note(sender, hops, self._now_s)
                self._on_word(said, sender, hops or 0)

    def announce(self, entries: Sequence[SignedEntry], now_s: float) -> None:
        """Take new entries of this station's own that are committed: say them after their rest."""
        self._now_s = now_s
        for signed in entries:
            self._voice.announce(signed, now_s)
        if entries:
            self._voice.trickle.check_news(now_s)

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

    def _is_fresh(self, said: Beacon | Summary | Request, epoch: EpochId, node: NodeNumber) -> bool:
        speaker = said.speaker
        is_own_head = speaker.head == self._author[:HEAD_BYTES]
        if is_own_head and self._voice.counters.is_own(speaker.counter):
            self._reject(RejectReason.OWN, node)
            return False
        reason = self._speakers.of(epoch).check(speaker, is_stranger=not self._store.authors(speaker.head))
        if reason is not None:
            self._reject(reason, node)
        if reason is RejectReason.STALE:
            self._note_stale(said)
        return reason is None

    def _take_entries(self, said: Entries, sender: NodeNumber, hops: int, *, is_behind: bool) -> None:
        events = self._intake.take_in(said, sender, self._now_s, hops=hops, is_behind=is_behind)
        new = [
            signed.entry for event in events if isinstance(event, EntriesReceived) for signed in event.entries
        ]
        self._look_after_own_log([(place_of(entry.log), entry.number) for entry in new])
        self._events.extend(events)
        if said.told is None or is_behind or not self._voice.is_crowded:
            return
        if any(entry.log.author.startswith(said.items[0].head) for entry in new):
            ours = {log: held.ranges for log, held in self._voice.visible(self._now_s).items()}
            for entry in new:
                ours[entry.log] = with_number(ours.get(entry.log, ()), entry.number)
            self._on_told(said.items[0].head, said.told, ours, hops, is_asked=False)

    def _on_told(
        self, head: bytes, told: Told, ours: Mapping[LogId, Ranges], hops: int, *, is_asked: bool
    ) -> bool:
        """Act on what somebody holds; return whether it could be compared with what is held here."""
        differences = compare_told(told, ours)
        self._voice.trickle.note_told()
        if differences is None:
            return False
        if not is_asked:
            self._note_neighbour(head, self._state_told(differences))
        self._voice.neighbours.note_knows_us(head)
        if self._is_much(differences.they_lack):
            self._voice.repairs.turn.note_lacks_much(head, self._now_s)
        is_for_all = len(differences.we_lack) >= MEETING_LOGS
        place = self._voice.neighbours.turn_after(head, self._author[:HEAD_BYTES], self._now_s)
        self._voice.repairs.give(
            differences, hops, self._now_s, is_asked=is_asked, is_for_all=is_for_all, place=place
        )
        self._voice.wants.want(differences.we_lack, self._now_s)
        self._look_after_own_log([(place_of(log), ranges[-1][1]) for log, ranges in differences.we_lack])
        if is_asked and differences.they_lack:
            self._voice.wants.note_coming(self._now_s)
        return not differences.is_none

    def _state_told(self, differences: ToldDifferences) -> bytes:
        """Return the state of who holds the same numbers as we do, as far as numbers tell; else none."""
        is_same = differences.is_none and differences.is_whole
        return state_of(self._voice.visible(self._now_s)) if is_same else b""

    def _on_word_behind(
        self, said: Beacon | Summary | Request, epoch: EpochKey, node: NodeNumber, hops: int
    ) -> None:
        """Help who does not know yet that its epoch is over; former members speak in it too.

        So nothing it says of what it holds is believed: it is given the key, and of the entries only the
        facts it can find the current epoch by; and it is told what is held here, so that it asks for them.
        """
        self._voice.doors.on_behind(said.speaker.head, epoch, hops, self._now_s)
        if not self._answers_behind.allows(said.speaker.head, self._now_s):
            self._reject(RejectReason.TOO_MANY, node)
        elif isinstance(said, Summary):
            lacking = compare(said, self._voice.visible(self._now_s)).they_lack
            self._voice.doors.on_summary_behind(said, lacking, hops, self._now_s)
        elif isinstance(said, Beacon) and said.state != state_of(self._voice.visible(self._now_s)):
            self._voice.summaries.want(self._now_s)

    def _on_word(self, said: Beacon | Summary | Request, node: NodeNumber, hops: int) -> None:
        if isinstance(said, Beacon):
            self._on_beacon(said, node, hops)
        elif not self._answers.allows(said.speaker.head, self._now_s):
            self._heard(said.speaker, None, node)
            self._reject(RejectReason.TOO_MANY, node)
        elif isinstance(said, Summary):
            self._on_summary(said, node, hops)
        else:
            self._heard(said.speaker, None, node)
            for ask in said.asks:
                self._answer(ask, hops)

    def _note_neighbour(self, head: bytes, state: bytes) -> None:
        self._voice.neighbours.note(head, state, self._now_s)
        self._voice.note_company(self._now_s)

    def _heard(self, speaker: Speaker, agrees: bool | None, node: NodeNumber) -> None:
        known = self._store.authors(speaker.head)
        author = known[0] if len(known) == 1 else None
        self._events.append(StationHeard(speaker.head, author, speaker.counter, agrees, node))

    def _on_beacon(self, beacon: Beacon, node: NodeNumber, hops: int) -> None:
        holdings = self._voice.visible(self._now_s)
        ours = state_of(holdings)
        self._note_neighbour(beacon.speaker.head, beacon.state)
        if beacon.state == ours:
            self._voice.neighbours.note_knows_us(beacon.speaker.head)
        self._heard(beacon.speaker, beacon.state == ours, node)
        self._note_agreement(beacon.speaker, is_same=beacon.state == ours)
        if beacon.state == ours:
            self._voice.was_said_by_another()
        elif self._voice.is_crowded and self._is_told_apart(beacon, holdings, hops):
            return
        elif not self._is_passing(beacon.speaker.head):
            self._differ(ours, beacon.state)
            self._voice.summaries.want(self._now_s)

    def _is_told_apart(self, beacon: Beacon, holdings: Holdings, hops: int) -> bool:
        """Say whether the numbers a beacon tells show the difference, and act on them."""
        if beacon.told is None:
            return False
        if not self._answers.allows(beacon.speaker.head, self._now_s):
            return True
        ours = {log: held.ranges for log, held in holdings.items()}
        self._voice.note_asks(told_by_log(beacon.told, ours), self._now_s)
        return self._on_told(beacon.speaker.head, beacon.told, ours, hops, is_asked=True)

    def _is_much(self, lacking: Lacking) -> bool:
        return is_much(sum(count_of(ranges) for _, ranges in lacking), self._voice.trickle.stations)

    def _is_passing(self, head: bytes) -> bool:
        """Say whether the difference to a station will pass: much is being given to it, or to us."""
        return self._voice.taking.is_on(self._now_s) or self._voice.repairs.turn.is_given(head, self._now_s)

    def _note_agreement(self, speaker: Speaker, *, is_same: bool) -> None:
        if is_same:
            self._voice.counters.note_agrees(speaker.head)
        else:
            self._voice.counters.note_differs(speaker.head)

    def _note_stale(self, said: Beacon | Summary | Request) -> None:
        """Note a stale word that differs: we may be an old copy too, and ours stale to its speaker."""
        holdings = self._voice.visible(self._now_s)
        differs = isinstance(said, Beacon) and said.state != state_of(holdings)
        if differs or (isinstance(said, Summary) and not compare(said, holdings).is_none):
            self._voice.counters.note_differs(said.speaker.head)

    def _differ(self, ours: bytes, theirs: bytes) -> None:
        """Speak often again, unless these two have met too often already."""
        if self._disagreements.is_worth_acting(ours, theirs):
            self._voice.trickle.reset(self._now_s)

    def _on_summary(self, summary: Summary, node: NodeNumber, hops: int) -> None:
        holdings = self._voice.visible(self._now_s)
        differences = compare(summary, holdings)
        state = state_of(holdings) if differences.is_none and summary.span is None else b""
        self._note_neighbour(summary.speaker.head, state)
        if any(_has_first_of(line, self._author) for line in summary.lines):
            self._voice.neighbours.note_knows_us(summary.speaker.head)
        if not differences.is_none:
            self._note_agreement(summary.speaker, is_same=False)
            self._heard(summary.speaker, False, node)
            if self._is_much(differences.they_lack):
                self._voice.repairs.turn.note_lacks_much(summary.speaker.head, self._now_s)
            is_to_be_told = differences.has_unknown or differences.forked or not self._voice.is_crowded
            if is_to_be_told and not self._is_passing(summary.speaker.head):
                self._differ(state_of(holdings), summary.speaker.head)
            self._resolve(differences, hops)
        elif summary.span is None:
            self._note_agreement(summary.speaker, is_same=True)
            self._heard(summary.speaker, True, node)
            self._voice.was_said_by_another()
            self._voice.summaries.was_said(state, self._now_s)
        else:
            self._heard(summary.speaker, None, node)

    def _resolve(self, differences: Differences, hops: int) -> None:
        facts = self._voice.doors.past.lacking(differences.they_lack)
        is_for_all = len(differences.ahead) >= MEETING_LOGS
        self._voice.repairs.give(differences, hops, self._now_s, facts, is_for_all=is_for_all)
        self._voice.repairs.give_keys(differences.keyless, hops, self._now_s)
        self._voice.wants.want(differences.we_lack, self._now_s)
        is_lacking = differences.has_unknown or (differences.we_lack and not self._voice.is_crowded)
        if is_lacking and not self._voice.taking.is_on(self._now_s):
            self._voice.summaries.want(self._now_s, insist=True)
        self._look_after_own_log(differences.ahead)
        self._intake.stretches.doubt(differences.forked)
        for log in differences.forked:
            for first, last in self._store.holdings()[log].ranges:
                self._voice.requests.want(log, first, last, self._now_s)

    def _look_after_own_log(self, ahead: Iterable[tuple[Place, int]]) -> None:
        for place, last in ahead:
            log = LogId(self._author, place.incarnation)
            held = self._store.holdings().get(log)
            ours = held.ranges[-1][1] if held else 0
            if place == place_of(log) and last > max(ours, self._behind.get(log, 0)):
                self._behind[log] = last
                self._events.append(OwnLogBehind(log, last))

    def _answer(self, ask: Ask, hops: int) -> None:
        """Give what is held where a piece differs; ask in turn, cut finer, where it is long."""
        resting = {entry.id for entry in self._voice.outbox.resting(self._now_s)}
        for log in [log for log in self._store.holdings() if place_of(log) == ask.place]:
            for first, last, held in differing_pieces(self._store, log, ask):
                known = [signed for signed in held if signed.entry.id not in resting]
                if is_finest(self._store, log, first, last):
                    self._voice.repairs.give_forgotten(log, first, last, hops, self._now_s)
                    self._voice.repairs.give_these(known[:MOST_BESIDE], hops, self._now_s)
                elif not held:
                    self._voice.summaries.want(self._now_s)
                elif last - first < SMALL_PIECE:
                    self._voice.repairs.give_forgotten(log, first, last, hops, self._now_s)
                    self._voice.repairs.give_these(known, hops, self._now_s)
                    self._voice.requests.want(log, first, last, self._now_s)  # we may be who holds less
                else:
                    self._voice.requests.want(log, first, last, self._now_s)


def _has_first_of(line: LogLine, author: AuthorId) -> bool:
    """Say whether a summary's line tells that the speaker has an author's first entry, and so the key."""
    is_of_author = line.place.head == author[:HEAD_BYTES] and not line.is_waiting
    return is_of_author and line.ranges[0][0] == 1
