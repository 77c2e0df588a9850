"""The airtime governor: the one place that says whether a frame may go out (docs/protocol.md, section 7)."""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

HOUR_S = 3600.0
REGION_DUTY_SHARE: Mapping[str, float] = MappingProxyType({"EU_868": 0.10, "EU_433": 0.10})
"""Share of an hour a node may send where a region limits it (firmware `RadioInterface.cpp`)."""
NODE_SHARE = 0.8  # of a limited region's share; the rest is for the node's own positions and telemetry
OWN_SHARE = 0.10  # of an unlimited channel: ten boards in one cell still leave it usable
URGENT_RESERVE = 0.2  # the last fifth of the hour's budget is for critical posts
SPACING = 1.3  # twenty 200-byte frames of 1.74 s took 45 s to arrive: 2.25 s each (tests/recordings)
BUSY_SHARE = 0.25  # firmware `airtime.h`: polite traffic stops here
URGENT_BUSY_SHARE = 0.40  # and everything else here
REPORT_COUNTS_S = 60.0  # the node's channel utilisation is itself a figure over the last minute


@dataclass(frozen=True, slots=True)
class Spent:
    """One frame that was sent."""

    sent_at: float
    air_s: float


def hourly_budget_s(region: str) -> float:
    """Return how many seconds of any hour this station's own frames may take."""
    limited = REGION_DUTY_SHARE.get(region)
    share = OWN_SHARE if limited is None else min(OWN_SHARE, limited * NODE_SHARE)
    return share * HOUR_S


class Governor:
    """Keeps own frames within the budget of a true rolling hour, spaced, and off a busy channel."""

    def __init__(self, budget_s: float, spent: Iterable[Spent] = ()) -> None:
        self._budget_s = budget_s
        self._spent = deque(sorted(spent, key=lambda one: one.sent_at))
        self._next_at = float("-inf")
        self._utilisation: tuple[float, float] | None = None

    def note_channel_utilisation(self, share: float | None, now_s: float) -> None:
        """Note what the node reports of the channel, 0.0 to 1.0; None = it does not say."""
        self._utilisation = None if share is None else (share, now_s)

    def allowed_at(self, air_s: float, *, urgent: bool) -> float:
        """Return the earliest time a frame of this time on air may go; may lie in the past."""
        return max(self._next_at, self._quiet_at(urgent), self._affordable_at(air_s, urgent))

    def record(self, air_s: float, now_s: float) -> None:
        """Note that a frame goes out now."""
        self._forget(now_s)
        self._spent.append(Spent(now_s, air_s))
        self._next_at = now_s + SPACING * air_s

    def spent_s(self, now_s: float) -> float:
        """Return the seconds sent in the last hour."""
        return sum(one.air_s for one in self._spent if one.sent_at > now_s - HOUR_S)

    def left_s(self, now_s: float) -> float:
        """Return the seconds left of this hour's budget, critical reserve included."""
        return max(0.0, self._budget_s - self.spent_s(now_s))

    def log(self) -> tuple[Spent, ...]:
        """Return what was sent in the last hour: pass it to the next Governor after a restart."""
        return tuple(self._spent)

    def _forget(self, now_s: float) -> None:
        while self._spent and self._spent[0].sent_at <= now_s - HOUR_S:
            self._spent.popleft()

    def _quiet_at(self, urgent: bool) -> float:
        if self._utilisation is None:
            return float("-inf")
        share, noted_at = self._utilisation
        is_busy = share >= (URGENT_BUSY_SHARE if urgent else BUSY_SHARE)
        return noted_at + REPORT_COUNTS_S if is_busy else float("-inf")

    def _affordable_at(self, air_s: float, urgent: bool) -> float:
        """Return when enough of the past hour has dropped out of the window."""
        limit_s = self._budget_s * (1.0 if urgent else 1.0 - URGENT_RESERVE)
        total_s = sum(one.air_s for one in self._spent) + air_s
        affordable_at = float("-inf")
        for one in self._spent:
            if total_s <= limit_s:
                break
            total_s -= one.air_s
            affordable_at = one.sent_at + HOUR_S
        return affordable_at
