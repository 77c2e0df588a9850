"""Runs of the published scenarios, many at once: what each seed and protocol came to."""

import os
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from meshboard.sim.scenario import scenario_from_table
from meshboard.sim.trial.outcome import Outcome, outcome_of
from meshboard.sim.trial.trial import Trial

SCENARIOS = Path(__file__).parents[2] / "examples" / "scenarios"
ALL_SEEDS = 5
SEEDS = range(1, 1 + int(os.environ.get("SEEDS", str(ALL_SEEDS))))


@dataclass(frozen=True, slots=True)
class Job:
    """One run: a scenario file, and what is to be different from it."""

    path: Path
    seed: int
    protocol: str = "meshboard"
    changes: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Came:
    """What a run came to, as far as the table needs it; small enough to hand between processes."""

    outcome: Outcome
    nodes: int


def run(job: Job) -> Came:
    """Run one job."""
    table = tomllib.loads(job.path.read_text(encoding="utf-8")) | dict(job.changes or {})
    scenario = scenario_from_table(table, str(job.path))
    trial = Trial(scenario, job.path.parent, job.seed, job.protocol)
    return Came(outcome_of(trial.run()), scenario.nodes)


def run_seeds(
    path: Path, protocol: str = "meshboard", changes: Mapping[str, object] | None = None
) -> Sequence[Came]:
    """Run a scenario with every seed at once."""
    (came,) = run_all([[Job(path, seed, protocol, changes) for seed in SEEDS]])
    return came


def run_all(batches: Sequence[Sequence[Job]]) -> Sequence[Sequence[Came]]:
    """Run batches of jobs, all at once as far as there are processors."""
    with ProcessPoolExecutor() as processes:
        came = iter(list(processes.map(run, [job for batch in batches for job in batch])))
        return [[next(came) for _ in batch] for batch in batches]


def both_protocols(name: str) -> tuple[Sequence[Came], Sequence[Came]]:
    """Run a published scenario with both protocols: meshboard's, tc2's."""
    path = SCENARIOS / f"{name}.toml"
    ours, theirs = run_all(
        [[Job(path, seed, protocol) for seed in SEEDS] for protocol in ("meshboard", "tc2")]
    )
    return ours, theirs


def values(came: Iterable[Came], figure: Callable[[Outcome], float | None]) -> Sequence[float]:
    """Return one figure of each run; what there is nothing of is infinite, so that it cannot pass as good."""
    return [float("inf") if (value := figure(one.outcome)) is None else value for one in came]


def mean_of(came: Iterable[Came], figure: Callable[[Outcome], float | None]) -> float:
    """Return the mean of one figure over the runs."""
    return mean(values(came, figure))
