"""How a station hands frames to its link: circle by circle in turn, and never unaccounted."""

from collections.abc import Callable, Mapping, Sequence

from meshboard.domain.ids import CircleId
from meshboard.errors import LedgerError
from meshboard.link import Link, SendRefused
from meshboard.station.airtime import StationAirtime
from meshboard.station.running_circle import RunningCircle
from meshboard.trust.circle import Circle


class Sending:
    """Hands over what the carried circles have to say, as the one governor of the radio allows."""

    def __init__(self, airtime: StationAirtime, running: Mapping[CircleId, RunningCircle]) -> None:
        self._airtime = airtime
        self._running = running
        self._turn = 0

    def send(self, link: Link, carried: Sequence[Circle], on_trouble: Callable[[str], None]) -> None:
        """Hand over all that there is room and air for now."""
        silent = 0
        while silent < len(carried):
            self._turn = (self._turn + 1) % len(carried)
            is_sent = self._send_one(link, carried[self._turn], on_trouble)
            silent = 0 if is_sent else silent + 1

    def tell_others(self, now_s: float) -> None:
        """Leave word for other processes of what waits here, and why; raises LedgerError."""
        waiting = [one for circle in self._running.values() for one in circle.engine.waiting(now_s)]
        self._airtime.save_report(waiting)

    def note_refused(self, refused: SendRefused, on_trouble: Callable[[str], None]) -> None:
        """Note that a frame was not sent after all."""
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

    def _keep_airtime(self, on_trouble: Callable[[str], None]) -> None:
        try:
            self._airtime.save_log()
        except LedgerError as error:
            on_trouble(str(error))  # a disk that fails is told of, and silences nobody
