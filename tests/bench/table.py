"""The table of measurements: one row for each, against its target."""

import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles

DOCUMENT = Path(__file__).parents[2] / "docs" / "benchmarks.md"
BY_HAND = "## Measured otherwise"
_HEAD = "| what | runs | measured | least – most | target | |\n| --- | ---: | --- | --- | --- | --- |"


@dataclass(frozen=True, slots=True)
class Row:
    """One thing measured."""

    what: str
    runs: int
    measured: str
    spread: str
    """From the least to the most of all runs: what the seeds, or the machine's other work, do to it."""
    target: str
    is_met: bool | None
    """None where there is no target."""

    def __str__(self) -> str:
        """Return the row as it stands in the table."""
        verdict = {True: "met", False: "**missed**", None: ""}[self.is_met]
        cells = (self.what, f"{self.runs:,}", self.measured, self.spread, self.target, verdict)
        return f"| {' | '.join(cells)} |"


@dataclass
class Table:
    """What was measured so far, and on what."""

    rows: list[Row] = field(default_factory=list)
    load_at_start: float = field(default_factory=lambda: os.getloadavg()[0])

    def __str__(self) -> str:
        """Return the table in Markdown."""
        return "\n".join([_HEAD, *map(str, self.rows)])

    def document(self) -> str:
        """Return the whole of docs/benchmarks.md; what stands in it from BY_HAND on stays."""
        by_hand = BY_HAND + DOCUMENT.read_text(encoding="utf-8").partition(BY_HAND)[2]
        python = ".".join(map(str, sys.version_info[:3]))
        load = f"load {self.load_at_start:.1f} at the start, {os.getloadavg()[0]:.1f} at the end"
        return f"""# Benchmarks

Written by `make bench`, down to *Measured otherwise*; do not edit. Measured on {datetime.now(UTC).date()}
with Python {python} on {platform.system()} {platform.machine()}, {os.cpu_count()} cores ({load}).

{self}

The targets are for two cores; a Raspberry Pi 4 is about four times slower. Rows that begin with the name of a
scenario (`examples/scenarios/`, `docs/simulator.md`) are means over seeds 1 to 5 of runs in virtual time, the
same on every machine, and so are the seconds a need takes to other stations: there *least – most* is between
seeds. All other figures depend on the machine and on what else it was doing: there it is between runs. *tc2*
is TC2-BBS-mesh's way on the same mesh with the same posts.

{by_hand}"""


def spread(values: Sequence[float], unit: str, digits: int = 1) -> str:
    """Return the least and the most of some values, in words."""
    return f"{min(values):,.{digits}f} – {max(values):,.{digits}f} {unit}".strip()


def middle(values: Sequence[float]) -> float:
    """Return the median."""
    return median(values)


def p95(values: Sequence[float]) -> float:
    """Return what 95 % of at least two values do not exceed."""
    return quantiles(values, n=20, method="inclusive")[-1]
