"""Answers to handhelds that wait for air: few, in order, in turn, and not for ever."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from meshboard.figures import ANSWER_LASTS_S, MOST_ANSWERS, MOST_ANSWERS_OF_ONE
from meshboard.link import NodeNumber
from meshboard.station.texts.texts import Answer, AnswerKind
from meshboard.sync.entries.fairness import Rotation

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
        elif (
            len(self._waiting) > MOST_ANSWERS
        ):  # who invents numbers is not to take from anybody the last that waits
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
