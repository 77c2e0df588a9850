"""What the questions of a first start have in common."""

from typing import ClassVar

from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from meshboard.domain.rules import clean_name
from meshboard.errors import RuleError
from meshboard.ui.screens.answers import FirstAnswers


class Step(Vertical):
    """One question, and the fields for its answer."""

    FIRST_FIELD: ClassVar[str]
    """The selector of the field where the answer begins."""

    def __init__(self, number: int, count: int) -> None:
        """Ask the question of this number, of so many."""
        super().__init__()
        self._place = f"{number} of {count}"

    def ask(self) -> None:
        """Put the cursor where the answer begins."""
        self.query_one(self.FIRST_FIELD).focus()

    def answer(self, asked: FirstAnswers) -> FirstAnswers | None:
        """Return what was asked for before with the answer to this, None when a field of it comes first.

        RuleError or TrustError with the reason when the answer cannot be taken.
        """
        raise NotImplementedError

    def question(self, question: str, explanation: str) -> Static:
        """Return the question as it stands above the fields."""
        asked = (f"{self._place} · {question}", "bold $primary")
        return Static(Content.assemble(asked, "\n", (explanation, "$quiet")), classes="question")

    def typed(self, field: str) -> str:
        """Return what is typed in a field."""
        return self.query_one(field, Input).value.strip()

    def typed_name(self, field: str, missing: str) -> str:
        """Return the name typed in a field; RuleError with what is wrong, `missing` when it is empty."""
        name = clean_name(self.typed(field))
        if not name:
            raise RuleError(missing)
        return name
