"""What waits to be said, and what decides whether it may go out; `voice` says what goes first."""

from collections import OrderedDict
from collections.abc import Sequence

from meshboard.domain.entries import SignedEntry
from meshboard.domain.ids import EntryId
from meshboard.figures import MAX_TOO_LONG
from meshboard.sync.air.governor import Governor, Grade, hourly_budget_s
from meshboard.sync.air.trickle import Calm, Trickle
from meshboard.sync.air.unsaid import HandedOut
from meshboard.sync.company.reach import Reach
from meshboard.sync.entries.fairness import LANE_PATIENCE, Lane, Turns
from meshboard.sync.entries.filling import Filling
from meshboard.sync.entries.outbox import Outbox
from meshboard.sync.entries.passing_on import PassingOn
from meshboard.sync.entries.recent import NODE_SIGNATURE_BYTES, SIGNED_BYTES, Recent
from meshboard.sync.entries.repair import Lacking, Repairs
from meshboard.sync.events import FrameUse, OutgoingFrame
from meshboard.sync.hearing.reader import Neighbours
from meshboard.sync.holdings.early import Early
from meshboard.sync.holdings.summary import Holdings, without
from meshboard.sync.holdings.telling import Teller
from meshboard.sync.keys.doors import Doors
from meshboard.sync.setup import EngineSetup
from meshboard.sync.words.reminders import Reminders
from meshboard.sync.words.speech import Counters, RequestPlan, SummaryPlan
from meshboard.sync.words.taking import Taking
from meshboard.sync.words.wanting import Wants
from meshboard.trust.seal import Seal
from meshboard.wire.frames import HEAD_BYTES, Frame, Speaker, Told
from meshboard.wire.framing import FRAME_OVERHEAD_BYTES, push_frame, room_bytes, seal_frame
from meshboard.wire.items import entry_wire_bytes


