"""The airtime governor: the one place that says whether a frame may go out (docs/protocol.md, section 7)."""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from meshboard import figures
from meshboard.figures import MOST_CONTENDERS
from meshboard.link import Refusal
from meshboard.sync.air.budget import HeardMinutes, HourlyBudget, Spent, hourly_budget_s
from meshboard.sync.air.unsaid import BackOff
from meshboard.sync.events import FrameUse, OutgoingFrame
from meshboard.sync.timing import Chance

__all__ = ["Governor", "Grade", "Rule", "Spent", "hourly_budget_s"]


class Grade(Enum):
    """How a frame stands with the governor."""

    CRITICAL = "critical"
    """A critical post: may use the reserve, and a busy channel up to URGENT_BUSY_SHARE.

    Only the node, and our own hour, hold it up for long: nothing that others say or claim.
    """
    FIRST = "first"
    """The most urgent of much that somebody lacks: a busy channel stops it no sooner than a critical post."""
    ASK = "ask"
    """Asking for that: before more of it."""
    NEWS = "news"
    REPAIR = "repair"
    BULK = "bulk"
    """The less urgent of much that somebody lacks: live traffic is to have room."""
    TALK = "talk"
    """What stations say about what they hold."""
    ANSWER = "answer"
    """A text to somebody with a handheld, who waits for it: as news, within a part of its own."""
    AT_ONCE = "at once"
    """An answer about a wipe: as a critical post, behind no frame of ours. Soon nobody is there to say it."""


class Rule(Enum):
    """What keeps a frame waiting, as a person would say it."""

    SPACING = "the frame before, and its relays"
    BUSY = "the channel is busy, as the node says"
    HEARD_BUSY = "the channel is busy, as heard here"
    BULK = "much to give: slowly, so that live traffic has room"
    CROWDED = "the circle fills the channel: news first"
    BUDGET = "the hour's airtime is spent"
    RESERVE = "the rest of the hour is for critical posts"
    KEPT_FOR_NEWS = "the rest of the hour is for news and critical posts"
    KEPT_FOR_REST = "critical posts leave room for the rest"
    ANSWERS = "answers to handhelds leave the board its part of the hour"
    REFUSED = "the node refused a frame"
    TOO_LONG = "longer than a frame may be here"
    """Until frames may be longer: no time can be told."""


URGENT = (Grade.CRITICAL, Grade.AT_ONCE)
BESIDES_NEWS = (Grade.FIRST, Grade.BULK)
BUSY_SHARE_OF: Mapping[Grade, float] = MappingProxyType(
    dict.fromkeys((*URGENT, Grade.FIRST, Grade.ASK), figures.URGENT_BUSY_SHARE)
)
SHARE_OF: Mapping[Grade, float] = MappingProxyType(
    {Grade.FIRST: figures.FIRST_SHARE, Grade.REPAIR: figures.REPAIR_SHARE, Grade.TALK: figures.TALK_SHARE}
)
"""Up to which share of the last minute, as heard here, a grade may speak: beyond it frames mostly collide."""


@dataclass(frozen=True, slots=True)
class Utilisation:
    """What the node reported of the channel."""

    share: float
    """Of the last minute, 0.0 to 1.0."""
    of_circle: float
    """How much of it was this circle's own traffic, as far as it was heard here."""
    noted_at: float


