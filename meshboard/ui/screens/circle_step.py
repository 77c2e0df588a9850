"""The second question of a first start: which circle, a new one or one to join."""

from contextlib import suppress
from dataclasses import replace

from textual.app import ComposeResult
from textual.widgets import Input, OptionList, Static

from meshboard.errors import RuleError, TrustError
from meshboard.station.home.host import Host
from meshboard.ui.invite_files import read_invite_text, seems_invite
from meshboard.ui.screens.answers import FirstAnswers
from meshboard.ui.screens.step import Step
from meshboard.ui.widgets.marked_list import MarkedList

_NEW, _JOIN = range(2)


class CircleStep(Step):
    """Two ways, and one field for what goes with either."""

    FIRST_FIELD = "#which"

    def __init__(self, number: int, count: int, host: Host, *, is_joining: bool) -> None:
        """Ask, with one of the ways chosen already."""
        super().__init__(number, count)
        self._host = host
        self._joins_first = is_joining

    def compose(self) -> ComposeResult:
        """Lay out question, ways and field."""
        yield self.question("Which circle?", "A circle is the group whose boards share everything.")
        yield MarkedList(
            "begin a new circle", "join a circle: I have a code or a file", id="which", compact=True
        )
        yield Static(id="circle-label", markup=False, classes="gap")
        yield Input(id="circle", compact=True, classes="field")

    def on_mount(self) -> None:
        """Choose the way that was asked for."""
        if self._joins_first:
            self._choose_joining()

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Ask for what goes with the way."""
        is_new = event.option_index == _NEW
        label = (
            "Its name" if is_new else "The code, or the name of the file (on the other board: key i, twice)"
        )
        self.query_one("#circle-label", Static).update(label)
        self.query_one("#circle", Input).placeholder = (
            "such as Oak Street" if is_new else "letters and digits, spaces as you like; or ~/invite.txt"
        )

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take Enter on a way: on to its field."""
        event.stop()
        self._go_to_field()

    @property
    def joined(self) -> str:
        """The circle that the typed code leads to, empty when it leads to none."""
        if self._is_joining and self.typed("#circle"):
            with suppress(RuleError, TrustError):  # a code is no whole one until its last letter is typed
                return self._host.circle_of(read_invite_text(self.typed("#circle")))
        return ""

    def answer(self, asked: FirstAnswers) -> FirstAnswers:
        """Take the name of a new circle, or the code of one to join."""
        is_new = not self._is_joining
        try:
            circle = self._typed_new() if is_new else self._typed_code()
        except (RuleError, TrustError):
            self._go_to_field()
            raise
        return replace(asked, is_new_circle=is_new, circle=circle)

    def _typed_new(self) -> str:
        """Return the name of a new circle; choose joining where an invite was typed as that."""
        if seems_invite(self.typed("#circle")):
            self._choose_joining()
            raise RuleError(
                "That is a code or a file, not a name, so “join a circle” is chosen now: Enter joins with "
                "it. For a new circle choose the line above, and type a name."
            )
        return self.typed_name("#circle", "Type a name for the circle.")

    def _typed_code(self) -> str:
        """Return a code that leads to a circle."""
        if not self.typed("#circle"):
            raise RuleError("Type the code from the other board, or the name of the file.")
        code = read_invite_text(self.typed("#circle"))
        self._host.circle_of(code)
        return code

    @property
    def _is_joining(self) -> bool:
        return self.query_one("#which", MarkedList).highlighted == _JOIN

    def _choose_joining(self) -> None:
        self.query_one("#which", MarkedList).highlighted = _JOIN

    def _go_to_field(self) -> None:
        self.query_one("#circle").focus()
