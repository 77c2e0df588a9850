"""What the process that drives the radio tells the others of its airtime."""

from collections.abc import Iterable, Mapping

from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from meshboard.ledger.ledger import Ledger
from meshboard.station.air.airtime_log import Moment
from meshboard.station.process.bulletin import Bulletin
from meshboard.sync.air.governor import Governor
from meshboard.sync.air.held import Held

_NAME = "airtime"


@dataclass(frozen=True)
class ReportedWaiting:
    """One class of what waits."""

    what: str
    count: int
    until: float | None
    """On the clock that never jumps; None = it may go now."""
    rule: str
    """Empty = none: it waits by itself."""


@dataclass(frozen=True)
class AirtimeReport:
    """How the channel is and what waits; times are of the clock that never jumps, in the boot named."""

    boot: str
    noted_at: float | None
    """When the node last said how busy the channel is; None = it does not."""
    node_says: float
    """0.0 to 1.0."""
    on_air: tuple[tuple[float, float], ...]
    """(when, seconds with relays) of each frame of the last minute, as heard and sent here."""
    heard: tuple[tuple[int, float], ...]
    """(minute of the clock, seconds) of the last hour."""
    waiting: tuple[ReportedWaiting, ...]
    refused: dict[str, int]
    unanswered: int = 0
    """Answers to handhelds that were dropped, because they waited too long or were too many."""


_FORM = TypeAdapter(AirtimeReport)


def report_of(
    governor: Governor, waiting: Iterable[Held], refused: Mapping[str, int], now: Moment
) -> AirtimeReport:
    """Return the report; equal while nothing happens, so that it is not written again and again."""
    said = governor.utilisation()
    return AirtimeReport(
        boot=now.boot,
        noted_at=said.noted_at if said else None,
        node_says=said.share if said else 0.0,
        on_air=tuple(governor.on_air(now.monotonic_s)),
        heard=tuple(governor.heard_minutes(now.monotonic_s)),
        waiting=tuple(_summed(waiting)),
        refused=dict(refused),
    )


def save_report(ledger: Ledger, report: AirtimeReport) -> None:
    """Leave a report for other processes."""
    Bulletin(ledger.path).tell(_NAME, _FORM.dump_json(report).decode())


def read_airtime_report(ledger: Ledger, now: Moment) -> AirtimeReport | None:
    """Return what the station last reported, None where there is none of this boot."""
    try:
        report = _FORM.validate_json(Bulletin(ledger.path).read(_NAME))
    except ValidationError:
        return None  # the next one is due within seconds
    return report if report.boot == now.boot else None


def _summed(waiting: Iterable[Held]) -> Iterable[ReportedWaiting]:
    """Yield one line for each class, whatever circles it is of; the first of them says until when."""
    by_what: dict[str, list[Held]] = {}
    for one in waiting:
        by_what.setdefault(one.what, []).append(one)
    for what, same in by_what.items():
        first = min(same, key=lambda one: one.until or 0.0)
        rule = first.rule.value if first.rule else ""
        yield ReportedWaiting(what, sum(one.count for one in same), first.until, rule)
