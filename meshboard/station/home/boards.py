"""The open boards of one process: a ledger, and a service for each of its circles."""

from collections.abc import Sequence

from meshboard.clock import Clock
from meshboard.domain.ids import CircleId
from meshboard.domain.text import shown_line
from meshboard.errors import ConfigError, RuleError
from meshboard.ledger.circle.taken_out import taken_out_words
from meshboard.ledger.ledger import Ledger
from meshboard.link import MAX_FRAME_BYTES
from meshboard.station.board.service import Service
from meshboard.station.circle.circle_people import CircleView
from meshboard.station.circle.circle_service import RadioOwner
from meshboard.station.circle.desk import Desk, choose_circle, chosen_circle
from meshboard.trust.circle import Circle


class Boards:
    """Belongs to the thread that opened the ledger."""

    def __init__(
        self, ledger: Ledger, clock: Clock, radio: RadioOwner, max_frame_bytes: int = MAX_FRAME_BYTES
    ) -> None:
        """Open the boards of every circle in the ledger; `max_frame_bytes` is as configured."""
        self.ledger = ledger
        self._known = ledger.circles
        self._max_frame_bytes = max_frame_bytes
        self._clock = clock
        self._radio = radio
        self._services: dict[CircleId, Service] = {}

    def circles(self) -> tuple[CircleView, ...]:
        """Return the circles this machine is in, the first joined first."""
        with self.ledger.reading():
            return tuple(self.service(circle.id).circle.view() for circle in self._known.all())

    def service(self, circle: CircleId | None = None) -> Service:
        """Return the board of a circle, the same object each time; None = of the chosen one."""
        found = circle or chosen_circle(self.ledger)
        if found is None:
            raise not_set_up(taken_out_words(self.ledger.path))
        if found not in self._services:
            self._services[found] = Service(self.desk(found), self._radio)
        return self._services[found]

    def desk(self, circle: CircleId) -> Desk:
        """Return the desk of a circle; RuleError when this machine is not in it."""
        for known in self._known.all():
            if known.id == circle:
                return Desk(self.ledger, known, self._clock, self._max_frame_bytes)
        raise RuleError("This machine is not in that circle.")

    def find(self, name: str | None) -> Service:
        """Return the board of the circle a typed name means (`find_circle`); None = the chosen one.

        ConfigError when there is no circle.
        """
        with self.ledger.reading():
            circles = self._known.all()
            if not circles:
                raise not_set_up(taken_out_words(self.ledger.path))
            return self.service(None if name is None else find_circle(circles, name).id)

    def choose(self, name: str) -> Service:
        """Open this circle from now on when none is named."""
        board = self.find(name)
        choose_circle(self.ledger, board.circle.view().id)
        return board

    def leave(self, circle: CircleId) -> str:
        """Forget a circle on this machine; return its name."""
        name = self.desk(circle).circle.name
        self.ledger.write_tally(without=circle)  # before: else what is gone on purpose could seem lost
        self._known.forget(circle)
        self._services.pop(circle, None)
        self.tell_listeners()
        return name

    def tell_listeners(self) -> None:
        """Say that something changed, on every board that is open."""
        for service in list(self._services.values()):
            service.tell_listeners()


def find_circle(circles: Sequence[Circle], name: str) -> Circle:
    """Return the circle a typed name means: the whole name, its beginning, or the beginning of its id."""
    wanted = name.strip().casefold()
    exact = [circle for circle in circles if circle.name.casefold() == wanted]
    begins = [circle for circle in circles if circle.name.casefold().startswith(wanted)]
    by_id = [circle for circle in circles if len(wanted) >= 4 and circle.id.hex().startswith(wanted)]
    found = exact or begins or by_id
    shown = shown_line(name.strip())
    if not found or not wanted:
        names = ", ".join(f"“{circle.name}”" for circle in circles)
        raise RuleError(f"This machine is in no circle “{shown}”. It is in: {names}.")
    if len(found) > 1:
        ids = ", ".join(f"{circle.id.hex()} “{circle.name}”" for circle in found)
        raise RuleError(
            f"Several circles are meant by “{shown}”. Say the beginning of the id instead: {ids}."
        )
    return found[0]


def leaving_words(name: str) -> str:
    """Return what leaving a circle means, to be confirmed before it is done."""
    return (
        f"“{name}” is forgotten on this machine: its board, its keys and who you are in it. What you "
        "posted stays with the others, who go on counting you in until somebody takes you out. To come back "
        "you need a new invite, and come back as somebody new."
    )


def not_set_up(why: str = "") -> ConfigError:
    """Return the error that says how to begin; `why` there is no circle any more, in a sentence."""
    return ConfigError(
        why
        or "There is no circle on this machine yet. Begin one: meshboard circle new NAME --as YOU. "
        "Or join one: meshboard circle join --as YOU."
    )
