"""The terminal app: starts the station, shows the board, and stops cleanly."""

from collections.abc import Callable
from typing import ClassVar

from rich.console import Group
from rich.text import Text
from rich.traceback import Traceback
from textual.binding import Binding, BindingType
from textual.timer import Timer

from meshboard.errors import MeshboardError
from meshboard.station.host import Host
from meshboard.station.service import Service
from meshboard.ui.screens.base import ServiceApp
from meshboard.ui.screens.board import BoardScreen
from meshboard.ui.screens.compose import ComposeScreen
from meshboard.ui.screens.dialogs import ConfirmDialog
from meshboard.ui.screens.first_start import FirstStartScreen
from meshboard.ui.screens.live import LiveScreen
from meshboard.ui.theme import CALM, SIXTEEN, theme_for

SHORTEST_REFRESH_S = 0.25  # a busy mesh changes the ledger many times a second; eyes follow about four


class MeshboardApp(ServiceApp):
    """The screens over one host; its result is "demo" when the person wants the demo first, else None."""

    CSS_PATH = "meshboard.tcss"
    TITLE = "meshboard"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c,ctrl+q", "quit_asking", "quit", show=False, priority=True),
    ]

    def __init__(self, host: Host, banner: str = "") -> None:
        """Show `host`'s station; `banner` is a small line at the top."""
        super().__init__()
        self._host = host
        self._banner = banner
        self._service: Service | None = None
        self._unsubscribe: Callable[[], None] | None = None
        self._waiting: Timer | None = None
        self._is_dirty = False

    @property
    def service(self) -> Service:
        """The running station; only asked for by screens that are shown once it runs."""
        assert self._service is not None
        return self._service

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Return our own colours, so that the style sheet can be read before the theme is chosen."""
        return dict(CALM.variables)

    async def on_mount(self) -> None:
        """Choose colours, and show the first start or the board."""
        self.register_theme(CALM)
        self.register_theme(SIXTEEN)
        self.theme = theme_for(self.console.color_system).name
        try:
            is_first_start = not self._host.is_ready
        except MeshboardError as error:
            self.exit(return_code=1, message=str(error))
            return
        if is_first_start:
            await self.push_screen(FirstStartScreen(self._host))
        else:
            await self._open_board()

    async def on_first_start_screen_ready(self) -> None:
        """Go from the first start to the board."""
        await self._open_board()

    async def on_unmount(self) -> None:
        """Stop the station; whatever was written is stored already."""
        if self._unsubscribe is not None:
            self._unsubscribe()
        await self._host.stop()

    async def action_quit_asking(self) -> None:
        """Quit, asking first when typed words would be lost."""
        is_writing = any(isinstance(s, ComposeScreen) and s.has_unsaved_words for s in self.screen_stack)
        if not is_writing:
            self.exit()
        elif not isinstance(self.screen, ConfirmDialog):
            question = ConfirmDialog("Quit, and throw away what you typed?", "n takes you back to it.")
            self.push_screen(question, self._quit_if_sure)

    def _fatal_error(self) -> None:
        """Say where it broke, and nothing that people wrote: Textual's own report shows every local value."""
        words = "Something in meshboard broke. What was posted is stored. Please report the lines below.\n"
        self.panic(Group(Text(words), Traceback(show_locals=False)))

    def _quit_if_sure(self, is_sure: bool | None) -> None:
        if is_sure:
            self.exit()

    async def _open_board(self) -> None:
        try:
            self._service = await self._host.start()
        except MeshboardError as error:
            self.exit(return_code=1, message=str(error))
            return
        self._unsubscribe = self._service.on_change(self._hear_of_change)
        board = BoardScreen(self._banner)
        if isinstance(self.screen, FirstStartScreen):
            await self.switch_screen(board)
        else:
            await self.push_screen(board)

    def _hear_of_change(self) -> None:
        # News comes in tasks of the radio: a timer started there would not know this app, and die.
        self.call_later(self._changed)

    def _changed(self) -> None:
        """Refresh at once, then not again before SHORTEST_REFRESH_S have passed."""
        if self._waiting is None:
            self._refresh_screen()
            self._waiting = self.set_timer(SHORTEST_REFRESH_S, self._settle)
        else:
            self._is_dirty = True

    def _settle(self) -> None:
        self._waiting = None
        if self._is_dirty:
            self._is_dirty = False
            self._changed()

    def _refresh_screen(self) -> None:
        screens = self.screen_stack  # empty while the app closes, when a timer may still be due
        if screens and isinstance(screens[-1], LiveScreen):
            screens[-1].freshen()
