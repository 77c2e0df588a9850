"""What every command shares: where the station lives, and how to reach its service."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import typer

from meshboard.cli.output import explained
from meshboard.cli.secrets import unlock
from meshboard.station.board.service import Service
from meshboard.station.home.host import Host


@dataclass(frozen=True, slots=True)
class Invocation:
    """The options before the command."""

    home: Path
    link: str | None
    """The radio for this run only, None = as configured."""
    circle: str | None = None
    """The circle the command is about, by name, None = the chosen one."""
    passphrase_fd: int | None = None
    """A file descriptor whose next line is the passphrase, None = it is asked for."""


def invocation(context: typer.Context) -> Invocation:
    """Return the options before the command."""
    found = context.find_object(Invocation)
    assert found is not None, "the root callback always sets it"
    return found


def unlocked_host(options: Invocation) -> Host:
    """Return a host of the home, after asking for its passphrase where it has one."""
    host = Host(options.home, link=options.link, circle=options.circle)
    unlock(host, options.passphrase_fd)
    return host


@contextmanager
def open_host(context: typer.Context) -> Iterator[Host]:
    """Open the home for one command, beside whatever station is running; errors become sentences."""
    options = invocation(context)
    with explained():
        host = unlocked_host(options)
        try:
            yield host
        finally:
            host.close()


@contextmanager
def open_service(context: typer.Context) -> Iterator[Service]:
    """Open the service of the circle the command is about: the one named, else the chosen one."""
    with open_host(context) as host:
        yield host.open(invocation(context).circle)
