"""What every screen with live contents shares."""

from meshboard.errors import LedgerBusy, MeshboardError
from meshboard.ui.screens.base import ServiceScreen
from meshboard.ui.widgets.status_line import StatusLine, asks_for_vouch
from meshboard.ui.widgets.title_bar import TitleBar

FRESHEN_EVERY_S = 30  # ages are shown in minutes; half of one is never seen to lag

SHORTEST_WAIT_S = 0.1  # as long as a key may take to be answered without seeming stuck
TRY_AGAIN_S = 0.5
NOT_READ = "Another program keeps the ledger; what you see may be older. It is read again once that lets go."


class LiveScreen(ServiceScreen[None]):
    """A screen that reads the board again whenever it may have changed."""

    has_radio = True
    """Whether posts have a way out of this station, as of the last reading."""
    has_strangers = False
    """Whether somebody asks to be vouched for, as of the last reading."""

    def on_mount(self) -> None:
        """Read again as time passes."""
        self.set_interval(FRESHEN_EVERY_S, self.freshen)

    def on_screen_resume(self) -> None:
        """Read for the first time, and what changed while another screen was in front."""
        self.freshen()

    def freshen(self) -> None:
        """Read everything shown again, if this screen is the one in front and whole."""
        if not self.is_current or not self.is_whole:
            return
        try:
            with self.host.waiting(SHORTEST_WAIT_S), self.service.reading():
                self._read_status()
                self.read()
        except LedgerBusy:
            self.say(NOT_READ, is_problem=True)
            self.set_timer(TRY_AGAIN_S, self.freshen)
        except MeshboardError as error:
            self.say(str(error), is_problem=True)

    def read(self) -> None:
        """Read what this screen shows from the service; may raise MeshboardError."""

    def say(self, sentence: str, *, is_problem: bool = False) -> None:
        """Show what has just happened for some seconds."""
        for line in self.query(StatusLine):
            line.say(sentence, is_problem=is_problem)

    def _read_status(self) -> None:
        status = self.service.status()
        self.has_radio = status.link != "no radio"
        if asks_for_vouch(status) != self.has_strangers:
            self.has_strangers = not self.has_strangers
            self.refresh_bindings()
        for line in self.query(StatusLine):
            line.now = self.service.now()
            line.status = status
        for title in self.query(TitleBar):
            title.circle = status.circle_name
