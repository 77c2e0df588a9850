"""What every command shares: where the station lives, and how to reach its board."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import typer

from meshboard.cli.output import explained
from meshboard.station.host import Host
from meshboard.station.service import Service


@dataclass(frozen=True, slots=True)
class Invocation:
    """The options before the command."""

    home: Path
    link: str | None
    """The radio for this run only, None = as configured."""


def invocation(context: typer.Context) -> Invocation:
    """Return the options before the command."""
    found = context.find_object(Invocation)
    assert found is not None, "the root callback always sets it"
    return found


@contextmanager
def open_board(context: typer.Context) -> Iterator[Service]:
    """Open the board for one command, beside whatever station is running; errors become sentences."""
    options = invocation(context)
    with explained():
        host = Host(options.home, link=options.link)
        try:
            yield host.open()
        finally:
            host.close()
