"""Everything that may happen to a circle, for long; then quiet."""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor

import pytest

from tests.bench.conftest import Report
from tests.bench.table import Row, middle, p95, spread
from tests.support.engines.hardship import LONG_STEPS, after_hardship

SEEDS = range(5000, 5120)
QUIET_S = 3600.0


@pytest.mark.timeout(3600)
def test_all_end_alike_after_hardship(report: Report) -> None:
    with ProcessPoolExecutor() as processes:
        minutes: Sequence[float] = list(processes.map(minutes_until_alike, SEEDS))

    alike = sum(one < QUIET_S / 60.0 for one in minutes)
    measured = (
        f"median {middle(minutes):.0f} min, p95 {p95(minutes):.0f} min; {alike} of {len(minutes)} alike"
    )
    what = f"quiet after {LONG_STEPS} mishaps: loss, crashes, partitions, old copies, wrong clocks"
    target = f"all alike within {QUIET_S / 60:.0f} min, nothing lost"
    report(Row(what, len(minutes), measured, spread(minutes, "min"), target, is_met=alike == len(minutes)))


def minutes_until_alike(seed: int) -> float:
    circle = after_hardship(seed, LONG_STEPS)
    taken_s = circle.fall_quiet()
    assert circle.differences() or not circle.lost()
    return taken_s / 60.0
