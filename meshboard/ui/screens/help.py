"""Help over any screen: its keys, and the words of the board."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from meshboard.ui.help_pages import PAGES, WORDS


class HelpScreen(ModalScreen[None]):
    """Explains one screen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,f1,q,enter", "dismiss", "Back"),
    ]

    def __init__(self, page: str) -> None:
        super().__init__()
        self._page = page

    def compose(self) -> ComposeResult:
        """Lay out keys, then words."""
        with Vertical(classes="dialog wide"):
            with VerticalScroll(id="help"):
                yield from _table("Keys on this screen", PAGES[self._page], "keys")
                yield Static("")
                yield from _table("Words and signs", WORDS, "words")
            yield Static(
                Content.assemble(("Esc", "bold $primary"), " back   ", ("↑ ↓", "bold $primary"), " more"),
                id="help-end",
            )


def _table(title: str, rows: Sequence[tuple[str, str]], of_what: str) -> ComposeResult:
    """Lay out a title and two columns, the second of which wraps within itself."""
    yield Static(Content.styled(title, "bold $primary"))
    for word, meaning in rows:
        with Horizontal(classes=f"explained {of_what}"):
            yield Static(Content.styled(word, "bold"), classes="word")
            yield Static(meaning, classes="meaning", markup=False)
