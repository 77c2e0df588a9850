"""The airtime governor: the one place that says whether a frame may go out (docs/protocol.md, section 7)."""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from meshboard.sync.chance import Chance

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
RELAY_SHARE = 0.5  # frames a hop of the hop limit costs: 2.5 frames at 3, measured in a cell of 4


class Grade(Enum):
    """How a frame stands with the governor."""

    CRITICAL = "critical"
    """A critical post: may use the reserve, and a busy channel up to URGENT_BUSY_SHARE."""
    NEWS = "news"
    REPAIR = "repair"
    TALK = "talk"
    """What stations say about what they hold."""


@dataclass(frozen=True, slots=True)
class Spent:
    """One frame that was sent."""

    sent_at: float
    air_s: float


@dataclass(frozen=True, slots=True)
class Utilisation:
    """What the node reported of the channel."""

    share: float
    """Of the last minute, 0.0 to 1.0."""
    of_circle: float
    """How much of it was this circle's own traffic, as far as it was heard here."""
    noted_at: float


def hourly_budget_s(region: str) -> float:
    """Return how many seconds of any hour this station's own frames may take."""
    limited = REGION_DUTY_SHARE.get(region)
    share = OWN_SHARE if limited is None else min(OWN_SHARE, limited * NODE_SHARE)
    return share * HOUR_S


SHARE_OF: Mapping[Grade, float] = MappingProxyType({Grade.REPAIR: 0.45, Grade.TALK: 0.35})
"""Up to which share of the last minute, as heard here, a grade may speak: beyond it frames mostly collide."""


class Governor:
    """Keeps own frames within the budget of a true rolling hour, spaced, and off a busy channel."""

    def __init__(
        self,
        budget_s: float,
        chance: Chance,
        pause_s: float,
        spent: Iterable[Spent] = (),
    ) -> None:
        """Begin with what was sent in the hour before; `pause_s` is the longest random wait after a jam."""
        self._budget_s = budget_s
        self._chance = chance
        self._longest_pause_s = pause_s
        self._pause_s = 0.0
        self._spent = deque(sorted(spent, key=lambda one: one.sent_at))
        self._on_air: deque[Spent] = deque()
        self._next_at = float("-inf")
        self._utilisation: Utilisation | None = None

    def note_on_air(self, air_s: float, hop_limit: int, now_s: float) -> None:
        """Note a frame, heard or sent, with the relaying to be expected at this hop limit."""
        while self._on_air and self._on_air[0].sent_at <= now_s - REPORT_COUNTS_S:
            self._on_air.popleft()
        self._on_air.append(Spent(now_s, _with_relays(air_s, hop_limit)))
        # everybody here hears the channel fall free at the same moment
        self._pause_s = self._chance.uniform(0.0, self._longest_pause_s)

    def note_channel_utilisation(self, share: float | None, now_s: float) -> None:
        """Note what the node reports of the channel, 0.0 to 1.0; None = it does not say."""
        self._utilisation = None if share is None else Utilisation(share, self._circle_share(now_s), now_s)

    def allowed_at(self, air_s: float, grade: Grade) -> float:
        """Return the earliest time a frame of this time on air may go; may lie in the past."""
        urgent = grade is Grade.CRITICAL
        allowed_at = max(self._next_at, self._quiet_at(urgent), self._affordable_at(air_s, urgent))
        return max(allowed_at, self._roomy_at(air_s, SHARE_OF[grade])) if grade in SHARE_OF else allowed_at

    def record(self, air_s: float, hop_limit: int, now_s: float) -> None:
        """Note that a frame of ours goes out now; the next one waits until its relays are through."""
        self._forget(now_s)
        self._spent.append(Spent(now_s, air_s))
        self._next_at = now_s + SPACING * _with_relays(air_s, hop_limit)
        self.note_on_air(air_s, hop_limit, now_s)

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
        noted = self._utilisation
        limit = URGENT_BUSY_SHARE if urgent else BUSY_SHARE
        if noted.share < limit:
            return float("-inf")
        # what others than this circle send is taken to go on; what the circle sent is known to have ended
        room = limit - max(0.0, noted.share - noted.of_circle)
        next_report_at = noted.noted_at + REPORT_COUNTS_S
        return next_report_at if room <= 0.0 else min(self._roomy_at(0.0, room), next_report_at)

    def _circle_share(self, now_s: float) -> float:
        recent = (one.air_s for one in self._on_air if one.sent_at > now_s - REPORT_COUNTS_S)
        return sum(recent) / REPORT_COUNTS_S

    def _roomy_at(self, air_s: float, share: float) -> float:
        """Return when enough of the last minute's frames have left it for one more."""
        total_s = sum(one.air_s for one in self._on_air) + air_s
        roomy_at = float("-inf")
        for one in self._on_air:
            if total_s <= share * REPORT_COUNTS_S:
                break
            total_s -= one.air_s
            roomy_at = one.sent_at + REPORT_COUNTS_S + self._pause_s
        return roomy_at

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


def _with_relays(air_s: float, hop_limit: int) -> float:
    """Return how long a frame keeps the channel busy, relays included."""
    return air_s * (1.0 + RELAY_SHARE * hop_limit)
