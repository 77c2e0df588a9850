"""The third question of a first start: which radio, one found, one at an address, or none yet."""

from dataclasses import replace

from textual import work
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option
from textual.worker import Worker, WorkerState

from meshboard.errors import RuleError
from meshboard.station.home.wiring import RadioChoice, find_radios
from meshboard.ui.screens.answers import DEMO, NO_RADIO, FirstAnswers
from meshboard.ui.screens.step import Step
from meshboard.ui.widgets.marked_list import MarkedList

_TYPED = "typed"
_LOOKING = "Looking for radios …"


class RadioStep(Step):
    """The radios that were found, and what else there is; it looks for them from the start."""

    FIRST_FIELD = "#radios"

    def __init__(self, number: int, count: int) -> None:
        """Ask, with the radios that are found."""
        super().__init__(number, count)
        self._choices: tuple[str, ...] = ()

    def compose(self) -> ComposeResult:
        """Lay out question, choices and the field for an address."""
        yield self.question("Which radio?", "A Meshtastic node on USB or Wi-Fi. It can also follow later.")
        yield MarkedList(id="radios", compact=True)
        yield Static(_LOOKING, id="looking", markup=False, classes="gap")
        yield Input(
            id="address",
            placeholder="tcp://192.168.1.20 or serial:///dev/ttyACM0",
            compact=True,
            classes="field",
        )

    def on_mount(self) -> None:
        """Look for radios while the questions before are answered."""
        self._show_radios(())
        self._look_for_radios()

    def look_again(self) -> None:
        """Look for radios once more."""
        self.query_one("#looking", Static).update(_LOOKING)
        self._look_for_radios()

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Ask for an address where one is to be typed."""
        self.query_one("#address").display = self._choices[event.option_index] == _TYPED

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take Enter on a choice whose address is not typed yet: on to its field."""
        if self._choices[event.option_index] == _TYPED and not self.typed("#address"):
            event.stop()
            self.query_one("#address").focus()

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

    def answer(self, asked: FirstAnswers) -> FirstAnswers:
        """Take the radio, or the wish to see the demo."""
        link = self._choices[self.query_one("#radios", MarkedList).highlighted or 0]
        if link == _TYPED:
            link = self.typed("#address")
            if not link:
                raise RuleError("Type the radio's address, or choose another line.")
        return replace(asked, link=link)

    @work(thread=True, exit_on_error=False)
    def _look_for_radios(self) -> tuple[RadioChoice, ...]:
        return find_radios()

    def _show_radios(self, radios: tuple[RadioChoice, ...]) -> None:
        words = [*(radio.words for radio in radios), "type an address (a node on Wi-Fi, another port)",
                 "no radio for now", "look around in the demo first"]  # fmt: skip
        self._choices = (*(radio.address for radio in radios), _TYPED, NO_RADIO, DEMO)
        options = self.query_one("#radios", MarkedList)
        options.clear_options()
        options.add_options([Option(Content(line)) for line in words])
        options.highlighted = 0 if radios else 1
