"""A handheld on the mesh wipes a running station: with its code, and then nothing runs or is left."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from tests.support.stations.processes import PATIENCE_S, neighbourhood

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
CODE = "marigold 7"


async def test_the_named_handheld_wipes_a_station_over_the_mesh(tmp_path: Path) -> None:
    async with neighbourhood(tmp_path, ["Ana", "Ben"], preset="SHORT_FAST") as (mesh, (ana, _)):
        node_key = mesh.nodes[1].state.owner.public_key
        await _switch_on(ana.home, node_key.hex())
        await ana.up()
        handheld = mesh.handheld(1)
        while handheld.texts.empty():  # the station's radio may still be starting
            handheld.send_text("help", mesh.nodes[0].state.number)
            await asyncio.sleep(5)
        while not handheld.texts.empty():
            handheld.texts.get_nowait()

        handheld.send_text("wipe wrong code", mesh.nodes[0].state.number)
        said = ""
        while "Not the code" not in said:
            said = (await asyncio.wait_for(handheld.texts.get(), PATIENCE_S)).text
        handheld.send_text(f"wipe {CODE}", mesh.nodes[0].state.number)

        assert await ana.ended(PATIENCE_S) == 4
        assert not ana.home.exists()


async def _switch_on(home: Path, node_key: str) -> None:
    reading, writing = os.pipe()
    os.write(writing, f"{CODE}\n".encode())
    os.close(writing)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "meshboard", "--home", str(home), "--passphrase-fd", str(reading),
        "wipe", "--from-handheld", node_key, pass_fds=[reading], stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    os.close(reading)
    assert await process.wait() == 0
