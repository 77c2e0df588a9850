"""Leave when the terminal is closed.

Textual's writer thread dies with the terminal, and whoever writes to its full queue then waits for ever
(`textual/drivers/_writer_thread.py`, 8.2). So nothing is drawn any more: the station stops and the process
ends. The event loop may wait so before it hears of the hang-up: then only what interrupts it can end it, a
handler of Python's own and not one of the loop.
"""

import asyncio
import os
import select
import signal
import threading
from collections.abc import Awaitable, Callable
from types import FrameType

GIVE_UP_S = (
    3.0  # a goodbye to the node takes a tenth of that; more means that something waits for the terminal
)
STDIN = 0
HUNG_UP = 128 + signal.SIGHUP  # what a shell reports of a program ended by a hang-up


def leave_on_hang_up(stop: Callable[[], Awaitable[None]], tidy: Callable[[], None]) -> None:
    """End the process when its terminal goes: `stop` if that is possible soon, `tidy` in any case."""
    loop = asyncio.get_running_loop()

    def end() -> None:
        tidy()
        os._exit(HUNG_UP)

    async def leave() -> None:
        await stop()
        end()

    def begin_to_leave() -> None:
        leaving.append(loop.create_task(leave()))

    def hung_up(_number: int, _frame: FrameType | None) -> None:
        timer = threading.Timer(GIVE_UP_S, end)
        timer.daemon = True
        timer.start()
        loop.call_soon_threadsafe(begin_to_leave)

    leaving: list[asyncio.Task[None]] = []  # the loop itself keeps tasks weakly
    signal.signal(signal.SIGHUP, hung_up)
    if os.isatty(STDIN):
        threading.Thread(target=_tell_when_gone, name="terminal", daemon=True).start()


def _tell_when_gone() -> None:
    """Wait until the terminal is gone, and say so as the system would.

    It tells the leader of the session and, once that ends, the others. `make` waits for us instead of ending.
    """
    watched = select.poll()
    watched.register(STDIN, 0)  # that it hung up is reported in any case
    watched.poll()
    os.kill(os.getpid(), signal.SIGHUP)
