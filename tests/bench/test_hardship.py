"""Everything that may happen to a circle, for long; then quiet."""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor

import pytest

from tests.bench.conftest import Report
from tests.bench.table import Row, middle, p95, spread
from tests.properties.hardship import QUIET_S, assert_ends_well
from tests.properties.test_hardship import LONG_STEPS, after_hardship

SEEDS = range(5000, 5120)


@pytest.mark.timeout(3600)
def test_all_end_alike_after_hardship(report: Report) -> None:
    with ProcessPoolExecutor() as processes:
        minutes: Sequence[float] = list(processes.map(minutes_until_alike, SEEDS))

    measured = f"all alike, nothing lost; median {middle(minutes):.0f} min, p95 {p95(minutes):.0f} min"
    what = f"quiet after {LONG_STEPS} mishaps: loss, crashes, partitions, old copies, wrong clocks"
    target = f"all within {QUIET_S / 3600:.0f} h"
    report(Row(what, len(minutes), measured, spread(minutes, "min"), target, is_met=True))


def minutes_until_alike(seed: int) -> float:
    return assert_ends_well(after_hardship(seed, LONG_STEPS)) / 60.0
