"""One radio for several circles: which of them it can carry, and how much air they may take together."""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from meshboard.domain.ids import CircleId
from meshboard.link import MAX_FRAME_BYTES
from meshboard.radio.link_config import MAX_CHANNELS
from meshboard.sync.governor import HOUR_S, Spent, hourly_budget_s
from meshboard.sync.setup import EngineConfig
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


class SharedAirtime:
    """The hourly budget of one radio, whatever circle its frames are for."""

    def __init__(self) -> None:
        self._spent: deque[Spent] = deque()
        self.change_plan(RadioPlan())

    def change_plan(self, plan: RadioPlan) -> None:
        """Reckon as for a radio set like this from now on; what was spent stays spent."""
        self._budget_s = hourly_budget_s(plan.region)
        self._longest_s = EngineConfig(plan.preset, plan.region).air_s(MAX_FRAME_BYTES)

    def has_room(self, now_s: float) -> bool:
        """Say whether one more frame, of whatever length, stays within the budget."""
        while self._spent and self._spent[0].sent_at <= now_s - HOUR_S:
            self._spent.popleft()
        return sum(one.air_s for one in self._spent) + self._longest_s <= self._budget_s

    def note(self, air_s: float, now_s: float) -> None:
        """Note a frame that was sent."""
        self._spent.append(Spent(now_s, air_s))
