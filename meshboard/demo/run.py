"""Run the demonstration: the neighbourhood, and the screens on the newcomer's station."""

import asyncio
import contextlib
import shutil
import signal
from collections.abc import AsyncIterator
from pathlib import Path

from meshboard.demo.agenda import Agenda
from meshboard.demo.homes import passing_home
from meshboard.demo.neighbourhood import Neighbourhood
from meshboard.demo.script import Script
from meshboard.station.process.journal import keep_journal
from meshboard.ui.app import MeshboardApp
from meshboard.ui.hang_up import leave_on_hang_up

BANNER = "demo, no radio used · with one: meshboard --link auto"


def run_demo() -> None:
    """Open the screens on one of four stations of an invented neighbourhood; leave nothing behind."""
    print("Waking up an invented neighbourhood: nothing is transmitted, nothing is kept …", flush=True)
    with passing_home() as home, keep_journal(home, on_screen=False):
        asyncio.run(_run(home))


@contextlib.asynccontextmanager
async def living(place: Neighbourhood, pace: float = 1.0) -> AsyncIterator[Neighbourhood]:
    """Let a neighbourhood live meanwhile, `pace` times as fast as people do; then stop all of it."""
    agenda = Agenda(pace)
    happening: asyncio.Task[None] | None = None
    try:
        await place.start()
        Script(place, agenda).begin()
        happening = asyncio.create_task(agenda.run(), name="script")
        yield place
    finally:
        if happening is not None:
            happening.cancel()
            await asyncio.gather(happening, return_exceptions=True)
        await place.stop()


async def _run(home: Path) -> None:
    async with living(Neighbourhood(home)) as place:
        app = MeshboardApp(place.newcomer, banner=BANNER)
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, app.exit)
        leave_on_hang_up(place.stop, lambda: shutil.rmtree(home, ignore_errors=True))
        await app.run_async()
        if app.failure is not None:
            raise app.failure
