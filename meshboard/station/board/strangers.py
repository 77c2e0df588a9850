"""How much a station writes for strangers in an hour."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from meshboard import figures
from meshboard.clock import Clock
from meshboard.domain.commands import AddNote, ClaimPost, Command, PublishPost
from meshboard.domain.entries import Entry, Fact, PostPublished
from meshboard.domain.limits import BOUNDS, Bound, Counted
from meshboard.domain.people import Actor, Party, is_stranger
from meshboard.domain.posts import PostContent, Urgency
from meshboard.errors import RuleError
from meshboard.sync.air.budget import hourly_budget_s
from meshboard.sync.setup import EngineConfig
from meshboard.trust.circle import RadioPlan

_HOURLY = {Counted.CRITICAL: "critical posts", Counted.POST: "messages"}


@dataclass(frozen=True, slots=True)
class _Act:
    """Something a stranger had this station write."""

    at: float
    actor: Actor
    counted: Counted


class StrangersHour:
    """How much strangers have a station write in an hour, which bounds the air it takes here and elsewhere.

    Said first they are within STRANGERS_MOST of the hour. They are repaired as all entries are: who lacks
    some of a log asks until it has them, so what may be repaired has to be bounded where it is written.
    """

    def __init__(
        self, plan: RadioPlan, clock: Clock, written_before: Callable[[], Iterable[Entry]] = tuple
    ) -> None:
        """`written_before`: this station's last entries, so that a restart is no fresh hour."""
        self._clock = clock
        self._written_before = written_before
        self._is_recalled = False
        self._bounds = {
            Counted.CRITICAL: critical_an_hour(plan),
            Counted.POST: entries_an_hour(plan),
        }
        self._acts: deque[_Act] = deque()

    def refuse(self, command: Command) -> None:
        """Raise RuleError where a stranger asks for more than there is air for.

        What ends something is taken longer: it frees what others wait for.
        """
        if not is_stranger(command.actor):
            return
        self._recall_once()
        counted, now_s = _in_hour_as(command), self._clock.monotonic_s()
        while self._acts and self._acts[0].at <= now_s - figures.HOUR_S:
            self._acts.popleft()
        acts = [act for act in self._acts if act.counted is counted]
        times = 1 if isinstance(command, PublishPost | ClaimPost | AddNote) else figures.ENDING_TIMES
        bound = self._bounds[counted]
        own = [act for act in acts if act.actor == command.actor]
        for some, most, who in (
            (own, bound.of_one, "one handheld"),
            (acts, bound.of_all, "all handhelds"),
        ):
            if len(some) >= most * times:
                wait_min = -int((now_s - some[-most * times].at - figures.HOUR_S) // 60.0)
                raise RuleError(
                    f"Not done: this board passes on {most * times} {_HOURLY[counted]} an hour of {who} it "
                    f"does not know. Try again in {wait_min} min, or go to it. In danger, ask others too."
                )

    def _recall_once(self) -> None:
        """Count what was written before this process, by the stamps; where no time is known, nothing."""
        wall_s, now_s = self._clock.wall_s(), self._clock.monotonic_s()
        entries = () if self._is_recalled or wall_s is None else self._written_before()
        self._is_recalled = True
        for entry in entries:
            ago_s = wall_s - entry.stamp.time_s if wall_s and entry.stamp.time_s else figures.HOUR_S
            if is_stranger(entry.actor) and 0 <= ago_s < figures.HOUR_S:
                self._acts.append(_Act(now_s - ago_s, entry.actor, _in_hour_as(entry.fact)))

    def note(self, command: Command) -> None:
        """Note that a command was done."""
        if is_stranger(command.actor):
            self._acts.append(_Act(self._clock.monotonic_s(), command.actor, _in_hour_as(command)))


def entries_an_hour(plan: RadioPlan) -> Bound:
    """Return how many entries of strangers a station writes in an hour, of one and of all together."""
    posts, claims = (BOUNDS[counted][Party.STRANGER] for counted in (Counted.POST, Counted.CLAIM))
    affordable = int(figures.STRANGERS_MOST * hourly_budget_s(plan.region) / _usual_air_s(plan))
    of_all = max(
        1, min(posts.of_all + claims.of_all, affordable)
    )  # on fast presets as many as may count at once
    of_one = min(posts.of_one + claims.of_one, max(2, of_all // figures.STRANGERS_ONE_IN))
    return Bound(min(of_one, of_all), of_all)


def critical_an_hour(plan: RadioPlan) -> Bound:
    """Return the same of critical posts: half of what is kept for those stays for people who are known."""
    shown = BOUNDS[Counted.CRITICAL][Party.STRANGER]
    affordable = int(
        figures.URGENT_RESERVE
        / 2
        * hourly_budget_s(plan.region)
        / (figures.CRITICAL_TIMES * _usual_air_s(plan))
    )
    of_all = max(1, min(shown.of_all, affordable))
    return Bound(min(shown.of_one, of_all), of_all)


def _usual_air_s(plan: RadioPlan) -> float:
    return EngineConfig(plan.preset, plan.region).air_s(figures.USUAL_FRAME_BYTES)


def counted_as(content: PostContent) -> Counted:
    """Return as what a post counts."""
    return Counted.CRITICAL if content.urgency is Urgency.CRITICAL else Counted.POST


def _in_hour_as(said: Command | Fact) -> Counted:
    return counted_as(said.content) if isinstance(said, PublishPost | PostPublished) else Counted.POST
