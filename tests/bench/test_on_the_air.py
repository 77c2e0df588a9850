"""The published scenarios, seeds 1 to 5, against the targets on the air, and against TC2-BBS-mesh."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from meshboard.sim.trial.outcome import Outcome
from tests.bench.conftest import Report
from tests.bench.on_the_air import (
    SCENARIOS,
    SEEDS,
    Came,
    Job,
    both_protocols,
    mean_of,
    run,
    run_all,
    run_seeds,
    values,
)
from tests.bench.table import Row, spread
from tools.city import write_city

DAY_TARGET_S = 60.0


@dataclass(frozen=True, slots=True)
class Figure:
    """Something measured on the air: its name, how to get it, and the worst that will do."""

    words: str
    of: Callable[[Outcome], float | None]
    target: float | None = None
    unit: str = ""
    digits: int = 2

    def row(self, scenario: str, came: Sequence[Came]) -> Row:
        """Return the row of the table: the mean of all seeds against the target."""
        got, each = mean_of(came, self.of), values(came, self.of)
        is_met = None if self.target is None else got <= self.target
        target = "" if self.target is None else f"≤ {self.target:,g} {self.unit}".strip()
        measured = f"{got:,.{self.digits}f} {self.unit}".strip()
        what = f"{scenario}: {self.words}"
        return Row(what, len(came), measured, spread(each, self.unit, self.digits), target, is_met)


def missing(outcome: Outcome) -> float | None:
    complete = outcome.figures.complete
    return None if complete is None else 100 * (1 - complete)


def p95_s(outcome: Outcome) -> float | None:
    return outcome.figures.converged_s.p95


def origin_ratio(outcome: Outcome) -> float | None:
    return outcome.figures.origin_ratio


def bulk_ratio(outcome: Outcome) -> float | None:
    return None if outcome.figures.bulk is None else outcome.figures.bulk.ratio


def disagreeing(outcome: Outcome) -> float:
    return float(not outcome.figures.identical)


def airtime_s(outcome: Outcome) -> float:
    return outcome.figures.airtime_s


COMPLETE = Figure("did not arrive", missing, 0.0, "%", 4)
IDENTICAL = Figure("runs whose boards do not show the same", disagreeing, 0.0)
AIRTIME = Figure("airtime of all nodes", airtime_s, None, "s", 0)

TARGETS: dict[str, Sequence[Figure]] = {
    "live-8": (COMPLETE, Figure("p95", p95_s, 300, "s", 0), Figure("origin_ratio", origin_ratio, 1.5)),
    "posts-8": (COMPLETE,),
    "storm-8": (COMPLETE, Figure("p95", p95_s, 900, "s", 0), Figure("origin_ratio", origin_ratio, 2.2)),
    "live-8-fw28": (COMPLETE,),
    "strangers": (COMPLETE,),
    "join-500": (
        COMPLETE,
        Figure("the 20 most urgent after", lambda seen: seen.further.bulks[0].first_20_s, 180, "s", 0),
        Figure("all after", lambda seen: seen.further.bulks[0].all_s, 3600, "s", 0),
        Figure("bulk ratio", bulk_ratio, 1.4),
        Figure("p95 of live posts", lambda seen: seen.further.live_converged_s.p95, 300, "s", 0),
        Figure("payload of bulk an entry", lambda seen: seen.further.bulks[0].entry_bytes, 48, "bytes", 1),
    ),
    "join-old": (COMPLETE, Figure("bulk ratio", bulk_ratio, 1.6)),
    "heal-2": (COMPLETE, IDENTICAL, Figure("bulk ratio", bulk_ratio, 1.5)),
    "idle-10": (Figure("channel utilisation", lambda seen: 100 * seen.further.utilisation, 0.1, "%", 3),),
    "duty-eu": (
        COMPLETE,
        Figure("largest share of an hour", lambda seen: 100 * seen.figures.max_duty, 10, "%"),
        Figure("p95 of critical posts", lambda seen: seen.figures.critical_p95_s, 300, "s", 0),
    ),
    "mesh-changes": (
        COMPLETE,
        Figure("p95 of critical posts", lambda seen: seen.figures.critical_p95_s, 300, "s", 0),
    ),
}


def test_every_published_scenario_has_its_rows() -> None:
    assert set(TARGETS) == {path.stem for path in SCENARIOS.glob("*.toml")}


@pytest.mark.parametrize("name", TARGETS)
def test_scenario(report: Report, name: str) -> None:
    ours, theirs = both_protocols(name)

    for figure in (*TARGETS[name], AIRTIME):
        report(figure.row(name, ours))
    for figure in (
        Figure("did not arrive", missing, None, "%", 1),
        Figure("p95", p95_s, None, "s", 0),
        AIRTIME,
    ):
        if ours[0].outcome.figures.complete is not None:
            report(figure.row(f"{name}, tc2", theirs))
    if name == "posts-8":
        report(compared("posts-8: airtime, against tc2's", ours, mean_of(theirs, airtime_s), airtime_s, 0.25))


def test_nodes_that_sign_too(report: Report) -> None:
    bounds = run_seeds(SCENARIOS / "live-8.toml")
    signed = run_seeds(SCENARIOS / "live-8-fw28.toml")

    bound_s = mean_of(bounds, lambda seen: seen.figures.bound_s)
    what = "live-8-fw28: origin_airtime_s, against live-8's bound_s"
    report(compared(what, signed, bound_s, lambda seen: seen.figures.origin_airtime_s, 1.9))


def test_strangers_cost_little(report: Report) -> None:
    path = SCENARIOS / "strangers.toml"
    changes = {"nodes": 8, "strangers": []}
    among, alone = run_all(
        [[Job(path, seed) for seed in SEEDS], [Job(path, s, changes=changes) for s in SEEDS]]
    )

    what = "strangers: airtime, against the same without strangers"
    report(compared(what, among, mean_of(alone, airtime_s), airtime_s, 1.5))


def test_a_neighbourhood_of_a_city_sends_what_it_would_alone(report: Report, tmp_path: Path) -> None:
    city, alone = write_city(tmp_path)
    together, apart = run_all([[Job(city, seed) for seed in SEEDS], [Job(alone, seed) for seed in SEEDS]])

    alone_s = mean_of(apart, airtime_s) / apart[0].nodes
    what = "city: airtime per node, against one neighbourhood alone"
    report(COMPLETE.row("city", together))
    report(compared(what, together, alone_s, lambda seen: seen.figures.airtime_s / together[0].nodes, 1.1))


def test_a_virtual_day_takes_no_longer_than_a_minute(report: Report) -> None:
    taken_s = []
    for seed in range(1, 4):
        began_s = time.perf_counter()
        run(Job(SCENARIOS / "live-8.toml", seed, changes={"hours": 24}))
        taken_s.append(time.perf_counter() - began_s)

    middle_s = sorted(taken_s)[1]
    what, target = "a virtual day of live-8 in the simulator", f"≤ {DAY_TARGET_S:.0f} s"
    is_met = middle_s <= DAY_TARGET_S
    report(Row(what, len(taken_s), f"{middle_s:.1f} s", spread(taken_s, "s"), target, is_met))


def compared(
    what: str, came: Sequence[Came], whole: float, figure: Callable[[Outcome], float], target: float
) -> Row:
    """Return the row of a figure as a share of another run's."""
    shares = [value / whole for value in values(came, figure)]
    mean = sum(shares) / len(shares)
    return Row(what, len(came), f"{mean:.2f}", spread(shares, "", 2), f"≤ {target:g}", mean <= target)
