"""What this station says next: news, summary, request, repair or beacon, as the airtime governor allows."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from meshboard.domain.entries import SignedEntry
from meshboard.domain.ids import AuthorId, EntryId
from meshboard.sync.doors import Doors, with_counter
from meshboard.sync.events import FrameUse, OutgoingFrame
from meshboard.sync.governor import Governor, Grade, hourly_budget_s
from meshboard.sync.hearing import Neighbours
from meshboard.sync.outbox import Outbox
from meshboard.sync.reach import Reach
from meshboard.sync.repair import Repairs
from meshboard.sync.setup import EngineSetup
from meshboard.sync.speech import LARGEST_COUNTER, Counters, RequestPlan, SummaryPlan
from meshboard.sync.summary import Holdings, state_of, without
from meshboard.sync.telling import TOLD_BYTES, TOLD_WITH_NEWS_BYTES, Teller
from meshboard.sync.timing import Calm, Trickle
from meshboard.sync.wanting import Wants
from meshboard.trust.epochs import KeyRing
from meshboard.trust.seal import Seal
from meshboard.wire.frames import HEAD_BYTES, TABLE_BYTES, Beacon, Frame, Speaker, Told
from meshboard.wire.framing import (
    FRAME_OVERHEAD_BYTES,
    push_frame,
    room_bytes,
    seal_frame,
)
from meshboard.wire.packer import EntriesPacker, FrameFull

NEAR_HOPS = 1  # who lacks something asks near stations first: most of them have it
LARGEST_TOLD = 2**28 - 1  # what takes most bytes


class Voice:
    """Everything that waits to be said, and the order it is said in."""

    def __init__(self, setup: EngineSetup, now_s: float) -> None:
        timings = setup.config.timings
        self._config = setup.config
        self._store = setup.store
        self._head = bytes(setup.author[:HEAD_BYTES])
        self._room = room_bytes(setup.config.max_frame_bytes)
        self._is_word_due = False
        self._was_lagging = False
        self._said_apart: set[EntryId] = set()
        self.counters = Counters(setup.store)
        self.outbox = Outbox(setup.config.rest_s, setup.chance)
        self.repairs = Repairs(timings, setup.chance, setup.store)
        self.summaries = SummaryPlan(timings, setup.chance)
        self.wants = Wants(timings, setup.chance)
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
        self.governor = Governor(budget_s, setup.chance, timings.pause_s, setup.spent)

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

    def note_company(self, now_s: float) -> None:
        """Note that a station was heard: the more there are, the more patient each of them is."""
        stations = 1 + self.neighbours.count(now_s)
        self.trickle.stations = self.wants.stations = self.repairs.stations = stations

    def advance(self, now_s: float) -> None:
        """Let the word's timer run to `now_s`."""
        while self.trickle.next_at <= now_s:
            is_settled = self.neighbours.all_hold(state_of(self.visible(now_s)), now_s)
            self._is_word_due |= self.trickle.advance(now_s, is_settled=is_settled)

    def next_frame(self, now_s: float) -> OutgoingFrame | None:
        """Return what to broadcast now, None when nothing is due or allowed."""
        self.advance(now_s)
        for choose in self._order():
            frame = choose(now_s)
            if frame is not None:
                self.governor.record(frame.air_s, frame.hop_limit, now_s)
                return frame
        return None

    def _order(self) -> Sequence[Callable[[float], OutgoingFrame | None]]:
        if self._is_door_only():
            return (self._door,)
        return (self._news, self._door, self._repair, self._summary, self._ask, self._request, self._word)

    def _is_door_only(self) -> bool:
        """Say whether nothing is sealed for now: the current key is not held, or not given away yet."""
        return not self.doors.may_seal or self.doors.change.next is not None

    def note_heard(self, frame_bytes: int, now_s: float) -> None:
        """Note a frame of another station: it and its relays fill the channel as ours do."""
        air_s = self._config.air_s(frame_bytes)
        self.governor.note_on_air(air_s, self.reach.hop_limit(now_s), now_s)
        if self.reach.hop_limit(now_s):
            self._calm.note_heard(now_s)

    def next_timer(self, now_s: float) -> float:
        """Return when `next_frame` may have something, as far as is known at `now_s`."""
        frame_s = self._config.timings.frame_s
        due = ((due_at, grade) for due_at, grade in self.doors.due_at() if due_at is not None)
        door_at = min(
            (max(due_at, self.governor.allowed_at(frame_s, grade)) for due_at, grade in due),
            default=float("inf"),
        )
        if self._is_door_only():
            return min(self.trickle.next_at, door_at)
        news = [self.outbox.due_at(critical_only=False)]
        repairs = [self.repairs.queue.due_at(critical_only=False)]
        talk = [
            self.wants.due_at(self.visible(now_s)),
            self.summaries.due_at(self.visible(now_s)) if self.summaries.is_planned else None,
            self.requests.due_at(),
            now_s if self._is_word_due else None,
        ]
        critical = [
            self.outbox.due_at(critical_only=True),
            self.repairs.queue.due_at(critical_only=True),
        ]
        return min(
            self.trickle.next_at,
            door_at,
            self._when_allowed(critical, Grade.CRITICAL),
            self._when_allowed(news, Grade.NEWS),
            self._when_allowed(repairs, Grade.REPAIR),
            self._when_allowed(talk, Grade.TALK),
        )

    def _when_allowed(self, due: Sequence[float | None], grade: Grade) -> float:
        """Return the first due time the governor allows, reckoning with a full frame."""
        first = min((due_at for due_at in due if due_at is not None), default=float("inf"))
        return max(first, self._allowed_at(self._config.timings.frame_s, grade))

    def _may_say(self, frame: Frame, now_s: float, grade: Grade = Grade.TALK) -> bool:
        return now_s >= self._allowed_at(self._air_s(frame), grade)

    def _allowed_at(self, air_s: float, grade: Grade) -> float:
        allowed_at = self.governor.allowed_at(air_s, grade)
        return allowed_at if grade is Grade.CRITICAL else max(allowed_at, self._calm.at)

    def _air_s(self, frame: Frame) -> float:
        return self._config.air_s(FRAME_OVERHEAD_BYTES + len(push_frame(frame)))

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
        return OutgoingFrame(payload, hop_limit, use, self._config.air_s(len(payload)), ids)

    def _speaker(self) -> Speaker:
        return Speaker(self._head, self.counters.take())

    def _door(self, now_s: float) -> OutgoingFrame | None:
        word = self.doors.due(now_s)
        if word is None or now_s < self.governor.allowed_at(self._air_s(word.frame), word.grade):
            return None
        self.doors.note_said(word, now_s)
        frame = with_counter(word, self.counters).frame
        return self._sealed_by(word.seal, frame, word.use, word.hop_limit, word.entries)

    def _news(self, now_s: float) -> OutgoingFrame | None:
        due = self.outbox.due(now_s)
        return self._say([*due, *self.repairs.queue.waiting()], FrameUse.NEWS, now_s) if due else None

    def _repair(self, now_s: float) -> OutgoingFrame | None:
        return self._say(self.repairs.queue.due(now_s), FrameUse.REPAIR, now_s)

    def _say(self, due: Sequence[SignedEntry], use: FrameUse, now_s: float) -> OutgoingFrame | None:
        grade = Grade.NEWS if use is FrameUse.NEWS else Grade.REPAIR
        if now_s < self._allowed_at(self._config.timings.frame_s, grade):
            due = [signed for signed in due if self._is_urgent(signed)]  # the rest would only be in their way
        packer = self._packed(due, now_s, is_keyed=False)
        if use is FrameUse.NEWS and not self.neighbours.all_know_us():
            keyed = self._packed(due[:1], now_s, is_keyed=True)
            packer = keyed if keyed.entries else packer
        said = packer.entries
        if any(self._is_urgent(signed) for signed in said):
            grade = Grade.CRITICAL
        if not said or not self._may_say(packer.frame(), now_s, grade):
            return None
        outvoted = {signed.entry.id for signed in said if not self._is_held(signed)}
        if outvoted:
            for entry_id in outvoted:
                self._forget(entry_id)
            return self._say([signed for signed in due if signed.entry.id not in outvoted], use, now_s)
        hop_limit = self.reach.hop_limit(now_s)
        if use is FrameUse.REPAIR:
            hop_limit = min(hop_limit, self.repairs.hops_of(said))
        for signed in said:
            self._drop(signed, now_s)
        frame = packer.frame()
        if use is FrameUse.NEWS:
            frame = replace(frame, told=self._told(min(packer.left - 1, TOLD_WITH_NEWS_BYTES), now_s))
        return self._sealed(frame, use, hop_limit, said)

    def _told(self, most_bytes: int, now_s: float) -> Told | None:
        """Return what is held, in a frame that goes out now."""
        told = self._teller.tell(self.visible(now_s), most_bytes)
        if told is not None:
            self.wants.note_told(now_s)
            self.trickle.note_told()
        return told

    def _is_held(self, signed: SignedEntry) -> bool:
        """Say whether an entry is still held: it gives way to two of its number with lower digests."""
        return self._store.holds(signed.entry.log, signed.entry.number, signed.entry.digest)

    def _forget(self, entry_id: EntryId) -> None:
        """Take an entry off both queues unsaid."""
        self.outbox.discard(entry_id)
        self.repairs.queue.discard(entry_id)

    def _is_urgent(self, signed: SignedEntry) -> bool:
        entry_id = signed.entry.id
        return self.outbox.is_urgent(entry_id) or self.repairs.queue.is_urgent(entry_id)

    def _packed(self, due: Sequence[SignedEntry], now_s: float, *, is_keyed: bool) -> EntriesPacker:
        """Return a frame of as many of these as fit; an unkeyed one drops what fits no frame at all."""
        packer = EntriesPacker(self._config.max_frame_bytes, is_keyed=is_keyed)
        for signed in due:
            try:
                packer.add(signed)
            except FrameFull:
                if not packer.entries and not is_keyed:
                    self._drop(signed, now_s)
        return packer

    def _drop(self, signed: SignedEntry, now_s: float) -> None:
        """Take an entry off both queues: it was said, or no frame of this circle can hold it."""
        self.outbox.discard(signed.entry.id)
        self.repairs.note_said(signed.entry.id, now_s)

    def _summary(self, now_s: float) -> OutgoingFrame | None:
        if not self.summaries.is_planned:
            return None
        holdings = self.visible(now_s)
        due_at = self.summaries.due_at(holdings)
        if due_at is None or due_at > now_s:
            return None
        if not self._may_say(self.summaries.peek(holdings, self._head, self._room), now_s):
            return None
        return self._say_summary(holdings, now_s)

    def _say_summary(self, holdings: Holdings, now_s: float) -> OutgoingFrame:
        said = self.summaries.take(holdings, self._speaker(), self._room, now_s)
        self._is_word_due = False
        self.trickle.said_as_much()
        return self._sealed(said, FrameUse.SUMMARY, self.reach.take_for_word(now_s))

    def _request(self, now_s: float) -> OutgoingFrame | None:
        due_at = self.requests.due_at()
        if due_at is None or due_at > now_s:
            return None
        if not self._may_say(self.requests.peek(self._head, self._room, now_s), now_s):
            return None
        asked = self.requests.take(self._speaker(), self._room, now_s)
        return self._sealed(asked, FrameUse.REQUEST, self.reach.hop_limit(now_s))

    def _word(self, now_s: float) -> OutgoingFrame | None:
        """Say what Trickle calls for: a beacon, or while stations differ a summary where it is as cheap."""
        if not self._is_word_due:
            return None
        if self.doors.is_lagging:
            return self._say_summary(self.visible(now_s), now_s)
        beacon = self._beacon(now_s)
        if beacon is not None:
            self._is_word_due = False
        return beacon

    def _ask(self, now_s: float) -> OutgoingFrame | None:
        """Tell what is held because something is known to be lacking."""
        due_at = self.wants.due_at(self.visible(now_s))
        if due_at is None or due_at > now_s:
            return None
        farthest = self.wants.times_asked + NEAR_HOPS
        return self._beacon(now_s, min(farthest, self.reach.hop_limit(now_s)))

    def _beacon(self, now_s: float, hop_limit: int | None = None) -> OutgoingFrame | None:
        """Return a beacon for now, None where it may not be said; without a hop limit it is our word."""
        holdings = self.visible(now_s)
        state = state_of(holdings)
        longest = Told(bytes(TABLE_BYTES), 0, (((1, LARGEST_TOLD),),) * (TOLD_BYTES // 5))
        if not self._may_say(Beacon(Speaker(self._head, LARGEST_COUNTER), state, longest), now_s):
            return None
        is_settled = self.neighbours.all_hold(state, now_s)
        told = None if is_settled else self._told(TOLD_BYTES, now_s)
        beacon = Beacon(self._speaker(), state, told)
        hop_limit = self.reach.take_for_word(now_s) if hop_limit is None else hop_limit
        return self._sealed(beacon, FrameUse.BEACON, hop_limit)
