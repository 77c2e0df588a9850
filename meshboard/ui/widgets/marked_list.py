"""A list to choose from whose chosen line has a sign: on some terminals a background does not show."""

from rich.segment import Segment
from textual.geometry import Size
from textual.strip import Strip
from textual.widgets import OptionList

CHOSEN, OTHER = "► ", "  "  # the sign that the board's cursor has
GUTTER_CELLS = len(CHOSEN)


class MarkedList(OptionList):
    """An option list with a gutter, as Textual's own SelectionList has one."""

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the height of all lines, which are wrapped beside the gutter."""
        return super().get_content_height(container, viewport, width - GUTTER_CELLS)

    def render_line(self, y: int) -> Strip:
        """Draw one line, with the sign before the first of the chosen option."""
        strip = super().render_line(y)
        place = self.scroll_offset.y + y
        style = next((segment.style for segment in strip if segment.style), None)
        return Strip([Segment(CHOSEN if place == self._line_of_chosen() else OTHER, style), *strip])

    def _get_left_gutter_width(self) -> int:
        return GUTTER_CELLS

    def _line_of_chosen(self) -> int | None:
        return None if self.highlighted is None else self._index_to_line.get(self.highlighted)
