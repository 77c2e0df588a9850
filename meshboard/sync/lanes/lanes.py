"""The table of lanes, and the chooser: whose turn it is, and what is told to whom."""

from collections.abc import Iterator, Sequence

from meshboard.domain.entries import SignedEntry
from meshboard.domain.ids import AuthorId
from meshboard.link import Refusal
from meshboard.sync.air.governor import Grade, Rule
from meshboard.sync.air.held import TOO_LONG, Due, Held, held
from meshboard.sync.air.unsaid import HandedOut
from meshboard.sync.entries.fairness import Turns
from meshboard.sync.entries.outbox import is_basic
from meshboard.sync.entries.repair import Repairs
from meshboard.sync.events import OutgoingFrame
from meshboard.sync.keys.past_epochs import PastEpochs
from meshboard.sync.lanes import findings
from meshboard.sync.lanes.entry_frames import EntryFrames
from meshboard.sync.lanes.findings import Finding
from meshboard.sync.lanes.key_lane import KeyLane
from meshboard.sync.lanes.lane import Lane, Turn
from meshboard.sync.lanes.news_lane import NewsLane
from meshboard.sync.lanes.repair_lane import RepairLane
from meshboard.sync.lanes.request_lane import RequestLane
from meshboard.sync.lanes.summary_lane import SummaryLane
from meshboard.sync.lanes.voice import Voice
from meshboard.sync.lanes.word_lane import WordLane
from meshboard.sync.setup import EngineSetup
from meshboard.trust.key_ring import KeyRing


class Lanes:
    """Chooses what goes first of all that waits, as the governor allows."""

    def __init__(self, setup: EngineSetup, now_s: float) -> None:
        self.voice = voice = Voice(setup, now_s)
        repairs = Repairs(setup.timings, setup.chance, setup.store, voice.outbox, voice.company)
        past, giving = PastEpochs(voice.epochs, repairs), repairs.turn
        frames = EntryFrames(setup, voice, repairs, self.tell)
        self.keys = KeyLane(setup, voice, repairs, past, now_s)
        self._news = NewsLane(voice.outbox, repairs.queue, frames)
        summaries = SummaryLane(setup, voice, giving, self.tell)
        self._words = WordLane(setup, voice, (self.keys, summaries), giving, now_s)
        self._table: tuple[Lane, ...] = (
            self._news,
            self.keys,
            RepairLane(setup, voice, repairs, past, frames),
            summaries,
            RequestLane(setup, voice),
            self._words,
        )
        """In the order they go first."""
        self._turns: Turns[Lane] = Turns({lane: lane.patience for lane in self._table})
        self._frame_s = setup.timings.frame_s
        self._air = voice.air
        self._epochs = voice.epochs
        self._handed = HandedOut()

    def tell(self, finding: Finding, now_s: float) -> None:
        """Tell all lanes a finding, the last of the table first."""
        for lane in reversed(self._table):
            lane.take(finding, now_s)

    def announce(self, entries: Sequence[SignedEntry], now_s: float) -> None:
        """Take new entries of our own."""
        for signed in entries:
            self._news.announce(signed, now_s)
        if entries:
            self.tell(findings.Announced(any(is_basic(signed.entry) for signed in entries)), now_s)

    def change_keys(
        self, ring: KeyRing, recipients: Sequence[AuthorId], farewell: Sequence[SignedEntry], now_s: float
    ) -> None:
        """Seal with another ring's key from now on, after the farewell and the recipients' keys."""
        is_sealing_changed = ring.current != self._epochs.current
        apart = self.keys.change_keys(ring, recipients, farewell, now_s)
        for signed in farewell:
            if signed in apart:
                self._news.leave_apart(signed.entry.id)
            else:
                self._news.announce(signed, now_s)
        self.tell(findings.KeysChanged(is_sealing_changed), now_s)

    def advance(self, now_s: float) -> None:
        """Let time pass."""
        self._words.advance(now_s)

    def next_frame(self, now_s: float) -> OutgoingFrame | None:
        """Return what to broadcast now, None when nothing is due or allowed."""
        self._words.advance(now_s)
        for lane in (self.keys,) if self._is_door_only() else self._turns.order():
            handed = lane.next_frame(self._turn(lane, now_s))
            if handed is not None:
                self._turns.took(lane, {one for one, due in self._dues(now_s) if due.due_at <= now_s})
                self._air.note_said(handed.frame, now_s)
                self._handed.remember(handed)
                return handed.frame
        return None

    def take_back(self, payload: bytes, why: Refusal, now_s: float) -> OutgoingFrame | None:
        """Offer again what a frame held that the node refused; return the frame, None for an unknown one."""
        handed = self._handed.take(payload)
        if handed is None or not self._air.take_back(handed.frame, why, now_s):
            return None
        handed.offer_again(now_s)
        return handed.frame

    def next_timer(self, now_s: float) -> float:
        """Return when `next_frame` may have something, as far as is known at `now_s`."""
        dues = [self._allowed_at(due) for _, due in self._dues(now_s)]
        return min([self._words.next_at, *dues])

    def when(self, grade: Grade, now_s: float) -> float:
        """Return when what is of a grade may go, as far as is known at `now_s`; infinity for nothing."""
        dues = (due for _, due in self._dues(now_s) if due.grade is grade)
        return min((self._allowed_at(due) for due in dues), default=float("inf"))

    def waiting(self, now_s: float) -> Sequence[Held]:
        """Return what waits to be said, class by class, and what holds it back."""
        news = self._news.dues(self._turn(self._news, now_s))
        others = [due for lane, due in self._dues(now_s) if lane is not self._news and due.count]
        found = held((*news, *others), self._air.governor, self._frame_s, now_s)
        too_long = self._news.too_long()
        return (*found, *([Held(TOO_LONG, too_long, None, Rule.TOO_LONG)] if too_long else ()))

    def _dues(self, now_s: float) -> Iterator[tuple[Lane, Due]]:
        """Yield what is due in each lane that may speak."""
        for lane in (self.keys,) if self._is_door_only() else self._table:
            for due in lane.dues(self._turn(lane, now_s)):
                yield lane, due

    def _is_door_only(self) -> bool:
        """Say whether nothing is sealed for now: the current key is not held, or not given away yet."""
        return not self._epochs.may_seal or self.keys.is_changing

    def _turn(self, lane: Lane, now_s: float) -> Turn:
        return Turn(now_s, self._turns.is_overdue(lane))

    def _allowed_at(self, due: Due) -> float:
        """Return the due time or when the governor allows it, reckoning with a full frame."""
        return max(due.due_at, self._air.full_frame_at(due.grade))
