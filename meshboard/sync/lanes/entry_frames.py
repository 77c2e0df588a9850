"""Frames of entries, which two lanes say: news take repairs along, and repairs are never in their way."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from meshboard.bounded import BoundedMemory
from meshboard.domain.entries import SignedEntry
from meshboard.domain.ids import EntryId
from meshboard.figures import MAX_TOO_LONG, TOLD_WITH_NEWS_BYTES
from meshboard.sync.air.governor import Grade
from meshboard.sync.air.time_on_air import SIGNED_BYTES
from meshboard.sync.air.unsaid import Handed
from meshboard.sync.entries.filling import Filling, Recent
from meshboard.sync.entries.passing_on import PassingOn
from meshboard.sync.entries.repair import Repairs
from meshboard.sync.events import FrameUse
from meshboard.sync.lanes import findings
from meshboard.sync.lanes.lane import Tell
from meshboard.sync.lanes.voice import Voice
from meshboard.sync.setup import EngineSetup
from meshboard.wire.frames import Entries, StretchItem
from meshboard.wire.items import entry_wire_bytes
from meshboard.wire.packer import EntriesPacker


@dataclass(frozen=True, slots=True)
class Allowed:
    """Which entries may go now: neither kind is to be in the way of the other."""

    may_rest: bool
    may_urgent: bool


class EntryFrames:
    """Fills frames with entries, and takes note of what was said."""

    def __init__(self, setup: EngineSetup, voice: Voice, repairs: Repairs, tell: Tell) -> None:
        self.too_long: BoundedMemory[EntryId, None] = BoundedMemory(MAX_TOO_LONG)
        """What was to be said and fits no frame of ours."""
        self.recent = Recent()
        self.passing = PassingOn(setup.timings.flood_s)
        self._head = setup.head
        self._store = setup.store
        self._timings = setup.timings
        self._voice = voice
        self._air = voice.air
        self._governor = voice.air.governor
        self._limit = voice.air.limit
        self._reach = voice.reach
        self._company = voice.company
        self._outbox = voice.outbox
        self._repairs = repairs
        self._queue = repairs.queue
        self._forgotten = repairs.forgotten
        self._filling = Filling(setup.store, voice.outbox, repairs, voice.air.limit)
        self._tell = tell

    def allowed(self, due: Sequence[SignedEntry], grade: Grade, now_s: float) -> Allowed:
        """Say whether what is not urgent may go now, and what is.

        Reckoned with a full frame; where none may go, a short one with what is urgent might.
        """
        may_rest, may_urgent = (now_s >= self._air.full_frame_at(one) for one in (grade, Grade.CRITICAL))
        if may_urgent or (may_rest and not all(self.is_urgent(signed) for signed in due)):
            return Allowed(may_rest, may_urgent)
        if may_rest and not due:
            return Allowed(may_rest=True, may_urgent=False)
        return Allowed(may_rest=False, may_urgent=now_s >= self._air.allowed_at(0.0, Grade.CRITICAL))

    def among(self, due: Sequence[SignedEntry], allowed: Allowed) -> Sequence[SignedEntry]:
        """Return those of these entries that may go."""
        return [one for one in due if (allowed.may_urgent if self.is_urgent(one) else allowed.may_rest)]

    def is_urgent(self, signed: SignedEntry) -> bool:
        """Say whether an entry that waits may use the reserve of airtime."""
        entry_id = signed.entry.id
        return self._outbox.is_urgent(entry_id) or self._queue.is_urgent(entry_id)

    def say(self, due: Sequence[SignedEntry], use: FrameUse, grade: Grade, now_s: float) -> Handed | None:
        """Return a frame with what fits of these, which goes out now; None when it may not."""
        packer = self._filled(due, use, now_s)
        forgotten = self._forgotten.fill(packer, now_s) if use is FrameUse.REPAIR else ()
        said = packer.entries
        is_urgent = any(self.is_urgent(signed) for signed in said)
        its_grade = Grade.CRITICAL if is_urgent else grade
        if not (said or forgotten) or not self._air.may_say(packer.frame(), its_grade, now_s):
            return None
        outvoted = {signed.entry.id for signed in said if not self._is_held(signed)}
        if outvoted:
            for entry_id in outvoted:
                self._forget(entry_id)
            return self.say([one for one in due if one.entry.id not in outvoted], use, grade, now_s)
        hop_limit = self._hop_limit(said, forgotten, use, now_s)
        is_bulk = use is FrameUse.REPAIR and self._repairs.is_bulk
        self._note_said(said, forgotten, use, now_s)
        content = self._with_told(packer, use, now_s)
        frame = self._voice.sealed(content, use, hop_limit, said, is_urgent=is_urgent)
        if is_bulk:
            self._governor.note_bulk(frame.air_s, hop_limit, now_s)
        return Handed(frame, lambda at: self._put_back(said, forgotten, at))

    def note_said(self, entries: Sequence[EntryId]) -> None:
        """Note that we or another said these: none of them is to be said unasked once more."""
        for entry_id in entries:
            self.too_long.pop(entry_id, None)
        self.recent.note_said(entries)
        self.passing.note_said(entries)

    def _hop_limit(
        self, said: Sequence[SignedEntry], forgotten: Sequence[StretchItem], use: FrameUse, now_s: float
    ) -> int:
        """Return how far these go: as far as news, but what one station lacks only as far as that is."""
        if any(self.is_urgent(signed) for signed in said):
            return self._reach.for_critical(now_s)
        hop_limit = self._reach.hop_limit(now_s)
        if use is FrameUse.NEWS or not self._repairs.is_bulk:
            return hop_limit
        asked_from = max(self._repairs.hops_of(said), self._forgotten.hops_of(forgotten))
        return min(hop_limit, asked_from)

    def _note_said(
        self, said: Sequence[SignedEntry], forgotten: Sequence[StretchItem], use: FrameUse, now_s: float
    ) -> None:
        repairs, is_news = self._repairs, use is FrameUse.NEWS
        self._outbox.said(said, now_s, is_lead=is_news)
        self.note_said([signed.entry.id for signed in said])
        had_first = self._queue.has_alone()
        repairs.note_frame(said, now_s, is_lead=not is_news)
        self._forgotten.note_said(forgotten, now_s)
        if had_first and repairs.is_bulk and not self._queue.has_alone():
            may_answer_at = max(now_s, self._air.full_frame_at(Grade.FIRST))
            repairs.pause(may_answer_at + self._timings.first_pause_s)
        if is_news:
            self._reach.note_own_news(now_s)
            repairs.say_critical_again(said, now_s)

    def _with_told(self, packer: EntriesPacker, use: FrameUse, now_s: float) -> Entries:
        """Return the frame; news tell what is held as well, if an entry of ours shows who tells."""
        entries = packer.frame()
        if use is not FrameUse.NEWS or entries.items[0].head != self._head:
            return entries
        told = self._voice.told(min(packer.left - 1, TOLD_WITH_NEWS_BYTES), now_s)
        if told is not None:
            self._tell(findings.Telling(), now_s)
        return replace(entries, told=told)

    def _filled(self, due: Sequence[SignedEntry], use: FrameUse, now_s: float) -> EntriesPacker:
        """Return a frame with what is due first, and what goes along; forget what can be given to nobody."""
        packer, hopeless = self._filling.fill(due)
        for signed in hopeless:
            self._note_hopeless(signed)
            self._forget(signed.entry.id)
        if due and use is FrameUse.NEWS and not self._company.all_know_us():
            keyed = self._filling.fill_keyed(due[0])
            return keyed if keyed.entries else packer
        if self._air.node_signs:
            self._filling.lengthen(packer, self.recent.lately(now_s), SIGNED_BYTES)
        return packer

    def _note_hopeless(self, signed: SignedEntry) -> None:
        """Note what can be said in no frame, where it is by its length: people are to know of it."""
        if entry_wire_bytes(signed) > self._limit.room:
            self.too_long[signed.entry.id] = None

    def _put_back(
        self, entries: Sequence[SignedEntry], forgotten: Sequence[StretchItem], now_s: float
    ) -> None:
        self._forgotten.put_back(forgotten, now_s)
        for signed in entries:
            self._outbox.put_back(signed.entry.id, now_s)
            self._queue.put_back(signed.entry.id, now_s)

    def _is_held(self, signed: SignedEntry) -> bool:
        """Say whether an entry is still held: it gives way to two of its number, or is forgotten."""
        entry = signed.entry
        held = self._store.entries(entry.log, entry.number, entry.number)
        return any(one.entry.digest == entry.digest for one in held)

    def _forget(self, entry_id: EntryId) -> None:
        """Take an entry off both queues unsaid."""
        self._outbox.discard(entry_id)
        self._queue.discard(entry_id)
