"""Commands on circles: begin one, invite somebody, join one."""

from typing import Annotated

import typer

from meshboard.cli.context import invocation, open_board
from meshboard.cli.output import explained, print_json
from meshboard.station.host import Host
from meshboard.station.invites import reversed_rows
from meshboard.ui.format import counted

GROUPS_A_LINE = 10  # of seven characters each

app = typer.Typer(help="Begin, join and share a circle: the group that sees one board.", no_args_is_help=True)

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
) -> None:
    """Begin a circle on this machine."""
    options = invocation(context)
    with explained():
        host = Host(options.home)
        host.begin(
            handle, link or options.link, new_circle=name, plan=(region, preset, slot), channel=channel
        )
        typer.echo(f"The circle “{name}” is ready. Invite others face to face: meshboard circle invite")


@app.command()
def join(
    context: typer.Context,
    handle: Handle,
    code: Annotated[str | None, typer.Argument(help="The invite's code; asked for when left out.")] = None,
    link: LinkOption = None,
) -> None:
    """Join a circle with the code somebody showed you."""
    options = invocation(context)
    with explained():
        typed = code or typer.prompt("The invite's code")
        host = Host(options.home)
        circle_name = host.begin(handle, link or options.link, code=typed)
        typer.echo(f"You are in the circle “{circle_name}”. See its board: meshboard")


@app.command()
def invite(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show the circle's invite as a QR code and as letters: whoever has it is in."""
    with open_board(context) as board:
        shown = board.invite()
        if as_json:
            print_json({"circle": shown.circle_name, "code": shown.code, "qr": shown.qr_text})
            return
        for row in reversed_rows(shown.qr_rows):
            typer.echo(row)
        typer.echo(
            f"Invite to “{shown.circle_name}”. Show it only to people you trust: whoever has it is in."
        )
        for line in _in_whole_groups(shown.code):
            typer.echo(line)


@app.command("list")
def list_circles(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the circles this machine is in."""
    with open_board(context) as board:
        circles = board.circles()
        if as_json:
            print_json(
                [
                    {"id": one.id.hex(), "name": one.name, "channel": one.channel, "region": one.region,
                     "preset": one.preset, "slot": one.slot, "stations": one.stations}
                    for one in circles
                ]
            )  # fmt: skip
            return
        for one in circles:
            stations = counted(one.stations, "station")
            typer.echo(f"{one.name}  ({stations}, channel {one.channel}, {one.region} {one.preset})")


def _in_whole_groups(code: str) -> list[str]:
    """Break a code between its groups, for terminals of 80 columns."""
    groups = code.split("-")
    lines = [groups[at : at + GROUPS_A_LINE] for at in range(0, len(groups), GROUPS_A_LINE)]
    return ["-".join(line) for line in lines]
