"""What every screen shares: the service it acts through, and help."""

import asyncio
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from rich.console import RenderableType
from textual.app import App
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.screen import Screen

from meshboard.domain.ids import CircleId
from meshboard.station.board.service import Service
from meshboard.station.home.host import Host
from meshboard.ui.screens.help import HelpScreen

Answer = TypeVar("Answer")
LOOK_WHETHER_FREE_S = 0.1  # soon enough to seem at once
WAITS_AT_MOST_S = 3600.0  # the words stand until they are taken away
WAITS = "Another program keeps the ledger. This is not saved yet; it is as soon as that lets go."


class CircleChosen(Message):
    """Somebody wants to see the board of another circle."""

    def __init__(self, circle: CircleId) -> None:
        super().__init__()
        self.circle = circle


class CircleLeft(Message):
    """A circle was left: it is forgotten here."""

    def __init__(self, name: str, *, was_shown: bool) -> None:
        super().__init__()
        self.name = name
        self.was_shown = was_shown
        """True when the board on the screen is that circle's."""


class ServiceApp(App[str]):
    """An app with a station behind it."""

    _is_waiting = False
    is_ending = False
    """Whether it was told to end: screens are laid out no further then."""

    def exit(
        self, result: str | None = None, return_code: int = 0, message: RenderableType | None = None
    ) -> None:
        """End the app."""
        self.is_ending = True
        super().exit(result, return_code, message)

    def when_free(self, screen: Screen[Any], act: Callable[[], None]) -> None:
        """Do what writes to the ledger once no other program keeps it, if `screen` is still there then.

        What is asked for while something waits is not done: it may be the same, asked for once more.
        """
        if self._is_waiting:
            return
        if self.host.is_busy():
            self._is_waiting = True
            self.notify(WAITS, timeout=WAITS_AT_MOST_S)
            screen.run_worker(self._wait_and(screen, act), name="ledger")
        else:
            act()

    async def _wait_and(self, screen: Screen[Any], act: Callable[[], None]) -> None:
        try:
            # What was opened over the screen is about it: whether to throw it away, or help with it.
            while self.host.is_busy() or self.screen is not screen:  # noqa: ASYNC110 -- a lock wakes nobody
                await asyncio.sleep(LOOK_WHETHER_FREE_S)
        finally:
            self._is_waiting = False
            self.clear_notifications()  # it would say of what is saved that it is not
        act()

    @property
    def host(self) -> Host:
        """The station's home as this process holds it."""
        raise NotImplementedError

    @property
    def service(self) -> Service:
        """The running station; only asked for once it runs."""
        raise NotImplementedError


def when_free(screen: Screen[Any], act: Callable[[], None]) -> None:
    """Do what writes to the ledger without ever waiting for another program on the loop."""
    app = screen.app
    assert isinstance(app, ServiceApp)
    app.when_free(screen, act)


class ServiceScreen(Screen[Answer]):
    """A screen that acts through the service."""

    HELP: ClassVar[str] = ""
    """Which page of `help_pages` explains this screen."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "explain", "help", key_display="?"),
        Binding("f1", "explain", "help", show=False),
    ]

    @property
    def service(self) -> Service:
        """The running station."""
        app = self.app
        assert isinstance(app, ServiceApp)
        return app.service

    @property
    def is_whole(self) -> bool:
        """Whether all its parts are there: not while it is laid out or taken down; timers fire then too."""
        is_ending = isinstance(self.app, ServiceApp) and self.app.is_ending
        return self.is_mounted and self.display and self.app.is_running and not is_ending

    @property
    def host(self) -> Host:
        """The station's home, for what concerns more than one circle."""
        app = self.app
        assert isinstance(app, ServiceApp)
        return app.host

    def action_explain(self) -> None:
        """Show the help of this screen."""
        self.app.push_screen(HelpScreen(self.HELP))
