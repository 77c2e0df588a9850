"""How a contact is typed, changed and given away on the command line: never as an argument."""

import os

import typer

from meshboard.domain.ids import ClaimId, PostId
from meshboard.domain.views import PostView
from meshboard.errors import ConfigError, RuleError
from meshboard.station.board.service import Service

_MAX_BYTES = 1024  # more than any contact; keeps a wrong descriptor from being read for ever


def typed_contact(descriptor: int | None) -> str:
    """Return a contact: the next line of a descriptor, or typed."""
    if descriptor is not None:
        return line_of(descriptor, "--contact-fd")
    typed: str = typer.prompt("How can you be reached (only for who helps you)")
    return typed


def line_of(descriptor: int, option: str) -> str:
    """Return one line of a file descriptor, read byte by byte, so that the next one is left."""
    line = bytearray()
    try:
        while len(line) < _MAX_BYTES and (one := os.read(descriptor, 1)) not in (b"", b"\n"):
            line += one
    except OSError as error:
        raise ConfigError(
            f"{option} {descriptor}: nothing can be read from there: {error.strerror}."
        ) from error
    return line.decode("utf-8", "replace").removesuffix("\r")


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
