"""What the questions of a first start have in common, and what they have asked for."""

from dataclasses import dataclass, replace
from typing import ClassVar

from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from meshboard.domain.rules import clean_name
from meshboard.errors import RuleError
from meshboard.station.circle.beginning import NewCircle
from meshboard.station.home.host import Host
from meshboard.station.vault.locks import Protect

NO_RADIO = "none"
DEMO = "demo"
ALL_STEPS = 4


@dataclass(frozen=True, slots=True)
class FirstAnswers:
    """What a first start has asked for so far."""

    name: str = ""
    is_new_circle: bool = True
    circle: str = ""
    """The new circle's name, or the code to join one, or what an invite's file says."""
    link: str = NO_RADIO
    """The radio's address, NO_RADIO for now, or DEMO to look around there first."""
    protect: Protect | None = None
    """None = readable."""


@dataclass(frozen=True, slots=True)
class AnotherCircle:
    """A circle beside those there are."""

    name: str
    """What one is called in the circle shown now."""
    is_joining: bool = False


def count_steps(host: Host, *, is_further: bool) -> int:
    """Return how many questions there are: what is known already is not asked again.

    A ledger without a circle is what is left where the last one was left.
    """
    if is_further:
        return 2
    path = host.vault.ledger_path
    has_ledger = path.is_file() and path.stat().st_size > 0
    return ALL_STEPS - 1 if has_ledger else ALL_STEPS


def new_circle_beside(host: Host, name: str, *, is_further: bool) -> NewCircle:
    """Return the circle to found; a further one on the plan the radio is set for."""
    new = NewCircle(name)
    if not is_further:
        return new
    first = host.circles()[0]
    return replace(new, plan=replace(new.plan, region=first.region, preset=first.preset, slot=first.slot))


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
