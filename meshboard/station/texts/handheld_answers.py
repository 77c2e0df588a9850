"""How a station answers handhelds: by the governor of its radio, as it says everything else."""

from collections.abc import Iterator

from meshboard.clock import Clock
from meshboard.link import TEXT_SPACING_S, LinkStatus, NodeNumber, SendRefused
from meshboard.station.air.airtime import StationAirtime
from meshboard.station.texts.texts import Answer, AnswerKind
from meshboard.station.texts.waiting_answers import WaitingAnswer, WaitingAnswers
from meshboard.sync.air.governor import Grade
from meshboard.sync.events import FrameUse
from meshboard.sync.held import ANSWERS, Due, Held, held


class HandheldAnswers:
    """Keeps answers until there is air for them."""

    def __init__(self, airtime: StationAirtime, clock: Clock) -> None:
        self._airtime = airtime
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
        self._airtime.governor.record(air_s, node.hop_limit, now_s, FrameUse.TEXT, is_urgent=is_urgent)
        return one

    def is_waiting(self) -> bool:
        """Say whether any answer waits."""
        return bool(len(self._waiting))

    def is_urgent_waiting(self) -> bool:
        """Say whether an answer waits that is said now or never."""
        one = self._waiting.next()
        return one is not None and one.answer.kind is AnswerKind.URGENT

    def take_back(self, refused: SendRefused, node: LinkStatus) -> None:
        """Count what a refused text really took; whoever got no answer asks again."""
        if refused.text_bytes is not None:
            air_s = self._airtime.text_air_s(refused.text_bytes)
            now_s = self._clock.monotonic_s()
            self._airtime.governor.take_back_text(air_s, node.hop_limit, refused.why, now_s)

    def held(self) -> Iterator[Held]:
        """Yield what waits and what holds it back."""
        one = self._waiting.next()
        if one is not None:
            due = Due(ANSWERS, len(self._waiting), self._next_at, _grade(one))
            yield from held([due], self._airtime.governor, self._air_s(one), self._clock.monotonic_s())

    def _allowed_at(self, one: WaitingAnswer) -> float:
        allowed_at = self._airtime.governor.allowed_at(self._air_s(one), _grade(one))
        # the link spaces texts too: one that is said now or never is better there than here
        return allowed_at if one.answer.kind is AnswerKind.URGENT else max(allowed_at, self._next_at)

    def _air_s(self, one: WaitingAnswer) -> float:
        return self._airtime.text_air_s(len(one.answer.text.encode("utf-8", errors="replace")))


def _grade(one: WaitingAnswer) -> Grade:
    return Grade.AT_ONCE if one.answer.kind is AnswerKind.URGENT else Grade.ANSWER
