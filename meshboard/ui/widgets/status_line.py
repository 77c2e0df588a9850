"""One line that says how fresh the board is: circle, link, who was heard, what waits to be sent."""

from textual.content import Content
from textual.reactive import reactive
from textual.timer import Timer
from textual.widget import Widget

from meshboard.station.board.status import StatusView
from meshboard.ui.cells import cut
from meshboard.ui.format import clock_off, counted, heard_words, link_words

SAID_FOR_S = 6  # two lines are read in three; twice that, for whoever was looking elsewhere

_HEARD_BY_WIDTH = ((140, 5), (100, 3), (0, 2))
"""From how many cells on how many boards are named."""


def status_words(status: StatusView, now: int | None, width_cells: int, strangers_key: str = "") -> str:
    """Return the status in one line, the most important first; `strangers_key` shows who asks for a vouch."""
    named = next(count for cells, count in _HEARD_BY_WIDTH if width_cells >= cells)
    link = link_words(status)
    parts = [f"{link}: {status.link_detail}" if status.link_detail else link]
    if asks_for_vouch(status):
        asking = counted(len(status.strangers), "station")
        asks = f"{asking} {'asks' if len(status.strangers) == 1 else 'ask'} to be vouched for"
        parts.insert(0, f"{asks} · {strangers_key}" if strangers_key else asks)
    if status.to_send:
        parts.append(f"{status.to_send} to send")
    if not status.clock_is_sure:
        parts.append("clock unsure")
    if status.loss_detail:
        parts.append("stored entries lost")
    if off := clock_off(status):
        parts.append(f"clock {off}")
    parts.append(heard_words(status.stations, now, named))
    return " · ".join(parts)


def asks_for_vouch(status: StatusView) -> bool:
    """Say whether somebody waits for a vouch that this member could give."""
    return bool(status.strangers) and not status.circle_detail


class StatusLine(Widget):
    """Shows how this station, its link and its mesh are; for some seconds, what has just happened instead."""

    status: reactive[StatusView | None] = reactive(None, layout=True)
    now: reactive[int | None] = reactive(None)
    said: reactive[str] = reactive("", layout=True)
    """What has just happened; empty when nothing has."""

    def __init__(self, strangers_key: str = "") -> None:
        super().__init__()
        self._strangers_key = strangers_key
        self._is_problem = False
        self._until_quiet: Timer | None = None

    def say(self, sentence: str, *, is_problem: bool) -> None:
        """Show a sentence for SAID_FOR_S."""
        if self._until_quiet is not None:
            self._until_quiet.stop()
        self._is_problem = is_problem
        self.said = sentence
        self._until_quiet = self.set_timer(SAID_FOR_S, self._be_quiet)

    def render(self) -> Content:
        """Return the sentence, or else the status cut to the width."""
        if self.said:
            sign, style = ("×", "bold $error") if self._is_problem else ("√", "bold $success")
            return Content.styled(f"{sign} {self.said}", style)
        if self.status is None:
            return Content("")
        width = self.content_size.width
        words = cut(status_words(self.status, self.now, width, self._strangers_key), width)
        is_well = self.status.link in ("connected", "no radio") and self.status.station_runs
        line = Content.styled(words, "" if is_well else "$warning")
        warnings = "".join(
            f"! {words}\n" for words in (self.status.trouble, self.status.circle_detail) if words
        )
        return Content.styled(warnings, "$warning") + line

    def _be_quiet(self) -> None:
        self.said = ""
