"""The first start: what to call you, which circle, which radio, encrypted or not; and done."""

from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input, Static

from meshboard.errors import MeshboardError, RuleError, TrustError
from meshboard.station.home.host import Host
from meshboard.ui.screens.answers import DEMO, AnotherCircle, FirstAnswers, count_steps, new_circle_beside
from meshboard.ui.screens.circle_step import CircleStep
from meshboard.ui.screens.help import HelpScreen
from meshboard.ui.screens.protection_step import ProtectionStep
from meshboard.ui.screens.radio_step import RadioStep
from meshboard.ui.screens.step import Step
from meshboard.ui.widgets.key_bar import KeyBar
from meshboard.ui.widgets.title_bar import TitleBar

_CIRCLE = 1  # the place of the question that is asked again when a code proves wrong only at the end


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

    def __init__(self, host: Host, further: AnotherCircle | None = None) -> None:
        """Ask for a first start, or for a further circle."""
        super().__init__()
        self._host = host
        self._further = further
        self._steps = _steps(host, further)
        self._place = 0
        self._asked = FirstAnswers()

    def compose(self) -> ComposeResult:
        """Lay out all steps; one is shown at a time."""
        yield TitleBar("another circle" if self._further else "first start")
        with VerticalScroll(id="page", can_focus=False):
            yield from self._steps
            yield Static(id="joining", markup=False, classes="gap")
            yield Static(id="problem", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        """Show the first step."""
        self._show_step(0)

    def action_next(self) -> None:
        """Take the answer and go on, or say what is missing."""
        try:
            asked = self._steps[self._place].answer(self._asked)
        except (RuleError, TrustError) as error:
            self._complain(str(error))
            return
        if asked is None:
            return
        if asked.link == DEMO:
            self.action_demo()
        elif self._place + 1 < len(self._steps):
            self._asked = asked
            self._show_step(self._place + 1)
        else:
            self._begin(asked)

    def action_back(self) -> None:
        """Go one step back, from the first of a further circle to where it was asked for."""
        if self._place > 0:
            self._show_step(self._place - 1)
        elif self._further is not None:
            self.dismiss(None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Look for radios again only where they are chosen; no demo once there is a circle."""
        match action:
            case "look_again":
                return isinstance(self._steps[self._place], RadioStep)
            case "demo":
                return self._further is None
            case _:
                return super().check_action(action, parameters)

    def action_look_again(self) -> None:
        """Look for radios once more."""
        self.query_one(RadioStep).look_again()

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

    def on_option_list_option_highlighted(self) -> None:
        """Say where a code leads only while it is to be joined with."""
        self._show_joining()

    def on_option_list_option_selected(self) -> None:
        """Take Enter on a choice that asks for nothing more as going on."""
        self.action_next()

    def _begin(self, asked: FirstAnswers) -> None:
        is_further = self._further is not None
        link = None if is_further else asked.link
        try:
            if asked.is_new_circle:
                new = new_circle_beside(self._host, asked.circle, is_further=is_further)
                circle = self._host.begin(asked.name, link, new_circle=new, protect=asked.protect)
            else:
                circle = self._host.begin(asked.name, link, code=asked.circle, protect=asked.protect)
        except TrustError as error:
            self._show_step(_CIRCLE)
            self._complain(str(error))
        except MeshboardError as error:
            self._complain(str(error))
        else:
            for step in self.query(ProtectionStep):
                step.forget()
            joined = not asked.is_new_circle
            self.post_message(self.Ready(circle, has_joined=joined, is_further=is_further))

    def _show_step(self, place: int) -> None:
        self._place = place
        shown = self._steps[place]
        for step in self._steps:
            step.display = step is shown
        self._complain("")
        self._show_joining()
        shown.ask()
        self.refresh_bindings()

    def _show_joining(self) -> None:
        """Name the circle that the typed code leads to, for whoever holds several codes."""
        circle = self.query_one(CircleStep).joined if self._place >= _CIRCLE else ""
        joining = self.query_one("#joining", Static)
        joining.update(Content.styled(f"You will join {circle}." if circle else "", "bold $success"))
        joining.display = bool(circle)

    def _complain(self, problem: str) -> None:
        self.query_one("#problem", Static).update(Content.styled(f"× {problem}" if problem else "", "$error"))


def _steps(host: Host, further: AnotherCircle | None) -> tuple[Step, ...]:
    """Return the questions that are asked; what is known already is not."""
    count = count_steps(host, is_further=further is not None)
    steps = (
        NameStep(1, count, further.name if further else ""),
        CircleStep(2, count, host, is_joining=further is not None and further.is_joining),
        RadioStep(3, count),
        ProtectionStep(4, count),
    )
    return steps[:count]


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
