"""Questions over the screen: yes or no, which one, a few words, or what an act leads to."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from meshboard.ui.screens.base import when_free
from meshboard.ui.widgets.marked_list import MarkedList

Submit = Callable[[dict[str, str]], str]
"""Does what was asked with the typed fields; returns the sentence of what is wrong, or nothing."""


class ConfirmDialog(ModalScreen[bool]):
    """Asks yes or no; only `y` is yes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "dismiss(True)", "Yes"),
        Binding("n,escape,q", "dismiss(False)", "No"),
    ]

    def __init__(self, question: str, explanation: str = "") -> None:
        super().__init__()
        self._question = question
        self._explanation = explanation

    def compose(self) -> ComposeResult:
        """Lay out the question and its two keys."""
        with Vertical(classes="dialog"):
            yield Static(Content.styled(self._question, "bold"))
            if self._explanation:
                yield Static(Content.styled(self._explanation, "$quiet"), classes="gap")
            yield Static(keys_line(("y", "yes"), ("n", "no")), classes="gap")


class ChooseDialog(ModalScreen[int | None]):
    """Asks which of several; arrow keys or first letters, Enter takes one."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "Back")]

    def __init__(self, question: str, choices: Sequence[str], chosen: int = 0) -> None:
        super().__init__()
        self._question = question
        self._choices = choices
        self._chosen = chosen

    def compose(self) -> ComposeResult:
        """Lay out the choices as a list."""
        with Vertical(classes="dialog"):
            yield Static(Content.styled(self._question, "bold"))
            yield MarkedList(
                *(Option(Content(words)) for words in self._choices), compact=True, classes="gap"
            )
            yield Static(
                keys_line(("↑ ↓", "or first letter"), ("Enter", "take it"), ("Esc", "back")), classes="gap"
            )

    def on_mount(self) -> None:
        """Start at the present choice."""
        options = self.query_one(MarkedList)
        options.highlighted = self._chosen
        options.focus()

    def on_key(self, event: events.Key) -> None:
        """Jump to the next choice that starts with a typed letter."""
        options = self.query_one(MarkedList)
        if event.character is None or not event.character.isalnum():
            return
        start = (options.highlighted or 0) + 1
        order = [*range(start, len(self._choices)), *range(start)]
        letter = event.character.casefold()
        place = next((i for i in order if i < len(self._choices)
                      and self._choices[i].casefold().startswith(letter)), None)  # fmt: skip
        if place is not None:
            options.highlighted = place

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Close with the chosen place in the list."""
        self.dismiss(event.option_index)


class Field:
    """One line to type in."""

    def __init__(
        self, name: str, label: str, value: str = "", hint: str = "", *, is_secret: bool = False
    ) -> None:
        self.name = name
        self.label = label
        self.value = value
        self.hint = hint
        self.is_secret = is_secret


class AskDialog(ModalScreen[bool]):
    """Asks for a few typed fields; what is wrong is said in place and nothing typed is lost."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(False)", "Back"),
        Binding("ctrl+s", "submit", "Do it", priority=True),
        Binding("tab", "app.focus_next", show=False, priority=True),
        Binding("shift+tab", "app.focus_previous", show=False, priority=True),
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]

    def __init__(self, question: str, explanation: str, fields: Sequence[Field], submit: Submit) -> None:
        super().__init__()
        self._question = question
        self._explanation = explanation
        self._fields = fields
        self._submit = submit

    def compose(self) -> ComposeResult:
        """Lay out the fields under the question."""
        with Vertical(classes="dialog"):
            yield Static(Content.styled(self._question, "bold"))
            yield Static(Content.styled(self._explanation, "$quiet"))
            for field in self._fields:
                yield Static(Content(field.label), classes="gap label")
                yield Input(
                    field.value,
                    id=field.name,
                    placeholder=field.hint,
                    password=field.is_secret,
                    compact=True,
                    classes="field",
                )
            yield Static("", id="problem", markup=False)
            yield Static(keys_line(("Enter", "do it"), ("Tab", "next field"), ("Esc", "back")), classes="gap")

    def on_input_submitted(self) -> None:
        """Take Enter in any field as the wish to do it."""
        self.action_submit()

    def on_input_changed(self) -> None:
        """Take the complaint away once something is changed."""
        self.query_one("#problem", Static).update("")

    def action_submit(self) -> None:
        """Do it once every key typed before has arrived in its field."""
        (self.focused or self).call_later(when_free, self, self._do)

    def _do(self) -> None:
        """Do it, and close when it went well."""
        problem = self._submit({field.id or "": field.value for field in self.query(Input)})
        if problem:
            self.query_one("#problem", Static).update(Content.styled(f"× {problem}", "$error"))
        else:
            self.dismiss(True)


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
        Binding("W", "dismiss(True)", "wipe it"),
        Binding("escape,n,q", "dismiss(False)", "no"),
    ]

    def compose(self) -> ComposeResult:
        """Say what goes and what may stay."""
        with Vertical(classes="dialog"):
            yield Static(Content.styled("Wipe this board?", "bold $error"))
            yield Static(_WHAT_GOES, markup=False, classes="gap")
            yield Static(Content.styled(_WHAT_MAY_STAY, "$quiet"), classes="gap")
            yield Static(keys_line(("W", "(with Shift) wipe it now"), ("Esc", "no")), classes="gap")


_WORDS = {"enter": "Enter", "escape": "Esc"}


class ConsequencesDialog(ModalScreen[str]):
    """Says what follows, and offers a few keys; its result is the key pressed, nothing for going back."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,n,q", "dismiss('')", "Back")]

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

    def on_key(self, event: events.Key) -> None:
        """Close with one of the keys that are offered."""
        if event.key in (key for key, _ in self._offered):
            event.stop()
            self.dismiss("" if event.key in ("n", "escape") else event.key)


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
