"""For how many and how long: the two questions before an invite is made."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from meshboard.errors import MeshboardError
from meshboard.station.circle.invites import InviteView
from meshboard.ui.screens.base import ServiceApp
from meshboard.ui.screens.dialogs import keys_line
from meshboard.ui.widgets.choice_line import ChoiceLine

USES = (("1 person", 1), ("any number", 0))
HOURS = (("1 hour", 1), ("3 days", 72), ("no end", None))


class InviteForm(ModalScreen[InviteView | None]):
    """Asks for how many people and how long, and makes the invite."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "make", "Make it", priority=True),
        Binding("escape", "leave", "Back"),
        Binding("tab,down", "app.focus_next", show=False, priority=True),
        Binding("shift+tab,up", "app.focus_previous", show=False, priority=True),
    ]

    def compose(self) -> ComposeResult:
        """Lay out two lines of choices."""
        with Vertical(classes="dialog"):
            yield Static(Content.styled("A new invite", "bold"))
            yield Static(
                Content.styled(
                    "You vouch for whoever shows it first. The narrower, the less a photo of it is worth.",
                    "$quiet",
                )
            )
            yield Static("for how many", classes="label gap")
            yield ChoiceLine([words for words, _ in USES], id="uses")
            yield Static("for how long", classes="label gap")
            yield ChoiceLine([words for words, _ in HOURS], 1, id="hours")
            yield Static("", id="problem", markup=False)
            yield Static(
                keys_line(("← →", "choose"), ("Tab", "next line"), ("Enter", "make it"), ("Esc", "back"))
            )

    def on_mount(self) -> None:
        """Start at the number."""
        self.query_one("#uses").focus()

    def action_make(self) -> None:
        """Make it once every key pressed before has arrived in its line."""
        (self.focused or self).call_later(self._make)

    def action_leave(self) -> None:
        """Close without an invite."""
        self.dismiss(None)

    def _make(self) -> None:
        app = self.app
        assert isinstance(app, ServiceApp)
        uses = USES[self.query_one("#uses", ChoiceLine).chosen][1]
        hours = HOURS[self.query_one("#hours", ChoiceLine).chosen][1]
        try:
            invite = app.service.circle.make_invite(uses, hours)
        except MeshboardError as error:
            self.query_one("#problem", Static).update(Content.styled(f"× {error}", "$error"))
        else:
            self.dismiss(invite)
