"""Commands on invites: make one, show it again, list them, make one void."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from meshboard.cli.context import open_service
from meshboard.cli.options import AsJson
from meshboard.cli.output import print_json
from meshboard.errors import ConfigError, RuleError
from meshboard.station.board.service import Service
from meshboard.station.circle.circle_people import InviteLine, invite_letters
from meshboard.station.circle.circle_service import USUAL_HOURS, USUAL_USES
from meshboard.station.circle.invites import InviteView, reversed_rows
from meshboard.ui.format import ago, how_long

GROUPS_A_LINE = 10  # of seven characters each

Letters = Annotated[str, typer.Argument(help="The invite's letters, as the list shows them.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands to those on circles."""
    app.command()(invite)
    app.command()(invites)
    app.command()(void)


def invite(
    context: typer.Context,
    uses: Annotated[
        int | None,
        typer.Option(help="How many may join with it; 0 = any number.", show_default=str(USUAL_USES)),
    ] = None,
    hours: Annotated[
        int | None, typer.Option(help="How long it holds; 0 = for ever.", show_default=str(USUAL_HOURS))
    ] = None,
    again: Annotated[
        str | None, typer.Option("--again", help="Show an open invite of yours again, by its letters.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", help="Write it to a new file that only you can read.")
    ] = None,
    large: Annotated[bool, typer.Option("--large", help="Draw the QR code twice as large.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make an invite, for one person and three days, and show it as letters and a QR code."""
    with open_service(context) as service:
        if again is not None and (uses, hours) != (None, None):
            raise RuleError(
                "An invite stays for as many and as long as it was made. Show it again without --uses and "
                "--hours, or make another without --again."
            )
        with _taken(file) as opened:
            if again is None:
                shown = service.circle.make_invite(
                    USUAL_USES if uses is None else uses,
                    USUAL_HOURS if hours is None else hours or None,
                    large=large,
                )
            else:
                shown = service.circle.show_invite(service.circle.find_invite(again).id, large=large)
            if file is not None and opened is not None:
                write_invite(service, file, opened, shown, is_new=again is None)
        if as_json:
            print_json(_invite_json(shown))
        elif file is not None:
            typer.echo(
                f"The invite to “{shown.circle_name}” is in {file}. Destroy the file when it was used."
            )
        else:
            _show(shown, service.now())


def invites(context: typer.Context, as_json: AsJson = False) -> None:
    """List the circle's invites: who made them, how long they hold, who came by them."""
    with open_service(context) as service:
        lines, now_s = service.circle.invites(), service.now()
        if as_json:
            print_json([_line_json(line) for line in lines])
            return
        for line in lines:
            typer.echo(_line_words(line, now_s))
        if not lines:
            typer.echo("There are no invites. Make one: meshboard circle invite")


def void(context: typer.Context, letters: Letters) -> None:
    """Let nobody else in by an invite, because somebody saw it; who joined with it stays."""
    with open_service(context) as service:
        line = service.circle.find_invite(letters)
        service.circle.void_invite(line.id)
        typer.echo(f"Nobody joins with the invite {line.letters} any more.")


def _show(shown: InviteView, now_s: int | None) -> None:
    """Print the letters first and the QR code last, so that a small terminal shows all of it."""
    typer.echo(f"Invite to “{shown.circle_name}”, {_holds(shown.uses, shown.expires_at, now_s)}.")
    typer.echo("Show it face to face only: whoever has it can join and read everything.")
    for line in _in_whole_groups(shown.code):
        typer.echo(line)
    for row in reversed_rows(shown.qr_rows):
        typer.echo(row)


@contextmanager
def _taken(file: Path | None) -> Iterator[int | None]:
    """Make the file before the invite, so that none is open that nobody saw; remove it if that fails."""
    if file is None:
        yield None
        return
    try:
        opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise _unwritable(file, error) from error
    try:
        yield opened
    except BaseException:
        file.unlink(missing_ok=True)
        raise
    finally:
        os.close(opened)


def write_invite(service: Service, file: Path, opened: int, shown: InviteView, *, is_new: bool) -> None:
    """Write an invite to a file that was just made; a new one is void again when the disk is full."""
    try:
        with os.fdopen(opened, "w", encoding="ascii", closefd=False) as writing:
            writing.write(shown.file_text)
    except OSError as error:
        if is_new and shown.id is not None:
            service.circle.void_invite(shown.id)
        raise _unwritable(file, error) from error


def _unwritable(file: Path, error: OSError) -> ConfigError:
    return ConfigError(
        f"{file} cannot be written: {error.strerror}. No new invite is open; name a file that is not there "
        "yet, in a folder that is."
    )


def _holds(uses: int, expires_at: int | None, now_s: int | None) -> str:
    who = "for one person" if uses == 1 else f"for {uses or 'any number of'} people"
    if expires_at is None:
        return f"{who}, until you make it void"
    if now_s is None:
        return f"{who}, for some time"
    return f"{who}, for {how_long(max(0, expires_at - now_s))} more"


def _line_words(line: InviteLine, now_s: int | None) -> str:
    by = "you" if line.is_mine else line.by
    if line.is_closed:
        state = "closed"
    elif line.expires_at is not None and now_s is not None and now_s > line.expires_at:
        state = f"expired {ago(line.expires_at, now_s)}"
    else:
        state = f"open {_holds(line.uses, line.expires_at, now_s)}"
    words = f"{line.letters}  by {by}, {state}"
    if line.joined:
        words += f"; joined: {', '.join(line.joined)}"
    if line.turned_away:
        words += f"; not let in: {', '.join(line.turned_away)}"
    return words


def _invite_json(shown: InviteView) -> dict[str, object]:
    return {
        "circle": shown.circle_name,
        "letters": invite_letters(shown.id) if shown.id else None,
        "code": shown.code,
        "qr": shown.qr_text,
        "uses": shown.uses,
        "expires_at": shown.expires_at,
    }


def _line_json(line: InviteLine) -> dict[str, object]:
    return {
        "letters": line.letters,
        "by": line.by,
        "is_mine": line.is_mine,
        "uses": line.uses,
        "expires_at": line.expires_at,
        "is_closed": line.is_closed,
        "joined": list(line.joined),
        "not_let_in": list(line.turned_away),
    }


def _in_whole_groups(code: str) -> list[str]:
    """Break a code between its groups, for terminals of 80 columns."""
    groups = code.split("-")
    lines = [groups[at : at + GROUPS_A_LINE] for at in range(0, len(groups), GROUPS_A_LINE)]
    return ["-".join(line) for line in lines]
