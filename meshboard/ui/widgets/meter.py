"""How much of one radio frame a post being written takes, and how long the air would carry it."""

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from meshboard.domain.views import FrameFit
from meshboard.ui.format import bar, measure_words

_BAR_CELLS = 16


class Meter(Widget):
    """A bar and its words; over the limit it says how much to take out."""

    measure: reactive[FrameFit | None] = reactive(None)

    def render(self) -> Content:
        """Return the meter in one line."""
        measure = self.measure
        if measure is None:
            return Content("")
        style = "$error" if measure.over_bytes else "$primary"
        filled = bar(measure.used_bytes, measure.limit_bytes, _BAR_CELLS)
        words = measure_words(measure)
        return Content.assemble(
            (filled, style), " ", (words, "bold $error" if measure.over_bytes else "$quiet")
        )
