"""Look after the ledger file: `meshboard ledger`."""

import sys

import typer

from meshboard.cli.context import invocation, unlocked_host
from meshboard.cli.output import explained

app = typer.Typer(help="Look after the ledger file.", no_args_is_help=True)


@app.command()
def check(context: typer.Context) -> None:
    """Read the whole ledger and say whether it is sound."""
    with explained():
        host = unlocked_host(invocation(context))
        try:
            lost = host.check_ledger()
        finally:
            host.close()
        typer.echo("The ledger is sound.")
        if lost:
            typer.echo(lost)


@app.command()
def rebuild(context: typer.Context) -> None:
    """Work out anew what the entries mean; the entries themselves stay as they are."""
    with explained():
        host = unlocked_host(invocation(context))
        try:
            host.rebuild_ledger(_show_progress)
        finally:
            host.close()
        typer.echo("The board was worked out anew from its entries.")


def _show_progress(done: int, total: int) -> None:
    share = 100 * done // total if total else 100
    if done >= total or sys.stderr.isatty():
        typer.echo(f"\r{share:3} % of {total} entries", nl=done >= total, err=True)
