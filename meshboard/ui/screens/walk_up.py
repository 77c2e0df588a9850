"""For people who walk up: their pick-up code, shown once, and their visits with it."""

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widgets import Static

from meshboard.domain.views import Visit
from meshboard.ui.screens.post import PostScreen

VISIT_ENDS_AFTER_S = 120  # nobody shall find the last person's post open; one key press begins it anew


class CodeScreen(ModalScreen[None]):
    """Shows a pick-up code, this once."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "dismiss", "Written down")]

    def __init__(self, post_code: str, pick_up_code: str) -> None:
        super().__init__()
        self._post_code = post_code
        self._pick_up_code = pick_up_code

    def compose(self) -> ComposeResult:
        """Lay the code out wide."""
        code = self._pick_up_code
        wide = f"{'  '.join(code[:3])}     {'  '.join(code[3:])}"
        rule = "═" * (len(wide) + 8)
        with Vertical(classes="dialog"):
            yield Static(Content.styled(f"The pick-up code of {self._post_code}", "bold"))
            yield Static(
                Content.assemble(
                    (f"\n╔{rule}╗\n║    ", "$primary"), (wide, "bold"), (f"    ║\n╚{rule}╝", "$primary")
                )
            )
            yield Static(
                Content(
                    "Write it down with the code of the post. It is shown only now: nobody, not even the "
                    "keeper of this board, can find it again. With it they come back here to see who helps, "
                    "to change the post or to take it back."
                ),
                classes="gap",
            )
            yield Static(Content.assemble(("Enter", "bold $primary"), " it is written down"), classes="gap")


class VisitScreen(PostScreen):
    """A walk-up's own post, while they are here."""

    def __init__(self, visit: Visit) -> None:
        super().__init__(visit.post.id, visit.actor)
        self._ends: Timer | None = None

    def on_mount(self) -> None:
        """Begin to count the time without a key."""
        self._ends = self.set_timer(VISIT_ENDS_AFTER_S, self._end)

    def _stay(self) -> None:
        """Begin to count anew."""
        if self._ends is not None:
            self._ends.reset()

    def on_key(self, _event: events.Key) -> None:
        """Take a key as a sign that somebody is here."""
        self._stay()

    def _end(self) -> None:
        """Close this and whatever is open over it; what was typed there is the walk-up's own, and goes."""
        while self in self.app.screen_stack:
            self.app.pop_screen()
