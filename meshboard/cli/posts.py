"""Commands on posts: put up, look at, take on, hand over, take back."""

from dataclasses import replace
from typing import Annotated

import typer

from meshboard.cli.claims import chosen_claim, delivered_first, my_claim
from meshboard.cli.context import open_board
from meshboard.cli.options import (
    AsJson,
    CategoryOption,
    ClaimOption,
    Code,
    ContactOption,
    FromOption,
    HandOffOption,
    HoursOption,
    PlaceOption,
    QuantityOption,
    TagOption,
    ToOption,
    UrgencyOption,
)
from meshboard.cli.output import post_json, print_json
from meshboard.cli.parsing import one_of, parse_moment, parse_quantity
from meshboard.cli.plain import post_line, post_page
from meshboard.domain.categories import guess_category
from meshboard.domain.commands import (
    AcceptClaim,
    AddNote,
    ClaimPost,
    Command,
    ConfirmClaim,
    DeliverClaim,
    EditPost,
    PublishPost,
    ReleaseClaim,
    WithdrawPost,
)
from meshboard.domain.posts import (
    DEFAULT_LIFETIME,
    HandOff,
    PostContent,
    PostKind,
    TimeWindow,
    Urgency,
)
from meshboard.domain.views import BoardQuery, PostView
from meshboard.errors import RuleError
from meshboard.station.service import Service


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    for command in (post, edit, claim, release, deliver, confirm, accept, withdraw, note, show):
        app.command()(command)
    app.command("list")(list_posts)


def post(
    context: typer.Context,
    kind: Annotated[PostKind, typer.Argument(help="What sort of post.", **one_of(PostKind))],
    words: Annotated[
        list[str], typer.Argument(help="What is needed or offered, in a few words.", metavar="TEXT")
    ],
    category: CategoryOption = None,
    urgency: UrgencyOption = None,
    qty: QuantityOption = None,
    place: PlaceOption = None,
    hours: HoursOption = None,
    from_: FromOption = None,
    to: ToOption = None,
    tag: TagOption = None,
    hand_off: HandOffOption = None,
    contact: ContactOption = None,
    as_json: AsJson = False,
) -> None:
    """Put up a need, an offer, a task or a notice."""
    with open_board(context) as board:
        pressing = Urgency.NORMAL if urgency is None else urgency
        text = " ".join(words)
        content = PostContent(
            kind=kind,
            category=guess_category(kind, text) if category is None else category,
            urgency=pressing,
            text=text,
            quantity=parse_quantity(qty),
            place=place or "",
            window=_window(from_, to, board.now()),
            lifetime_hours=hours
            if hours is not None
            else int(DEFAULT_LIFETIME[pressing].total_seconds()) // 3600,
            tags=tuple(tag or ()),
            hand_off=HandOff.UNSAID if hand_off is None else hand_off,
            has_contact=bool(contact),
        )
        _run(board, PublishPost(actor=board.me.actor, content=content), as_json)


def edit(
    context: typer.Context,
    code: Code,
    words: Annotated[
        list[str] | None, typer.Argument(help="The new text; left out, it stays.", metavar="TEXT")
    ] = None,
    category: CategoryOption = None,
    urgency: UrgencyOption = None,
    qty: QuantityOption = None,
    place: PlaceOption = None,
    hours: HoursOption = None,
    from_: FromOption = None,
    to: ToOption = None,
    tag: TagOption = None,
    hand_off: HandOffOption = None,
    contact: ContactOption = None,
    as_json: AsJson = False,
) -> None:
    """Change what your post says; what you leave out stays as it is."""
    with open_board(context) as board:
        found = board.find(code)
        old = found.content
        content = replace(
            old,
            text=" ".join(words) if words else old.text,
            category=old.category if category is None else category,
            urgency=old.urgency if urgency is None else urgency,
            quantity=old.quantity if qty is None else parse_quantity(qty),
            place=old.place if place is None else place,
            lifetime_hours=old.lifetime_hours if hours is None else hours,
            window=_window(from_, to, board.now()) if from_ or to else old.window,
            tags=old.tags if tag is None else tuple(tag),
            hand_off=old.hand_off if hand_off is None else hand_off,
            has_contact=old.has_contact if contact is None else contact,
        )
        _run(board, EditPost(actor=board.me.actor, post=found.id, content=content), as_json)


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
    as_json: AsJson = False,
) -> None:
    """List what is on the board, most pressing first."""
    with open_board(context) as board:
        query = BoardQuery(
            kinds=frozenset(() if kind is None else {kind}),
            categories=frozenset(() if category is None else {category}),
            urgency_at_least=Urgency.LOW if urgency is None else urgency,
            text=" ".join(words or ()),
            live_only=not every,
            mine_only=mine,
        )
        found = board.board(query)
        if as_json:
            print_json([post_json(found_post) for found_post in found.posts])
            return
        now_s = board.now()
        for found_post in found.posts:
            typer.echo(post_line(found_post, now_s))
        if not found.posts:
            typer.echo("Nothing here yet. Put something up: meshboard post need TEXT" if not found.live_total
                       else f"Nothing matches; {found.live_total} live posts in all.")  # fmt: skip


