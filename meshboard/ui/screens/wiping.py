"""One key wipes the board, a second one confirms it."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

_WHAT_GOES = (
    "The key goes first, then the key file it uses, then every post, name and setting on this machine. "
    "Other boards keep what they have. Nothing brings it back but a backup kept elsewhere."
)
_WHAT_MAY_STAY = (
    "SD cards, sticks and SSDs may keep old copies out of reach of this program: of an encrypted board they "
    "are of no use without its key; of a readable one they are."
)


class WipeDialog(ModalScreen[bool]):
    """Asks for the second key; only a capital W is yes, so that no letter typed ahead wipes anything."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("W", "answer(True)", "wipe it"),
        Binding("escape,n,q", "answer(False)", "no"),
    ]

    def compose(self) -> ComposeResult:
        """Say what goes and what may stay."""
        with Vertical(classes="dialog"):
            yield Static(Content.styled("Wipe this board?", "bold $error"))
            yield Static(_WHAT_GOES, markup=False, classes="gap")
            yield Static(Content.styled(_WHAT_MAY_STAY, "$quiet"), classes="gap")
            yield Static(
                Content.assemble(
                    ("W", "bold $primary"), " (with Shift) wipe it now   ", ("Esc", "bold $primary"), " no"
                ),
                classes="gap",
            )

    def action_answer(self, is_sure: bool) -> None:
        """Close with the answer."""
        self.dismiss(is_sure)
