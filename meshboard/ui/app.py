"""The terminal app: starts the station, shows the board, and stops cleanly."""

import time
from collections.abc import Callable
from typing import ClassVar

from rich.console import Group
from rich.text import Text
from rich.traceback import Traceback
from textual import events
from textual.binding import Binding, BindingType
from textual.timer import Timer

from meshboard.domain.ids import CircleId
from meshboard.errors import LedgerDamaged, LedgerGone, MeshboardError
from meshboard.station.board.service import Service
from meshboard.station.home.host import Host
from meshboard.station.vault.locks import Protection
from meshboard.ui.format import counted
from meshboard.ui.screens.base import CircleChosen, CircleLeft, ServiceApp
from meshboard.ui.screens.board import BoardScreen
from meshboard.ui.screens.compose import ComposeScreen
from meshboard.ui.screens.dialogs import ConfirmDialog, WipeDialog, joined_dialog
from meshboard.ui.screens.first_start import FirstStartScreen
from meshboard.ui.screens.live import LiveScreen
from meshboard.ui.screens.unlock import UnlockScreen
from meshboard.ui.theme import CALM, SIXTEEN, theme_for

SHORTEST_REFRESH_S = 0.25  # a busy mesh changes the ledger many times a second; eyes follow about four
LOOK_WHETHER_IDLE_S = 5.0


