"""What this station says next: news, summary, request, repair or beacon, as the airtime governor allows."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import assert_never

from meshboard.domain.entries import LogId, SignedEntry
from meshboard.domain.ids import AuthorId, EntryId
from meshboard.link import Refusal
from meshboard.sync.doors import Doors, with_counter
from meshboard.sync.early import Early
from meshboard.sync.events import FrameUse, OutgoingFrame
from meshboard.sync.fairness import LANE_PATIENCE, Lane, Turns
from meshboard.sync.filling import Filling
from meshboard.sync.governor import Governor, Grade, hourly_budget_s
from meshboard.sync.hearing import Neighbours
from meshboard.sync.held import LANE_WORDS, NEWS_WORDS, Due, Held, held
from meshboard.sync.outbox import Outbox, Priority
from meshboard.sync.ranges import Ranges
from meshboard.sync.reach import Reach
from meshboard.sync.recent import NODE_SIGNATURE_BYTES, SIGNED_BYTES, Recent
from meshboard.sync.repair import Lacking, Repairs
from meshboard.sync.setup import EngineSetup
from meshboard.sync.speech import LARGEST_COUNTER, Counters, RequestPlan, SummaryPlan
from meshboard.sync.summary import Holdings, state_of, without
from meshboard.sync.taking import Taking
from meshboard.sync.telling import TOLD_BYTES, TOLD_WITH_NEWS_BYTES, Teller
from meshboard.sync.timing import FEW_STATIONS, Calm, Trickle
from meshboard.sync.unsaid import HandedOut
from meshboard.sync.wanting import Wants
from meshboard.trust.epochs import KeyRing
from meshboard.trust.seal import Seal
from meshboard.wire.frames import HEAD_BYTES, TABLE_BYTES, Beacon, Frame, Speaker, StretchItem, Told
from meshboard.wire.framing import (
    FRAME_OVERHEAD_BYTES,
    push_frame,
    room_bytes,
    seal_frame,
)
from meshboard.wire.packer import EntriesPacker

SUMMARY_WORTH = 1.5
"""A beacon that differs is answered by a summary, a summary by the repair: worth half a beacon more."""
NEWCOMERS_BYTES = 64  # of the first word: who has so little to tell of is new, and may lack all there is
NEAR_HOPS = 1  # who lacks something asks near stations first: most of them have it
LARGEST_TOLD = 2**28 - 1  # what takes most bytes
NO_SMALLER = 165  # frames of this size pass on every mesh (policy STRICT): what is refused then, is refused
SMALLER_BY = 16  # so that four refusals go from the largest frame to the smallest


class Voice:
    """Everything that waits to be said, and the order it is said in."""

    def __init__(self, setup: EngineSetup, now_s: float) -> None:
        timings = setup.config.timings
        self._config = setup.config
        self._store = setup.store
        self._head = bytes(setup.author[:HEAD_BYTES])
        self._max_frame_bytes = setup.config.max_frame_bytes
        self._room = room_bytes(setup.config.max_frame_bytes)
        self._handed = HandedOut()
        self._is_word_due = False
        self._was_lagging = False
        self._lanes = Turns(LANE_PATIENCE)
        self._said_apart: set[EntryId] = set()
        self.counters = Counters(setup.store)
        self.outbox = Outbox(setup.config.rest_s, setup.chance)
        self.repairs = Repairs(timings, setup.chance, setup.store, self.outbox)
        self.early = Early()
        self.summaries = SummaryPlan(timings, setup.chance, self.early)
        self.filling = Filling(setup.store, self.outbox, self.repairs, setup.config.max_frame_bytes)
        self.wants = Wants(timings, setup.chance)
        self.taking = Taking(timings, setup.chance, self.wants)
        self.recent = Recent()
        self.node_signs = False
        """Whether our node adds a signature of its own to short broadcasts, as firmware 2.8 does."""
        self._teller = Teller()
        self._calm = Calm(timings, setup.chance)
        self.requests = RequestPlan(timings, setup.chance, setup.store)
        self.doors = Doors(setup, self.repairs, now_s)
        self.neighbours = Neighbours()
        self.trickle = Trickle(timings.beacon_min_s, setup.chance, now_s)
        if any(log.author != setup.author for log in setup.store.holdings()):
            self.trickle.reset(now_s)  # back after a break: something was probably missed
        self.reach = Reach(setup.config.hop_limit)
        budget_s = hourly_budget_s(setup.config.region)
        own = Governor(budget_s, setup.chance, timings.pause_s, setup.spent)
        self.governor = setup.governor or own

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
            self.trickle.check_news(now_s)
        self._look_whether_lagging(now_s)

    def _look_whether_lagging(self, now_s: float) -> None:
        """Ask for the beginning of the epoch whose key came, unless it comes by itself, as it mostly does."""
        if self.doors.is_lagging and not self._was_lagging:
            self.summaries.want(now_s + self._config.rest_s, insist=True)
        elif self._was_lagging and not self.doors.is_lagging:
            self.summaries.drop()
        self._was_lagging = self.doors.is_lagging

    def announce(self, signed: SignedEntry, now_s: float) -> None:
        """Take a new entry of our own, unless it goes out with a change of keys."""
        if signed.entry.id not in self._said_apart:
            self.outbox.add(signed, now_s)

    def visible(self, now_s: float) -> Holdings:
        """Return what others may know is held here: everything but entries at rest."""
        return without(self._store, self.outbox.resting(now_s))

    def was_said_by_another(self) -> None:
        """Note that somebody just said what our word would."""
        self.trickle.consistent()
        self._is_word_due = False

    def note_said_by_others(
        self, entries: Sequence[EntryId], now_s: float, *, is_new: bool, is_run: bool
    ) -> None:
        """Note that somebody said these in a frame; `is_new`: some of it was not held here."""
        for entry_id in entries:
            self.outbox.discard(entry_id)
        self.repairs.note_heard(entries, now_s, is_new=is_new, is_run=is_run)
        if self.repairs.turn.is_others(now_s) or self.taking.is_on(now_s):
            self.governor.note_bulk(self._config.timings.frame_s, self.reach.hop_limit(now_s), now_s)

    def note_came(self, now_s: float, *, fills_gaps: bool) -> None:
        """Note that new entries came, some of them known to be lacking before or none."""
        is_member = self.doors.members.is_own_known
        self.taking.note_came(self._lacking(now_s), now_s, fills_gaps=fills_gaps, is_member=is_member)

    def note_asks(self, theirs: Mapping[LogId, Ranges], now_s: float) -> None:
        """Note what somebody holds who asks for what they lack."""
        self.taking.note_asks_too(self._lacking(now_s), theirs, now_s)

    def _lacking(self, now_s: float) -> Lacking:
        return self.wants.lacking(self.visible(now_s))

    @property
    def is_crowded(self) -> bool:
        """Say whether so many stations share the channel that each of them has to be patient."""
        return self.trickle.stations > FEW_STATIONS

    def note_company(self, now_s: float) -> None:
        """Note that a station was heard: the more there are, the more patient each of them is."""
        stations = 1 + self.neighbours.count(now_s)
        self.trickle.stations = self.wants.stations = self.repairs.stations = stations
        self.governor.stations = stations

    def advance(self, now_s: float) -> None:
        """Let the word's timer run to `now_s`."""
        while self.trickle.next_at <= now_s:
            is_settled = self.repairs.turn.is_on(now_s) or self._all_agree(
                state_of(self.visible(now_s)), now_s
            )
            is_due = self.trickle.advance(now_s, is_settled=is_settled)
            self._is_word_due |= is_due and not self.taking.is_on(now_s)

    def _all_agree(self, state: bytes, now_s: float) -> bool:
        """Say whether all who were heard lately hold this too, or are being given what they lack."""
        return self.neighbours.all_hold(state, now_s, lambda head: self.repairs.turn.is_given(head, now_s))

    def next_frame(self, now_s: float) -> OutgoingFrame | None:
        """Return what to broadcast now, None when nothing is due or allowed."""
        self.advance(now_s)
        for lane in self._order():
            frame = self._choose(lane, now_s)
            if frame is not None:
                self._lanes.took(lane, self._due_lanes(now_s))
                self.governor.record(
                    frame.air_s, frame.hop_limit, now_s, frame.use, is_urgent=frame.is_urgent
                )
                return frame
        return None

    def _order(self) -> Sequence[Lane]:
        return (Lane.KEYS,) if self._is_door_only() else self._lanes.order()

    def _choose(self, lane: Lane, now_s: float) -> OutgoingFrame | None:
        match lane:
            case Lane.NEWS:
                return self._news(now_s)
            case Lane.KEYS:
                return self._door(now_s)
            case Lane.REPAIR:
                return self._repair(now_s)
            case Lane.SUMMARY:
                return self._summary(now_s)
            case Lane.REQUEST:
                return self._request(now_s)
            case Lane.WORD:
                return self._word(now_s)
            case _:
                assert_never(lane)

    def _is_door_only(self) -> bool:
        """Say whether nothing is sealed for now: the current key is not held, or not given away yet."""
        return not self.doors.may_seal or self.doors.change.next is not None

    def take_back(self, payload: bytes, why: Refusal, now_s: float) -> OutgoingFrame | None:
        """Offer again what a frame held that the node refused; return the frame, None for an unknown one.

        What was too large comes again in smaller frames, unless NO_SMALLER bytes were too many.
        """
        handed = self._handed.take(payload)
        if handed is None:
            return None
        self.governor.take_back(handed.frame, why, now_s)
        if why is Refusal.TOO_LARGE:
            if len(payload) <= NO_SMALLER:
                return None
            self._max_frame_bytes = max(NO_SMALLER, min(self._max_frame_bytes, len(payload) - SMALLER_BY))
            self._room = room_bytes(self._max_frame_bytes)
            self.filling.max_frame_bytes = self._max_frame_bytes
        handed.offer_again(now_s)
        return handed.frame

    def note_heard(self, frame_bytes: int, hops: int | None, now_s: float) -> None:
        """Note a frame of another station: it and its relays fill the channel as ours do.

        `hops`: how many relays it passed; None = the packet does not say.
        """
        air_s = self._air_of(frame_bytes)
        farthest = self.reach.hop_limit(now_s)
        self.governor.note_on_air(air_s, farthest, now_s)
        if self.is_crowded or self.repairs.is_bulk:
            self.governor.give_way(air_s, now_s)
        if self.is_crowded and farthest:
            self._calm.note_heard(air_s, max(farthest - (hops or 0), 0), now_s)

    def next_timer(self, now_s: float) -> float:
        """Return when `next_frame` may have something, as far as is known at `now_s`."""
        return min(
            self.trickle.next_at,
            *(self._when_allowed(due_at, grade) for _, due_at, grade in self.dues(now_s)),
        )

    def dues(self, now_s: float) -> Sequence[tuple[Lane, float | None, Grade]]:
        """Return when each lane has something due, None = nothing, and how it stands with the governor."""
        doors = [(Lane.KEYS, at, self._grade(Lane.KEYS, grade)) for at, grade in self.doors.due_at()]
        if self._is_door_only():
            return doors
        summary_at = self._summary_due_at(now_s)
        outbox, repairs, talk = self.outbox, self.repairs.queue, Grade.TALK
        return (
            *doors,
            (Lane.NEWS, outbox.due_at(critical_only=True), Grade.CRITICAL),
            (Lane.NEWS, outbox.due_at(critical_only=False), Grade.NEWS),
            (Lane.REPAIR, repairs.due_at(critical_only=True), Grade.CRITICAL),
            (Lane.REPAIR, self.repairs.due_at(), self._repair_grade()),
            (Lane.SUMMARY, summary_at, self._summary_grade(now_s)),
            (Lane.REQUEST, self.requests.due_at(), self._grade(Lane.REQUEST, talk)),
            (Lane.WORD, self._word_due_at(now_s), self._grade(Lane.WORD, talk)),
        )

    def waiting(self, now_s: float) -> Sequence[Held]:
        """Return what waits to be said, class by class, and what holds it back."""
        dues = [
            Due(NEWS_WORDS[kind], count, at, Grade.CRITICAL if kind is Priority.CRITICAL else Grade.NEWS)
            for kind, (count, at) in self.outbox.classes().items()
        ]
        for lane, due_at, grade in self.dues(now_s):
            count = len(self.repairs) if lane is Lane.REPAIR else 1
            is_told = lane is Lane.NEWS or (lane is Lane.REPAIR and grade is Grade.CRITICAL)
            if due_at is not None and not is_told:
                dues.append(Due(LANE_WORDS[lane], count, due_at, grade))
        return tuple(held(dues, self.governor, self._config.timings.frame_s, now_s))

    def _due_lanes(self, now_s: float) -> set[Lane]:
        return {lane for lane, due_at, _ in self.dues(now_s) if due_at is not None and due_at <= now_s}

    def _grade(self, lane: Lane, grade: Grade) -> Grade:
        """Return how a lane's frames stand: one passed over too often need not wait for a calm channel."""
        is_lifted = grade is not Grade.CRITICAL and self._lanes.is_overdue(lane)
        return Grade.NEWS if is_lifted else grade

    def _repair_grade(self) -> Grade:
        if not self.repairs.is_bulk:
            return self._grade(Lane.REPAIR, Grade.REPAIR)
        return self._grade(Lane.REPAIR, Grade.FIRST if self.repairs.queue.has_alone() else Grade.BULK)

    def _summary_grade(self, now_s: float) -> Grade:
        """Return how a summary stands: sooner when it asks for what is most urgent of much."""
        return Grade.ASK if self.taking.is_for_first(now_s) else self._grade(Lane.SUMMARY, Grade.TALK)

    def _when_allowed(self, due_at: float | None, grade: Grade) -> float:
        """Return the due time or when the governor allows it, reckoning with a full frame."""
        if due_at is None:
            return float("inf")
        return max(due_at, self._allowed_at(self._config.timings.frame_s, grade))

    def _may_talk(self, lane: Lane, frame: Frame, now_s: float) -> bool:
        return self._may_say(frame, now_s, self._grade(lane, Grade.TALK))

    def _may_say(self, frame: Frame, now_s: float, grade: Grade) -> bool:
        return now_s >= self._allowed_at(self._air_s(frame), grade)

    def _allowed_at(self, air_s: float, grade: Grade) -> float:
        allowed_at = self.governor.allowed_at(air_s, grade)
        return allowed_at if grade is Grade.CRITICAL else max(allowed_at, self._calm.at)

    def _ask_at(self, now_s: float) -> float | None:
        """Return when to ask for what is lacking; among few stations the summary does."""
        due_at = self.wants.due_at(self.visible(now_s)) if self.is_crowded else None
        return None if due_at is None else max(due_at, self.taking.ask_at)

    def _summary_due_at(self, now_s: float) -> float | None:
        due_at = self.summaries.due_at(self.visible(now_s)) if self.summaries.is_planned else None
        if due_at is None or self.summaries.has_parts:
            return due_at
        return max(due_at, self.taking.ask_at)

    def _word_due_at(self, now_s: float) -> float | None:
        return now_s if self._is_word_due else self._ask_at(now_s)

    def _air_s(self, frame: Frame) -> float:
        return self._air_of(FRAME_OVERHEAD_BYTES + len(push_frame(frame)))

    def _air_of(self, frame_bytes: int) -> float:
        """Return how long a frame of so many bytes is on the air with what our node adds."""
        is_longer = self.node_signs and frame_bytes <= SIGNED_BYTES
        return self._config.air_s(frame_bytes + NODE_SIGNATURE_BYTES * is_longer)

    def _sealed(
        self,
        frame: Frame,
        use: FrameUse,
        hop_limit: int,
        entries: Sequence[SignedEntry] = (),
    ) -> OutgoingFrame:
        seal = self.doors.ring.seal
        assert seal is not None  # `_order`
        return self._sealed_by(seal, frame, use, hop_limit, entries)

    def _sealed_by(
        self, seal: Seal, frame: Frame, use: FrameUse, hop_limit: int, entries: Sequence[SignedEntry]
    ) -> OutgoingFrame:
        payload = seal_frame(frame, seal)
        ids = tuple(signed.entry.id for signed in entries)
        return OutgoingFrame(payload, hop_limit, use, self._air_of(len(payload)), ids)

    def _speaker(self, now_s: float) -> Speaker:
        if self.counters.skip_if_in_vain():
            self.trickle.reset(now_s)  # now we are heard, if that was what was wrong
        return Speaker(self._head, self.counters.take())

    def _door(self, now_s: float) -> OutgoingFrame | None:
        word = self.doors.due(now_s)
        if word is None or not self._may_say(word.frame, now_s, self._grade(Lane.KEYS, word.grade)):
            return None
        is_change = word is self.doors.change.next
        self.doors.note_said(word, now_s)
        frame = with_counter(word, self.counters).frame
        said = self._sealed_by(word.seal, frame, word.use, word.hop_limit, word.entries)
        said = replace(said, is_urgent=word.grade is Grade.CRITICAL)
        return self._handed.remember(said, lambda at: self.doors.offer_again(word, is_change, at))

    def _news(self, now_s: float) -> OutgoingFrame | None:
        due = self.outbox.due(now_s)
        return self._say([*due, *self.repairs.queue.waiting()], FrameUse.NEWS, now_s) if due else None

    def _repair(self, now_s: float) -> OutgoingFrame | None:
        due = self.repairs.queue.due(now_s)
        if due and self.is_crowded and not self.repairs.is_bulk:
            due = [*due, *(one for one in self.repairs.queue.waiting() if one not in due)]
        return self._say(due, FrameUse.REPAIR, now_s)

    def _say(self, due: Sequence[SignedEntry], use: FrameUse, now_s: float) -> OutgoingFrame | None:
        grade = Grade.NEWS if use is FrameUse.NEWS else self._repair_grade()
        if now_s < self._allowed_at(self._config.timings.frame_s, grade):
            due = [signed for signed in due if self._is_urgent(signed)]  # the rest would only be in their way
        packer = self._filled(due, use, now_s)
        forgotten = self.repairs.forgotten.fill(packer, now_s) if use is FrameUse.REPAIR else ()
        said = packer.entries
        if any(self._is_urgent(signed) for signed in said):
            grade = Grade.CRITICAL
        if not (said or forgotten) or not self._may_say(packer.frame(), now_s, grade):
            return None
        outvoted = {signed.entry.id for signed in said if not self._is_held(signed)}
        if outvoted:
            for entry_id in outvoted:
                self._forget(entry_id)
            return self._say([signed for signed in due if signed.entry.id not in outvoted], use, now_s)
        hop_limit = self.reach.hop_limit(now_s)
        if use is FrameUse.REPAIR and (self.repairs.is_bulk or not self.is_crowded):
            farthest = max(self.repairs.hops_of(said), self.repairs.forgotten.hops_of(forgotten))
            hop_limit = min(hop_limit, farthest)
        self.outbox.said(said, now_s, is_lead=use is FrameUse.NEWS)
        self.recent.note_said(signed.entry.id for signed in said)
        had_first = self.repairs.queue.has_alone()
        is_bulk = use is FrameUse.REPAIR and self.repairs.is_bulk
        self.repairs.note_frame(said, now_s, is_lead=use is FrameUse.REPAIR)
        self.repairs.forgotten.note_said(forgotten, now_s)
        if had_first and self.repairs.is_bulk and not self.repairs.queue.has_alone():
            may_answer_at = max(now_s, self._allowed_at(self._config.timings.frame_s, Grade.FIRST))
            self.repairs.pause(may_answer_at + self._config.timings.first_pause_s)
        if use is FrameUse.NEWS and self.is_crowded:
            self.repairs.say_critical_again(said, now_s)
        entries = packer.frame()
        if use is FrameUse.NEWS and self.is_crowded:
            entries = replace(entries, told=self._told(min(packer.left - 1, TOLD_WITH_NEWS_BYTES), now_s))
        frame = self._sealed(entries, use, hop_limit, said)
        if is_bulk:
            self.governor.note_bulk(frame.air_s, hop_limit, now_s)
        frame = replace(frame, is_urgent=grade is Grade.CRITICAL)
        return self._handed.remember(frame, lambda at: self._put_back(said, forgotten, at))

    def _filled(self, due: Sequence[SignedEntry], use: FrameUse, now_s: float) -> EntriesPacker:
        """Return a frame with what is due first, and what goes along; forget what can be given to nobody."""
        packer, hopeless = self.filling.fill(due)
        for signed in hopeless:
            self._forget(signed.entry.id)
        if due and use is FrameUse.NEWS and not self.neighbours.all_know_us():
            keyed = self.filling.fill_keyed(due[0])
            return keyed if keyed.entries else packer
        if self.node_signs and self.is_crowded:
            self.filling.lengthen(packer, self.recent.lately(now_s), SIGNED_BYTES)
        return packer

    def _told(self, most_bytes: int, now_s: float) -> Told | None:
        """Return what is held, in a frame that goes out now."""
        told = self._teller.tell(self.visible(now_s), most_bytes)
        if told is not None:
            self.wants.note_told(now_s)
            self.trickle.note_told()
        return told

    def _put_back(
        self, entries: Sequence[SignedEntry], forgotten: Sequence[StretchItem], now_s: float
    ) -> None:
        self.repairs.forgotten.put_back(forgotten, now_s)
        for signed in entries:
            self.outbox.put_back(signed.entry.id, now_s)
            self.repairs.queue.put_back(signed.entry.id, now_s)

    def _is_held(self, signed: SignedEntry) -> bool:
        """Say whether an entry is still held: it gives way to two of its number, or is forgotten."""
        entry = signed.entry
        held = self._store.entries(entry.log, entry.number, entry.number)
        return any(one.entry.digest == entry.digest for one in held)

    def _forget(self, entry_id: EntryId) -> None:
        """Take an entry off both queues unsaid."""
        self.outbox.discard(entry_id)
        self.repairs.queue.discard(entry_id)

    def _is_urgent(self, signed: SignedEntry) -> bool:
        entry_id = signed.entry.id
        return self.outbox.is_urgent(entry_id) or self.repairs.queue.is_urgent(entry_id)

    def _drop(self, signed: SignedEntry, now_s: float) -> None:
        """Take an entry off both queues: no frame of this circle can hold it."""
        self.outbox.discard(signed.entry.id)
        self.repairs.note_said(signed.entry.id, now_s)

    def _summary(self, now_s: float) -> OutgoingFrame | None:
        due_at = self._summary_due_at(now_s)
        if due_at is None or due_at > now_s:
            return None
        holdings = self.visible(now_s)
        summary = self.summaries.peek(holdings, self._head, self._room)
        if not self._may_say(summary, now_s, self._summary_grade(now_s)):
            return None
        return self._say_summary(holdings, now_s)

    def _say_summary(self, holdings: Holdings, now_s: float) -> OutgoingFrame:
        if not self.summaries.has_parts:
            self.taking.note_asked(self._lacking(now_s), now_s)
        said = self.summaries.take(holdings, self._speaker(now_s), self._room, now_s)
        self._is_word_due = False
        self.trickle.said_as_much()
        frame = self._sealed(said, FrameUse.SUMMARY, self.reach.take_for_word(now_s))
        return self._handed.remember(frame, lambda at: self.summaries.want(at, insist=True))

    def _request(self, now_s: float) -> OutgoingFrame | None:
        due_at = self.requests.due_at()
        if due_at is None or due_at > now_s:
            return None
        if not self._may_talk(Lane.REQUEST, self.requests.peek(self._head, self._room, now_s), now_s):
            return None
        planned = self.requests.planned()
        asked = self.requests.take(self._speaker(now_s), self._room, now_s)
        frame = self._sealed(asked, FrameUse.REQUEST, self.reach.hop_limit(now_s))
        return self._handed.remember(frame, lambda _at: self.requests.plan_again(planned))

    def _word(self, now_s: float) -> OutgoingFrame | None:
        """Tell what is held, as Trickle calls for it or because something is known to be lacking here."""
        if self._is_word_due and self._is_summary_due(now_s):
            holdings = self.visible(now_s)
            summary = self.summaries.peek(holdings, self._head, self._room)
            return self._say_summary(holdings, now_s) if self._may_talk(Lane.WORD, summary, now_s) else None
        if self._is_word_due:
            beacon = self._beacon(now_s)
            self._is_word_due = beacon is None
            return beacon
        due_at = self._ask_at(now_s)
        if due_at is None or due_at > now_s:
            return None
        farthest = self.wants.times_asked + NEAR_HOPS
        return self._beacon(now_s, min(farthest, self.reach.hop_limit(now_s)))

    def _is_summary_due(self, now_s: float) -> bool:
        """Say whether a word is to be a summary, which is answered at once: a key or much is lacking."""
        if self.doors.is_lagging or (self.is_crowded and self.doors.is_asking):
            return True
        holdings = self.visible(now_s)
        state = state_of(holdings)
        if not self.neighbours.count(now_s):
            summary = self.summaries.peek(holdings, self._head, self._room)
            return summary.span is None and len(push_frame(summary)) <= NEWCOMERS_BYTES
        if self.is_crowded or self._all_agree(state, now_s):
            return False
        summary = self.summaries.peek(holdings, self._head, self._room)
        beacon = Beacon(Speaker(self._head, LARGEST_COUNTER), state)
        return summary.span is None and self._air_s(summary) <= SUMMARY_WORTH * self._air_s(beacon)

    def _beacon(self, now_s: float, hop_limit: int | None = None) -> OutgoingFrame | None:
        """Return a beacon for now, None where it may not be said; without a hop limit it is our word."""
        holdings = self.visible(now_s)
        state = state_of(holdings)
        longest = Told(bytes(TABLE_BYTES), 0, (((1, LARGEST_TOLD),),) * (TOLD_BYTES // 5))
        if not self._may_talk(Lane.WORD, Beacon(Speaker(self._head, LARGEST_COUNTER), state, longest), now_s):
            return None
        is_worth_telling = self.is_crowded and not self._all_agree(state, now_s)
        told = self._told(TOLD_BYTES, now_s) if is_worth_telling else None
        if told is None:
            self.wants.note_told(now_s)  # the state says as much to whoever agrees
        self.taking.note_asked(self._lacking(now_s), now_s)
        beacon = Beacon(self._speaker(now_s), state, told)
        hop_limit = self.reach.take_for_word(now_s) if hop_limit is None else hop_limit
        frame = self._sealed(beacon, FrameUse.BEACON, hop_limit)
        return self._handed.remember(frame, lambda _at: self._say_word_again())

    def _say_word_again(self) -> None:
        self._is_word_due = True
