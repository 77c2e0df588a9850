"""One radio for several circles: which of them it can carry."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from meshboard.domain.ids import CircleId
from meshboard.radio.link_config import MAX_CHANNELS
from meshboard.trust.circle import Circle, RadioPlan


@dataclass(frozen=True, slots=True)
class RadioShare:
    """How the circles of a station share its radio."""

    carried: tuple[Circle, ...]
    """Those on the radio; their order gives each its channel."""
    apart: Mapping[CircleId, str]
    """Why each of the others is not, in a sentence."""


def share_radio(circles: Sequence[Circle]) -> RadioShare:
    """Return which circles one radio carries; the one joined first says how the radio is set."""
    carried: list[Circle] = []
    apart: dict[CircleId, str] = {}
    for circle in circles:
        why = _why_apart(circle, carried)
        if why:
            apart[circle.id] = why
        else:
            carried.append(circle)
    return RadioShare(tuple(carried), apart)


def _why_apart(circle: Circle, carried: Sequence[Circle]) -> str:
    if not carried:
        return ""
    first = carried[0]
    if circle.plan != first.plan:
        return (
            f"“{circle.name}” meets on {_plan_words(circle.plan)}, the radio is set for “{first.name}”: "
            f"{_plan_words(first.plan)}. Its posts stay on this machine; run a station of its own for it."
        )
    if len(carried) >= MAX_CHANNELS:
        return (
            f"The radio carries {MAX_CHANNELS} circles already. The posts of “{circle.name}” stay on this "
            "machine; leave another circle, or run a station of its own for it."
        )
    if circle.channel_name in {one.channel_name for one in carried}:
        return (
            f"“{circle.name}” has a channel of the same name as another circle here. Its posts stay on this "
            "machine; run a station of its own for it."
        )
    return ""


def _plan_words(plan: RadioPlan) -> str:
    slot = f", slot {plan.slot}" if plan.slot else ""
    return f"{plan.region} {plan.preset}{slot}"
