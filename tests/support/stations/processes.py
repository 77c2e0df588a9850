"""Real processes on a virtual mesh: stations as people run them, driven from the command line."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from meshboard.domain.views import BoardQuery, ClaimView
from meshboard.figures import BUSY_SHARE
from meshboard.sim.scenario import Scenario
from meshboard.sim.virtual_mesh import VirtualMesh
from meshboard.station.board.service import Service
from meshboard.station.home.host import Host

PATIENCE_S = 60  # for a process to start or end on a machine that does much else
ACQUAINTED_S = 120  # twice the longest of `make bench` for two that just started


class Station:
    """One home folder, its `meshboard station` process, and the command line beside it."""

    def __init__(self, home: Path, link: str) -> None:
        self.home = home
        self.link = link
        self._process: asyncio.subprocess.Process | None = None

    async def command(self, *words: str, typed: str = "") -> tuple[int, str, str]:
        """Run one command; return exit code, stdout, stderr."""
        process = await asyncio.create_subprocess_exec(
            *_meshboard(self.home), *words,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await process.communicate(typed.encode())
        assert process.returncode is not None
        return process.returncode, out.decode(), err.decode()

    async def ok(self, *words: str, typed: str = "") -> str:
        """Run one command that must succeed; return its stdout."""
        code, out, err = await self.command(*words, typed=typed)
        assert code == 0, (words, code, err)
        return out

    async def json(self, *words: str) -> Any:
        """Run one command that must succeed with --json; return what it printed."""
        return json.loads(await self.ok(*words, "--json"))

    async def busy_share(self) -> float:
        """Return how busy the channel is, as the node told; all of it until it did, which takes a minute."""
        share = (await self.json("airtime"))["channel_utilisation"]
        return 1.0 if share is None else float(share)

    async def texts(self) -> set[str]:
        """Return the texts of all posts on the board, as another process on the same ledger sees them."""
        with self._beside() as board:
            return {post.content.text for post in board.board(BoardQuery(live_only=False)).posts}

    async def people(self) -> set[str]:
        """Return the names of the members this station knows, likewise."""
        with self._beside() as board:
            return {person.name for person in board.circle.people() if person.is_member}

    async def claims(self, code: str) -> list[ClaimView]:
        """Return the claims on a post, likewise."""
        with self._beside() as board:
            return list(board.find(code).claims)

    @contextmanager
    def _beside(self) -> Iterator[Service]:
        host = Host(self.home)
        try:
            yield host.open()
        finally:
            host.close()

    async def up(self) -> None:
        """Start the station and wait until it says so."""
        self._process = await asyncio.create_subprocess_exec(
            *_meshboard(self.home), "--link", self.link, "station",
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert self._process.stderr is not None
        while (line := await self._process.stderr.readline()) and b"is running" not in line:
            pass
        assert self._process.returncode is None
        asyncio.get_running_loop().create_task(_drain(self._process.stderr))

    async def kill(self) -> None:
        """End the station as a power cut does."""
        assert self._process is not None
        self._process.kill()
        await self._process.wait()
        self._process = None

    async def ended(self, within_s: float) -> int:
        """Wait until the station ends by itself; return its exit code."""
        assert self._process is not None
        code = await asyncio.wait_for(self._process.wait(), within_s)
        self._process = None
        return code

    async def down(self) -> int | None:
        """Ask the station to stop; return its exit code."""
        if self._process is None:
            return None
        self._process.terminate()
        code = await asyncio.wait_for(self._process.wait(), PATIENCE_S)
        self._process = None
        return code


def _meshboard(home: Path) -> list[str]:
    return [sys.executable, "-m", "meshboard", "--home", str(home)]


async def _drain(stream: asyncio.StreamReader) -> None:
    while await stream.readline():
        pass


@asynccontextmanager
async def neighbourhood(
    folder: Path, names: list[str], **mesh_keys: Any
) -> AsyncIterator[tuple[VirtualMesh, list[Station]]]:
    """Start a mesh with one node a name, and a circle of stations that are not running yet.

    Where the rule is not about time, `preset="SHORT_FAST"` makes all waits but the rest before news short.
    """
    keys = {"layout": "cell", "hop_limit": 3, **mesh_keys}
    mesh = VirtualMesh(Scenario.model_validate({"nodes": len(names), "base_port": 0, **keys}))
    await mesh.start()
    stations = [
        Station(folder / name, f"tcp://{host}:{port}")
        for name, (host, port) in zip(names, mesh.addresses, strict=True)
    ]
    try:
        preset = str(keys.get("preset", "LONG_FAST"))
        await stations[0].ok("circle", "new", "Kitchen", "--as", names[0], "--no-encrypt", "--preset", preset)
        code = (await stations[0].json("circle", "invite", "--uses", "0"))["code"]
        for name, station in zip(names[1:], stations[1:], strict=True):
            await station.ok("circle", "join", "--as", name, "--no-encrypt", typed=code + "\n")
        yield mesh, stations
    finally:
        await asyncio.gather(*(station.down() for station in stations))
        await mesh.stop()


async def within(seconds: float, station: Station, *texts: str) -> float:
    """Wait until the station's board has all these texts; return how long it took. Fails after `seconds`."""
    clock = asyncio.get_running_loop().time
    started = clock()
    while not set(texts) <= (held := await station.texts()):
        assert clock() - started < seconds, (station.home.name, held)
        await asyncio.sleep(0.3)
    return clock() - started


async def calm(*stations: Station) -> None:
    """Wait until the channel is no longer busy: introductions and keys fill it, and posts wait meanwhile."""
    async with asyncio.timeout(ACQUAINTED_S):
        for station in stations:
            while await station.busy_share() >= BUSY_SHARE:  # noqa: ASYNC110 -- in other processes
                await asyncio.sleep(1.0)


async def acquainted(*stations: Station) -> None:
    """Wait until all know each other: introductions made at one moment collide, and are repaired."""
    names = {station.home.name for station in stations}
    async with asyncio.timeout(ACQUAINTED_S):
        for station in stations:
            while await station.people() != names:  # noqa: ASYNC110 -- in other processes
                await asyncio.sleep(0.3)
