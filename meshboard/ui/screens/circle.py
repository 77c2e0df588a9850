"""The circle and its invite: letters to type and a code to photograph."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from meshboard.errors import MeshboardError
from meshboard.ui.screens.base import ServiceScreen
from meshboard.ui.widgets.key_bar import KeyBar
from meshboard.ui.widgets.title_bar import TitleBar


class CircleScreen(ServiceScreen[None]):
    """Shows the invite to whoever stands in front of this screen."""

    HELP: ClassVar[str] = "circle"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,i,backspace", "leave", "back")]

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
            (invite.code, "bold"), "\n\n",
            ("Whoever sees this can read everything in the circle. Show it face to face only.", "$accent"),
        )  # fmt: skip
        self.query_one("#invite", Static).update(words)
        self.query_one("#qr", Static).update(Content("\n".join(invite.qr_rows)))

    def action_leave(self) -> None:
        """Go back."""
        self.dismiss(None)
