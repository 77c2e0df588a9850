"""How long a person waits for a command in the shell while a station is running."""

import asyncio
import time
from pathlib import Path

from tests.bench.conftest import Report
from tests.bench.table import Row, middle, spread
from tests.support.stations.processes import Station

RUNS = 10
TARGET_S = 1.0


async def test_a_need_is_posted_from_the_shell(report: Report, tmp_path: Path) -> None:
    station = Station(tmp_path / "home", "none")
    await station.ok("circle", "new", "Kitchen", "--as", "Ana", "--no-encrypt")
    await station.up()
    seconds = []
    try:
        await station.ok("post", "need", "the first one warms the disk's cache")
        for run in range(RUNS):
            await asyncio.sleep(0.5)  # the station has taken in what came before
            started = time.perf_counter()
            await station.ok("post", "need", f"water for the shelter, please, {run}")
            seconds.append(time.perf_counter() - started)
        assert len(await station.texts()) == RUNS + 1
    finally:
        await station.down()

    what = "`meshboard post` from the shell with a station running"
    report(
        Row(
            what,
            RUNS,
            f"{middle(seconds):.2f} s",
            spread(seconds, "s", 2),
            f"≤ {TARGET_S} s",
            middle(seconds) <= TARGET_S,
        )
    )
