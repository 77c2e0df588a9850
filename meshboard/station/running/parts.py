"""How the parts of a running station are made: it knows none of their settings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from meshboard.domain.ids import CircleId
from meshboard.link import Link
from meshboard.station.circle.desk import Desk
from meshboard.station.texts.texts import TextResponder
from meshboard.sync.air.governor import Governor
from meshboard.sync.engine import Engine
from meshboard.trust.circle import Circle


@dataclass(frozen=True, slots=True)
class Parts:
    """How the parts of a station are made."""

    link: Callable[[Sequence[Circle]], Link]
    """The link that carries these circles, a channel each, not yet started."""
    engine: Callable[[Desk, Governor], Engine]
    responder: Callable[[CircleId], TextResponder | None] = lambda _circle: None
    """What answers plain text messages on the board of a circle, None = nobody."""
    boot: str = ""
    """Names the run of the machine (`station.process.real_clock.boot_name`)."""
