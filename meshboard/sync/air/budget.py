"""What own frames may take of an hour, and what they took (docs/protocol.md, section 7)."""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from meshboard import figures
from meshboard.sync.events import FrameUse

REGION_DUTY_SHARE: Mapping[str, float] = MappingProxyType(
    {
        "EU_433": 0.10,
        "EU_866": 0.025,  # for nodes that move about; fixed ones may take more, which a station cannot tell
        "EU_868": 0.10,
        "EU_N_868": 0.10,
        "TH": 0.10,
        "UA_433": 0.10,
        "UA_868": 0.01,
    }
)
"""Share of an hour a node may send where a region limits it (firmware `RadioInterface.cpp`, July 2026)."""


def hourly_budget_s(region: str) -> float:
    """Return how many seconds of any hour this station's own frames may take."""
    limited = REGION_DUTY_SHARE.get(region)
    share = figures.OWN_SHARE if limited is None else min(figures.OWN_SHARE, limited * figures.NODE_SHARE)
    return share * figures.HOUR_S


@dataclass(frozen=True, slots=True)
class Spent:
    """One frame that was sent."""

    sent_at: float
    air_s: float
    use: FrameUse | None = None
    """None = not known any more."""
    is_urgent: bool = False
    """True: it was said as critical posts are."""


class HourlyBudget:
    """Counts what was sent in a true rolling hour."""

    def __init__(self, budget_s: float, spent: Iterable[Spent] = ()) -> None:
        """Begin with what was sent in the hour before."""
        self.budget_s = budget_s
        self._spent = deque(sorted(spent, key=lambda one: one.sent_at))

    def record(self, one: Spent) -> None:
        """Count a frame that goes out now."""
        while self._spent and self._spent[0].sent_at <= one.sent_at - figures.HOUR_S:
            self._spent.popleft()
        self._spent.append(one)

    def take_back(self, air_s: float, use: FrameUse, *, is_urgent: bool | None = None) -> None:
        """Count the last frame like this no longer: the node refused it, so it was never on the air."""
        for one in reversed(self._spent):
            if one.air_s == air_s and one.use is use and is_urgent in (None, one.is_urgent):
                self._spent.remove(one)
                return

    def log(self) -> tuple[Spent, ...]:
        """Return what was sent in the last hour."""
        return tuple(self._spent)

    def spent_s(self, now_s: float) -> float:
        """Return the seconds sent in the last hour."""
        return sum(one.air_s for one in self._spent if one.sent_at > now_s - figures.HOUR_S)

    def left_s(self, now_s: float) -> float:
        """Return the seconds left of this hour's budget, critical reserve included."""
        return max(0.0, self.budget_s - self.spent_s(now_s))

    def whole_at(self, air_s: float) -> float:
        """Return when a frame of this length is within the whole budget."""
        return self._room_at(air_s, 1.0, self._spent)

    def urgent_at(self, air_s: float) -> float:
        """Return when critical posts leave the rest its tenth."""
        return self._room_at(
            air_s, 1.0 - figures.KEPT_FOR_REST, [one for one in self._spent if one.is_urgent]
        )

    def ordinary_at(self, air_s: float) -> float:
        """Return when anything else leaves critical posts their fifth, or is within its own tenth."""
        return self._ordinary_within(air_s, 1.0 - figures.URGENT_RESERVE)

    def besides_news_at(self, air_s: float) -> float:
        """Return when it leaves news as well what they took in the hour before, and as much again."""
        news_s = sum(one.air_s for one in self._spent if one.use is FrameUse.NEWS and not one.is_urgent)
        kept_s = min(figures.NEWS_MAY_GROW * news_s, figures.KEPT_FOR_NEWS * self.budget_s)
        return self._ordinary_within(air_s, 1.0 - figures.URGENT_RESERVE - kept_s / self.budget_s)

    def _ordinary_within(self, air_s: float, share: float) -> float:
        rest = [one for one in self._spent if not one.is_urgent]
        return min(
            self._room_at(air_s, share, self._spent), self._room_at(air_s, figures.KEPT_FOR_REST, rest)
        )

    def answers_at(self, air_s: float) -> float:
        """Return when an answer leaves critical posts their fifth, or is within what is answers' own."""
        return min(
            self._room_at(air_s, 1.0 - figures.URGENT_RESERVE, self._spent),
            self._room_at(air_s, figures.ANSWERS_OWN, self._answers()),
        )

    def few_answers_at(self, air_s: float) -> float:
        """Return when answers leave the board its part."""
        return self._room_at(air_s, figures.ANSWERS_MOST, self._answers())

    def _answers(self) -> list[Spent]:
        return [one for one in self._spent if one.use is FrameUse.TEXT and not one.is_urgent]

    def _room_at(self, air_s: float, share: float, spent: Iterable[Spent]) -> float:
        """Return when enough of these have dropped out of the hour; may lie in the past.

        With none of them in the hour there is always room: a frame longer than its share must go some time.
        """
        among = list(spent)
        total_s = sum(one.air_s for one in among) + air_s
        room_at = float("-inf")
        for one in among:
            if total_s <= share * self.budget_s:
                break
            total_s -= one.air_s
            room_at = one.sent_at + figures.HOUR_S
        return room_at


class HeardMinutes:
    """How many seconds of each minute of the last hour were filled, as heard here."""

    def __init__(self) -> None:
        self._minutes: deque[tuple[int, float]] = deque(maxlen=61)

    def note(self, air_s: float, now_s: float) -> None:
        """Note a frame."""
        minute = int(now_s // 60.0)
        before_s = self._minutes.pop()[1] if self._minutes and self._minutes[-1][0] == minute else 0.0
        self._minutes.append((minute, before_s + air_s))

    def of_last_hour(self, now_s: float) -> list[tuple[int, float]]:
        """Return (minute of the clock, seconds), the oldest first, silent ones left out."""
        return [(minute, air_s) for minute, air_s in self._minutes if minute > now_s // 60.0 - 60]
