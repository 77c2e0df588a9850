"""Commands that keep a board readable: flag, mute, and what is hidden."""

from typing import Annotated

import typer

from meshboard.cli.context import open_service
from meshboard.cli.options import AsJson, Code
from meshboard.cli.output import print_json
from meshboard.domain.commands import FlagPost
from meshboard.domain.limits import HIDING_FLAGS
from meshboard.domain.posts import Urgency
from meshboard.domain.views import PostView


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    for command in (flag, unflag, mute, unmute, muted):
        app.command()(command)


def flag(context: typer.Context, code: Code) -> None:
    """Say that a post should be hidden from everybody; everybody sees that you said so."""
    with open_service(context) as service:
        done = service.run(FlagPost(actor=service.me.actor, post=service.find(code).id))
        typer.echo(_flag_words(done))


def unflag(context: typer.Context, code: Code) -> None:
    """Take your flag back."""
    with open_service(context) as service:
        done = service.run(FlagPost(actor=service.me.actor, post=service.find(code).id, is_flagged=False))
        typer.echo(_flag_words(done))


def mute(
    context: typer.Context,
    code: Code,
    station: Annotated[
        bool, typer.Option("--station", help="Everybody who speaks through that station.")
    ] = False,
) -> None:
    """Show no posts and notes of whoever posted this, at this station only."""
    with open_service(context) as service:
        found = service.find(code)
        service.moderation.mute(found.id, whole_station=station)
        name = (found.who.via or found.who.name) if station else str(found.who)
        typer.echo(f"{name} is muted here. See or undo it: meshboard muted")


def unmute(
    context: typer.Context, number: Annotated[int, typer.Argument(help="As meshboard muted lists it.")]
) -> None:
    """Show somebody again."""
    with open_service(context) as service:
        service.moderation.unmute(number)
        typer.echo("They are shown again.")


def muted(context: typer.Context, as_json: AsJson = False) -> None:
    """List whom this station mutes."""
    with open_service(context) as service:
        found = service.moderation.muted()
        if as_json:
            print_json([{"number": one.id, "name": one.name, "station": one.is_station} for one in found])
            return
        for one in found:
            everybody = ", everybody who speaks through it" if one.is_station else ""
            typer.echo(f"{one.id:>3}  {one.name}{everybody}  (meshboard unmute {one.id})")
        if not found:
            typer.echo("Nobody is muted here.")


def _flag_words(post: PostView) -> str:
    names = ", ".join("you" if who.is_me else who.name for who in post.flagged_by)
    if not names:
        return f"{post.code}: nobody flags it."
    if post.content.urgency is Urgency.CRITICAL:
        return f"{post.code}: flagged by {names}. It is critical, so it stays in sight."
    missing = HIDING_FLAGS - len(post.flagged_by)
    return f"{post.code}: flagged by {names}; " + (
        f"{missing} more hides it on every board." if missing > 0 else "hidden on every board."
    )
