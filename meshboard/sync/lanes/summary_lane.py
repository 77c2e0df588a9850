"""Summaries: all that is held here, in as many parts as it takes."""

from collections.abc import Sequence
from typing import ClassVar

from meshboard.figures import SUMMARY_PATIENCE
from meshboard.sync.air.governor import Grade
from meshboard.sync.air.held import Due
from meshboard.sync.air.unsaid import Handed
from meshboard.sync.entries.bulk import BulkTurn, will_pass
from meshboard.sync.events import FrameUse
from meshboard.sync.lanes import findings
from meshboard.sync.lanes.findings import Finding
from meshboard.sync.lanes.lane import Tell, Turn
from meshboard.sync.lanes.voice import Voice
from meshboard.sync.setup import EngineSetup
from meshboard.sync.words.summary_plan import SummaryPlan
from meshboard.wire.frames import Summary


class SummaryLane:
    """Tells all that is held here, where something is lacking that numbers do not show."""

    patience: ClassVar[int] = SUMMARY_PATIENCE

    def __init__(self, setup: EngineSetup, voice: Voice, giving: BulkTurn, tell: Tell) -> None:
        self._rest_s = setup.config.rest_s
        self._quiet_s = setup.timings.again_s
        self._voice = voice
        self._air = voice.air
        self._limit = voice.air.limit
        self._company = voice.company
        self._reach = voice.reach
        self._epochs = voice.epochs
        self._taking = voice.taking
        self._giving = giving
        self._plan = SummaryPlan(setup.timings, setup.chance, voice.early, voice.company)
        self._was_lagging = False
        self._tell = tell

    def dues(self, turn: Turn) -> Sequence[Due]:
        """Return when to say the next part, if one is planned."""
        due_at = self._due_at(turn.now_s)
        return [] if due_at is None else [Due("summary", 1, due_at, self.grade(turn))]

    def next_frame(self, turn: Turn) -> Handed | None:
        """Return the next part of a summary."""
        due_at = self._due_at(turn.now_s)
        return None if due_at is None or due_at > turn.now_s else self.say(turn)

    def say(self, turn: Turn) -> Handed | None:
        """Return the next part, planned or not; None where it may not go."""
        now_s = turn.now_s
        if not self._air.may_say(self.peek(now_s), self.grade(turn), now_s):
            return None
        self._tell(findings.Telling(in_summary=True, is_first_part=not self._plan.has_parts), now_s)
        speaker, holdings = self._voice.speaker(), self._voice.visible(now_s)
        said = self._plan.take(holdings, speaker, self._limit.room, now_s)
        frame = self._voice.sealed(said, FrameUse.SUMMARY, self._reach.take_for_word(now_s))
        return Handed(frame, self._say_again)

    def peek(self, now_s: float) -> Summary:
        """Return what the next part would be now, without taking it."""
        return self._plan.peek(self._voice.visible(now_s), self._voice.head, self._limit.room)

    def grade(self, turn: Turn) -> Grade:
        """Return how what tells all that is held stands: sooner to ask for the most urgent of much."""
        return Grade.ASK if self._taking.is_for_first(turn.now_s) else turn.grade(Grade.TALK)

    def take(self, finding: Finding, now_s: float) -> None:
        """Plan a summary where it helps, and none where another said the same or what is lacking comes."""
        match finding:
            case findings.Spoke(agrees=True, state=bytes(state)):
                self._plan.was_said(state, now_s)
            case findings.Differs(head=head, is_shown=False):
                if not will_pass(head, self._giving, self._taking, now_s):
                    self._plan.want(now_s, insist=self._company.are_few)
            case findings.HoldsUnknown() if not self._taking.is_on(now_s):
                self._plan.want(now_s, insist=True)
            case findings.CannotCheck(is_keyless=is_keyless):
                self._plan.want(now_s if is_keyless else now_s + self._rest_s, insist=True)
            case findings.Came(is_beyond_a_gap=True):
                self._plan.put_off(now_s + self._rest_s + self._quiet_s)
            case findings.IsToBeTold():
                self._plan.want(now_s)
            case findings.KeysChanged():
                self._look_whether_lagging(now_s)
            case _:
                pass

    def _say_again(self, now_s: float) -> None:
        self._reach.take_word_back()
        self._plan.want(now_s, insist=True)

    def _look_whether_lagging(self, now_s: float) -> None:
        """Ask for the beginning of the epoch whose key came, unless it comes by itself, as it mostly does."""
        if self._epochs.is_lagging and not self._was_lagging:
            self._plan.want(now_s + self._rest_s, insist=True)
        elif self._was_lagging and not self._epochs.is_lagging:
            self._plan.drop()
        self._was_lagging = self._epochs.is_lagging

    def _due_at(self, now_s: float) -> float | None:
        due_at = self._plan.due_at(self._voice.visible(now_s)) if self._plan.is_planned else None
        if due_at is None or self._plan.has_parts:
            return due_at
        return max(due_at, self._taking.ask_at)
