"""Commands that put posts up and change what they say; and how what was done is printed."""

from dataclasses import replace
from typing import Annotated

import typer

from meshboard.cli.contacts import change_contact, typed_contact
from meshboard.cli.context import open_service
from meshboard.cli.options import (
    AsJson,
    CategoryOption,
    Code,
    ContactFdOption,
    ContactOption,
    FirstMemberOption,
    FromOption,
    HandOffOption,
    HoursOption,
    PlaceOption,
    QuantityOption,
    TagOption,
    ToOption,
    UrgencyOption,
)
from meshboard.cli.output import Exit, post_json, print_json
from meshboard.cli.parsing import one_of, parse_moment, parse_quantity
from meshboard.cli.pick_up import say_pick_up_code
from meshboard.cli.plain import post_page
from meshboard.domain.categories import guess_category
from meshboard.domain.commands import (
    EditPost,
)
from meshboard.domain.posts import (
    DEFAULT_LIFETIME,
    HandOff,
    PostContent,
    PostKind,
    TimeWindow,
    Urgency,
)
from meshboard.domain.views import PostView
from meshboard.errors import RuleError
from meshboard.figures import HOUR_S
from meshboard.station.board.service import Service
from meshboard.ui.format import hidden_words


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    for command in (post, edit):
        app.command()(command)


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
    contact_fd: ContactFdOption = None,
    first_member: FirstMemberOption = False,
    walk_up: Annotated[
        bool, typer.Option("--walk-up", help="For somebody else, who gets a pick-up code.")
    ] = False,
    signed_as: Annotated[str, typer.Option("--as", help="What a walk-up wants to be called.")] = "",
    as_json: AsJson = False,
) -> None:
    """Put up a need, an offer, a task or a notice."""
    with open_service(context) as service:
        pressing = Urgency.NORMAL if urgency is None else urgency
        text = " ".join(words)
        content = PostContent(
            kind=kind,
            category=guess_category(kind, text) if category is None else category,
            urgency=pressing,
            text=text,
            quantity=parse_quantity(qty),
            place=place or "",
            window=_window(from_, to, service.now()),
            lifetime_hours=hours
            if hours is not None
            else int(DEFAULT_LIFETIME[pressing].total_seconds()) // HOUR_S,
            tags=tuple(tag or ()),
            hand_off=HandOff.UNSAID if hand_off is None else hand_off,
        )
        reached = typed_contact(contact_fd) if contact or contact_fd is not None else ""
        if walk_up:
            posted, code = service.publish_for_walk_up(content, signed_as, reached)
            say_pick_up_code(posted, code, as_json)
        else:
            posted = service.publish(content, reached, accepts_members=first_member)
            say_done(service, posted, as_json)
        say_if_hidden(posted)


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
    contact_fd: ContactFdOption = None,
    first_member: FirstMemberOption = False,
    as_json: AsJson = False,
) -> None:
    """Change what your post says; what you leave out stays as it is."""
    with open_service(context) as service:
        found = service.find(code)
        old = found.content
        content = replace(
            old,
            text=" ".join(words) if words else old.text,
            category=old.category if category is None else category,
            urgency=old.urgency if urgency is None else urgency,
            quantity=old.quantity if qty is None else parse_quantity(qty),
            place=old.place if place is None else place,
            lifetime_hours=old.lifetime_hours if hours is None else hours,
            window=_window(from_, to, service.now()) if from_ or to else old.window,
            tags=old.tags if tag is None else tuple(tag),
            hand_off=old.hand_off if hand_off is None else hand_off,
        )
        wants_contact = True if contact_fd is not None else contact
        if content != old or wants_contact is None:
            service.run(EditPost(actor=service.me.actor, post=found.id, content=content))
        if wants_contact is not None:
            reached = typed_contact(contact_fd) if wants_contact else ""
            change_contact(service, found.id, reached, first_member=first_member)
        post = service.post(found.id)
        say_done(service, post, as_json)
        say_if_hidden(post)


def say_done(service: Service, post: PostView, as_json: bool) -> None:
    """Print a post after something was done with it, and what keeps it from going out."""
    print_post(service, post, as_json)
    if not as_json and not service.station_runs():
        typer.echo(
            "Stored here. It goes out when a station runs on this machine: meshboard station", err=True
        )


def say_if_hidden(post: PostView) -> None:
    """Say that what was just written is hidden on boards, if it is, and end with the exit code of that."""
    if post.beyond:
        typer.echo(f"{hidden_words(post)} Do not post it again.", err=True)
        raise typer.Exit(Exit.HIDDEN)


def print_post(service: Service, post: PostView, as_json: bool) -> None:
    """Print everything about a post."""
    if as_json:
        print_json(post_json(post))
    else:
        typer.echo(post_page(post, service.now()))


def _window(starts: str | None, ends: str | None, now_s: int | None) -> TimeWindow | None:
    starts_at, ends_at = parse_moment(starts, now_s), parse_moment(ends, now_s)
    if starts_at is None and ends_at is None:
        return None
    if starts_at is None:
        if now_s is None:
            raise RuleError("This station does not know what time it is. Say --from as well.")
        starts_at = now_s
    return TimeWindow(starts_at, ends_at)
