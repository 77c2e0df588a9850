"""What a first start, or the form for a further circle, has asked for and what it need not ask."""

from dataclasses import dataclass, replace

from meshboard.station.circle.beginning import NewCircle
from meshboard.station.home.host import Host
from meshboard.station.vault.locks import Protect

NO_RADIO = "none"
DEMO = "demo"
ALL_STEPS = 4


@dataclass(frozen=True, slots=True)
class FirstAnswers:
    """What a first start has asked for so far."""

    name: str = ""
    is_new_circle: bool = True
    circle: str = ""
    """The new circle's name, or the code to join one, or what an invite's file says."""
    link: str = NO_RADIO
    """The radio's address, NO_RADIO for now, or DEMO to look around there first."""
    protect: Protect | None = None
    """None = readable."""


@dataclass(frozen=True, slots=True)
class AnotherCircle:
    """A circle beside those there are."""

    name: str
    """What one is called in the circle shown now."""
    is_joining: bool = False


def count_steps(host: Host, *, is_further: bool) -> int:
    """Return how many questions there are: what is known already is not asked again.

    A ledger without a circle is what is left where the last one was left.
    """
    if is_further:
        return 2
    path = host.vault.ledger_path
    has_ledger = path.is_file() and path.stat().st_size > 0
    return ALL_STEPS - 1 if has_ledger else ALL_STEPS


def new_circle_beside(host: Host, name: str, *, is_further: bool) -> NewCircle:
    """Return the circle to found; a further one on the plan the radio is set for."""
    new = NewCircle(name)
    if not is_further:
        return new
    first = host.circles()[0]
    return replace(new, plan=replace(new.plan, region=first.region, preset=first.preset, slot=first.slot))
