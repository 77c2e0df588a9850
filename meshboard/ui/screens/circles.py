"""The circles this machine is in, and the way from one board to another."""

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static
from textual.widgets.option_list import Option

from meshboard.station.circle.circle_people import CircleView
from meshboard.ui.cells import cut, fit
from meshboard.ui.circle_words import NAME_CELLS, belonging, plan_words
from meshboard.ui.format import counted
from meshboard.ui.screens.base import CircleChosen
from meshboard.ui.screens.circle_moves import CircleMoves
from meshboard.ui.widgets.key_bar import KeyBar
from meshboard.ui.widgets.marked_list import MarkedList
from meshboard.ui.widgets.status_line import StatusLine
from meshboard.ui.widgets.title_bar import TitleBar

_HERE, _ELSEWHERE = "» ", "  "
_STANDING_CELLS = 11
_MARGIN_CELLS = 6  # padding of the list, the sign of the line chosen, and the scroll bar


class CirclesScreen(CircleMoves):
    """Lists the circles; Enter opens the board of one."""

    HELP: ClassVar[str] = "circles"
    BINDINGS: ClassVar[list[BindingType]] = [
        # The list takes Enter itself, which hides it from the bar; Ctrl+J is another name for it.
        Binding("ctrl+j", "open", "its board", key_display="Enter"),
        Binding("escape,q,c,backspace", "dismiss", "back"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._circles: tuple[CircleView, ...] = ()
        self._shown: tuple[str, ...] = ()

    def compose(self) -> ComposeResult:
        """Lay out the list, and what is known of the circle under the cursor below."""
        yield TitleBar("circles")
        yield MarkedList(id="circles", compact=True)
        yield Static(id="details", markup=False)
        yield StatusLine()
        yield KeyBar()

    @property
    def circle_here(self) -> CircleView | None:
        """The circle under the cursor."""
        place = self.query_one("#circles", MarkedList).highlighted
        return self._circles[place] if place is not None and place < len(self._circles) else None

    def read(self) -> None:
        """Read the circles again."""
        self._circles = self.host.circles()
        self._fill()

    def on_resize(self, event: events.Resize) -> None:
        """Fill the lines anew where the width changed."""
        self.set_class(event.size.height < 20, "-low")
        if self._circles:
            self._fill()

    def on_option_list_option_highlighted(self) -> None:
        """Say more of the circle under the cursor."""
        self._explain_line()

    def on_option_list_option_selected(self) -> None:
        """Go to the chosen board."""
        self.action_open()

    def action_open(self) -> None:
        """Go to the board of the circle under the cursor."""
        circle = self.circle_here
        if circle is not None:
            self.app.post_message(CircleChosen(circle.id))

    def _fill(self) -> None:
        circles = self.query_one("#circles", MarkedList)
        width = max(circles.size.width - _MARGIN_CELLS, 0)
        here = self.service.circle.view().id
        lines = [_line(one, width, is_here=one.id == here) for one in self._circles]
        shown = tuple(str(line) for line in lines)
        if shown == self._shown or not width:
            return
        self._shown = shown
        at = circles.highlighted
        circles.clear_options()
        circles.add_options([Option(line) for line in lines])
        here_at = next((place for place, one in enumerate(self._circles) if one.id == here), 0)
        circles.highlighted = here_at if at is None else min(at, len(lines) - 1)
        self._explain_line()

    def _explain_line(self) -> None:
        circle = self.circle_here
        words = Content("")
        if circle is not None:
            words = Content(f"{belonging(circle)} · {plan_words(circle)}")
            for sentence in dict.fromkeys((circle.sentence, circle.apart)):
                if sentence:
                    words += Content.styled(f"\n! {sentence}", "$warning")
        self.query_one("#details", Static).update(words)


def _standing(circle: CircleView) -> str:
    if circle.am_member:
        return "√ member"
    return "× taken out" if circle.removed_by else "? no vouch"


def _line(circle: CircleView, width_cells: int, *, is_here: bool) -> Content:
    """Return a circle in one line: its name, whether one counts in it, how many do, whether it is carried."""
    rest = counted(circle.stations, "member")
    if circle.apart:
        rest = f"! not on this radio · {rest}"
    room = max(width_cells - NAME_CELLS - _STANDING_CELLS - 4, 0)
    return Content.assemble(
        _HERE if is_here else _ELSEWHERE, (fit(circle.name, NAME_CELLS), "bold"), " ",
        fit(_standing(circle), _STANDING_CELLS), " ", cut(rest, room) if room else "",
    )  # fmt: skip
