"""How a station hands frames and texts to its link: in turn, and never unaccounted."""

from collections.abc import Callable, Mapping, Sequence

from meshboard.domain.ids import CircleId
from meshboard.errors import LedgerError
from meshboard.figures import TEXT_PATIENCE
from meshboard.link import Link, LinkState, NodeNumber, Refusal, SendRefused
from meshboard.station.air.airtime import StationAirtime
from meshboard.station.running.running_circle import RunningCircle
from meshboard.station.texts.handheld_answers import HandheldAnswers
from meshboard.station.texts.texts import Answer
from meshboard.trust.circle import Circle


class Sending:
    """Hands over what the carried circles and the answers have to say, as the radio's one governor allows."""

    def __init__(
        self, airtime: StationAirtime, running: Mapping[CircleId, RunningCircle], answering: HandheldAnswers
    ) -> None:
        self._airtime = airtime
        self._running = running
        self._answering = answering
        self._turn = 0
        self._passed_over = 0
        """How often an answer let critical posts go first, since one went."""

    def send(self, link: Link, carried: Sequence[Circle], on_trouble: Callable[[str], None]) -> None:
        """Hand over all that there is room and air for now: a frame of each circle and a text in turn."""
        turns, silent = len(carried) + 1, 0
        while silent < turns:
            self._turn = (self._turn + 1) % turns
            if self._turn < len(carried):
                is_sent = self._send_one(link, carried[self._turn], on_trouble)
            else:
                is_sent = self._send_text_in_turn(link, carried, on_trouble)
            silent = 0 if is_sent else silent + 1

    def answer(self, answer: Answer, to: NodeNumber, link: Link, on_trouble: Callable[[str], None]) -> None:
        """Let an answer wait for its turn; what is said now or never goes now if there is air."""
        self._answering.add(answer, to)
        if self._answering.is_urgent_waiting():
            self._send_text(link, on_trouble)

    def text_due_at(self) -> float | None:
        """Return when the next answer to a handheld may go, None when none waits."""
        return self._answering.due_at()

    def tell_others(self, now_s: float) -> None:
        """Leave word for other processes of what waits here, and why."""
        waiting = [one for circle in self._running.values() for one in circle.engine.waiting(now_s)]
        self._airtime.save_report([*waiting, *self._answering.held()], self._answering.dropped)

    def note_refused(self, refused: SendRefused, link: Link, on_trouble: Callable[[str], None]) -> None:
        """Note that a frame or a text was not sent after all, or more often than was counted."""
        self._answering.take_back(refused, link.status)
        if refused.why is not Refusal.UNANSWERED:
            self._airtime.refusals[refused.why] += 1
        self._keep_airtime(on_trouble)

    def _send_one(self, link: Link, circle: Circle, on_trouble: Callable[[str], None]) -> bool:
        if not link.ready_for_frame(self._turn):
            return False
        frame = self._running[circle.id].next_frame()
        if frame is None:
            return False
        self._keep_airtime(on_trouble)  # before it goes: who is killed between the two has not lost count
        link.send_frame(frame.payload, frame.hop_limit, self._turn)
        return True

    def _send_text_in_turn(
        self, link: Link, carried: Sequence[Circle], on_trouble: Callable[[str], None]
    ) -> bool:
        """Hand over an answer, unless a critical post goes first, as it does a few times in a row."""
        if not self._answering.is_waiting():
            return False
        if self._passed_over < TEXT_PATIENCE and self._may_say_critical(link, carried):
            self._passed_over += 1
            return False
        return self._send_text(link, on_trouble)

    def _may_say_critical(self, link: Link, carried: Sequence[Circle]) -> bool:
        return any(
            link.ready_for_frame(place) and self._running[circle.id].may_say_critical()
            for place, circle in enumerate(carried)
        )

    def _send_text(self, link: Link, on_trouble: Callable[[str], None]) -> bool:
        if link.status.state is not LinkState.UP:
            return False
        text = self._answering.next_text(link.status)
        if text is None:
            return False
        self._passed_over = 0
        self._keep_airtime(on_trouble)
        link.send_text(text.answer.text, text.to)
        return True

    def _keep_airtime(self, on_trouble: Callable[[str], None]) -> None:
        try:
            self._airtime.save_log()
        except LedgerError as error:
            on_trouble(str(error))  # a disk that fails is told of, and silences nobody
