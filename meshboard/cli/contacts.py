"""How a contact is typed, changed and given away on the command line: never as an argument."""

import typer

from meshboard.cli.secrets import typed_line
from meshboard.domain.ids import ClaimId, PostId
from meshboard.domain.views import PostView
from meshboard.errors import RuleError
from meshboard.station.board.service import Service


def typed_contact(descriptor: int | None) -> str:
    """Return a contact: the next line of a descriptor, or typed."""
    return typed_line("How can you be reached (only for who helps you)", descriptor, "--contact-fd")


def change_contact(service: Service, post: PostId, contact: str, *, first_member: bool) -> None:
    """Give a post this contact, or with an empty one take it out."""
    if contact:
        service.contacts.give(post, contact, service.me.actor, accepts_members=first_member)
    else:
        service.contacts.remove(post, service.me.actor)


def ask_before_handing(found: PostView, chosen: ClaimId) -> None:
    """Say who will be able to read the contact, and ask where that is more than one member."""
    claim = next(one for one in found.claims if one.id == chosen)
    if not claim.on_accepting:
        return
    typer.echo(claim.on_accepting, err=True)
    if claim.who.via and not typer.confirm("Hand it over", err=True):
        raise RuleError("Nothing was accepted, and nothing handed over.")