class MeshboardApp(ServiceApp):
    """The screens over one host; its result is "demo" when the person wants the demo first, else None."""

    CSS_PATH = "meshboard.tcss"
    TITLE = "meshboard"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c,ctrl+q", "quit_asking", "quit", show=False, priority=True),
        Binding("ctrl+l", "lock", "lock", show=False, priority=True),
        Binding("f9", "wipe", "wipe", show=False, priority=True),
    ]

    def __init__(self, host: Host, banner: str = "") -> None:
        """Show `host`'s station; `banner` is a small line at the top."""
        super().__init__()
        self._host = host
        self._banner = banner
        self.failure: MeshboardError | None = None
        """Why there was nothing to show, when there was not."""
        self._service: Service | None = None
        self._unsubscribe: Callable[[], None] | None = None
        self._waiting: Timer | None = None
        self._is_dirty = False
        self._touched_s = time.monotonic()
        self._lock_after_s = 0.0

    @property
    def host(self) -> Host:
        """The station's home as this process holds it."""
        return self._host

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
        self.run_worker(self._leave_when_gone(), name="gone")
        self.set_interval(LOOK_WHETHER_IDLE_S, self._lock_if_idle)
        await self._enter()

    async def _enter(self) -> None:
        """Show what the home is ready for: its passphrase, its first start or its board."""
        try:
            if self._host.is_locked:
                await self.push_screen(UnlockScreen(self._host))
                return
            is_first_start = not self._host.is_ready
        except MeshboardError as error:
            self._end_with(error)
            return
        if is_first_start:
            await self.push_screen(FirstStartScreen(self._host))
        else:
            await self._open_board()

    async def on_first_start_screen_ready(self, event: FirstStartScreen.Ready) -> None:
        """Go from the first start, or from the form for a further circle, to the board."""
        if event.is_further:
            await self._show_board_of(self._host.circles()[-1].id)
        else:
            await self._open_board()
        if event.has_joined and isinstance(self.screen, BoardScreen):
            await self.push_screen(joined_dialog(event.circle))

    async def on_circle_chosen(self, event: CircleChosen) -> None:
        """Go to the board of another circle."""
        await self._show_board_of(event.circle)

    async def on_circle_left(self, event: CircleLeft) -> None:
        """Go to the board of a circle that is left over, or end where none is."""
        circles = self._host.circles()
        if not circles:
            self.exit(message=f"You left “{event.name}”, the last circle on this machine.")
            return
        if event.was_shown:
            await self._show_board_of(next((one for one in circles if one.is_chosen), circles[0]).id)
        if isinstance(self.screen, LiveScreen):
            self.screen.freshen()
            self.screen.say(f"You left “{event.name}”; it is forgotten on this machine.")

    async def on_unlock_screen_unlocked(self) -> None:
        """Go from the locked board to the board."""
        await self._open_board()

    async def on_event(self, event: events.Event) -> None:
        """Note that somebody is here."""
        if isinstance(event, events.Key | events.MouseDown | events.Paste):
            self._touched_s = time.monotonic()
        await super().on_event(event)

    async def action_lock(self) -> None:
        """Lock the board, or say why that would hide nothing."""
        if self._service is None:
            return
        try:
            protection = self._host.protection()
        except MeshboardError as error:
            self.notify(str(error))
            return
        if protection is Protection.PASSPHRASE:
            await self._lock("Locked with Ctrl+L.")
        else:
            self.notify("Only a board with a passphrase can be locked: meshboard lock set-passphrase")

    def action_wipe(self) -> None:
        """Ask for the second key that wipes the board."""
        if not isinstance(self.screen, WipeDialog | FirstStartScreen):
            self.push_screen(WipeDialog(), self._wipe_if_sure)

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
        """Say where it broke, and nothing that people wrote.

        Textual's own report shows every local value; the words of an error may be people's too.
        """
        words = "Something in meshboard broke. What was posted is stored. Please report the lines below.\n"
        report = Traceback(show_locals=False)
        for stack in report.trace.stacks:
            stack.exc_value = ""
            stack.notes.clear()
        self.panic(Group(Text(words), report))

    def _quit_if_sure(self, is_sure: bool | None) -> None:
        if is_sure:
            self.exit()

    async def _lock(self, why: str) -> None:
        """Take everything off the screen, then stop the station and forget the key."""
        if self._unsubscribe is not None:
            self._unsubscribe()
        self._unsubscribe = None
        while len(self.screen_stack) > 1:  # a screen that comes to the front on the way reads once more
            await self.pop_screen()
        await self.push_screen(UnlockScreen(self._host, why))
        self._service = None
        await self._host.lock()

    async def _lock_if_idle(self) -> None:
        is_idle = self._lock_after_s > 0 and time.monotonic() - self._touched_s >= self._lock_after_s
        if is_idle and self._service is not None:
            minutes = counted(round(self._lock_after_s / 60), "minute")
            await self._lock(
                f"Locked after {minutes} without a key. Words that were not posted yet are gone."
            )

    async def _wipe_if_sure(self, is_sure: bool | None) -> None:
        if not is_sure:
            return
        try:
            words = await self._host.wipe()
        except MeshboardError as error:
            words = [str(error)]
        self.exit(message="\n".join(words))

    def _end_with(self, error: MeshboardError) -> None:
        """End; whoever ran the app says why."""
        self.failure = error
        self.exit(return_code=1)

    async def _leave_when_gone(self) -> None:
        try:
            await self._host.until_gone()
        except (LedgerGone, LedgerDamaged) as error:
            self._end_with(error)

    async def _open_board(self) -> None:
        try:
            self._service = await self._host.start()
            self._lock_after_s = self._host.vault.lock_after_s
        except MeshboardError as error:
            self._end_with(error)
            return
        self._listen()
        board = BoardScreen(self._banner)
        if isinstance(self.screen, FirstStartScreen | UnlockScreen):
            await self.switch_screen(board)
        else:
            await self.push_screen(board)

    async def _show_board_of(self, circle: CircleId) -> None:
        """Choose a circle, and put its board in place of the one below everything."""
        try:
            self._service = self._host.choose(circle.hex())
        except MeshboardError as error:
            self.notify(str(error), severity="error")
            return
        self._listen()
        while len(self.screen_stack) > 1 and not isinstance(self.screen, BoardScreen):
            await self.pop_screen()
        await self.switch_screen(BoardScreen(self._banner))

    def _listen(self) -> None:
        if self._unsubscribe is not None:
            self._unsubscribe()
        self._unsubscribe = self.service.on_change(self._hear_of_change)

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
