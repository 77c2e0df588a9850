"""The screens as a process in a terminal: started, told to stop, and left behind."""

import asyncio
import os
import pty
import signal
import sys
from pathlib import Path

import pytest

from meshboard.cli.output import Exit
from meshboard.station.vault.vault import LEDGER_FILE
from tests.support.stations.processes import PATIENCE_S

pytestmark = pytest.mark.slow


async def opened_screens(home: Path) -> tuple[asyncio.subprocess.Process, int]:
    """Open the board in a new terminal and wait for it; return the process and our end of the terminal."""
    process, ours = await started_screens(home)
    shown = b""
    while b"nothing on the board yet" not in shown:
        shown += await asyncio.to_thread(os.read, ours, 65_536)
    return process, ours


async def started_screens(home: Path) -> tuple[asyncio.subprocess.Process, int]:
    """Start the screens in a new terminal; return the process and our end of the terminal."""
    ours, theirs = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "meshboard", "--home", str(home),
        stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24"},
        preexec_fn=_own_the_terminal,
    )  # fmt: skip
    os.close(theirs)
    return process, ours


def _own_the_terminal() -> None:
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@pytest.fixture
async def home(tmp_path: Path) -> Path:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "meshboard", "--home", str(tmp_path), "circle", "new", "Kitchen", "--as", "Ana",
        "--no-encrypt",
        stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert await process.wait() == 0
    return tmp_path


async def test_closing_the_terminal_leaves_nothing_running(home: Path) -> None:
    process, terminal = await opened_screens(home)

    os.close(terminal)

    assert await asyncio.wait_for(process.wait(), PATIENCE_S) == 128 + signal.SIGHUP


async def test_telling_the_screens_to_stop_ends_them_cleanly(home: Path) -> None:
    process, terminal = await opened_screens(home)

    process.terminate()
    drained = asyncio.create_task(asyncio.to_thread(_read_all, terminal))

    assert await asyncio.wait_for(process.wait(), PATIENCE_S) == 0
    await drained
    os.close(terminal)


async def test_a_broken_ledger_ends_the_screens_with_its_sentence_and_exit_code(home: Path) -> None:
    (home / LEDGER_FILE).write_bytes(b"not a ledger" * 1000)
    process, terminal = await started_screens(home)
    drained = asyncio.create_task(asyncio.to_thread(_read_all, terminal))

    assert await asyncio.wait_for(process.wait(), PATIENCE_S) == Exit.LEDGER
    os.close(terminal)
    assert b"is not a meshboard ledger" in await drained


def _read_all(terminal: int) -> bytes:
    said = b""
    try:
        while some := os.read(terminal, 65_536):
            said += some
    except OSError:
        pass
    return said
