"""How long a need takes to every station, on a mesh where frames collide and are relayed."""

from concurrent.futures import ProcessPoolExecutor
from functools import partial

import pytest

from tests.bench.conftest import Report
from tests.bench.table import Row, middle, p95, spread
from tests.support.engines.on_a_mesh import seconds_until_all_hold_a_need

SEEDS = range(60)
INTRODUCED_S = 20.0  # stations started within two seconds have just introduced themselves
JUST_STARTED_S = 3.0  # they have not, and their introductions are in the way


@pytest.mark.parametrize(("loss", "target_s"), [(0.0, 20.0), (0.3, 180.0)])
@pytest.mark.parametrize(
    ("stations", "layout", "posted_at_s", "words"),
    [
        (2, "cell", INTRODUCED_S, "two stations"),
        (2, "cell", JUST_STARTED_S, "two stations that just started"),
        (4, "cell", INTRODUCED_S, "four stations"),
        (3, "line", INTRODUCED_S, "three in a line"),
    ],
)
def test_a_need_reaches_every_station(
    report: Report, stations: int, layout: str, posted_at_s: float, words: str, loss: float, target_s: float
) -> None:
    one = partial(
        seconds_until_all_hold_a_need, count=stations, layout=layout, loss=loss, posted_at_s=posted_at_s
    )
    with ProcessPoolExecutor() as processes:
        seconds = list(processes.map(one, SEEDS))

    within = sum(taken <= target_s for taken in seconds)
    middles = f"median {middle(seconds):.0f} s, p95 {p95(seconds):.0f} s"
    measured = f"{middles}; {within} of {len(seconds)} within {target_s:.0f} s"
    what = f"a need at all of {words}, {f'{loss:.0%} loss' if loss else 'no loss'}"
    target = f"all within {target_s:.0f} s"
    report(Row(what, len(seconds), measured, spread(seconds, "s"), target, is_met=within == len(seconds)))
