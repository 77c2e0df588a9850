"""Commands on posts: put up, look at, take on, hand over, take back."""

from typing import Annotated

import typer

from meshboard.cli.claims import chosen_claim, delivered_first, my_claim
from meshboard.cli.contacts import ask_before_handing
from meshboard.cli.context import open_service
from meshboard.cli.options import (
    AsJson,
    CategoryOption,
    ClaimOption,
    Code,
    UrgencyOption,
)
from meshboard.cli.output import post_json, print_json
from meshboard.cli.parsing import one_of, parse_moment, parse_quantity
from meshboard.cli.plain import post_line
from meshboard.cli.writing import print_post, say_done
from meshboard.domain.commands import (
    AcceptClaim,
    AddNote,
    ClaimPost,
    Command,
    ConfirmClaim,
    DeliverClaim,
    ReleaseClaim,
    WithdrawPost,
)
from meshboard.domain.posts import (
    PostKind,
    Urgency,
)
from meshboard.domain.views import Board, BoardQuery
from meshboard.station.board.service import Service


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    for command in (claim, release, deliver, confirm, accept, withdraw, note, show):
        app.command()(command)
    app.command("list")(list_posts)


def list_posts(
    context: typer.Context,
    words: Annotated[
        list[str] | None, typer.Argument(help="Only posts with these words.", metavar="TEXT")
    ] = None,
    kind: Annotated[
        PostKind | None, typer.Option("--kind", "-k", help="Only this kind.", **one_of(PostKind))
    ] = None,
    category: CategoryOption = None,
    urgency: UrgencyOption = None,
    mine: Annotated[bool, typer.Option("--mine", help="Only what you posted or carry.")] = False,
    every: Annotated[bool, typer.Option("--all", help="Also what is done, withdrawn or expired.")] = False,
    hidden: Annotated[bool, typer.Option("--hidden", help="Also what is hidden, and its words.")] = False,
    as_json: AsJson = False,
) -> None:
    """List what is on the board, most pressing first; with --all, what is over comes last."""
    with open_service(context) as service:
        query = BoardQuery(
            kinds=frozenset(() if kind is None else {kind}),
            categories=frozenset(() if category is None else {category}),
            urgency_at_least=Urgency.LOW if urgency is None else urgency,
            text=" ".join(words or ()),
            live_only=not every,
            mine_only=mine,
            with_hidden=hidden,
        )
        found = service.board(query)
        if as_json:
            print_json([post_json(found_post) for found_post in found.posts])
            say_hidden(found, err=True)
            return
        now_s = service.now()
        for found_post in found.posts:
            typer.echo(post_line(found_post, now_s, with_hidden=hidden))
        say_hidden(found)
        if not found.posts and not found.hidden:
            typer.echo("Nothing here yet. Put something up: meshboard post need TEXT" if not found.live_total
                       else f"Nothing matches; {found.live_total} live posts in all.")  # fmt: skip


def say_hidden(board: Board, *, err: bool = False) -> None:
    """Say what a list leaves out, beside JSON on stderr."""
    for line in board.hidden:
        typer.echo(f"{line}; meshboard list --hidden shows them", err=err)


def show(context: typer.Context, code: Code, as_json: AsJson = False) -> None:
    """Show everything about one post: who carries what, who waits, what happened."""
    with open_service(context) as service:
        print_post(service, service.find(code), as_json)


def claim(
    context: typer.Context,
    code: Code,
    qty: Annotated[
        str | None, typer.Argument(help="How much; all that is left when you say nothing.")
    ] = None,
    note: Annotated[str, typer.Option("--note", "-n", help="A few words for the poster.")] = "",
    by: Annotated[str | None, typer.Option("--by", help="By when: 2h, 18:30, 2026-11-23T18:30.")] = None,
    as_json: AsJson = False,
) -> None:
    """Promise to do a post, or part of it."""
    with open_service(context) as service:
        found = service.find(code)
        command = ClaimPost(
            actor=service.me.actor,
            post=found.id,
            quantity=parse_quantity(qty),
            note=note,
            by_when=parse_moment(by, service.now()),
        )
        _run(service, command, as_json)


def release(context: typer.Context, code: Code, as_json: AsJson = False) -> None:
    """Give your claim on a post back."""
    with open_service(context) as service:
        found = service.find(code)
        _run(service, ReleaseClaim(actor=service.me.actor, claim=my_claim(found)), as_json)


def deliver(context: typer.Context, code: Code, as_json: AsJson = False) -> None:
    """Say that your claim is done."""
    with open_service(context) as service:
        found = service.find(code)
        _run(service, DeliverClaim(actor=service.me.actor, claim=my_claim(found)), as_json)


def confirm(context: typer.Context, code: Code, claim: ClaimOption = None, as_json: AsJson = False) -> None:
    """Say that a claim on your post is done."""
    with open_service(context) as service:
        found = service.find(code)
        open_claims = [one for one in found.claims if not one.standing.record.confirmed]
        chosen = chosen_claim(found, delivered_first(open_claims), claim, "confirm")
        _run(service, ConfirmClaim(actor=service.me.actor, claim=chosen), as_json)


def accept(
    context: typer.Context,
    code: Code,
    claim: ClaimOption = None,
    is_sure: Annotated[bool, typer.Option("--yes", help="Do not ask who may read your contact.")] = False,
    as_json: AsJson = False,
) -> None:
    """Choose who does your post when several want to; they get your contact, where you gave one."""
    with open_service(context) as service:
        found = service.find(code)
        open_claims = [one for one in found.claims if not one.standing.record.accepted]
        chosen = chosen_claim(found, open_claims, claim, "accept")
        if not is_sure:
            ask_before_handing(found, chosen)
        _run(service, AcceptClaim(actor=service.me.actor, claim=chosen), as_json)


def withdraw(context: typer.Context, code: Code, as_json: AsJson = False) -> None:
    """Take your post back, for good."""
    with open_service(context) as service:
        _run(service, WithdrawPost(actor=service.me.actor, post=service.find(code).id), as_json)


def note(
    context: typer.Context,
    code: Code,
    words: Annotated[list[str], typer.Argument(help="Your remark.", metavar="TEXT")],
    as_json: AsJson = False,
) -> None:
    """Add a remark to a post."""
    with open_service(context) as service:
        _run(
            service,
            AddNote(actor=service.me.actor, post=service.find(code).id, text=" ".join(words)),
            as_json,
        )


def _run(service: Service, command: Command, as_json: bool) -> None:
    say_done(service, service.run(command), as_json)
