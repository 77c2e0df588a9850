"""Commands for walk-ups: get back at a post with its pick-up code, and make a code void."""

from dataclasses import replace
from typing import Annotated

import typer

from meshboard.cli.claims import chosen_claim, delivered_first
from meshboard.cli.contacts import ask_before_handing, typed_contact
from meshboard.cli.context import open_service
from meshboard.cli.options import AsJson, ClaimOption, ContactFdOption
from meshboard.cli.output import post_json, print_json
from meshboard.cli.plain import post_page
from meshboard.cli.secrets import is_terminal, typed_line
from meshboard.domain.commands import AcceptClaim, AddNote, ConfirmClaim, EditPost, WithdrawPost
from meshboard.domain.views import PostView, Visit
from meshboard.errors import ConfigError, RuleError
from meshboard.station.board.pick_ups import WrongCodes
from meshboard.station.board.service import Service

_ACTIONS = ("show", "accept", "confirm", "withdraw", "contact", "edit", "note")


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command("pick-up")(pick_up)


def pick_up(
    context: typer.Context,
    words: Annotated[
        list[str],
        typer.Argument(
            help="The post's code, and what to do: show, accept, confirm, withdraw, contact, edit TEXT, "
            "note TEXT. Or: void and the post's code.",
            metavar="CODE [ACTION] [TEXT] | void CODE",
        ),
    ],
    claim: ClaimOption = None,
    code_fd: Annotated[
        int | None, typer.Option("--code-fd", metavar="N", help="Read the pick-up code from there.")
    ] = None,
    contact_fd: ContactFdOption = None,
    reason: Annotated[str, typer.Option("--reason", help="Why a code is void; its owner is told.")] = "",
    as_json: AsJson = False,
) -> None:
    """Act as the walk-up who has a post's pick-up code, which is asked for; or make a code void."""
    with open_service(context) as service:
        if words[0] == "void":
            _void(service, words[1:], reason)
            return
        action, text = (words[1] if len(words) > 1 else "show"), " ".join(words[2:])
        if action not in _ACTIONS:
            raise RuleError(f"“{action}” is none of {', '.join(_ACTIONS)}.")
        service.find(words[0])  # says that there is no such post before a code is asked for
        if code_fd is None and not is_terminal():  # what is typed could not be hidden
            raise ConfigError("Type the pick-up code in a terminal, or hand it over: --code-fd N.")
        typed = typed_line("Pick-up code", code_fd, "--code-fd", is_hidden=True)
        visit = service.pick_up(words[0], typed)
        contact = typed_contact(contact_fd) if action == "contact" else ""
        _act(service, visit, action, contact or text, claim)
        post = service.post(visit.post.id, visit.actor)
        if as_json:
            print_json(post_json(post))
        else:
            typer.echo(post_page(post, service.now()))


def say_pick_up_code(posted: PostView, code: str, as_json: bool) -> None:
    """Show a new pick-up code, this once."""
    if as_json:
        print_json({**post_json(posted), "pick_up_code": code})
        return
    typer.echo(post_page(posted, None))
    typer.echo(f"\n  Pick-up code of {posted.code}:   {code[:3]} {code[3:]}\n")
    typer.echo(f"It is shown only now. With it they come back here: meshboard pick-up {posted.code}")


def wrong_codes_json(wrong: WrongCodes) -> dict[str, object]:
    """Return wrong pick-up codes as JSON values."""
    return {
        "post": wrong.post_code,
        "count": wrong.count,
        "since": wrong.since,
        "locked": wrong.is_locked,
    }


def _void(service: Service, words: list[str], reason: str) -> None:
    if len(words) != 1:
        raise RuleError("Say which: meshboard pick-up void CODE --reason WHY")
    found = service.find(words[0])
    service.pick_ups.void(found.id, reason)
    typer.echo(f"The pick-up code of {found.code} is void. You can still act for them on this board.")


def _act(service: Service, visit: Visit, action: str, said: str, claim: str | None) -> None:
    """Do one thing as the walk-up; RuleError when it cannot be done or is not understood."""
    post, actor = visit.post, visit.actor
    match action:
        case "show":
            pass
        case "accept":
            waiting = [one for one in post.claims if not one.standing.record.accepted]
            chosen = chosen_claim(post, waiting, claim, action)
            ask_before_handing(post, chosen)
            service.run(AcceptClaim(actor=actor, claim=chosen))
        case "confirm":
            waiting = [one for one in post.claims if not one.standing.record.confirmed]
            chosen = chosen_claim(post, delivered_first(waiting), claim, action)
            service.run(ConfirmClaim(actor=actor, claim=chosen))
        case "withdraw":
            service.run(WithdrawPost(actor=actor, post=post.id))
        case "contact":
            service.contacts.give(post.id, said, actor)
        case "edit":
            service.run(EditPost(actor=actor, post=post.id, content=replace(post.content, text=said)))
        case "note":
            service.run(AddNote(actor=actor, post=post.id, text=said))
