"""Requests about forked logs, and reminders to older copies of a station."""

from collections.abc import Sequence
from typing import ClassVar

from meshboard.figures import REQUEST_PATIENCE
from meshboard.sync.air.governor import Grade
from meshboard.sync.air.held import Due
from meshboard.sync.air.unsaid import Handed
from meshboard.sync.events import FrameUse
from meshboard.sync.lanes import findings
from meshboard.sync.lanes.findings import Finding
from meshboard.sync.lanes.lane import Turn
from meshboard.sync.lanes.voice import Voice
from meshboard.sync.setup import EngineSetup
from meshboard.sync.words.reminders import Reminders
from meshboard.sync.words.request_plan import RequestPlan
from meshboard.wire.frames import Frame


class RequestLane:
    """Asks where logs fork; says to older copies how far their counter went."""

    patience: ClassVar[int] = REQUEST_PATIENCE

    def __init__(self, setup: EngineSetup, voice: Voice) -> None:
        self._voice = voice
        self._air = voice.air
        self._limit = voice.air.limit
        self._reach = voice.reach
        self._reminders = Reminders(setup.timings, setup.chance)
        self._plan = RequestPlan(setup.timings, setup.chance, setup.store)

    def dues(self, turn: Turn) -> Sequence[Due]:
        """Return when to remind, and when to ask."""
        planned, grade = (self._reminders.due_at(), self._plan.due_at()), turn.grade(Grade.TALK)
        return [Due("request", 1, due_at, grade) for due_at in planned if due_at is not None]

    def next_frame(self, turn: Turn) -> Handed | None:
        """Return a reminder, else a request."""
        return self._reminder(turn) or self._request(turn)

    def _reminder(self, turn: Turn) -> Handed | None:
        reminder = self._reminders.peek(turn.now_s)
        if reminder is None or not self._may_say(reminder, turn):
            return None
        self._reminders.take(reminder, turn.now_s)
        frame = self._voice.sealed(reminder, FrameUse.REQUEST, self._reach.hop_limit(turn.now_s))
        return Handed(frame, lambda at: self._reminders.want(reminder.speaker, at))

    def _request(self, turn: Turn) -> Handed | None:
        due_at, now_s, room = self._plan.due_at(), turn.now_s, self._limit.room
        if due_at is None or due_at > now_s:
            return None
        if not self._may_say(self._plan.peek(self._voice.head, room, now_s), turn):
            return None
        planned = self._plan.planned()
        asked = self._plan.take(self._voice.speaker(), room, now_s)
        frame = self._voice.sealed(asked, FrameUse.REQUEST, self._reach.hop_limit(now_s))
        return Handed(frame, lambda _at: self._plan.plan_again(planned))

    def _may_say(self, frame: Frame, turn: Turn) -> bool:
        return self._air.may_say(frame, turn.grade(Grade.TALK), turn.now_s)

    def take(self, finding: Finding, now_s: float) -> None:
        """Plan to ask where a log forks, and to remind whose words are stale."""
        match finding:
            case findings.Forked():
                self._plan.want(finding.log, finding.first, finding.last, now_s)
            case findings.Fresh(said=said):
                self._reminders.note_fresh(said)
            case findings.Stale():
                self._reminders.note_stale(finding.said, finding.latest, now_s)
            case findings.Reminded(speaker=speaker):
                self._reminders.drop(speaker)
            case _:
                pass
