"""How a station answers handhelds: by the governor of its radio, as it says everything else.

Answers wait for air few, in order, in turn, and not for ever.
"""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from meshboard.clock import Clock
from meshboard.figures import ANSWER_LASTS_S, MOST_ANSWERS, MOST_ANSWERS_OF_ONE
from meshboard.link import TEXT_SPACING_S, LinkStatus, NodeNumber, SendRefused
from meshboard.station.air.airtime import StationAirtime
from meshboard.station.texts.texts import Answer, AnswerKind
from meshboard.sync.air.governor import Grade
from meshboard.sync.air.held import ANSWERS, Due, Held, held
from meshboard.sync.entries.fairness import Rotation
from meshboard.sync.events import FrameUse

_CAN_BE_ASKED_AGAIN = (AnswerKind.SHOWN, AnswerKind.PAGE)


@dataclass(frozen=True, slots=True)
class WaitingAnswer:
    """One answer, and since when it waits."""

    answer: Answer
    to: NodeNumber
    since_s: float


class WaitingAnswers:
    """Who was answered longest ago comes first; each has their own in order."""

    def __init__(self) -> None:
        self._waiting: list[WaitingAnswer] = []
        self._turns: Rotation[NodeNumber] = Rotation()
        self.dropped = 0
        """How many nobody got, because they were too old or too many."""

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, answer: Answer, to: NodeNumber, now_s: float) -> None:
        """Let an answer wait, unless it waits already; what is shown takes the place of what was to be."""
        own = [one for one in self._waiting if one.to == to]
        if any(one.answer == answer for one in own):
            return
        if answer.kind is AnswerKind.SHOWN:
            for one in own:
                if one.answer.kind in _CAN_BE_ASKED_AGAIN:
                    self._waiting.remove(one)
        self._waiting.append(WaitingAnswer(answer, to, now_s))
        self._keep_within_bounds(to)

    def drop_old(self, now_s: float) -> None:
        """Let go of what nobody waits for any more."""
        kept = [one for one in self._waiting if now_s - one.since_s < ANSWER_LASTS_S]
        self.dropped += len(self._waiting) - len(kept)
        self._waiting = kept

    def next(self) -> WaitingAnswer | None:
        """Return the answer whose turn it is, None when none waits."""
        for one in self._waiting:
            if one.answer.kind is AnswerKind.URGENT:
                return one
        first = self._turns.order(dict.fromkeys(one.to for one in self._waiting))[:1]
        return next((one for one in self._waiting if one.to in first), None)

    def took(self, one: WaitingAnswer) -> None:
        """Note that an answer goes out."""
        self._waiting.remove(one)
        self._turns.note(one.to)

    def _keep_within_bounds(self, to: NodeNumber) -> None:
        count = Counter(one.to for one in self._waiting)
        most = max(count.values())
        if count[to] > MOST_ANSWERS_OF_ONE:
            self._drop_of({to})
        elif len(self._waiting) > MOST_ANSWERS and most > 1:
            self._drop_of({node for node in count if count[node] == most})
        elif len(self._waiting) > MOST_ANSWERS:
            # who invents numbers is not to take from anybody the last that waits
            self._drop_of({self._last_to_be_told()})

    def _last_to_be_told(self) -> NodeNumber:
        """Return who came last, but for an answer that is said now or never."""
        return next(one.to for one in reversed(self._waiting) if one.answer.kind is not AnswerKind.URGENT)

    def _drop_of(self, nodes: Collection[NodeNumber]) -> None:
        """Drop the oldest answer to these, first of what can be asked for again."""
        theirs = [one for one in self._waiting if one.to in nodes]
        again = [one for one in theirs if one.answer.kind in _CAN_BE_ASKED_AGAIN]
        self._waiting.remove((again or theirs)[0])
        self.dropped += 1


class HandheldAnswers:
    """Keeps answers until there is air for them."""

    def __init__(self, airtime: StationAirtime, clock: Clock) -> None:
        self._airtime = airtime
        self._governor = airtime.governor
        self._clock = clock
        self._waiting = WaitingAnswers()
        self._next_at = float("-inf")

    @property
    def dropped(self) -> int:
        """How many answers nobody got, because they were too old or too many, since the station started."""
        return self._waiting.dropped

    def add(self, answer: Answer, to: NodeNumber) -> None:
        """Let an answer wait for its turn."""
        self._waiting.add(answer, to, self._clock.monotonic_s())

    def next_text(self, node: LinkStatus) -> WaitingAnswer | None:
        """Return what to send now, None when nothing waits or may go; it counts as sent."""
        now_s = self._clock.monotonic_s()
        self._waiting.drop_old(now_s)
        one = self._waiting.next()
        if one is None or now_s < self._allowed_at(one):
            return None
        self._waiting.took(one)
        self._next_at = now_s + TEXT_SPACING_S
        air_s, is_urgent = self._air_s(one), one.answer.kind is AnswerKind.URGENT
        self._governor.record(air_s, node.hop_limit, now_s, FrameUse.TEXT, is_urgent=is_urgent)
        return one

    def is_waiting(self) -> bool:
        """Say whether any answer waits."""
        return bool(len(self._waiting))

    def due_at(self) -> float | None:
        """Return when the next answer may go, None when none waits."""
        one = self._waiting.next()
        return None if one is None else self._allowed_at(one)

    def is_urgent_waiting(self) -> bool:
        """Say whether an answer waits that is said now or never."""
        one = self._waiting.next()
        return one is not None and one.answer.kind is AnswerKind.URGENT

    def take_back(self, refused: SendRefused, node: LinkStatus) -> None:
        """Count what a refused text really took; whoever got no answer asks again."""
        if refused.text_bytes is not None:
            air_s = self._airtime.text_air_s(refused.text_bytes)
            now_s = self._clock.monotonic_s()
            self._governor.take_back_text(air_s, node.hop_limit, refused.why, now_s)

    def held(self) -> Iterator[Held]:
        """Yield what waits and what holds it back."""
        one = self._waiting.next()
        if one is not None:
            due = Due(ANSWERS, len(self._waiting), self._next_at, _grade(one))
            yield from held([due], self._governor, self._air_s(one), self._clock.monotonic_s())

    def _allowed_at(self, one: WaitingAnswer) -> float:
        allowed_at = self._governor.allowed_at(self._air_s(one), _grade(one))
        # the link spaces texts too: one that is said now or never is better there than here
        return allowed_at if one.answer.kind is AnswerKind.URGENT else max(allowed_at, self._next_at)

    def _air_s(self, one: WaitingAnswer) -> float:
        text = one.answer.text
        return self._airtime.text_air_s(len(text.encode("utf-8", errors="replace")))


def _grade(one: WaitingAnswer) -> Grade:
    return Grade.AT_ONCE if one.answer.kind is AnswerKind.URGENT else Grade.ANSWER
