"""Repairs: what others lack and is held here, in full or of what was forgotten."""

from collections.abc import Sequence
from typing import ClassVar

from meshboard.figures import BULK_FEW, FEW_STATIONS, REPAIR_PATIENCE
from meshboard.sync.air.governor import Grade
from meshboard.sync.air.held import Due
from meshboard.sync.air.unsaid import Handed
from meshboard.sync.entries.bulk import Taking, is_much
from meshboard.sync.entries.leaving_out import LeavingOut
from meshboard.sync.entries.repair import Asking, Repairs
from meshboard.sync.events import FrameUse
from meshboard.sync.holdings.ranges import Lacking, count_of
from meshboard.sync.keys.past_epochs import PastEpochs
from meshboard.sync.lanes import findings
from meshboard.sync.lanes.entry_frames import EntryFrames
from meshboard.sync.lanes.findings import Finding
from meshboard.sync.lanes.lane import Turn
from meshboard.sync.lanes.voice import Voice
from meshboard.sync.setup import EngineSetup


class RepairLane:
    """Gives others what they lack, in turn with all who hold it."""

    patience: ClassVar[int] = REPAIR_PATIENCE

    def __init__(
        self, setup: EngineSetup, voice: Voice, repairs: Repairs, past: PastEpochs, frames: EntryFrames
    ) -> None:
        self._head = setup.head
        self._air = voice.air
        self._company = voice.company
        self._reach = voice.reach
        self._taking: Taking = voice.taking
        self._repairs = repairs
        self._queue = repairs.queue
        self._forgotten = repairs.forgotten
        self._giving = repairs.turn
        self._past = past
        self._frames = frames
        self._passing = frames.passing
        self._leaving_out = LeavingOut(setup.timings, setup.store)

    def dues(self, turn: Turn) -> Sequence[Due]:
        """Return what waits, told once: what is critical of it and the rest."""
        critical_at, due_at = self._queue.due_at(is_urgent=True), self._repairs.due_at()
        grade, count = turn.grade(self._grade()), len(self._repairs)
        found = (
            (critical_at, 0 if due_at is not None else count, Grade.CRITICAL),
            (due_at, count, grade),
        )
        return [Due("repairs", count, at, grade) for at, count, grade in found if at is not None]

    def next_frame(self, turn: Turn) -> Handed | None:
        """Return a frame with what others lack and is due, and more of it that waits."""
        due, grade = self._queue.due(turn.now_s), turn.grade(self._grade())
        allowed = self._frames.allowed(due, grade, turn.now_s)
        if not (allowed.may_rest or allowed.may_urgent):
            return None
        if due and not self._repairs.is_bulk:
            among = {one.entry.id for one in due}
            due = [*due, *(one for one in self._queue.waiting() if one.entry.id not in among)]
        return self._frames.say(self._frames.among(due, allowed), FrameUse.REPAIR, grade, turn.now_s)

    def _grade(self) -> Grade:
        """Return how repairs stand: of much the most urgent part goes fast and the rest slowly."""
        if not self._repairs.is_bulk:
            return Grade.REPAIR
        return Grade.FIRST if self._queue.has_alone() else Grade.BULK

    def take(self, finding: Finding, now_s: float) -> None:
        """Give what others lack, unless somebody else does or it will come there by itself."""
        match finding:
            case findings.Spoke(head=head):
                self._giving.note_holds(head, is_all=finding.agrees)
                self._passing.note_told(head, finding.they_lack, now_s, told_of=finding.told_of)
            case findings.ToldNumbers(head=head, are_logs_same=False):
                self._giving.note_holds(head, is_all=False)
            case findings.ToldNumbers(head=head):
                self._passing.note_told(head, finding.they_lack, now_s, told_of=finding.told_of)
            case findings.TheyLack():
                self._give(finding, now_s)
            case findings.TheyNeed():
                self._repairs.give_these(finding.entries, finding.hops, now_s)
            case findings.TheyNeedForgotten():
                self._repairs.give_forgotten(finding.log, finding.first, finding.last, finding.hops, now_s)
            case findings.SaidByOther():
                self._leave_to_other(finding, now_s)
            case findings.Came(is_behind=False):
                self._pass_on(finding, now_s)
            case findings.StretchSaid(item=item):
                self._forgotten.note_heard(item, now_s)
            case _:
                pass

    def _give(self, finding: findings.TheyLack, now_s: float) -> None:
        head, differences = finding.head, finding.lack
        lack = self._leaving_out.to_give(head, differences, now_s)
        much = self._lacks_much(finding, lack.they_lack, now_s)
        # few that a summary reaches are no crowd
        is_in_turn = finding.is_by_numbers or self._company.stations > FEW_STATIONS
        asking = Asking(
            finding.hops,
            is_waited_for=finding.is_waited_for,
            is_for_all=finding.is_for_all,
            is_of_much=much,
            turn=self._company.turn_after(head, self._head, now_s) if is_in_turn else None,
        )
        facts = () if finding.is_by_numbers else self._past.lacking(differences.they_lack)
        self._repairs.give(lack, asking, now_s, facts)
        self._repairs.give_keys(finding.keyless, finding.hops, now_s)

    def _lacks_much(self, finding: findings.TheyLack, lacking: Lacking, now_s: float) -> bool:
        """Note what a station lacks; say whether it is much, or the rest of it: then only one gives it."""
        head, count = finding.head, sum(count_of(ranges) for _, ranges in lacking)
        if finding.is_whole or count > BULK_FEW:
            self._giving.note_holds(head, is_all=count <= BULK_FEW)
        is_under_way = self._giving.has_lacked_much(head, now_s)
        much = is_much(count, self._company.stations, is_under_way=is_under_way)
        if much:
            self._giving.note_lacks_much(head, now_s)
        elif count:
            self._reach.note_lacking(head, finding.hops, now_s)
        return much

    def _leave_to_other(self, finding: findings.SaidByOther, now_s: float) -> None:
        is_holders = self._giving.is_holder(finding.head)
        self._repairs.note_heard(
            finding.ids, now_s, is_new=finding.is_new, is_run=finding.is_run, is_holders=is_holders
        )
        if self._giving.is_others(now_s) or self._taking.is_on(now_s):
            self._air.note_others_bulk(now_s)

    def _pass_on(self, finding: findings.Came, now_s: float) -> None:
        """Give at once what somebody farther on lacks each time, unless much is lacking here."""
        if not self._taking.lacks_much:
            passed_on = [one for one in finding.counted if self._passing.note_came(one.entry, now_s)]
            self._repairs.pass_on(passed_on, finding.hops, now_s)
