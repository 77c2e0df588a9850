"""A board that is wiped while its station runs: the station stops and makes nothing anew."""

import asyncio
import sys
from pathlib import Path

from tests.support.stations.processes import PATIENCE_S, Station


async def test_a_running_station_notices_the_wipe_and_stops_with_a_sentence(tmp_path: Path) -> None:
    home = tmp_path / "home"
    station = Station(home, "none")
    await station.ok("circle", "new", "Kitchen", "--as", "Ana", "--key-file", str(tmp_path / "stick.key"))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "meshboard",
        "--home",
        str(home),
        "station",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    while b"is running" not in await process.stderr.readline():
        pass
    await station.ok("post", "need", "water for the shelter")

    said = await station.ok("wipe", "--yes")

    rest = await asyncio.wait_for(process.stderr.read(), PATIENCE_S)
    assert await process.wait() == 4
    assert b"was wiped or replaced" in rest
    assert b"Traceback" not in rest
    assert "The board is wiped" in said
    assert not home.exists()
    assert not (tmp_path / "stick.key").exists()
