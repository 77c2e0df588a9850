"""The first start: what to call you, which circle, which radio. Three questions and done."""

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option
from textual.worker import Worker, WorkerState

from meshboard.domain.rules import clean_name
from meshboard.errors import MeshboardError, RuleError, TrustError
from meshboard.station.host import Host, RadioChoice
from meshboard.ui.screens.help import HelpScreen
from meshboard.ui.widgets.key_bar import KeyBar
from meshboard.ui.widgets.title_bar import TitleBar

NO_RADIO = "none"
DEMO = "demo"
_TYPED = "typed"


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a first start has asked for so far."""

    name: str = ""
    is_new_circle: bool = True
    circle: str = ""
    """The new circle's name, or the code to join one."""
    link: str = NO_RADIO


class FirstStartScreen(Screen[None]):
    """Asks the three things, one after the other; Esc goes a step back and keeps what was typed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        # Fields and lists take Enter themselves, which hides it from the bar; Ctrl+J is another name for it.
        Binding("ctrl+j", "next", "go on", key_display="Enter"),
        Binding("escape", "back", "one step back"),
        Binding("f5", "look_again", "look again", priority=True),
        Binding("f2", "demo", "demo first", priority=True),
        Binding("f1", "explain", "help", priority=True),
        Binding("ctrl+c", "app.quit_asking", "quit", priority=True),
    ]

    class Ready(Message):
        """The station can start."""

    def __init__(self, host: Host) -> None:
        super().__init__()
        self._host = host
        self._step = 0
        self._asked = Beginning()
        self._radios: tuple[RadioChoice, ...] = ()
        self._choices: tuple[str, ...] = (NO_RADIO, DEMO)

    def compose(self) -> ComposeResult:
        """Lay out all steps; one is shown at a time."""
        yield TitleBar("first start")
        with VerticalScroll(id="page", can_focus=False):
            with Vertical(id="step-0"):
                yield _question(
                    "1 of 3 · What shall we call you?",
                    "A first name, a nickname or a place (“Hall kiosk”). No real name is needed.",
                )
                yield Input(
                    id="name", placeholder="such as Ana, or Hall kiosk", compact=True, classes="field"
                )
            with Vertical(id="step-1"):
                yield _question(
                    "2 of 3 · Which circle?", "A circle is the group whose boards share everything."
                )
                yield OptionList(
                    "begin a new circle", "join a circle: I have a code", id="which", compact=True
                )
                yield Static(id="circle-label", markup=False, classes="gap")
                yield Input(id="circle", compact=True, classes="field")
            with Vertical(id="step-2"):
                yield _question(
                    "3 of 3 · Which radio?", "A Meshtastic node on USB or Wi-Fi. It can also follow later."
                )
                yield OptionList(id="radios", compact=True)
                yield Static("Looking for radios …", id="looking", markup=False, classes="gap")
                yield Input(id="address", placeholder="tcp://192.168.1.20 or serial:///dev/ttyACM0",
                            compact=True, classes="field")  # fmt: skip
            yield Static(id="joining", markup=False, classes="gap")
            yield Static(id="problem", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        """Show the first step, and look for radios meanwhile."""
        self._show_radios(())
        self._show_step(0)
        self._look_for_radios()

    def action_next(self) -> None:
        """Take the answer and go on, or say what is missing."""
        if self._step == 0:
            self._take_name()
        elif self._step == 1:
            self._take_circle()
        else:
            self._take_radio()

    def action_back(self) -> None:
        """Go one step back."""
        if self._step > 0:
            self._show_step(self._step - 1)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Look for radios again only where they are chosen."""
        return self._step == 2 if action == "look_again" else super().check_action(action, parameters)

    def action_look_again(self) -> None:
        """Look for radios once more."""
        self.query_one("#looking", Static).update("Looking for radios …")
        self._look_for_radios()

    def action_demo(self) -> None:
        """Leave for the demo; nothing was set up."""
        self.app.exit(DEMO)

    def action_explain(self) -> None:
        """Show help."""
        self.app.push_screen(HelpScreen("start"))

    def on_input_submitted(self) -> None:
        """Take Enter in a field as going on."""
        self.action_next()

    def on_input_changed(self) -> None:
        """Take the complaint away once something is changed, and say where a whole code leads."""
        self._complain("")
        self._show_joining()

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Ask for what goes with the choice."""
        if event.option_list.id == "which":
            self._label_circle(event.option_index == 0)
        elif self._choices[event.option_index] == _TYPED:
            self.query_one("#address").display = True
        else:
            self.query_one("#address").display = False

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take Enter on a choice: on to its field, or on to the end."""
        if event.option_list.id == "which":
            self.query_one("#circle").focus()
        elif self._choices[event.option_index] == _TYPED and not self._value("address"):
            self.query_one("#address").focus()
        else:
            self.action_next()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Show the radios that were found."""
        found = event.worker.result
        if event.state is WorkerState.SUCCESS and isinstance(found, tuple):
            self._show_radios(found)
            self.query_one("#looking", Static).update(
                "" if found else "No radio found. Plug one in and press F5, or go on without: it can follow."
            )
        elif event.state is WorkerState.ERROR:
            self.query_one("#looking", Static).update(
                "Could not look for radios; type an address, or go on without."
            )

    @work(thread=True, exit_on_error=False)
    def _look_for_radios(self) -> tuple[RadioChoice, ...]:
        return tuple(self._host.radios())

    def _take_name(self) -> None:
        name = self._typed_name("name", "Type what the others shall call you.")
        if name:
            self._asked = replace(self._asked, name=name)
            self._show_step(1)

    def _take_circle(self) -> None:
        is_new = not self._is_joining()
        circle = self._typed_name("circle", "Type a name for the circle.") if is_new else self._typed_code()
        if circle:
            self._asked = replace(self._asked, is_new_circle=is_new, circle=circle)
            self._show_step(2)
        else:
            self.query_one("#circle").focus()

    def _typed_name(self, field: str, missing: str) -> str:
        """Return a typed name, or nothing after saying what is wrong with it."""
        try:
            name = clean_name(self._value(field))
        except RuleError as error:
            self._complain(str(error))
            return ""
        if not name:
            self._complain(missing)
        return name

    def _typed_code(self) -> str:
        """Return a code that leads to a circle, or nothing after saying what is wrong with it."""
        code = self._value("circle")
        try:
            if code:
                self._host.circle_of(code)
        except TrustError as error:
            self._complain(str(error))
            return ""
        self._complain("" if code else "Type the code from the other board.")
        return code

    def _take_radio(self) -> None:
        choice = self._choices[self.query_one("#radios", OptionList).highlighted or 0]
        if choice == DEMO:
            self.action_demo()
            return
        if choice == _TYPED:
            choice = self._value("address")
            if not choice:
                self._complain("Type the radio's address, or choose another line.")
                return
        self._asked = replace(self._asked, link=choice)
        self._begin()

    def _begin(self) -> None:
        asked = self._asked
        try:
            if asked.is_new_circle:
                self._host.begin(asked.name, asked.link, new_circle=asked.circle)
            else:
                self._host.begin(asked.name, asked.link, code=asked.circle)
        except TrustError as error:
            self._show_step(1)
            self._complain(str(error))
        except MeshboardError as error:
            self._complain(str(error))
        else:
            self.post_message(self.Ready())

    def _show_step(self, step: int) -> None:
        self._step = step
        for number in range(3):
            self.query_one(f"#step-{number}").display = number == step
        self._complain("")
        self._show_joining()
        self.query_one(("#name", "#which", "#radios")[step]).focus()
        self.refresh_bindings()

    def _label_circle(self, is_new: bool) -> None:
        self._show_joining()
        label = "Its name" if is_new else "The code (on the other board: key i)"
        self.query_one("#circle-label", Static).update(label)
        self.query_one("#circle", Input).placeholder = (
            "such as Oak Street" if is_new else "letters and digits; spaces do not matter"
        )

    def _show_joining(self) -> None:
        """Name the circle that the typed code leads to, for whoever holds several codes."""
        words = ""
        if self._step > 0 and self._is_joining() and self._value("circle"):
            with suppress(TrustError):  # a code is no whole one until its last letter is typed
                words = f"You will join {self._host.circle_of(self._value('circle'))}."
        joining = self.query_one("#joining", Static)
        joining.update(Content.styled(words, "bold $success"))
        joining.display = bool(words)

    def _is_joining(self) -> bool:
        return self.query_one("#which", OptionList).highlighted == 1

    def _show_radios(self, radios: tuple[RadioChoice, ...]) -> None:
        words = [*(radio.words for radio in radios), "type an address (a node on Wi-Fi, another port)",
                 "no radio for now", "look around in the demo first"]  # fmt: skip
        self._choices = (*(radio.address for radio in radios), _TYPED, NO_RADIO, DEMO)
        options = self.query_one("#radios", OptionList)
        options.clear_options()
        options.add_options([Option(Content(line)) for line in words])
        options.highlighted = 0 if radios else 1

    def _value(self, name: str) -> str:
        return self.query_one(f"#{name}", Input).value.strip()

    def _complain(self, problem: str) -> None:
        self.query_one("#problem", Static).update(Content.styled(f"× {problem}" if problem else "", "$error"))


def _question(question: str, explanation: str) -> Static:
    words = Content.assemble((question, "bold $primary"), "\n", (explanation, "$quiet"))
    return Static(words, classes="question")
