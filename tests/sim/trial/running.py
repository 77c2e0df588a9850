"""Small scenarios for tests: a table as a file would hold it, run to its end."""

from pathlib import Path

from meshboard.sim.scenario import scenario_from_table
from meshboard.sim.trial.outcome import Outcome, outcome_of
from meshboard.sim.trial.trial import Run, Trial

QUIET_CELL: dict[str, object] = {"name": "a test", "hours": 1, "nodes": 3, "layout": "cell"}


def post(count: int, **table: object) -> dict[str, object]:
    """Return a traffic table of posts in the first half hour."""
    return {"kind": "posts", "count": count, "from_h": 0.1, "to_h": 0.5} | table


def run(table: dict[str, object], protocol: str = "meshboard") -> Run:
    """Run a scenario to its end."""
    return Trial(scenario_from_table(table, "a test"), Path(), protocol=protocol).run()


def outcome(table: dict[str, object], protocol: str = "meshboard") -> Outcome:
    """Run a scenario to its end and return what it came to."""
    return outcome_of(run(table, protocol))
