"""Leave when the terminal is closed.

Textual's writer thread dies with the terminal, and whoever writes to its full queue then waits for ever
(`textual/drivers/_writer_thread.py`, 8.2). So nothing is drawn any more: the station stops and the process
ends.
"""

import asyncio
import os
import signal
import threading
from collections.abc import Awaitable, Callable

GIVE_UP_S = (
    3.0  # a goodbye to the node takes a tenth of that; more means that something waits for the terminal
)
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

    def hung_up() -> None:
        timer = threading.Timer(GIVE_UP_S, end)
        timer.daemon = True
        timer.start()
        leaving.append(loop.create_task(leave()))

    leaving: list[asyncio.Task[None]] = []  # the loop itself keeps tasks weakly
    loop.add_signal_handler(signal.SIGHUP, hung_up)
