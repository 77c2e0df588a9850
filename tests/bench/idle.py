"""Two boards of one circle that agree and sit idle, of any build: what their processes cost."""

import asyncio
import fcntl
import json
import os
import pty
import re
import struct
import sys
import termios
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
POSTS = 5


@dataclass(frozen=True, slots=True)
class Use:
    """What a process took so far."""

    cpu_s: float
    written_bytes: int
    """What it had the system write to disks."""
    resident_mib: float

    @classmethod
    def of(cls, pid: int) -> "Use":
        """Read it of a running process (proc(5))."""
        stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        io = dict(line.split(": ") for line in Path(f"/proc/{pid}/io").read_text().splitlines())
        status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
        return cls(
            (int(stat[11]) + int(stat[12])) / TICKS,
            int(io["write_bytes"]),
            int(status["VmRSS"].split()[0]) / 1024,
        )


class Build:
    """A checkout of meshboard, run by this Python."""

    def __init__(self, code: Path, folder: Path) -> None:
        self._code = code
        self._folder = folder
        folder.mkdir()
        self._environment = {**os.environ, "PYTHONPATH": str(code), "TERM": "xterm-256color"}

    async def ok(self, home: str, *words: str, typed: str = "") -> str:
        """Run a command to its end; return what it printed."""
        process = await self._start("--home", str(self._folder / home), *words)
        out, err = await process.communicate(typed.encode())
        assert process.returncode == 0, (words, err)
        return out.decode()

    async def agrees(self, home: str) -> bool:
        """Say whether a board knows of another, and that it holds the same."""
        stations = json.loads(await self.ok(home, "status", "--json"))["stations"]
        return bool(stations) and all(station["agrees"] for station in stations)

    @asynccontextmanager
    async def mesh(self) -> AsyncIterator[list[str]]:
        """Run two virtual nodes; give their addresses."""
        scenario = self._folder / "mesh.toml"
        scenario.write_text('nodes = 2\nlayout = "cell"\nbase_port = 0\nseed = 1\n')
        process = await self._start("virtual-mesh", str(scenario))
        assert process.stdout is not None
        found: list[str] = []
        while len(found) < 2:
            found += re.findall(r"127\.0\.0\.1:\d+", (await process.stdout.readline()).decode())
        try:
            yield [f"tcp://{one}" for one in found]
        finally:
            process.terminate()
            await process.communicate()

    @asynccontextmanager
    async def station(self, home: str, link: str) -> AsyncIterator[int]:
        """Run a station without screens; give its process."""
        process = await self._start("--home", str(self._folder / home), "--link", link, "station")
        try:
            yield process.pid
        finally:
            process.terminate()
            await process.communicate()

    @asynccontextmanager
    async def screens(self, home: str, link: str) -> AsyncIterator[int]:
        """Run the screens in a terminal of 100x30; give their process."""
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        words = "--home", str(self._folder / home), "--link", link
        process = await asyncio.create_subprocess_exec(
            *self._command(*words), env=self._environment, cwd=self._code,
            stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
        )  # fmt: skip
        os.close(theirs)
        os.set_blocking(ours, False)
        loop = asyncio.get_running_loop()

        def read() -> None:
            try:
                os.read(ours, 1 << 16)
            except OSError:
                loop.remove_reader(ours)

        loop.add_reader(ours, read)
        try:
            yield process.pid
        finally:
            process.terminate()
            await process.wait()
            loop.remove_reader(ours)
            os.close(ours)

    def _command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "meshboard", *words]

    async def _start(self, *words: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *self._command(*words), env=self._environment, cwd=self._code,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip


@asynccontextmanager
async def idle_boards(code: Path, folder: Path, within_s: float) -> AsyncIterator[dict[str, int]]:
    """Give the processes of a station and of screens, of one circle, once they agree and say no more."""
    build = Build(code, folder)
    await build.ok("ana", "circle", "new", "Kitchen", "--as", "Ana", "--no-encrypt")
    code_words = json.loads(await build.ok("ana", "circle", "invite", "--uses", "0", "--json"))["code"]
    await build.ok("ben", "circle", "join", "--as", "Ben", "--no-encrypt", typed=code_words + "\n")
    for number in range(POSTS):
        await build.ok("ana", "post", "need", f"water for the shelter {number}")
    async with (
        build.mesh() as links,
        build.station("ana", links[0]) as station,
        build.screens("ben", links[1]) as screens,
    ):
        async with asyncio.timeout(within_s):
            while not (await build.agrees("ana") and await build.agrees("ben")):  # noqa: ASYNC110 -- others' processes
                await asyncio.sleep(5.0)
        yield {"station": station, "screens": screens}
