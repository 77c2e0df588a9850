"""Commands on circles: begin one, join one, look at them, leave."""

from pathlib import Path
from typing import Annotated

import typer

from meshboard.cli import inviting, members
from meshboard.cli.context import invocation, open_host, open_service, unlocked_host
from meshboard.cli.keeping import EncryptOption, KeyFileOption, first_protection
from meshboard.cli.options import AsJson
from meshboard.cli.output import confirm, explained, print_json
from meshboard.cli.secrets import typed_line
from meshboard.errors import ConfigError, RuleError
from meshboard.station.circle.beginning import NewCircle
from meshboard.station.circle.circle_people import CircleView
from meshboard.trust.circle import RadioPlan
from meshboard.ui.format import counted
from meshboard.ui.invite_files import seems_invite

MAX_INVITE_FILE_BYTES = 8192  # an invite's file has less than a kilobyte

app = typer.Typer(help="Begin, join and share a circle: the group that sees one board.", no_args_is_help=True)
inviting.add_to(app)
members.add_to(app)

Handle = Annotated[
    str, typer.Option("--as", help="What to call you (or this place).", prompt="What should we call you")
]
LinkOption = Annotated[
    str | None,
    typer.Option(
        "--link", help="The radio to use from now on: auto, tcp://host:port, serial:///dev/ttyACM0."
    ),
]


@app.command()
def new(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="What the group calls itself.")],
    handle: Handle,
    link: LinkOption = None,
    region: Annotated[str, typer.Option(help="The radios' region, as in Meshtastic.")] = "US",
    preset: Annotated[str, typer.Option(help="The radios' modem preset.")] = "LONG_FAST",
    slot: Annotated[int, typer.Option(help="Frequency slot; 0 = as the radio has it.")] = 0,
    channel: Annotated[
        str, typer.Option(help="The Meshtastic channel's name; empty = made from the circle.")
    ] = "",
    time_zone: Annotated[
        str,
        typer.Option("--time-zone", help="Such as America/Chicago.", show_default="this machine's, else UTC"),
    ] = "",
    encrypt: EncryptOption = None,
    key_file: KeyFileOption = None,
) -> None:
    """Begin a circle on this machine, beside those it is in."""
    options = invocation(context)
    with explained():
        host = unlocked_host(options)
        protect = first_protection(host, options, encrypt, key_file)
        if seems_invite(name):
            raise RuleError("That is an invite, not a name. Join with it: meshboard circle join --as YOU")
        circle = NewCircle(name, RadioPlan(region, preset, slot), channel, time_zone)
        host.begin(handle, link or options.link, new_circle=circle, protect=protect)
        typer.echo(f"The circle “{name}” is ready. Invite others face to face: meshboard circle invite")


@app.command()
def join(
    context: typer.Context,
    handle: Handle,
    file: Annotated[Path | None, typer.Option("--file", help="An invite's file.")] = None,
    code_fd: Annotated[
        int | None,
        typer.Option("--code-fd", help="Read the invite's code from this file descriptor, a line."),
    ] = None,
    link: LinkOption = None,
    encrypt: EncryptOption = None,
    key_file: KeyFileOption = None,
) -> None:
    """Join a circle with the code somebody showed you; it is asked for, so that no shell remembers it."""
    options = invocation(context)
    with explained():
        code = typed_line("The invite's code", code_fd, "--code-fd") if file is None else _text_of(file)
        host = unlocked_host(options)
        protect = first_protection(host, options, encrypt, key_file)
        circle_name = host.begin(handle, link or options.link, code=code, protect=protect)
        typer.echo(f"You are in the circle “{circle_name}”. See its board: meshboard")


@app.command("list")
def list_circles(context: typer.Context, as_json: AsJson = False) -> None:
    """List the circles this machine is in; a star marks the one that is opened when none is named."""
    with open_host(context) as host:
        circles = host.circles()
        if as_json:
            print_json([_circle_json(one) for one in circles])
            return
        for one in circles:
            star = "*" if one.is_chosen else " "
            people = counted(one.stations, "member")
            typer.echo(f"{star} {one.name}  ({people}, channel {one.channel}, {one.region} {one.preset})")
            if one.sentence:
                typer.echo(f"    {one.sentence}")


@app.command()
def use(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The circle; the beginning of its name will do.")],
) -> None:
    """Open this circle from now on when none is named."""
    with open_host(context) as host:
        typer.echo(f"From now on commands and screens are about “{host.choose(name).circle.view().name}”.")


@app.command()
def show(context: typer.Context, as_json: AsJson = False) -> None:
    """Show a circle: its radio plan, its key, and how this station stands in it."""
    with open_service(context) as service:
        seen = service.circle.view()
        if as_json:
            print_json(_circle_json(seen))
        else:
            typer.echo("\n".join(_lines_of(seen)))


@app.command()
def leave(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The circle; the beginning of its name will do.")],
    is_sure: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Forget a circle on this machine: its board, its keys, and who you are in it."""
    with open_host(context) as host:
        confirm(host.leaving(name), "Leave it", is_sure=is_sure)
        typer.echo(f"“{host.leave(name)}” is forgotten here.")


def _lines_of(seen: CircleView) -> list[str]:
    slot = f", slot {seen.slot}" if seen.slot else ""
    lines = [
        f"{seen.name}  ({seen.id.hex()})",
        f"  radio: {seen.region} {seen.preset}{slot}, channel {seen.channel}",
        f"  key: {seen.key_state}, number {seen.epoch}",
        f"  members: {seen.stations}",
    ]
    if seen.founder:
        lines.append(f"  founded by {seen.founder}; time zone {seen.time_zone}")
    return lines + ([f"  {seen.sentence}"] if seen.sentence else [])


def _circle_json(seen: CircleView) -> dict[str, object]:
    return {
        "id": seen.id.hex(),
        "name": seen.name,
        "channel": seen.channel,
        "region": seen.region,
        "preset": seen.preset,
        "slot": seen.slot,
        "stations": seen.stations,
        "time_zone": seen.time_zone or None,
        "founder": seen.founder or None,
        "epoch": seen.epoch,
        "key_state": seen.key_state,
        "am_member": seen.am_member,
        "removed_by": list(seen.removed_by),
        "waits_for_vouch": seen.waits_for_vouch,
        "is_chosen": seen.is_chosen,
        "sentence": seen.sentence or None,
    }


def _text_of(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            return opened.read(MAX_INVITE_FILE_BYTES).decode("ascii", "replace")
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}. Name the invite's file.") from error
