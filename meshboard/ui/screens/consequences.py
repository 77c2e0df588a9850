"""Say what an act leads to before it is done; a second key does it."""

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

NOTHING = ""
_WORDS = {"enter": "Enter", "escape": "Esc"}


class ConsequencesDialog(ModalScreen[str]):
    """Says what follows, and offers a few keys; its result is the key pressed, NOTHING for going back."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,n,q", "leave", "Back")]

    def __init__(self, question: str, consequences: str, keys: Sequence[tuple[str, str]]) -> None:
        """Offer `keys`: (key, what it does), besides n and Esc."""
        super().__init__()
        self._question = question
        self._consequences = consequences
        self._offered = tuple(keys)

    def compose(self) -> ComposeResult:
        """Lay out the question, what follows, and the keys."""
        with Vertical(classes="dialog"):
            yield Static(Content.styled(self._question, "bold"))
            with VerticalScroll(classes="consequences gap"):
                yield Static(Content(self._consequences))
            lines = [keys_line((_WORDS.get(key, key), words)) for key, words in self._offered]
            yield Static(Content("\n").join(lines), classes="gap")

    def on_mount(self) -> None:
        """Let the arrow keys move along the text where it is longer than the window."""
        self.query_one(".consequences").focus()

    def on_key(self, event: events.Key) -> None:
        """Close with one of the keys that are offered."""
        if event.key in (key for key, _ in self._offered):
            event.stop()
            self.dismiss("" if event.key in ("n", "escape") else event.key)

    def action_leave(self) -> None:
        """Close and do nothing."""
        self.dismiss(NOTHING)


def keys_line(*keys: tuple[str, str]) -> Content:
    """Return keys and what they do in one line."""
    parts = [Content.assemble((key, "bold $primary"), f" {words}") for key, words in keys]
    return Content("   ").join(parts)


ALSO_KEY = "k"
"""The key that does it and changes the circle's key, where a question offers both."""
NO = ("n", "no, go back")
"""The key of every such question that does nothing."""


def joined_dialog(circle: str) -> ConsequencesDialog:
    """Return what is said once after joining a circle of that name."""
    words = (
        "Your posts count as soon as a board that knows the invite hears yours, over the radio. Until then "
        "they are stored here, and the other boards' posts come in as they are heard.\n"
        "Who is in the circle, and whether you are: key i."
    )
    return ConsequencesDialog(f"This board is in {circle} now.", words, (("enter", "to the board"),))
