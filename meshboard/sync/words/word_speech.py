"""Say words: what is held here, in a beacon or a summary, and requests about forked logs."""

from meshboard.figures import ASKED_IN_VAIN, NEWCOMERS_BYTES, TOLD_BYTES, WAITS_BYTES
from meshboard.sync.air.governor import Grade
from meshboard.sync.entries.fairness import Lane
from meshboard.sync.events import FrameUse, OutgoingFrame
from meshboard.sync.holdings.summary import Holdings, state_of
from meshboard.sync.plans import Plans
from meshboard.sync.words.speech import LARGEST_COUNTER
from meshboard.wire.frames import MAX_RANGES, TABLE_BYTES, Beacon, Speaker, Told
from meshboard.wire.framing import push_frame

LARGEST_TOLD = 2**28 - 1  # what takes most bytes


class WordSpeech:
    """Says what is held: as Trickle calls for it, as others ask, or because something is lacking here."""

    def __init__(self, plans: Plans) -> None:
        self._plans = plans

    def summary(self, now_s: float) -> OutgoingFrame | None:
        """Return the next part of a summary, None when none is due or it may not go."""
        plans = self._plans
        due_at = self.summary_due_at(now_s)
        if due_at is None or due_at > now_s:
            return None
        holdings = plans.visible(now_s)
        summary = plans.summaries.peek(holdings, plans.head, plans.room)
        if not plans.may_say(summary, now_s, self.grade(Lane.SUMMARY, now_s)):
            return None
        return self._say_summary(holdings, now_s)

    def _say_summary(self, holdings: Holdings, now_s: float) -> OutgoingFrame:
        plans = self._plans
        if not plans.summaries.has_parts:
            plans.taking.note_asked(plans.lacking(now_s), now_s)
            plans.wants.note_told(now_s)
        said = plans.summaries.take(holdings, plans.speaker(), plans.room, now_s)
        plans.is_word_due = False
        plans.trickle.said_as_much()
        frame = plans.sealed(said, FrameUse.SUMMARY, plans.reach.take_for_word(now_s))
        return plans.handed.remember(frame, self._say_summary_again)

    def _say_summary_again(self, at: float) -> None:
        self._plans.reach.take_word_back()
        self._plans.summaries.want(at, insist=True)

    def request(self, now_s: float) -> OutgoingFrame | None:
        """Return a request about forked logs, None when none is due or it may not go."""
        plans = self._plans
        due_at = plans.requests.due_at()
        if due_at is None or due_at > now_s:
            return None
        if not plans.may_talk(Lane.REQUEST, plans.requests.peek(plans.head, plans.room, now_s), now_s):
            return None
        planned = plans.requests.planned()
        asked = plans.requests.take(plans.speaker(), plans.room, now_s)
        frame = plans.sealed(asked, FrameUse.REQUEST, plans.reach.hop_limit(now_s))
        return plans.handed.remember(frame, lambda _at: plans.requests.plan_again(planned))

    def reminder(self, now_s: float) -> OutgoingFrame | None:
        """Return a reminder to an older copy, None when none is due or it may not go."""
        plans = self._plans
        reminder = plans.reminders.peek(now_s)
        if reminder is None or not plans.may_talk(Lane.REQUEST, reminder, now_s):
            return None
        plans.reminders.take(reminder, now_s)
        frame = plans.sealed(reminder, FrameUse.REQUEST, plans.reach.hop_limit(now_s))
        return plans.handed.remember(frame, lambda at: plans.reminders.want(reminder.speaker, at))

    def word(self, now_s: float) -> OutgoingFrame | None:
        """Tell what is held, as Trickle calls for it or because something is known to be lacking here."""
        plans = self._plans
        due_at = self._ask_at(now_s)
        is_ask_due = due_at is not None and due_at <= now_s
        is_unclear = is_ask_due and not self._do_numbers_tell(now_s)
        if (plans.is_word_due and self._is_summary_due(now_s)) or is_unclear:
            holdings = plans.visible(now_s)
            summary = plans.summaries.peek(holdings, plans.head, plans.room)
            may_go = plans.may_say(summary, now_s, self.grade(Lane.WORD, now_s))
            return self._say_summary(holdings, now_s) if may_go else None
        if plans.is_word_due:
            beacon = self._beacon(now_s)
            plans.is_word_due = beacon is None
            return beacon
        if not is_ask_due:
            return None
        return self._beacon(
            now_s, plans.reach.for_asking(plans.wants.times_asked, plans.wants.least_asked, now_s)
        )

    def _do_numbers_tell(self, now_s: float) -> bool:
        """Say whether numbers tell others what to give: not of other logs, nor of one in many pieces.

        Of such a log a summary tells the first pieces, once where asking by numbers brought nothing of it.
        """
        plans = self._plans
        if plans.taking.lacks_much and not plans.knows_their_logs:
            return False
        if plans.wants.times_asked != ASKED_IN_VAIN:
            return True
        holdings = plans.visible(now_s)
        in_pieces = {log for log, held in holdings.items() if len(held.ranges) > MAX_RANGES}
        return not any(log in in_pieces for log, _ in plans.lacking(now_s))

    def _is_summary_due(self, now_s: float) -> bool:
        """Say whether a word is to be a summary, which is answered at once: a key or much is lacking."""
        plans = self._plans
        if plans.doors.is_lagging or plans.doors.is_asking:
            return True
        if not plans.knows_their_logs:
            summary = plans.summaries.peek(plans.visible(now_s), plans.head, plans.room)
            return summary.span is None and len(push_frame(summary)) <= NEWCOMERS_BYTES
        return False

    def _beacon(self, now_s: float, hop_limit: int | None = None) -> OutgoingFrame | None:
        """Return a beacon for now, None where it may not be said.

        With a hop limit it asks for what is lacking; without one it is our word.
        """
        plans = self._plans
        holdings = plans.visible(now_s)
        state = state_of(holdings)
        most_bytes = TOLD_BYTES + WAITS_BYTES * bool(plans.early)
        longest = Told(bytes(TABLE_BYTES), 0, (((1, LARGEST_TOLD),),) * (most_bytes // 5))
        largest = Beacon(Speaker(plans.head, LARGEST_COUNTER), state, longest)
        if not plans.may_say(largest, now_s, self.grade(Lane.WORD, now_s)):
            return None
        is_worth_telling = hop_limit is not None or not plans.all_agree(state, now_s)
        told = plans.told(TOLD_BYTES, now_s, WAITS_BYTES) if is_worth_telling else None
        if told is None:
            plans.wants.note_told(now_s)  # the state says as much to whoever agrees
        plans.taking.note_asked(plans.lacking(now_s), now_s)
        beacon = Beacon(plans.speaker(), state, told)
        is_word = hop_limit is None
        hop_limit = plans.reach.take_for_word(now_s) if hop_limit is None else hop_limit
        frame = plans.sealed(beacon, FrameUse.BEACON, hop_limit)
        return plans.handed.remember(frame, lambda _at: self._say_word_again(is_word=is_word))

    def _say_word_again(self, *, is_word: bool) -> None:
        if is_word:
            self._plans.reach.take_word_back()
        self._plans.is_word_due = True

    def _ask_at(self, now_s: float) -> float | None:
        """Return when to ask for what is lacking."""
        plans = self._plans
        due_at = plans.wants.due_at(plans.visible(now_s))
        return None if due_at is None else max(due_at, plans.taking.ask_at)

    def summary_due_at(self, now_s: float) -> float | None:
        """Return when to say a summary, None when none is planned."""
        plans = self._plans
        due_at = plans.summaries.due_at(plans.visible(now_s)) if plans.summaries.is_planned else None
        if due_at is None or plans.summaries.has_parts:
            return due_at
        return max(due_at, plans.taking.ask_at)

    def word_due_at(self, now_s: float) -> float | None:
        """Return when to say a word or to ask, None when neither is planned."""
        return now_s if self._plans.is_word_due else self._ask_at(now_s)

    def grade(self, lane: Lane, now_s: float) -> Grade:
        """Return how a word stands that tells what is held: sooner to ask for the most urgent of much."""
        plans = self._plans
        return Grade.ASK if plans.taking.is_for_first(now_s) else plans.grade(lane, Grade.TALK)
