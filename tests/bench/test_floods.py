"""What a flood from the air costs whoever works at a station: time, processor and memory."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import fmean

import pytest

from meshboard.domain.views import BoardQuery
from meshboard.ledger.ledger import Ledger
from meshboard.station.board.service import Service
from meshboard.station.home.host import Host
from meshboard.station.process.real_clock import SystemClock
from tests.bench.conftest import Report
from tests.bench.flooding import heard_frames
from tests.bench.table import Row, middle, p95, spread
from tests.support.engines.lossy_network import CIRCLE
from tests.support.stations.acquainted import settle_in
from tests.support.stations.processes import PATIENCE_S, Station

PAIRS = int(os.environ.get("PAIRS", "5"))
LONG_S = float(os.environ.get("LONG_S", "120"))
MOST_TIMES = 1.2
LOOKS = 200
A_MOMENT_S = 0.02  # between looks: now and then one falls together with a turn of what is heard
MOST_RECOVERY_S = 1.0
MOST_GROWTH_MIB = 3.0  # a page here and there; 1,000 packets a second that are kept are 100 KiB a second
FLOODS = {
    "mixed": 1000,
    "random": 1000,
    "altered": 1000,
    "replayed": 1000,
    "texts": 1000,
    "nodes": 1000,
    "tiny": 10_000,
    "lies": 1000,
}


class Flooder:
    """The node in its own process."""

    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self.port = port
        self._process = process

    async def flood(self, kind: str, hertz: int, seconds: float) -> None:
        await self._do(f"{kind} {hertz} {seconds}")

    async def say(self, frame: bytes) -> None:
        await self._do(f"say {frame.hex()}")

    async def _do(self, line: str) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{line}\n".encode())
        assert await self._process.stdout.readline() == b"done\n"


@asynccontextmanager
async def flooder() -> AsyncIterator[Flooder]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.flooding",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        yield Flooder(process, int(await process.stdout.readline()))
    finally:
        process.terminate()
        await process.wait()


@asynccontextmanager
async def flooded(folder: Path) -> AsyncIterator[tuple[Station, Flooder]]:
    """Run a station of the flooded circle."""
    _found(folder)
    async with flooder() as node:
        station = Station(folder, f"tcp://127.0.0.1:{node.port}")
        await station.up()
        try:
            for frame in heard_frames():
                await node.say(frame)
            await asyncio.sleep(3.0)
            yield station, node
        finally:
            await station.down()


def _found(folder: Path) -> None:
    folder.mkdir()
    with Ledger.create(folder / "ledger.sqlite") as ledger:
        heard = [number.to_bytes(32, "big") for number in range(3)]
        settle_in(ledger, CIRCLE, "Ana", SystemClock(), heard)


async def _timed(station: Station, *words: str) -> float:
    started = time.perf_counter()
    await station.ok(*words)
    return time.perf_counter() - started


async def _commands(station: Station, number: int) -> float:
    return await _timed(station, "post", "need", f"blankets {number}") + await _timed(station, "list")


def _process_of(station: Station) -> int:
    assert station._process is not None
    return station._process.pid


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _rss_mib(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


@pytest.mark.parametrize("kind", FLOODS)
async def test_commands_answer_during_a_flood(kind: str, report: Report, tmp_path: Path) -> None:
    quiet, hostile, shares = [], [], []
    async with flooded(tmp_path / "home") as (station, node):
        await _commands(station, 0)  # warms the disk's cache
        for number in range(PAIRS):
            quiet.append(await _commands(station, 2 * number + 1))
            flood = asyncio.create_task(node.flood(kind, FLOODS[kind], 6.0))
            await asyncio.sleep(1.0)
            cpu, began = _cpu_s(_process_of(station)), time.perf_counter()
            hostile.append(await _commands(station, 2 * number + 2))
            shares.append((_cpu_s(_process_of(station)) - cpu) / (time.perf_counter() - began))
            await flood
            await asyncio.sleep(1.0)

    times = middle([flooded_s / quiet_s for flooded_s, quiet_s in zip(hostile, quiet, strict=True)])
    measured = (
        f"{times:.2f} times ({middle(quiet):.2f} → {middle(hostile):.2f} s, {middle(shares):.0%} of a core)"
    )
    report(
        Row(
            f"`post` and `list` while {FLOODS[kind]:,} packets a second come: {kind}",
            PAIRS,
            measured,
            spread(hostile, "s", 2),
            f"≤ {MOST_TIMES} times",
            times <= MOST_TIMES,
        )
    )


async def test_a_screen_answers_during_a_flood(report: Report, tmp_path: Path) -> None:
    _found(tmp_path / "home")
    quiet, hostile = [], []
    async with flooder() as node:
        host = Host(tmp_path / "home", f"tcp://127.0.0.1:{node.port}")
        board = await host.start()
        try:
            await asyncio.sleep(3.0)  # it is connected
            for _ in range(PAIRS):
                quiet += await _looks(board)
                flood = asyncio.create_task(node.flood("mixed", FLOODS["mixed"], 6.0))
                await asyncio.sleep(0.5)
                hostile += await _looks(board)
                await flood
        finally:
            await host.stop()
            host.close()

    times = fmean(hostile) / fmean(quiet)  # not the median: most looks meet no turn of what is heard
    report(
        Row(
            "a look at the board in the station's own process while 1,000 packets a second come: mixed",
            len(hostile),
            f"{times:.2f} times ({fmean(quiet):.1f} → {fmean(hostile):.1f} ms)",
            f"95 %: {p95(quiet):.1f} → {p95(hostile):.1f} ms",
            f"≤ {MOST_TIMES} times",
            times <= MOST_TIMES,
        )
    )


async def _looks(board: Service) -> list[float]:
    """Return the milliseconds from a key press until the board is read, each time."""
    elapsed = []
    for _ in range(LOOKS):
        began = time.perf_counter()
        await asyncio.sleep(A_MOMENT_S)
        board.board(BoardQuery())
        elapsed.append(1000.0 * (time.perf_counter() - began - A_MOMENT_S))
    return elapsed


async def test_a_flood_leaves_neither_memory_nor_a_backlog(report: Report, tmp_path: Path) -> None:
    news = heard_frames(news=3)
    async with flooded(tmp_path / "home") as (station, node):
        process = _process_of(station)
        await _all_kinds(node, LONG_S / 4)
        early_mib = _rss_mib(process)
        await _all_kinds(node, LONG_S * 3 / 4)
        late_mib = _rss_mib(process)
        seconds = await _until_stored(station, node, news)

    report(
        Row(
            f"memory of a station after {LONG_S / 4:.0f} and {LONG_S:.0f} s of floods",
            1,
            f"{early_mib:.1f}, {late_mib:.1f} MiB",
            "–",
            f"≤ {MOST_GROWTH_MIB:.0f} more",
            late_mib - early_mib <= MOST_GROWTH_MIB,
        )
    )
    report(
        Row(
            "from the end of the floods until news is stored",
            1,
            f"{seconds:.2f} s",
            "–",
            f"≤ {MOST_RECOVERY_S} s",
            seconds <= MOST_RECOVERY_S,
        )
    )


async def _all_kinds(node: Flooder, seconds: float) -> None:
    for kind, hertz in FLOODS.items():
        await node.flood(kind, hertz, seconds / len(FLOODS))


async def _until_stored(station: Station, node: Flooder, news: list[bytes]) -> float:
    """Say news and return how long it took until another process finds it in the ledger."""
    with station._beside() as board:
        before, began = len(board.board(BoardQuery(live_only=False)).posts), time.perf_counter()
        for frame in news:
            await node.say(frame)
        while len(board.board(BoardQuery(live_only=False)).posts) == before:
            assert time.perf_counter() - began < PATIENCE_S
            await asyncio.sleep(0.02)
        return time.perf_counter() - began
