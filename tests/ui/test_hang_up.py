"""A closed terminal ends the program, also where it came too late for the event loop to be told."""

import asyncio
import os
import queue
import signal
import threading
from collections.abc import Callable

import pytest

from meshboard.ui.hang_up import HUNG_UP, leave_on_hang_up
from tests.support.children import run_in_children

PATIENCE_S = 100  # for a process on a machine that does much else
NEVER_S = 2.0 * PATIENCE_S
TERMINAL: list[int] = []  # the other side of a child's own


def _waits_in_the_loop() -> None:
    """Wait as a program does that has nothing to draw."""
    asyncio.get_running_loop().call_later(0.2, os.kill, os.getpid(), signal.SIGHUP)


def _waits_for_the_writer() -> None:
    """Wait as Textual does once its writer thread died with the terminal: for room in a full queue."""
    threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGHUP)).start()
    full: queue.Queue[str] = queue.Queue(maxsize=1)
    full.put("drawn")
    full.put("never drawn")


def _loses_its_terminal_untold() -> None:
    """Lose a terminal whose hang-up only the leader of the session is told of: make, which waits for us."""
    asyncio.get_running_loop().call_later(0.2, os.close, TERMINAL.pop())


@pytest.mark.parametrize("wait", [_waits_in_the_loop, _waits_for_the_writer, _loses_its_terminal_untold])
def test_a_hang_up_ends_it_whatever_the_loop_waits_for(wait: Callable[[], None]) -> None:
    assert _ended_by(wait) == HUNG_UP


def _ended_by(wait: Callable[[], None]) -> int:
    """Return the exit code of a child that is hung up while it waits so."""

    def act() -> None:
        ours, theirs = os.openpty()
        os.dup2(theirs, 0)
        os.close(theirs)
        TERMINAL.append(ours)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)  # pytest's own handler would wake what waits
        signal.alarm(PATIENCE_S)
        asyncio.run(_run(wait))

    return os.waitstatus_to_exitcode(run_in_children(act)[0])


async def _run(wait: Callable[[], None]) -> None:
    async def stop() -> None:
        await asyncio.sleep(0.0)

    leave_on_hang_up(stop, lambda: None)
    wait()
    await asyncio.sleep(NEVER_S)
