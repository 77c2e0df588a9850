"""The command's way in: a file, the addresses it reports, and an end without leftovers."""

import asyncio
from pathlib import Path

import pytest

from meshboard.errors import ConfigError
from meshboard.sim.virtual_mesh import run
from tests.sim.wire_client import WireClient

TEXT = """
name = "test mesh"
nodes = 2
base_port = 0
speed = 20.0
"""


async def test_a_running_file_reports_where_each_node_is_and_ends_when_told(tmp_path: Path) -> None:
    path = tmp_path / "mesh.toml"
    path.write_text(TEXT, encoding="utf-8")
    lines: asyncio.Queue[str] = asyncio.Queue()

    running = asyncio.create_task(run(path, lines.put_nowait))
    reported = [await asyncio.wait_for(lines.get(), timeout=60.0) for _ in range(3)]
    host, _, port = reported[1].rpartition("tcp://")[2].partition(":")
    client = await WireClient.greet((host, int(port)))
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await client.until_closed()

    assert reported[0] == "test mesh: 2 nodes, LONG_FAST, 20 times real time"
    assert reported[2].startswith("node 1  !")


async def test_a_wrong_file_is_refused_before_anything_opens(tmp_path: Path) -> None:
    path = tmp_path / "mesh.toml"
    path.write_text("nods = 2", encoding="utf-8")

    with pytest.raises(ConfigError, match='unknown key "nods"'):
        await run(path, lambda _line: None)
