"""The command that runs a scenario in virtual time and says what it came to."""

import sys
import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from meshboard.cli.output import Exit, explained, print_json


class Protocol(StrEnum):
    """What the boards speak."""

    MESHBOARD = "meshboard"
    TC2 = "tc2"


SHOW_EVERY_S = 0.5


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command("sim")(sim)


def sim(
    file: Annotated[Path, typer.Argument(help="A scenario: docs/simulator.md says what it may hold.")],
    seed: Annotated[int | None, typer.Option(help="Where chance begins.", show_default="the file's")] = None,
    protocol: Annotated[Protocol, typer.Option(help="What the boards speak.")] = Protocol.MESHBOARD,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
    svg: Annotated[Path | None, typer.Option(help="Draw airtime and arrivals over time into a file.")] = None,
) -> None:
    """Run a scenario in virtual time; say what arrived when, and what it cost."""
    # The simulator takes a third of a second to load; the other commands do without.
    from meshboard.sim.trial.run_file import Wanted, run_scenario  # noqa: PLC0415

    with explained():
        progress = _Progress(file.stem)
        result = run_scenario(Wanted(file, seed, protocol.value, svg), progress.show)
        progress.clear()
    if as_json:
        print_json(result.outcome.as_json())
    else:
        typer.echo("\n".join(result.report))
    for sentence in result.failures:
        typer.echo(f"meshboard: expectation failed: {sentence}.", err=True)
    if result.failures:
        raise typer.Exit(Exit.REFUSED)


class _Progress:
    """One line on a terminal that says how far a run is."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._began_s = self._shown_s = time.monotonic()
        self._is_shown = False

    def show(self, share: float) -> None:
        """Say how far it is, not too often, and only where somebody can see the line change."""
        now_s = time.monotonic()
        if not sys.stderr.isatty() or now_s - self._shown_s < SHOW_EVERY_S:
            return
        self._shown_s, self._is_shown = now_s, True
        left_s = (now_s - self._began_s) * (1 - share) / share
        typer.echo(f"\r{self._name}: {share:4.0%}, about {left_s:.0f} s to go ", err=True, nl=False)

    def clear(self) -> None:
        """Take the line away."""
        if self._is_shown:
            typer.echo("\r\033[K", err=True, nl=False)
