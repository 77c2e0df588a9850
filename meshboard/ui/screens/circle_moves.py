"""Go from one circle to another: choose, begin, join, leave."""

from typing import ClassVar

from textual.binding import Binding, BindingType

from meshboard.domain.ids import CircleId
from meshboard.errors import MeshboardError
from meshboard.station.circle.circle_people import CircleView
from meshboard.ui.screens.answers import AnotherCircle
from meshboard.ui.screens.base import CircleLeft
from meshboard.ui.screens.dialogs import NO, ConsequencesDialog
from meshboard.ui.screens.first_start import FirstStartScreen
from meshboard.ui.screens.live import LiveScreen


class CircleMoves(LiveScreen):
    """A screen from which one goes to other circles."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "new_circle", "new circle"),
        Binding("j", "join_circle", "join one"),
        Binding("l", "leave_circle", "leave it"),
    ]

    @property
    def circle_here(self) -> CircleView | None:
        """The circle that is left by the key for it."""
        return None

    def action_new_circle(self) -> None:
        """Begin a further circle."""
        self.app.push_screen(FirstStartScreen(self.host, AnotherCircle(self.service.me.name)))

    def action_join_circle(self) -> None:
        """Join a further circle."""
        further = AnotherCircle(self.service.me.name, is_joining=True)
        self.app.push_screen(FirstStartScreen(self.host, further))

    def action_leave_circle(self) -> None:
        """Leave a circle, after saying what that means."""
        circle = self.circle_here
        if circle is None:
            return
        try:
            words = self.host.leaving(circle.id.hex())
        except MeshboardError as error:
            self.say(str(error), is_problem=True)
            return

        def answered(key: str | None) -> None:
            if key:
                self._leave_circle(circle.id)

        keys = (("y", "leave it, and forget it here"), NO)
        self.app.push_screen(ConsequencesDialog(f"Leave {circle.name}?", words, keys), answered)

    def _leave_circle(self, circle: CircleId) -> None:
        try:
            was_shown = self.service.circle.view().id == circle
            left = self.host.leave(circle.hex())
        except MeshboardError as error:
            self.say(str(error), is_problem=True)
        else:
            self.app.post_message(CircleLeft(left, was_shown=was_shown))
