"""One line that says how fresh the board is: circle, link, who was heard, what waits to be sent."""

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from meshboard.domain.views import StatusView
from meshboard.ui.cells import cut
from meshboard.ui.format import heard_words, link_words

_HEARD_BY_WIDTH = ((140, 5), (100, 3), (0, 2))
"""From how many cells on how many boards are named."""


def status_words(status: StatusView, now: int | None, width_cells: int) -> str:
    """Return the status in one line, the most important first."""
    named = next(count for cells, count in _HEARD_BY_WIDTH if width_cells >= cells)
    parts = [link_words(status)]
    if status.to_send:
        parts.append(f"{status.to_send} to send")
    if not status.clock_is_sure:
        parts.append("clock unsure")
    parts.append(heard_words(status.stations, now, named))
    return " · ".join(parts)


class StatusLine(Widget):
    """Shows how this station, its link and its mesh are."""

    status: reactive[StatusView | None] = reactive(None)
    now: reactive[int | None] = reactive(None)

    def render(self) -> Content:
        """Return the line, cut to the width."""
        if self.status is None:
            return Content("")
        width = self.content_size.width
        words = cut(status_words(self.status, self.now, width), width)
        is_well = self.status.link in ("connected", "no radio") and self.status.station_runs
        return Content.styled(words, "" if is_well else "$warning")
