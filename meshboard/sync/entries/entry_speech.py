"""Say entries: news, and repairs of what others lack."""

from collections.abc import Sequence
from dataclasses import replace

from meshboard.domain.entries import SignedEntry
from meshboard.domain.ids import EntryId
from meshboard.figures import TOLD_WITH_NEWS_BYTES
from meshboard.sync.air.governor import Grade
from meshboard.sync.entries.recent import SIGNED_BYTES
from meshboard.sync.events import FrameUse, OutgoingFrame
from meshboard.sync.plans import Plans
from meshboard.wire.frames import Entries, StretchItem
from meshboard.wire.packer import EntriesPacker


class EntrySpeech:
    """Fills frames with entries, and takes note of what was said."""

    def __init__(self, plans: Plans) -> None:
        self._plans = plans

    def news(self, now_s: float) -> OutgoingFrame | None:
        """Return a frame with new entries that are due and repairs that go along; None when it may not go."""
        plans = self._plans
        news = plans.outbox.due(now_s)
        kinds = self._kinds(news, Grade.NEWS, now_s)
        if not self._of(kinds, news):
            return None
        return self._say(self._of(kinds, [*news, *plans.repairs.queue.waiting()]), FrameUse.NEWS, now_s)

    def repair(self, now_s: float) -> OutgoingFrame | None:
        """Return a frame with what others lack and is due; None when there is none or it may not go."""
        repairs = self._plans.repairs
        due = repairs.queue.due(now_s)
        kinds = self._kinds(due, self._plans.repair_grade(), now_s)
        if not any(kinds):
            return None
        if due and not repairs.is_bulk:
            among = {one.entry.id for one in due}
            due = [*due, *(one for one in repairs.queue.waiting() if one.entry.id not in among)]
        return self._say(self._of(kinds, due), FrameUse.REPAIR, now_s)

    def _kinds(self, due: Sequence[SignedEntry], grade: Grade, now_s: float) -> tuple[bool, bool]:
        """Say whether what is not urgent may go now, and what is; neither is to be in the way of the other.

        Reckoned with a full frame; where none may go, a short one with what is urgent might.
        """
        frame_s, allowed_at = self._plans.config.timings.frame_s, self._plans.allowed_at
        may_rest, may_urgent = (now_s >= allowed_at(frame_s, one) for one in (grade, Grade.CRITICAL))
        if may_urgent or (may_rest and not all(self._is_urgent(signed) for signed in due)):
            return may_rest, may_urgent
        if may_rest and not due:
            return True, False
        return False, now_s >= allowed_at(0.0, Grade.CRITICAL)

    def _of(self, kinds: tuple[bool, bool], due: Sequence[SignedEntry]) -> Sequence[SignedEntry]:
        return [signed for signed in due if kinds[self._is_urgent(signed)]]

    def _say(self, due: Sequence[SignedEntry], use: FrameUse, now_s: float) -> OutgoingFrame | None:
        plans = self._plans
        grade = Grade.NEWS if use is FrameUse.NEWS else plans.repair_grade()
        packer = self._filled(due, use, now_s)
        forgotten = plans.repairs.forgotten.fill(packer, now_s) if use is FrameUse.REPAIR else ()
        said = packer.entries
        if any(self._is_urgent(signed) for signed in said):
            grade = Grade.CRITICAL
        if not (said or forgotten) or not plans.may_say(packer.frame(), now_s, grade):
            return None
        outvoted = {signed.entry.id for signed in said if not self._is_held(signed)}
        if outvoted:
            for entry_id in outvoted:
                self._forget(entry_id)
            return self._say([signed for signed in due if signed.entry.id not in outvoted], use, now_s)
        hop_limit = self._hop_limit(said, forgotten, use, now_s)
        is_bulk = use is FrameUse.REPAIR and plans.repairs.is_bulk
        self._note_said(said, forgotten, use, now_s)
        frame = plans.sealed(self._with_told(packer, use, now_s), use, hop_limit, said)
        if is_bulk:
            plans.governor.note_bulk(frame.air_s, hop_limit, now_s)
        frame = replace(frame, is_urgent=grade is Grade.CRITICAL)
        return plans.handed.remember(frame, lambda at: self._put_back(said, forgotten, at))

    def _hop_limit(
        self, said: Sequence[SignedEntry], forgotten: Sequence[StretchItem], use: FrameUse, now_s: float
    ) -> int:
        """Return how far these go: as far as news, but what one station lacks only as far as that is."""
        reach, repairs = self._plans.reach, self._plans.repairs
        if any(self._is_urgent(signed) for signed in said):
            return reach.for_critical(now_s)
        hop_limit = reach.hop_limit(now_s)
        if use is FrameUse.NEWS or not repairs.is_bulk:
            return hop_limit
        asked_from = max(repairs.hops_of(said), repairs.forgotten.hops_of(forgotten))
        return min(hop_limit, asked_from)

    def _note_said(
        self, said: Sequence[SignedEntry], forgotten: Sequence[StretchItem], use: FrameUse, now_s: float
    ) -> None:
        plans, repairs, is_news = self._plans, self._plans.repairs, use is FrameUse.NEWS
        plans.outbox.said(said, now_s, is_lead=is_news)
        plans.note_said([signed.entry.id for signed in said])
        had_first = repairs.queue.has_alone()
        repairs.note_frame(said, now_s, is_lead=not is_news)
        repairs.forgotten.note_said(forgotten, now_s)
        timings = plans.config.timings
        if had_first and repairs.is_bulk and not repairs.queue.has_alone():
            may_answer_at = max(now_s, plans.allowed_at(timings.frame_s, Grade.FIRST))
            repairs.pause(may_answer_at + timings.first_pause_s)
        if is_news:
            plans.reach.note_own_news(now_s)
            repairs.say_critical_again(said, now_s)

    def _with_told(self, packer: EntriesPacker, use: FrameUse, now_s: float) -> Entries:
        """Return the frame; news tell what is held as well, if an entry of ours shows who tells."""
        entries = packer.frame()
        if use is not FrameUse.NEWS or entries.items[0].head != self._plans.head:
            return entries
        return replace(entries, told=self._plans.told(min(packer.left - 1, TOLD_WITH_NEWS_BYTES), now_s))

    def _filled(self, due: Sequence[SignedEntry], use: FrameUse, now_s: float) -> EntriesPacker:
        """Return a frame with what is due first, and what goes along; forget what can be given to nobody."""
        packer, hopeless = self._plans.filling.fill(due)
        for signed in hopeless:
            self._plans.note_hopeless(signed)
            self._forget(signed.entry.id)
        if due and use is FrameUse.NEWS and not self._plans.neighbours.all_know_us():
            keyed = self._plans.filling.fill_keyed(due[0])
            return keyed if keyed.entries else packer
        if self._plans.node_signs:
            self._plans.filling.lengthen(packer, self._plans.recent.lately(now_s), SIGNED_BYTES)
        return packer

    def _put_back(
        self, entries: Sequence[SignedEntry], forgotten: Sequence[StretchItem], now_s: float
    ) -> None:
        self._plans.repairs.forgotten.put_back(forgotten, now_s)
        for signed in entries:
            self._plans.outbox.put_back(signed.entry.id, now_s)
            self._plans.repairs.queue.put_back(signed.entry.id, now_s)

    def _is_held(self, signed: SignedEntry) -> bool:
        """Say whether an entry is still held: it gives way to two of its number, or is forgotten."""
        entry = signed.entry
        held = self._plans.store.entries(entry.log, entry.number, entry.number)
        return any(one.entry.digest == entry.digest for one in held)

    def _forget(self, entry_id: EntryId) -> None:
        """Take an entry off both queues unsaid."""
        self._plans.outbox.discard(entry_id)
        self._plans.repairs.queue.discard(entry_id)

    def _is_urgent(self, signed: SignedEntry) -> bool:
        entry_id = signed.entry.id
        return self._plans.outbox.is_urgent(entry_id) or self._plans.repairs.queue.is_urgent(entry_id)
