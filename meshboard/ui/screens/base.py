"""What every screen shares: the service it acts through, and help."""

from typing import ClassVar, TypeVar

from textual.app import App
from textual.binding import Binding, BindingType
from textual.screen import Screen

from meshboard.station.service import Service
from meshboard.ui.screens.help import HelpScreen

Answer = TypeVar("Answer")


class ServiceApp(App[str]):
    """An app with a station behind it."""

    @property
    def service(self) -> Service:
        """The running station; only asked for once it runs."""
        raise NotImplementedError


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

    def action_explain(self) -> None:
        """Show the help of this screen."""
        self.app.push_screen(HelpScreen(self.HELP))
