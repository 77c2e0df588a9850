"""Run a scenario file from beginning to end: what `meshboard sim` and `make bench` do."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from meshboard.errors import ConfigError
from meshboard.sim.scenario import read_scenario
from meshboard.sim.trial.expecting import failures
from meshboard.sim.trial.outcome import Outcome, outcome_of
from meshboard.sim.trial.picture import picture
from meshboard.sim.trial.trial import MESHBOARD, Progress, Trial
from meshboard.sim.trial.trial_words import report


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which run."""

    file: Path
    seed: int | None = None
    """None: the file's own."""
    protocol: str = MESHBOARD
    svg: Path | None = None
    """Where to draw it."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a run came to."""

    outcome: Outcome
    report: Sequence[str]
    failures: Sequence[str]
    """A sentence for each expectation of the scenario that failed."""


def run_scenario(wanted: Wanted, progress: Progress | None = None) -> Result:
    """Run a scenario in virtual time; raise ConfigError when its file or what it names cannot be used."""
    scenario = read_scenario(wanted.file)
    trial = Trial(scenario, wanted.file.parent, wanted.seed, wanted.protocol)
    outcome = outcome_of(trial.run(progress))
    if wanted.svg is not None:
        _draw(wanted.svg, outcome)
    return Result(outcome, list(report(scenario, outcome)), failures(scenario.expect, outcome.figures))


def _draw(path: Path, outcome: Outcome) -> None:
    try:
        path.write_text(picture(outcome), encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}.") from error
