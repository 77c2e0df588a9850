"""The first question of a first start: what to call you."""

from dataclasses import replace

from textual.app import ComposeResult
from textual.widgets import Input

from meshboard.ui.screens.answers import FirstAnswers
from meshboard.ui.screens.step import Step


class NameStep(Step):
    """One field."""

    FIRST_FIELD = "#name"

    def __init__(self, number: int, count: int, known: str) -> None:
        """Ask, with the name in the field that is known from another circle."""
        super().__init__(number, count)
        self._known = known

    def compose(self) -> ComposeResult:
        """Lay out question and field."""
        yield self.question(
            "What shall we call you?",
            "A first name, a nickname or a place (“Hall kiosk”). No real name is needed.",
        )
        yield Input(
            self._known, id="name", placeholder="such as Ana, or Hall kiosk", compact=True, classes="field"
        )

    def answer(self, asked: FirstAnswers) -> FirstAnswers:
        """Take the name."""
        return replace(asked, name=self.typed_name("#name", "Type what the others shall call you."))
