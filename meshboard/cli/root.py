"""Puts the commands together; without a command the screens open."""

import gc
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from meshboard import __version__
from meshboard.cli import circles, keeping, ledger, moderating, pick_up, posts, running, simulating, writing
from meshboard.cli.airtime import airtime
from meshboard.cli.breaking import EXIT_CODE, report_break
from meshboard.cli.context import Invocation
from meshboard.cli.status import status
from meshboard.config import HOME_VARIABLE, default_home
from meshboard.station.process.private_memory import keep_memory_private

app = typer.Typer(
    name="meshboard",
    help="An offline-first mutual-aid board over Meshtastic radio. Without a command its screens open.",
    no_args_is_help=False,
    add_completion=False,
    pretty_exceptions_enable=False,  # its tracebacks print local variables: people's words and keys
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"meshboard {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    home: Annotated[
        Path | None,
        typer.Option(
            help="Where this station keeps its files.", envvar=HOME_VARIABLE, show_default="your data folder"
        ),
    ] = None,
    link: Annotated[
        str | None,
        typer.Option(help="The radio for this run: auto, none, tcp://host:port or serial:///dev/ttyACM0."),
    ] = None,
    circle: Annotated[
        str | None, typer.Option("--circle", help="The circle the command is about; its beginning will do.")
    ] = None,
    passphrase_fd: Annotated[
        int | None,
        typer.Option(
            "--passphrase-fd", help="Read the board's passphrase from this file descriptor, a line."
        ),
    ] = None,
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Say which version this is."),
    ] = False,
) -> None:
    """Remember the options; open the screens when no command follows."""
    context.obj = Invocation((home or default_home()).expanduser(), link, circle, passphrase_fd)
    if context.invoked_subcommand is None:
        running.screens(context)


writing.add_to(app)
posts.add_to(app)
pick_up.add_to(app)
moderating.add_to(app)
running.add_to(app)
simulating.add_to(app)
app.command()(status)
app.command()(airtime)
app.add_typer(ledger.app, name="ledger")
keeping.add_to(app)
app.add_typer(circles.app, name="circle")


def main() -> None:
    """Run the command line; whatever it writes is its owner's alone."""
    gc.freeze()  # what was imported lives until the end, and is not searched then: 0.8 s become 0.6 s
    os.umask(0o077)
    keep_memory_private()
    try:
        app()
    except Exception as error:  # noqa: BLE001 -- where nobody else acts: say where, not what people wrote
        report_break(error)
        sys.exit(EXIT_CODE)
