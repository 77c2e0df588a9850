"""Remind older copies of the counter they had: they do not know why nobody listens to them."""

from meshboard.bounded import BoundedMemory
from meshboard.figures import REMINDERS_HOURLY, WORDS_REMEMBERED
from meshboard.sync.air.answer_limits import AnswerLimit
from meshboard.sync.air.said import SaidMemory
from meshboard.sync.timing import Chance, Timings, Waits
from meshboard.wire.frames import Beacon, Reminder, Request, Speaker, Summary

Word = Beacon | Summary | Request


class Reminders:
    """Which stations are to be told the highest counter that was heard of them, and when."""

    def __init__(self, timings: Timings, chance: Chance) -> None:
        self._wait_s = timings.summary_wait_s
        self._chance = chance
        self._said: SaidMemory[bytes] = SaidMemory(
            Waits(timings.again_s, timings.longest_summary_again_s), WORDS_REMEMBERED
        )
        self._limit = AnswerLimit(REMINDERS_HOURLY)
        self._heard: BoundedMemory[Word, None] = BoundedMemory(WORDS_REMEMBERED)
        self._due: dict[bytes, tuple[float, Speaker]] = {}

    def note_fresh(self, said: Word) -> None:
        """Note a word that is not stale: if it comes again it is a replay, and reminds nobody."""
        self._heard[said] = None
        self.drop(said.speaker)

    def note_stale(self, said: Word, latest: Speaker, now_s: float) -> None:
        """Note a word below a counter that was heard: an older copy's, unless it is a replay."""
        if said not in self._heard:
            self.want(latest, now_s)

    def want(self, speaker: Speaker, now_s: float) -> None:
        """Plan to remind a station of a counter, as often as may be."""
        at = max(now_s, self._said.allowed_at(speaker.head)) + self._chance.uniform(*self._wait_s)
        if speaker.head not in self._due and self._limit.allows(speaker.head, now_s):
            self._due[speaker.head] = (at, speaker)

    def drop(self, speaker: Speaker) -> None:
        """Say nothing: a station was reminded by another, or spoke with a counter above."""
        planned = self._due.get(speaker.head)
        if planned is not None and planned[1].counter <= speaker.counter:
            del self._due[speaker.head]

    def due_at(self) -> float | None:
        """Return when the next reminder is due, None when none is planned."""
        return min((at for at, _ in self._due.values()), default=None)

    def peek(self, now_s: float) -> Reminder | None:
        """Return what is due, without taking it."""
        due = (Reminder(speaker) for at, speaker in self._due.values() if at <= now_s)
        return next(due, None)

    def take(self, reminder: Reminder, now_s: float) -> None:
        """Note that this is said now."""
        del self._due[reminder.speaker.head]
        self._said.note(reminder.speaker.head, now_s, by_us=True)