def show(context: typer.Context, code: Code, as_json: AsJson = False) -> None:
    """Show everything about one post: who carries what, who waits, what happened."""
    with open_board(context) as board:
        _print(board, board.find(code), as_json)


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
    with open_board(context) as board:
        found = board.find(code)
        command = ClaimPost(
            actor=board.me.actor,
            post=found.id,
            quantity=parse_quantity(qty),
            note=note,
            by_when=parse_moment(by, board.now()),
        )
        _run(board, command, as_json)


def release(context: typer.Context, code: Code, as_json: AsJson = False) -> None:
    """Give your claim on a post back."""
    with open_board(context) as board:
        found = board.find(code)
        _run(board, ReleaseClaim(actor=board.me.actor, claim=my_claim(found)), as_json)


def deliver(context: typer.Context, code: Code, as_json: AsJson = False) -> None:
    """Say that your claim is done."""
    with open_board(context) as board:
        found = board.find(code)
        _run(board, DeliverClaim(actor=board.me.actor, claim=my_claim(found)), as_json)


def confirm(context: typer.Context, code: Code, claim: ClaimOption = None, as_json: AsJson = False) -> None:
    """Say that a claim on your post is done."""
    with open_board(context) as board:
        found = board.find(code)
        open_claims = [one for one in found.claims if not one.standing.record.confirmed]
        chosen = chosen_claim(found, delivered_first(open_claims), claim, "confirm")
        _run(board, ConfirmClaim(actor=board.me.actor, claim=chosen), as_json)


def accept(context: typer.Context, code: Code, claim: ClaimOption = None, as_json: AsJson = False) -> None:
    """Choose who does your post when several want to."""
    with open_board(context) as board:
        found = board.find(code)
        open_claims = [one for one in found.claims if not one.standing.record.accepted]
        _run(
            board,
            AcceptClaim(actor=board.me.actor, claim=chosen_claim(found, open_claims, claim, "accept")),
            as_json,
        )


def withdraw(context: typer.Context, code: Code, as_json: AsJson = False) -> None:
    """Take your post back, for good."""
    with open_board(context) as board:
        _run(board, WithdrawPost(actor=board.me.actor, post=board.find(code).id), as_json)


def note(
    context: typer.Context,
    code: Code,
    words: Annotated[list[str], typer.Argument(help="Your remark.", metavar="TEXT")],
    as_json: AsJson = False,
) -> None:
    """Add a remark to a post."""
    with open_board(context) as board:
        _run(board, AddNote(actor=board.me.actor, post=board.find(code).id, text=" ".join(words)), as_json)


def _run(board: Service, command: Command, as_json: bool) -> None:
    done = board.run(command)
    _print(board, board.post(done.id), as_json)
    if not as_json and not board.status().station_runs:
        typer.echo(
            "Stored here. It goes out when a station runs on this machine: meshboard station", err=True
        )


def _print(board: Service, post_view: PostView, as_json: bool) -> None:
    if as_json:
        print_json(post_json(post_view))
    else:
        typer.echo(post_page(post_view, board.now()))


def _window(starts: str | None, ends: str | None, now_s: int | None) -> TimeWindow | None:
    starts_at, ends_at = parse_moment(starts, now_s), parse_moment(ends, now_s)
    if starts_at is None and ends_at is None:
        return None
    if starts_at is None:
        if now_s is None:
            raise RuleError("This station does not know what time it is. Say --from as well.")
        starts_at = now_s
    return TimeWindow(starts_at, ends_at)
