"""What a board costs that sits idle, side by side with the build before it was made quiet."""

import asyncio
import io
import os
import subprocess
import tarfile
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.bench.conftest import Report
from tests.bench.idle import Use, idle_boards
from tests.bench.table import Row

ROOT = Path(__file__).parents[2]
BEFORE = "323ee4c"  # the last commit of which a board wrote its report to the disk every two seconds
AGREE_WITHIN_S = 600.0
SETTLE_S = 240.0  # beacons of boards that agree have become rare then
MEASURED_S = float(os.environ.get("IDLE_S", "600"))
MOST_MB_A_DAY = 10.0
MOST_OF_CPU = 0.5
MOST_MIB = 90.0


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """Unpack the build of before."""
    packed = subprocess.run(["git", "archive", BEFORE], cwd=ROOT, capture_output=True, check=False)
    if packed.returncode:
        pytest.skip(f"the history does not reach back to {BEFORE}")
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
        archive.extractall(tmp_path / "build", filter="data")
    return tmp_path / "build"


@pytest.mark.timeout(2400)
async def test_an_idle_board_leaves_disk_and_processor_alone(
    report: Report, before: Path, tmp_path: Path
) -> None:
    async with AsyncExitStack() as stack:
        builds = {
            name: await stack.enter_async_context(idle_boards(code, tmp_path / name, AGREE_WITHIN_S))
            for name, code in (("of before", before), ("of now", ROOT))
        }
        await asyncio.sleep(SETTLE_S)
        started = {name: {what: Use.of(pid) for what, pid in pids.items()} for name, pids in builds.items()}
        await asyncio.sleep(MEASURED_S)
        ended = {name: {what: Use.of(pid) for what, pid in pids.items()} for name, pids in builds.items()}

    for what in ("station", "screens"):
        cpu = {n: (ended[n][what].cpu_s - started[n][what].cpu_s) / MEASURED_S * 60 for n in builds}
        written = {
            n: (ended[n][what].written_bytes - started[n][what].written_bytes) / MEASURED_S * 86400 / 1e6
            for n in builds
        }
        mib = {n: ended[n][what].resident_mib for n in builds}
        for of_what, values, unit, most in (
            ("written to the disk", written, "MB a day", MOST_MB_A_DAY),
            ("processor", cpu, "s a minute", MOST_OF_CPU * cpu["of before"]),
            ("memory", mib, "MiB", MOST_MIB),
        ):
            now, then = values["of now"], values["of before"]
            name = f"idle {what}, agreed boards, one circle: {of_what}"
            beside = f"{then:.2f} {unit} the build of before, beside it"
            report(Row(name, 1, f"{now:.2f} {unit}", beside, f"≤ {most:.2f} {unit}", now <= most))
