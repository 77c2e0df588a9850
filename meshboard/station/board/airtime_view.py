"""The airtime as front ends show it, in whichever process: from the log and the station's report."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from meshboard.figures import MINUTE_S, URGENT_RESERVE
from meshboard.link import LinkState, Refusal
from meshboard.station.air.airtime_log import Moment, read_log
from meshboard.station.air.airtime_report import AirtimeReport, read_airtime_report
from meshboard.station.air.sharing import share_radio
from meshboard.station.circle.circle_service import RadioOwner
from meshboard.station.circle.desk import Desk
from meshboard.station.process.station_report import told_report
from meshboard.sync.air.budget import Spent, hourly_budget_s
from meshboard.sync.air.governor import Rule
from meshboard.sync.air.held import counted
from meshboard.sync.events import FrameUse

MINUTES = 60
WRITTEN_HERE = "entries of this circle written here"


@dataclass(frozen=True, slots=True)
class WaitingView:
    """One class of what waits."""

    what: str
    count: int
    rule: str
    """What holds it back; empty where it may go now."""
    wait_s: float | None
    """How long still; 0 = it goes next, None = nobody can tell."""

    @property
    def counted(self) -> str:
        """How much of it waits, in words: `1 critical post`."""
        if self.what == WRITTEN_HERE and self.count == 1:
            return "1 entry of this circle written here"
        return counted(self.what, self.count)


@dataclass(frozen=True, slots=True)
class AirtimeView:
    """What a radio's hour is like."""

    station_runs: bool
    link: str
    region: str
    preset: str
    budget_s: float
    spent_s: float
    left_s: float
    left_for_rest_s: float
    """What of it is not kept for critical posts."""
    by_use: Mapping[str, float]
    """Seconds sent in the last hour, by what the frames were for; every use is there."""
    minutes: tuple[float, ...]
    """Seconds sent in each of the last sixty minutes, the oldest first."""
    heard_minutes: tuple[float, ...]
    """Seconds filled by all that was heard and sent here, relays as reckoned; since this station started."""
    node_says: float | None
    """The channel's utilisation as the node last reported it, 0.0 to 1.0; None if it does not."""
    node_said_s: float | None
    """How many seconds ago that was."""
    heard_share: float | None
    """The same as heard here; None when no station runs."""
    waiting: tuple[WaitingView, ...] = ()
    refused: Mapping[str, int] = field(default_factory=dict)
    """Frames and texts our own node refused since the station started, by why."""
    not_handed: Mapping[str, int] = field(default_factory=dict)
    """Those that did not surely reach it, by why."""
    refused_there: int = 0
    """Texts that the nodes of their receivers refused."""
    unanswered: int = 0
    """Answers to handhelds that waited too long for air, or were too many, since the station started."""


def view_airtime(desk: Desk, radio: RadioOwner, now: Moment) -> AirtimeView:
    """Return how the airtime of this station's radio is."""
    circles = desk.ledger.circles
    carried = share_radio(circles.all()).carried
    plan = (carried[0] if carried else desk.circle).plan
    budget_s, spent = hourly_budget_s(plan.region), read_log(desk.ledger, now)
    spent_s = sum(one.air_s for one in spent)
    runs = radio.someone_owns()
    link = (radio.report() or told_report(desk.ledger.path)).link
    report = read_airtime_report(desk.ledger, now) if runs else None
    heard = [(minute * MINUTE_S, air_s) for minute, air_s in report.heard] if report else []
    noted_at = report.noted_at if report else None
    return AirtimeView(
        station_runs=runs,
        link=link.state.value if runs else "no station running",
        region=plan.region,
        preset=plan.preset,
        budget_s=budget_s,
        spent_s=spent_s,
        left_s=max(0.0, budget_s - spent_s),
        left_for_rest_s=max(0.0, budget_s * (1.0 - URGENT_RESERVE) - spent_s),
        by_use=_by_use(spent),
        minutes=_minutes([(one.sent_at, one.air_s) for one in spent], now.monotonic_s),
        heard_minutes=_minutes(heard, now.monotonic_s),
        node_says=report.node_says if report and noted_at is not None else None,
        node_said_s=None if noted_at is None else now.monotonic_s - noted_at,
        heard_share=_heard_share(report, now) if report else None,
        waiting=tuple(_waiting(desk, report, link.state, now)),
        refused=_refused(report, lambda why: why.is_of_node),
        not_handed=_refused(report, lambda why: not why.is_of_node and why is not Refusal.THERE),
        refused_there=report.refused.get(Refusal.THERE.value, 0) if report else 0,
        unanswered=report.unanswered if report else 0,
    )


def _refused(report: AirtimeReport | None, is_meant: Callable[[Refusal], bool]) -> Mapping[str, int]:
    counts = report.refused if report else {}
    return {why.value: counts[why.value] for why in Refusal if is_meant(why) and why.value in counts}


def _by_use(spent: Iterable[Spent]) -> Mapping[str, float]:
    sums = dict.fromkeys((use.value for use in FrameUse), 0.0)
    for one in spent:
        use = one.use.value if one.use else "unknown"
        sums[use] = sums.get(use, 0.0) + one.air_s
    return sums


def _heard_share(report: AirtimeReport, now: Moment) -> float:
    recent = (air_s for at, air_s in report.on_air if at > now.monotonic_s - MINUTE_S)
    return sum(recent) / MINUTE_S


def _minutes(happened: Iterable[tuple[float, float]], now_s: float) -> tuple[float, ...]:
    sums = [0.0] * MINUTES
    for at, air_s in happened:
        ago = int(now_s // MINUTE_S - at // MINUTE_S)
        if 0 <= ago < MINUTES:
            sums[MINUTES - 1 - ago] += air_s
    return tuple(sums)


def _waiting(desk: Desk, report: AirtimeReport | None, link: LinkState, now: Moment) -> Iterable[WaitingView]:
    if report is None:
        count = len(desk.own_entries_after(desk.sent_through()))
        if count:
            yield WaitingView(WRITTEN_HERE, count, "no station is running", None)
        return
    for one in report.waiting:
        wait_s = max(0.0, one.until - now.monotonic_s) if one.until is not None else 0.0
        if one.rule == Rule.TOO_LONG.value:
            yield WaitingView(one.what, one.count, one.rule, None)
        elif link is not LinkState.UP:
            yield WaitingView(one.what, one.count, f"the radio: {link.value}", None)
        else:
            rule = one.rule or "its own short wait"
            yield WaitingView(one.what, one.count, rule if wait_s else "", wait_s)
