"""Help over any screen: its keys, and the words of the board."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from meshboard.ui.help_pages import PAGES, WORDS


class HelpScreen(ModalScreen[None]):
    """Explains one screen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,f1,q,enter", "leave", "Back"),
    ]

    def __init__(self, page: str) -> None:
        super().__init__()
        self._page = page

    def compose(self) -> ComposeResult:
        """Lay out keys, then words."""
        with Vertical(classes="dialog wide"):
            with VerticalScroll(id="help"):
                yield Static(_table("Keys on this screen", PAGES[self._page], 24))
                yield Static(_table("Words and signs", WORDS, 14), classes="gap")
            yield Static(
                Content.assemble(("Esc", "bold $primary"), " back   ", ("↑ ↓", "bold $primary"), " more"),
                classes="gap",
            )

    def on_mount(self) -> None:
        """Let the arrow keys move along the text."""
        self.query_one("#help").focus()

    def action_leave(self) -> None:
        """Go back to the screen below."""
        self.dismiss(None)


def _table(title: str, rows: Sequence[tuple[str, str]], first_cells: int) -> Content:
    lines = [Content.styled(title, "bold $primary")]
    lines += [Content.assemble((word.ljust(first_cells), "bold"), meaning) for word, meaning in rows]
    return Content("\n").join(lines)
