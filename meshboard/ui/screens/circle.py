"""The circle and its invite: letters to type and a code to photograph."""

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from meshboard.errors import MeshboardError
from meshboard.ui.screens.base import ServiceScreen
from meshboard.ui.widgets.key_bar import KeyBar
from meshboard.ui.widgets.title_bar import TitleBar

_WORDS_CELLS = 30  # four groups of the code in a line, and a margin


class CircleScreen(ServiceScreen[None]):
    """Shows the invite to whoever stands in front of this screen."""

    HELP: ClassVar[str] = "circle"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,i,backspace", "leave", "back")]

    def __init__(self) -> None:
        super().__init__()
        self._qr_cells = 0

    def compose(self) -> ComposeResult:
        """Lay out the words beside the picture, or above it where the window is narrow."""
        yield TitleBar("circle and invite")
        with VerticalScroll(id="page"):
            yield Static(id="invite", markup=False)
            yield Static(id="qr", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        """Read the invite once; it does not change."""
        self.query_one("#page").focus()
        try:
            invite = self.service.invite()
        except MeshboardError as error:
            self.query_one("#invite", Static).update(Content.styled(str(error), "$error"))
            return
        self.query_one(TitleBar).circle = invite.circle_name
        words = Content.assemble(
            ("Invite to ", ""), (invite.circle_name, "bold"), "\n",
            ("On the other computer start meshboard, choose “join” and type:", "$quiet"), "\n\n",
            (invite.code.replace("-", " "), "bold"), "\n\n",
            ("Whoever sees this can read everything in the circle. Show it face to face only.", "$accent"),
        )  # fmt: skip
        self.query_one("#invite", Static).update(words)
        self.query_one("#qr", Static).update(Content("\n".join(invite.qr_rows)))
        self._qr_cells = len(invite.qr_rows[0])
        self._arrange(self.size.width)

    def on_resize(self, event: events.Resize) -> None:
        """Put words and picture side by side where both fit."""
        self._arrange(event.size.width)

    def _arrange(self, width: int) -> None:
        self.set_class(width >= self._qr_cells + _WORDS_CELLS, "-beside")

    def action_leave(self) -> None:
        """Go back."""
        self.dismiss(None)
