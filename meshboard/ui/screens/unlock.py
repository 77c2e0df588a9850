"""The locked board: asks for the passphrase, and shows nothing of what is behind it."""

import asyncio
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input, Static

from meshboard.errors import MeshboardError
from meshboard.station.home.host import Host
from meshboard.station.vault.locks import TypedSecret, typed_secret
from meshboard.ui.widgets.key_bar import KeyBar
from meshboard.ui.widgets.title_bar import TitleBar

_LOST = "Its passphrase opens it. Nobody can give a lost one back. "
_SILENT = (
    _LOST + "While it is locked this station neither hears nor sends: other boards keep what is meant for it."
)
_ELSEWHERE = (
    _LOST + "Only this screen is locked: another meshboard on this machine runs the station. It goes on "
    "hearing and sending, and holds the key until it is stopped."
)
LOOK_FOR_OTHERS_S = 2.0  # one that waited to take over does so about as soon


class UnlockScreen(Screen[None]):
    """Asks until the passphrase fits."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+j", "try", "unlock", key_display="Enter"),
        Binding("f9", "app.wipe", "wipe", priority=True),
        Binding("ctrl+c", "app.quit_asking", "quit", priority=True),
    ]

    class Unlocked(Message):
        """The host has the key."""

    def __init__(self, host: Host, why: str = "") -> None:
        """Ask for `host`'s passphrase; `why` says what led here."""
        super().__init__()
        self._host = host
        self._why = why

    def compose(self) -> ComposeResult:
        """Lay out one field."""
        yield TitleBar("locked")
        with VerticalScroll(id="page", can_focus=False):
            yield Static(id="explanation", classes="question")
            yield Input(
                id="passphrase", password=True, placeholder="passphrase", compact=True, classes="field"
            )
            yield Static(Content.styled(self._why, "$quiet"), id="problem")
        yield KeyBar()

    def on_mount(self) -> None:
        """Start in the field, and keep saying who has the station."""
        self.query_one("#passphrase").focus()
        self._explain()
        self.set_interval(LOOK_FOR_OTHERS_S, self._explain)

    def on_input_submitted(self) -> None:
        """Take Enter as the wish to unlock."""
        self.action_try()

    def action_try(self) -> None:
        """Try what was typed, and forget it at once."""
        field = self.query_one("#passphrase", Input)
        typed, field.value = typed_secret(field.value), ""
        if typed.is_forgotten:
            self._say("× Type the passphrase first.", "$error")
            return
        field.disabled = True
        self._say("One moment: this takes about half a second on purpose.", "$quiet")
        self._unlock(typed)

    @work(exclusive=True)
    async def _unlock(self, typed: TypedSecret) -> None:
        try:
            await asyncio.to_thread(self._host.unlock, typed)
        except MeshboardError as error:
            self._say(f"× {error}", "$error")
        else:
            self.post_message(self.Unlocked())
            return
        finally:
            typed.forget()
        field = self.query_one("#passphrase", Input)
        field.disabled = False
        field.focus()

    def _explain(self) -> None:
        words = _ELSEWHERE if self._host.is_elsewhere() else _SILENT
        self.query_one("#explanation", Static).update(
            Content.assemble(("This board is locked.", "bold $primary"), "\n", (words, "$quiet"))
        )

    def _say(self, words: str, colour: str) -> None:
        self.query_one("#problem", Static).update(Content.styled(words, colour))
