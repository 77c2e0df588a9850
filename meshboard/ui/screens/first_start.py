"""The first start: what to call you, which circle, which radio, encrypted or not; and done."""

from contextlib import suppress
from dataclasses import replace
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
from meshboard.ui.invite_files import read_invite_text, seems_invite
from meshboard.ui.screens.answers import (
    ALL_STEPS,
    NO_RADIO,
    Beginning,
    Further,
    count_steps,
    new_circle_beside,
)
from meshboard.ui.screens.help import HelpScreen
from meshboard.ui.screens.protection_step import ProtectionStep, Way
from meshboard.ui.widgets.key_bar import KeyBar
from meshboard.ui.widgets.marked_list import MarkedList
from meshboard.ui.widgets.title_bar import TitleBar

DEMO = "demo"
_TYPED = "typed"


class FirstStartScreen(Screen[None]):
    """Asks the four things, one after the other; Esc goes a step back and keeps what was typed.

    For a further circle it asks two: the radio is known, and the ledger is protected or not already.
    """

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
        """There is a circle: the station can start, or its board can be shown."""

        def __init__(self, circle: str, *, has_joined: bool, is_further: bool) -> None:
            super().__init__()
            self.circle = circle
            """Its name."""
            self.has_joined = has_joined
            self.is_further = is_further

    def __init__(self, host: Host, further: Further | None = None) -> None:
        """Ask for a first start, or for a further circle."""
        super().__init__()
        self._host = host
        self._further = further
        self._steps = count_steps(host, is_further=further is not None)
        self._step = 0
        self._asked = Beginning()
        self._radios: tuple[RadioChoice, ...] = ()
        self._choices: tuple[str, ...] = (NO_RADIO, DEMO)

    def compose(self) -> ComposeResult:
        """Lay out all steps; one is shown at a time."""
        yield TitleBar("another circle" if self._further else "first start")
        with VerticalScroll(id="page", can_focus=False):
            with Vertical(id="step-0"):
                yield _question(
                    f"1 of {self._steps} · What shall we call you?",
                    "A first name, a nickname or a place (“Hall kiosk”). No real name is needed.",
                )
                yield Input(self._further.name if self._further else "", id="name", compact=True,
                            placeholder="such as Ana, or Hall kiosk", classes="field")  # fmt: skip
            with Vertical(id="step-1"):
                yield _question(
                    f"2 of {self._steps} · Which circle?",
                    "A circle is the group whose boards share everything.",
                )
                yield MarkedList(
                    "begin a new circle", "join a circle: I have a code or a file", id="which", compact=True
                )
                yield Static(id="circle-label", markup=False, classes="gap")
                yield Input(id="circle", compact=True, classes="field")
            with Vertical(id="step-2"):
                yield _question(
                    f"3 of {self._steps} · Which radio?",
                    "A Meshtastic node on USB or Wi-Fi. It can also follow later.",
                )
                yield MarkedList(id="radios", compact=True)
                yield Static("Looking for radios …", id="looking", markup=False, classes="gap")
                yield Input(id="address", placeholder="tcp://192.168.1.20 or serial:///dev/ttyACM0",
                            compact=True, classes="field")  # fmt: skip
            yield ProtectionStep(id="step-3")
            yield Static(id="joining", markup=False, classes="gap")
            yield Static(id="problem", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        """Show the first step, and look for radios meanwhile."""
        self._show_radios(())
        self._show_step(0)
        if self._further is None:
            self._look_for_radios()
        elif self._further.is_joining:
            self.query_one("#which", MarkedList).highlighted = 1

    def action_next(self) -> None:
        """Take the answer and go on, or say what is missing."""
        if self._step == 0:
            self._take_name()
        elif self._step == 1:
            self._take_circle()
        elif self._step == 2:
            self._take_radio()
        elif self.query_one(ProtectionStep).go_on():
            self._begin()

    def action_back(self) -> None:
        """Go one step back, from the first of a further circle to where it was asked for."""
        if self._step > 0:
            self._show_step(self._step - 1)
        elif self._further is not None:
            self.dismiss(None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Look for radios again only where they are chosen; no demo once there is a circle."""
        match action:
            case "look_again":
                return self._step == 2
            case "demo":
                return self._further is None
            case _:
                return super().check_action(action, parameters)

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
        elif event.option_list.id == "way":
            self.query_one(ProtectionStep).show_way(Way(event.option_index))
        elif self._choices[event.option_index] == _TYPED:
            self.query_one("#address").display = True
        else:
            self.query_one("#address").display = False

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take Enter on a choice: on to its field, or on to the end."""
        if event.option_list.id == "which":
            self.query_one("#circle").focus()
        elif event.option_list.id == "way":
            self.action_next()
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
        if is_new and seems_invite(self._value("circle")):
            self._offer_to_join()
            return
        circle = self._typed_name("circle", "Type a name for the circle.") if is_new else self._typed_code()
        if circle:
            self._asked = replace(self._asked, is_new_circle=is_new, circle=circle)
            self._go_past(1)
        else:
            self.query_one("#circle").focus()

    def _offer_to_join(self) -> None:
        """Choose joining where an invite was typed as the name of a new circle."""
        self.query_one("#which", MarkedList).highlighted = 1
        self.query_one("#circle").focus()
        self._complain(
            "That is a code or a file, not a name, so “join a circle” is chosen now: Enter joins with it. "
            "For a new circle choose the line above, and type a name."
        )

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
                code = read_invite_text(code)
                self._host.circle_of(code)
        except (RuleError, TrustError) as error:
            self._complain(str(error))
            return ""
        self._complain("" if code else "Type the code from the other board, or the name of the file.")
        return code

    def _take_radio(self) -> None:
        choice = self._choices[self.query_one("#radios", MarkedList).highlighted or 0]
        if choice == DEMO:
            self.action_demo()
            return
        if choice == _TYPED:
            choice = self._value("address")
            if not choice:
                self._complain("Type the radio's address, or choose another line.")
                return
        self._asked = replace(self._asked, link=choice)
        self._go_past(2)

    def _go_past(self, step: int) -> None:
        """Show the next question, or begin after the last."""
        if step + 1 < self._steps:
            self._show_step(step + 1)
        else:
            self._begin()

    def _begin(self) -> None:
        asked, step = self._asked, self.query_one(ProtectionStep)
        is_further = self._further is not None
        link = None if is_further else asked.link
        try:
            protect = step.protect() if self._steps == ALL_STEPS else None
            if asked.is_new_circle:
                new = new_circle_beside(self._host, asked.circle, is_further=is_further)
                circle = self._host.begin(asked.name, link, new_circle=new, protect=protect)
            else:
                circle = self._host.begin(asked.name, link, code=asked.circle, protect=protect)
        except TrustError as error:
            self._show_step(1)
            self._complain(str(error))
        except MeshboardError as error:
            self._complain(str(error))
        else:
            step.forget()
            joined = not asked.is_new_circle
            self.post_message(self.Ready(circle, has_joined=joined, is_further=is_further))

    def _show_step(self, step: int) -> None:
        self._step = step
        for number in range(4):
            self.query_one(f"#step-{number}").display = number == step
        self._complain("")
        self._show_joining()
        self.query_one(("#name", "#which", "#radios", "#way")[step]).focus()
        self.refresh_bindings()

    def _label_circle(self, is_new: bool) -> None:
        self._show_joining()
        label = (
            "Its name" if is_new else "The code, or the name of the file (on the other board: key i, twice)"
        )
        self.query_one("#circle-label", Static).update(label)
        self.query_one("#circle", Input).placeholder = (
            "such as Oak Street" if is_new else "letters and digits, spaces as you like; or ~/invite.txt"
        )

    def _show_joining(self) -> None:
        """Name the circle that the typed code leads to, for whoever holds several codes."""
        words = ""
        if self._step > 0 and self._is_joining() and self._value("circle"):
            with suppress(RuleError, TrustError):  # a code is no whole one until its last letter is typed
                words = f"You will join {self._host.circle_of(read_invite_text(self._value('circle')))}."
        joining = self.query_one("#joining", Static)
        joining.update(Content.styled(words, "bold $success"))
        joining.display = bool(words)

    def _is_joining(self) -> bool:
        return self.query_one("#which", MarkedList).highlighted == 1

    def _show_radios(self, radios: tuple[RadioChoice, ...]) -> None:
        words = [*(radio.words for radio in radios), "type an address (a node on Wi-Fi, another port)",
                 "no radio for now", "look around in the demo first"]  # fmt: skip
        self._choices = (*(radio.address for radio in radios), _TYPED, NO_RADIO, DEMO)
        options = self.query_one("#radios", MarkedList)
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
