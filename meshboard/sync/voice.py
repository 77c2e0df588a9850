"""What this station says next: news, summary, request, repair or beacon, as the airtime governor allows."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import assert_never

from meshboard.domain.entries import LogId, SignedEntry
from meshboard.domain.ids import AuthorId, EntryId
from meshboard.figures import NO_SMALLER, SMALLER_BY
from meshboard.link import NodeNumber, Refusal
from meshboard.sync.air.governor import Grade, Rule
from meshboard.sync.entries.entry_speech import EntrySpeech
from meshboard.sync.entries.fairness import Lane
from meshboard.sync.entries.outbox import Priority
from meshboard.sync.events import OutgoingFrame
from meshboard.sync.held import LANE_WORDS, NEWS_WORDS, TOO_LONG, Due, Held, held
from meshboard.sync.holdings.ranges import Ranges
from meshboard.sync.holdings.summary import state_of
from meshboard.sync.keys.own_key import with_counter
from meshboard.sync.plans import Plans
from meshboard.sync.setup import EngineSetup
from meshboard.sync.words.word_speech import WordSpeech
from meshboard.trust.key_ring import KeyRing
from meshboard.wire.framing import (
    room_bytes,
)


class Voice(Plans):
    """Chooses what goes first of all that waits, as the governor allows."""

    def __init__(self, setup: EngineSetup, now_s: float) -> None:
        super().__init__(setup, now_s)
        self._was_lagging = False
        self._said_apart: set[EntryId] = set()
        self._entries = EntrySpeech(self)
        self._words = WordSpeech(self)

    def change_keys(
        self, ring: KeyRing, recipients: Sequence[AuthorId], farewell: Sequence[SignedEntry], now_s: float
    ) -> None:
        """Seal with another ring's key from now on, after the farewell and the recipients' keys."""
        is_other = ring.current != self.doors.ring.current
        apart = {signed.entry.id for signed in self.doors.change_keys(ring, recipients, farewell, now_s)}
        for signed in farewell:
            if signed.entry.id in apart:
                self._said_apart.add(signed.entry.id)
                self.outbox.discard(signed.entry.id)
            else:
                self.announce(signed, now_s)
        if is_other:
            self.trickle.check_news(now_s, is_basic=True)
            if not self.knows_their_logs:
                self.trickle.reset(now_s)  # who came in just now lacks nearly all there is
        self._look_whether_lagging(now_s)

    def _look_whether_lagging(self, now_s: float) -> None:
        """Ask for the beginning of the epoch whose key came, unless it comes by itself, as it mostly does."""
        if self.doors.is_lagging and not self._was_lagging:
            self.summaries.want(now_s + self.config.rest_s, insist=True)
        elif self._was_lagging and not self.doors.is_lagging:
            self.summaries.drop()
        self._was_lagging = self.doors.is_lagging

    def announce(self, signed: SignedEntry, now_s: float) -> None:
        """Take a new entry of our own, unless it goes out with a change of keys."""
        if signed.entry.id not in self._said_apart:
            self.outbox.add(signed, now_s)

    def was_said_by_another(self) -> None:
        """Note that somebody just said what our word would."""
        self.trickle.consistent()
        self.is_word_due = False
        self.knows_their_logs = True

    def note_said_by_others(
        self, entries: Sequence[EntryId], node: NodeNumber, now_s: float, *, is_new: bool, is_run: bool
    ) -> None:
        """Note that somebody said these in a frame; `is_new`: some of it was not held here."""
        for entry_id in entries:
            self.outbox.discard(entry_id)
        self.note_said(entries)
        is_holders = self.repairs.turn.is_holder(self.neighbours.head_of(node))
        self.repairs.note_heard(entries, now_s, is_new=is_new, is_run=is_run, is_holders=is_holders)
        if self.repairs.turn.is_others(now_s) or self.taking.is_on(now_s):
            self.governor.note_bulk(self.config.timings.frame_s, self.reach.hop_limit(now_s), now_s)

    def note_came(self, now_s: float, *, fills_gaps: bool) -> None:
        """Note that new entries came, some of them known to be lacking before or none."""
        is_member = self.doors.members.is_own_known
        self.taking.note_came(self.lacking(now_s), now_s, fills_gaps=fills_gaps, is_member=is_member)

    def note_asks(self, theirs: Mapping[LogId, Ranges], now_s: float) -> None:
        """Note what somebody holds who asks for what they lack."""
        self.taking.note_asks_too(self.lacking(now_s), theirs, now_s)

    def advance(self, now_s: float) -> None:
        """Let the word's timer run to `now_s`."""
        while self.trickle.next_at <= now_s:
            is_settled = self.repairs.turn.is_on(now_s) or self.all_agree(
                state_of(self.visible(now_s)), now_s
            )
            is_due = self.trickle.advance(
                now_s, is_settled=is_settled, is_alone=not self.neighbours.count(now_s)
            )
            self.is_word_due |= is_due and not self.taking.is_on(now_s)

    def next_frame(self, now_s: float) -> OutgoingFrame | None:
        """Return what to broadcast now, None when nothing is due or allowed."""
        self.advance(now_s)
        for lane in self._order():
            frame = self._choose(lane, now_s)
            if frame is not None:
                self.lanes.took(lane, self._due_lanes(now_s))
                self._note_said(frame, now_s)
                return frame
        return None

    def _note_said(self, frame: OutgoingFrame, now_s: float) -> None:
        self.governor.record(frame.air_s, frame.hop_limit, now_s, frame.use, is_urgent=frame.is_urgent)
        relays = self.reach.relays_of(frame.hop_limit, now_s)
        if relays:
            self.calm.note_frame(frame.air_s, relays, now_s + frame.air_s)

    def _order(self) -> Sequence[Lane]:
        return (Lane.KEYS,) if self._is_door_only() else self.lanes.order()

    def _choose(self, lane: Lane, now_s: float) -> OutgoingFrame | None:
        match lane:
            case Lane.NEWS:
                return self._entries.news(now_s)
            case Lane.KEYS:
                return self._door(now_s)
            case Lane.REPAIR:
                return self._entries.repair(now_s)
            case Lane.SUMMARY:
                return self._words.summary(now_s)
            case Lane.REQUEST:
                return self._words.reminder(now_s) or self._words.request(now_s)
            case Lane.WORD:
                return self._words.word(now_s)
            case _:
                assert_never(lane)

    def _is_door_only(self) -> bool:
        """Say whether nothing is sealed for now: the current key is not held, or not given away yet."""
        return not self.doors.may_seal or self.doors.change.next is not None

    def take_back(self, payload: bytes, why: Refusal, now_s: float) -> OutgoingFrame | None:
        """Offer again what a frame held that the node refused; return the frame, None for an unknown one.

        What was too large comes again in smaller frames, unless NO_SMALLER bytes were too many.
        """
        handed = self.handed.take(payload)
        if handed is None:
            return None
        self.governor.take_back(handed.frame, why, now_s)
        if why is Refusal.TOO_LARGE:
            if len(payload) <= NO_SMALLER:
                return None
            self.max_frame_bytes = max(NO_SMALLER, min(self.max_frame_bytes, len(payload) - SMALLER_BY))
            self.room = room_bytes(self.max_frame_bytes)
            self.filling.max_frame_bytes = self.max_frame_bytes
        handed.offer_again(now_s)
        return handed.frame

    def note_heard(self, frame_bytes: int, hops: int | None, now_s: float) -> None:
        """Note a frame of another station: it and its relays fill the channel as ours do.

        `hops`: how many relays it passed; None = the packet does not say.
        """
        air_s = self.air_of(frame_bytes)
        farthest = self.reach.hop_limit(now_s)
        self.governor.note_on_air(air_s, farthest, now_s)
        self.governor.give_way(air_s, now_s)
        if farthest:
            self.calm.note_frame(air_s, max(farthest - (hops or 0), 0), now_s)

    def note_foreign(self, frame_bytes: int, now_s: float) -> None:
        """Note a frame that no key opens: it fills the channel as any stranger's packet does, once.

        How far it is relayed nobody knows, and what stations of a circle do for each other's frames (be calm,
        give way) is not for a stranger to ask for.
        """
        self.governor.note_stranger(self.air_of(frame_bytes), 0, now_s)

    def next_timer(self, now_s: float) -> float:
        """Return when `next_frame` may have something, as far as is known at `now_s`."""
        return min(
            self.trickle.next_at,
            *(self._when_allowed(due_at, grade) for _, due_at, grade in self.dues(now_s)),
        )

    def when(self, grade: Grade, now_s: float) -> float:
        """Return when what is of a grade may go, as far as is known at `now_s`; infinity for nothing."""
        dues = [at for _, at, its_grade in self.dues(now_s) if its_grade is grade]
        return min((self._when_allowed(at, grade) for at in dues), default=float("inf"))

    def dues(self, now_s: float) -> Sequence[tuple[Lane, float | None, Grade]]:
        """Return when each lane has something due, None = nothing, and how it stands with the governor."""
        doors = [(Lane.KEYS, at, self.grade(Lane.KEYS, grade)) for at, grade in self.doors.due_at()]
        if self._is_door_only():
            return doors
        summary_at = self._words.summary_due_at(now_s)
        outbox, repairs, talk = self.outbox, self.repairs.queue, Grade.TALK
        return (
            *doors,
            (Lane.NEWS, outbox.due_at(is_urgent=True), Grade.CRITICAL),
            (Lane.NEWS, outbox.due_at(is_urgent=False), Grade.NEWS),
            (Lane.REPAIR, repairs.due_at(is_urgent=True), Grade.CRITICAL),
            (Lane.REPAIR, self.repairs.due_at(), self.repair_grade()),
            (Lane.SUMMARY, summary_at, self._words.grade(Lane.SUMMARY, now_s)),
            (Lane.REQUEST, self.reminders.due_at(), self.grade(Lane.REQUEST, talk)),
            (Lane.REQUEST, self.requests.due_at(), self.grade(Lane.REQUEST, talk)),
            (Lane.WORD, self._words.word_due_at(now_s), self._words.grade(Lane.WORD, now_s)),
        )

    def waiting(self, now_s: float) -> Sequence[Held]:
        """Return what waits to be said, class by class, and what holds it back."""
        dues = [
            Due(NEWS_WORDS[kind], count, at, Grade.CRITICAL if kind is Priority.CRITICAL else Grade.NEWS)
            for kind, (count, at) in self.outbox.classes().items()
        ]
        for lane, due_at, grade in self.dues(now_s):
            count = self._waiting_in(lane, grade)
            if due_at is not None and count:
                dues.append(Due(LANE_WORDS[lane], count, due_at, grade))
        too_long = [Held(TOO_LONG, len(self.too_long), None, Rule.TOO_LONG)] if self.too_long else []
        return (*held(dues, self.governor, self.config.timings.frame_s, now_s), *too_long)

    def _waiting_in(self, lane: Lane, grade: Grade) -> int:
        """Return how many wait in a lane, 0 where that is told otherwise: news by class, repairs once."""
        if lane is not Lane.REPAIR:
            return int(lane is not Lane.NEWS)
        is_told = grade is Grade.CRITICAL and self.repairs.due_at() is not None
        return 0 if is_told else len(self.repairs)

    def _due_lanes(self, now_s: float) -> set[Lane]:
        return {lane for lane, due_at, _ in self.dues(now_s) if due_at is not None and due_at <= now_s}

    def _when_allowed(self, due_at: float | None, grade: Grade) -> float:
        """Return the due time or when the governor allows it, reckoning with a full frame."""
        if due_at is None:
            return float("inf")
        return max(due_at, self.allowed_at(self.config.timings.frame_s, grade))

    def _door(self, now_s: float) -> OutgoingFrame | None:
        word = self.doors.due(now_s)
        if word is None or not self.may_say(word.frame, now_s, self.grade(Lane.KEYS, word.grade)):
            return None
        is_change = word is self.doors.change.next
        self.doors.note_said(word, now_s)
        frame = with_counter(word, self.counters).frame
        said = self.sealed_by(word.seal, frame, word.use, word.hop_limit, word.entries)
        said = replace(said, is_urgent=word.grade is Grade.CRITICAL)
        return self.handed.remember(said, lambda at: self.doors.offer_again(word, is_change, at))