class Governor:
    """Keeps own frames within the budget of a true rolling hour, spaced, and off a busy channel."""

    def __init__(
        self,
        budget_s: float,
        chance: Chance,
        pause_s: float,
        spent: Iterable[Spent] = (),
    ) -> None:
        """Begin with what was sent in the hour before; `pause_s`: the longest wait after a jam."""
        self._budget = HourlyBudget(budget_s, spent)
        self._chance = chance
        self._longest_pause_s = pause_s
        self._pause_s = 0.0
        self._stations = 2
        self._on_air: deque[Spent] = deque()
        self._strangers: deque[Spent] = deque()
        self._last_minute_s = 0.0
        """The sum of both."""
        self._heard = HeardMinutes()
        self._next_at = self._urgent_at = float("-inf")
        self._next_bulk_at = float("-inf")
        self._back_off = BackOff(2.0 * pause_s)
        self._utilisation: Utilisation | None = None
        self._began_at: float | None = None
        """When the first frame was heard or sent."""

    def change_plan(self, budget_s: float, pause_s: float) -> None:
        """Reckon as for a radio set otherwise from now on; what was spent stays spent."""
        self._budget.budget_s = budget_s
        self._longest_pause_s = pause_s

    def note_company(self, stations: int) -> None:
        """Note how many stations share the channel, this one included."""
        self._stations = stations

    def note_on_air(self, air_s: float, hop_limit: int, now_s: float) -> None:
        """Note a frame, heard or sent, with the relaying to be expected at this hop limit."""
        self._note(self._on_air, _with_relays(air_s, hop_limit), now_s)
        # everybody here hears the channel fall free at the same moment
        contenders = min(max(self._stations - 2, 1), MOST_CONTENDERS)
        self._pause_s = self._chance.uniform(0.0, contenders * self._longest_pause_s)

    def note_stranger(self, air_s: float, hop_limit: int, now_s: float) -> None:
        """Note a packet of somebody else's, none of the circles'."""
        self._note(self._strangers, _with_relays(air_s, hop_limit), now_s)

    def _note(self, among: deque[Spent], air_s: float, now_s: float) -> None:
        self._began_at = now_s if self._began_at is None else self._began_at
        for kind in (self._on_air, self._strangers):
            while kind and kind[0].sent_at <= now_s - figures.MINUTE_S:
                self._last_minute_s -= kind.popleft().air_s
        # One receiver hears one frame at a time: whatever is claimed, no minute holds more than a minute.
        air_s = min(air_s, figures.MINUTE_S - self._last_minute_s)
        if air_s > 0.0:
            among.append(Spent(now_s, air_s))
            self._last_minute_s += air_s
            self._heard.note(air_s, now_s)

    def note_channel_utilisation(self, share: float | None, now_s: float) -> None:
        """Note what the node reports of the channel, 0.0 to 1.0; None = it does not say."""
        self._utilisation = (
            None if share is None else Utilisation(share, _share_of_minute(self._on_air, now_s), now_s)
        )

    def allowed_at(self, air_s: float, grade: Grade) -> float:
        """Return the earliest time a frame of this time on air may go; may lie in the past."""
        return self.held_by(air_s, grade)[0]

    def held_by(self, air_s: float, grade: Grade) -> tuple[float, Rule]:
        """Return the earliest time a frame of this time on air may go, and the rule that says so."""
        return max(self._verdicts(air_s, grade), key=lambda verdict: verdict[0])

    def record(
        self,
        air_s: float,
        hop_limit: int,
        now_s: float,
        use: FrameUse | None = None,
        *,
        is_urgent: bool = False,
    ) -> None:
        """Note that a frame of ours goes out now; the next one waits until its relays are through."""
        self._budget.record(Spent(now_s, air_s, use, is_urgent))
        through_at = now_s + figures.SPACING * _with_relays(air_s, hop_limit)
        self._next_at, self._urgent_at = max(self._next_at, through_at), max(self._urgent_at, through_at)
        self.note_on_air(air_s, hop_limit, now_s)

    def note_bulk(self, air_s: float, hop_limit: int, now_s: float) -> None:
        """Note a frame of much that is given, ours or another's: the next one comes when it has its share."""
        every_s = _with_relays(air_s, hop_limit) / figures.BULK_SHARE * self._chance.uniform(0.75, 1.75)
        self._next_bulk_at = max(self._next_bulk_at, now_s + every_s)

    def give_way(self, air_s: float, now_s: float) -> None:
        """Note that another's frame was on the air: one of ours that waits in the node waits longer.

        Critical posts give way to nobody: whoever recorded frames can say them again without end.
        """
        if now_s < self._next_at:
            self._next_at += figures.WAITING_SHARE * air_s

    def take_back(self, frame: OutgoingFrame, why: Refusal, now_s: float) -> None:
        """Note that the node refused a frame: leave it alone for a while, and count no air for it."""
        if why.was_not_sent:
            self._budget.take_back(frame.air_s, frame.use, is_urgent=frame.is_urgent)
        if why is not Refusal.TOO_LARGE:
            self._back_off.note(why, now_s)

    def take_back_text(self, air_s: float, hop_limit: int, why: Refusal, now_s: float) -> None:
        """Note that a text was not sent, or, where nobody confirmed it, twice more than was counted.

        What its receiver says of it is nothing to us.

        The node backs off by itself from who cannot be reached: that is no reason to hold frames up.
        """
        if why is Refusal.UNANSWERED:
            for _ in range(figures.TEXT_REPEATS):
                self._budget.record(Spent(now_s, air_s, FrameUse.TEXT))
                self.note_on_air(air_s, hop_limit, now_s)
        elif why.was_not_sent:
            self._budget.take_back(air_s, FrameUse.TEXT)
        if why in (Refusal.QUEUE_FULL, Refusal.HOUR_SPENT):
            self._back_off.note(why, now_s)

    def spent_s(self, now_s: float) -> float:
        """Return the seconds sent in the last hour."""
        return self._budget.spent_s(now_s)

    def left_s(self, now_s: float) -> float:
        """Return the seconds left of this hour's budget, critical reserve included."""
        return self._budget.left_s(now_s)

    def log(self) -> tuple[Spent, ...]:
        """Return what was sent in the last hour: pass it to the next Governor after a restart."""
        return self._budget.log()

    def heard_share(self, now_s: float) -> float:
        """Return the share of the last minute that was filled by what is heard and sent here."""
        return _share_of_minute(self._all_heard(), now_s)

    def _all_heard(self) -> list[Spent]:
        return sorted([*self._on_air, *self._strangers], key=lambda one: one.sent_at)

    def utilisation(self) -> Utilisation | None:
        """Return what the node last reported of the channel, None when it does not say."""
        return self._utilisation

    def on_air(self, now_s: float) -> Sequence[tuple[float, float]]:
        """Return (when, seconds with relays) of each frame heard and sent in the last minute."""
        return [
            (one.sent_at, one.air_s) for one in self._all_heard() if one.sent_at > now_s - figures.MINUTE_S
        ]

    def heard_minutes(self, now_s: float) -> Sequence[tuple[int, float]]:
        """Return (minute of the clock, seconds heard and sent in it) for the last hour, but silent ones."""
        return self._heard.of_last_hour(now_s)

    def _verdicts(self, air_s: float, grade: Grade) -> Iterator[tuple[float, Rule]]:
        if grade is not Grade.AT_ONCE:
            yield self._urgent_at if grade is Grade.CRITICAL else self._next_at, Rule.SPACING
        yield self._back_off.until, Rule.REFUSED
        yield self._quiet_at(BUSY_SHARE_OF.get(grade, figures.BUSY_SHARE), by_ear=grade not in URGENT)
        yield from self._within_budget(air_s, grade)
        if grade is Grade.BULK:
            yield self._next_bulk_at, Rule.BULK
        if grade in SHARE_OF:
            yield self._roomy_at(air_s, SHARE_OF[grade], self._on_air), Rule.CROWDED

    def _within_budget(self, air_s: float, grade: Grade) -> Iterator[tuple[float, Rule]]:
        yield self._budget.whole_at(air_s), Rule.BUDGET
        if grade in URGENT:
            yield self._budget.urgent_at(air_s), Rule.KEPT_FOR_REST
        elif grade is Grade.ANSWER:
            yield self._budget.answers_at(air_s), Rule.RESERVE
            yield self._budget.few_answers_at(air_s), Rule.ANSWERS
        elif grade in BESIDES_NEWS:
            yield self._budget.besides_news_at(air_s), Rule.KEPT_FOR_NEWS
        else:
            yield self._budget.ordinary_at(air_s), Rule.RESERVE

    def _quiet_at(self, limit: float, *, by_ear: bool) -> tuple[float, Rule]:
        """Return when the channel is quiet enough: as the node measures, and while it is silent by ear.

        What is heard are others' words for how they fill the channel: no critical post waits for those.
        """
        noted = self._utilisation
        if self._is_node_silent(noted):
            heard = self._all_heard() if by_ear else ()
            return self._roomy_at(0.0, limit, heard), Rule.HEARD_BUSY
        if noted is None or noted.share < limit:
            return float("-inf"), Rule.BUSY
        # what others than this circle send is taken to go on; what the circle sent is known to have ended
        room = limit - max(0.0, noted.share - noted.of_circle)
        next_report_at = noted.noted_at + figures.MINUTE_S
        if room <= 0.0:
            return next_report_at, Rule.BUSY
        return min(self._roomy_at(0.0, room, self._on_air), next_report_at), Rule.BUSY

    def _is_node_silent(self, noted: Utilisation | None) -> bool:
        """Say whether the node had said nothing of the channel for long when a frame was last heard.

        Before its first report a board that just started is not taken for a busy channel.
        """
        heard = self._all_heard()
        since = self._began_at if noted is None else noted.noted_at
        return bool(heard) and since is not None and heard[-1].sent_at - since > figures.SILENT_AFTER_S

    def _roomy_at(self, air_s: float, share: float, among: Collection[Spent]) -> float:
        """Return when enough of these frames are a minute old, so that there is room for one more."""
        total_s = sum(one.air_s for one in among) + air_s
        roomy_at = float("-inf")
        for one in among:
            if total_s <= share * figures.MINUTE_S:
                break
            total_s -= one.air_s
            roomy_at = one.sent_at + figures.MINUTE_S + self._pause_s
        return roomy_at


def _share_of_minute(among: Iterable[Spent], now_s: float) -> float:
    return sum(one.air_s for one in among if one.sent_at > now_s - figures.MINUTE_S) / figures.MINUTE_S


def _with_relays(air_s: float, hop_limit: int) -> float:
    """Return how long a frame keeps the channel busy, relays included."""
    return air_s * (1.0 + figures.RELAY_SHARE * hop_limit)
