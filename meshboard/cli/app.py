"""Puts the commands together; without a command the screens open."""

import os
from pathlib import Path
from typing import Annotated

import typer

from meshboard import __version__
from meshboard.cli import care, circles, posts, running
from meshboard.cli.context import Invocation
from meshboard.config import HOME_VARIABLE, default_home

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
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Say which version this is."),
    ] = False,
) -> None:
    """Remember the options; open the screens when no command follows."""
    context.obj = Invocation((home or default_home()).expanduser(), link)
    if context.invoked_subcommand is None:
        running.screens(context)


posts.add_to(app)
running.add_to(app)
care.add_to(app)
app.add_typer(circles.app, name="circle")


def main() -> None:
    """Run the command line; whatever it writes is its owner's alone."""
    os.umask(0o077)
    app()
