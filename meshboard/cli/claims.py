"""Which claim is meant where a command names only the post, and how its contact is typed and handed over."""

import typer

from meshboard.cli.secrets import text_of
from meshboard.domain.ids import ClaimId, PostId
from meshboard.domain.standing import ClaimState
from meshboard.domain.views import ClaimView, PostView
from meshboard.errors import RuleError
from meshboard.station.board.service import Service


def my_claim(found: PostView) -> ClaimId:
    """Return one's own claim that still needs something, or raise RuleError."""
    if found.my_claim is None:
        raise RuleError(f"You have no claim on {found.code}. Take it first: meshboard claim {found.code}")
    return found.my_claim


def delivered_first(claims: list[ClaimView]) -> list[ClaimView]:
    """Return the delivered ones if there are any: they are what waits for a confirmation."""
    return [one for one in claims if one.standing.state is ClaimState.DELIVERED] or claims


def chosen_claim(found: PostView, claims: list[ClaimView], wanted: str | None, act: str) -> ClaimId:
    """Return the one claim that is meant; RuleError names the choices when it is not clear."""
    if not found.is_mine:
        raise RuleError(
            f"Only whoever posted {found.code} can {act} a claim on it. You can add a note instead."
        )
    active = [one for one in claims if one.standing.state is not ClaimState.RELEASED]
    if wanted is not None:
        every = [one for one in found.claims if one.standing.state is not ClaimState.RELEASED]
        active = [one for one in every if _is_named(one, wanted)]
    if len(active) == 1:
        return active[0].id
    if not active:
        raise RuleError(f"There is no such claim to {act} on {found.code}. Look: meshboard show {found.code}")
    names = "; ".join(f"{one.id.hex()[:6]} {one.who.name} {one.quantity}".rstrip() for one in active)
    raise RuleError(f"Several claims on {found.code} fit. Say which with --claim: {names}.")


def _is_named(claim: ClaimView, wanted: str) -> bool:
    return claim.who.name.casefold() == wanted.casefold() or claim.id.hex().startswith(wanted.lower())


def typed_contact(descriptor: int | None) -> str:
    """Return a contact: the next line of a descriptor, or typed."""
    if descriptor is not None:
        return text_of(descriptor, "--contact-fd")
    typed: str = typer.prompt("How can you be reached (only for who helps you)")
    return typed


def change_contact(board: Service, post: PostId, contact: str, *, first_member: bool) -> None:
    """Give a post this contact, or with an empty one take it out."""
    if contact:
        board.contacts.give(post, contact, board.me.actor, accepts_members=first_member)
    else:
        board.contacts.remove(post, board.me.actor)


def ask_before_handing(found: PostView, chosen: ClaimId) -> None:
    """Say who will be able to read the contact, and ask where that is more than one member."""
    claim = next(one for one in found.claims if one.id == chosen)
    if not claim.on_accepting:
        return
    typer.echo(claim.on_accepting, err=True)
    if claim.who.via and not typer.confirm("Hand it over", err=True):
        raise RuleError("Nothing was accepted, and nothing handed over.")