class Plans:
    """All that is planned and remembered of one circle's talk; the parts that speak share it."""

    def __init__(self, setup: EngineSetup, now_s: float) -> None:
        timings = setup.config.timings
        self.config = setup.config
        self.store = setup.store
        self.head = bytes(setup.author[:HEAD_BYTES])
        self.max_frame_bytes = setup.config.max_frame_bytes
        self.room = room_bytes(setup.config.max_frame_bytes)
        self.handed = HandedOut()
        self.too_long: OrderedDict[EntryId, None] = OrderedDict()
        """What was to be said and fits no frame of ours; at most MAX_TOO_LONG."""
        self.is_word_due = False
        """Whether Trickle called for a word that was not said yet."""
        self.lanes = Turns(LANE_PATIENCE)
        self.counters = Counters(setup.store)
        self.reminders = Reminders(timings, setup.chance)
        self.outbox = Outbox(setup.config.rest_s, setup.chance)
        self.repairs = Repairs(timings, setup.chance, setup.store, self.outbox)
        self.early = Early()
        self.summaries = SummaryPlan(timings, setup.chance, self.early)
        self.filling = Filling(setup.store, self.outbox, self.repairs, setup.config.max_frame_bytes)
        self.wants = Wants(timings, setup.chance)
        self.taking = Taking(timings, setup.chance, self.wants)
        self.recent = Recent()
        self.passing = PassingOn(timings.flood_s)
        self.node_signs = False
        """Whether our node adds a signature of its own to short broadcasts, as firmware 2.8 does."""
        self.teller = Teller()
        self.knows_their_logs = False
        """Whether who told what they hold last held the same logs: to them numbers alone say what we lack."""
        self.calm = Calm(timings, setup.chance)
        self.requests = RequestPlan(timings, setup.chance, setup.store)
        self.doors = Doors(setup, self.repairs, now_s)
        self.neighbours = Neighbours(timings)
        self.trickle = Trickle(timings.beacon_min_s, setup.chance, now_s)
        if any(log.author != setup.author for log in setup.store.holdings()):
            self.trickle.reset(now_s)  # back after a break: something was probably missed
        self.reach = Reach(setup.config.hop_limit, timings)
        budget_s = hourly_budget_s(setup.config.region)
        own = Governor(budget_s, setup.chance, timings.pause_s, setup.spent)
        self.governor = setup.governor or own

    def visible(self, now_s: float) -> Holdings:
        """Return what others may know is held here: everything but entries at rest."""
        return without(self.store, self.outbox.resting(now_s))

    def lacking(self, now_s: float) -> Lacking:
        """Return what is known to be lacking here."""
        return self.wants.lacking(self.visible(now_s))

    def note_said(self, entries: Sequence[EntryId]) -> None:
        """Note that we or another said these: none of them is to be said unasked once more."""
        for entry_id in entries:
            self.too_long.pop(entry_id, None)
        self.recent.note_said(entries)
        self.passing.note_said(entries)

    def note_hopeless(self, signed: SignedEntry) -> None:
        """Note what can be said in no frame, where it is by its length: people are to know of it."""
        if entry_wire_bytes(signed) > self.room:
            self.too_long[signed.entry.id] = None
        if len(self.too_long) > MAX_TOO_LONG:
            self.too_long.popitem(last=False)

    def note_neighbour(self, head: bytes, state: bytes, now_s: float) -> None:
        """Note what a station said of itself: the more are heard, the more patient each of them is.

        An empty state for one that differs in an unknown way.
        """
        self.neighbours.note(head, state, now_s)
        stations = 1 + self.neighbours.count(now_s)
        self.trickle.stations = self.wants.stations = self.repairs.waits.stations = stations
        self.summaries.stations = stations
        self.repairs.waits.relays = self.reach.hop_limit(now_s)
        self.governor.stations = stations

    def all_agree(self, state: bytes, now_s: float) -> bool:
        """Say whether all who were heard lately hold this too, or are being given what they lack."""
        return self.neighbours.all_hold(state, now_s, lambda head: self.repairs.turn.is_given(head, now_s))

    def grade(self, lane: Lane, grade: Grade) -> Grade:
        """Return how a lane's frames stand: one passed over too often need not wait for a calm channel.

        What is less urgent of much waits for one all the same: it leaves air for news.
        """
        is_lifted = grade not in (Grade.CRITICAL, Grade.BULK) and self.lanes.is_overdue(lane)
        return Grade.NEWS if is_lifted else grade

    def repair_grade(self) -> Grade:
        """Return how repairs stand: of much the most urgent part goes fast and the rest slowly."""
        if not self.repairs.is_bulk:
            return self.grade(Lane.REPAIR, Grade.REPAIR)
        return self.grade(Lane.REPAIR, Grade.FIRST if self.repairs.queue.has_alone() else Grade.BULK)

    def may_talk(self, lane: Lane, frame: Frame, now_s: float) -> bool:
        """Say whether a word may go now."""
        return self.may_say(frame, now_s, self.grade(lane, Grade.TALK))

    def may_say(self, frame: Frame, now_s: float, grade: Grade) -> bool:
        """Say whether a frame of this grade may go now."""
        return now_s >= self.allowed_at(self.air_s(frame), grade)

    def allowed_at(self, air_s: float, grade: Grade) -> float:
        """Return the earliest time a frame of this time on air may go; may lie in the past."""
        allowed_at = self.governor.allowed_at(air_s, grade)
        return allowed_at if grade is Grade.CRITICAL else max(allowed_at, self.calm.at)

    def air_s(self, frame: Frame) -> float:
        """Return how long a frame is on the air, in seconds."""
        return self.air_of(FRAME_OVERHEAD_BYTES + len(push_frame(frame)))

    def air_of(self, frame_bytes: int) -> float:
        """Return how long a frame of so many bytes is on the air with what our node adds."""
        is_longer = self.node_signs and frame_bytes <= SIGNED_BYTES
        return self.config.air_s(frame_bytes + NODE_SIGNATURE_BYTES * is_longer)

    def sealed(
        self,
        frame: Frame,
        use: FrameUse,
        hop_limit: int,
        entries: Sequence[SignedEntry] = (),
    ) -> OutgoingFrame:
        """Return a frame sealed with the current epoch's key; call only while `doors.may_seal`."""
        seal = self.doors.ring.seal
        assert seal is not None
        return self.sealed_by(seal, frame, use, hop_limit, entries)

    def sealed_by(
        self, seal: Seal, frame: Frame, use: FrameUse, hop_limit: int, entries: Sequence[SignedEntry]
    ) -> OutgoingFrame:
        """Return a frame sealed so, with these entries in it."""
        payload = seal_frame(frame, seal)
        ids = tuple(signed.entry.id for signed in entries)
        return OutgoingFrame(payload, hop_limit, use, self.air_of(len(payload)), ids)

    def speaker(self) -> Speaker:
        """Return who says the next word: our head and a counter that only grows."""
        return Speaker(self.head, self.counters.take())

    def told(self, most_bytes: int, now_s: float, waits_bytes: int = 0) -> Told | None:
        """Return what is held, in a frame that goes out now.

        What waits to be checked is told in what is left, and `waits_bytes` more.
        """
        told = self.teller.tell(self.visible(now_s), most_bytes, self.early.ranges(), waits_bytes)
        if told is not None:
            self.wants.note_told(now_s)
            self.trickle.note_told()
        return told
