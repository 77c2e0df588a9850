"""Commands that keep running: the screens, the station without screens, the demo, a virtual mesh."""

import asyncio
import signal
import sys
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated

import typer

from meshboard.cli.context import Invocation, invocation, unlocked_host
from meshboard.cli.output import explained
from meshboard.cli.secrets import unlock
from meshboard.errors import ConfigError, LinkError
from meshboard.handheld.conversation import Conversation
from meshboard.station.board.service import Service
from meshboard.station.home.host import Host
from meshboard.station.home.wiring import find_radios
from meshboard.station.process.journal import keep_journal
from meshboard.station.texts.remote_wipe import RemoteWipe

radio_app = typer.Typer(help="Look at the radio and set it up.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command()(station)
    app.command()(demo)
    app.command("virtual-mesh")(virtual_mesh)
    app.add_typer(radio_app, name="radio")


def screens(context: typer.Context) -> None:
    """Open the board's screens; on a first start they ask four things."""
    options = invocation(context)
    with explained(), keep_journal(options.home, on_screen=False):
        _refuse_without_terminal()
        wish, exit_code = asyncio.run(_screens(options))
    if exit_code:
        raise typer.Exit(exit_code)
    if wish == "demo":
        demo()


def station(context: typer.Context) -> None:
    """Run the station without screens, until it is told to stop."""
    options = invocation(context)
    with explained():
        host = answering_host(options)
        unlock(host, options.passphrase_fd)
        with keep_journal(options.home, on_screen=True):
            _until_told_to_stop(_station(host))


def demo() -> None:
    """Open a live demonstration neighbourhood; nothing is transmitted, nothing is kept."""
    from meshboard.demo.run import run_demo  # noqa: PLC0415 -- brings the screens and the simulator with it

    with explained():
        _refuse_without_terminal()
        run_demo()


def virtual_mesh(
    file: Annotated[Path, typer.Argument(help="A scenario: docs/virtual-mesh.md says what it may hold.")],
) -> None:
    """Start virtual Meshtastic nodes that any Meshtastic client can use, until told to stop."""
    from meshboard.sim.virtual_mesh import run  # noqa: PLC0415 -- its protobufs are slow to load

    with explained():
        _until_told_to_stop(run(file, typer.echo))


@radio_app.command("find")
def find_radio() -> None:
    """List the radios plugged into this machine."""
    with explained():
        found = find_radios()
        for choice in found:
            typer.echo(f"{choice.address}  {choice.words}")
        if not found:
            typer.echo(
                "No radio found. Plug one in by USB, or name one on the network: --link tcp://host", err=True
            )


@radio_app.command("setup")
def set_up_radio(context: typer.Context) -> None:
    """Put the circle's channel on the radio, as a secondary one, and remember this radio."""
    options = invocation(context)
    with explained():
        host = unlocked_host(options)
        try:
            typer.echo(host.set_up_radio())
        finally:
            host.close()


def answering_host(options: Invocation) -> Host:
    """Return a host that answers handhelds; one of them may wipe it, where that was switched on."""

    def respond(service: Service) -> Conversation:
        return Conversation(service, time.monotonic, wiper)

    host = Host(options.home, link=options.link, respond=respond, circle=options.circle)
    wiper = RemoteWipe(host.vault, time.monotonic)
    return host


def _refuse_without_terminal() -> None:
    # Textual draws on stderr and would wait for ever for keys that cannot come
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise ConfigError("The screens need a terminal. Without one: meshboard station, meshboard list …")


async def _screens(options: Invocation) -> tuple[str | None, int]:
    """Return what the person wants next ("demo" or nothing) and the exit code."""
    # Textual takes a third of a second to load; the other commands do without.
    from meshboard.ui.app import MeshboardApp  # noqa: PLC0415
    from meshboard.ui.hang_up import leave_on_hang_up  # noqa: PLC0415

    host = answering_host(options)
    app = MeshboardApp(host)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, app.exit)
    leave_on_hang_up(host.stop, lambda: None)
    wish = await app.run_async()
    if app.failure is not None:
        raise app.failure
    return wish, app.return_code or 0


async def _station(host: Host) -> None:
    await host.start()
    try:
        if not host.is_owner:
            raise LinkError(
                "Another meshboard has this folder and its radio. Stop it first, or use another --home."
            )
        host.prove_writable()
        typer.echo("The station is running. Ctrl+C stops it.", err=True)  # a service's journal keeps this
        await host.until_gone()
    finally:
        await host.stop()


def _until_told_to_stop(work: Coroutine[object, object, None]) -> None:
    """Run until it ends or SIGTERM or SIGINT comes; then let it clean up."""

    async def run() -> None:
        loop = asyncio.get_running_loop()
        task = loop.create_task(work)
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, task.cancel)
        await asyncio.gather(task, return_exceptions=True)
        if not task.cancelled():
            task.result()

    asyncio.run(run())
