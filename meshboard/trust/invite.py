"""Invites: a way into a circle as letters to type, a QR code or a file (docs/protocol.md, section 8).

An invite has a key of its own. The inviter vouches for that key in an InviteMade entry, and the key signs the
author key of whoever joins: so joining works at once, out of reach of everybody.
"""

import re

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from meshboard.domain.circle_facts import StationJoined
from meshboard.domain.entries import SignedEntry
from meshboard.domain.ids import AuthorId, CircleId, InviteId, invite_id
from meshboard.errors import TrustError
from meshboard.trust.base32 import ASK_AGAIN, from_groups, from_run, in_groups, squeezed, to_letters
from meshboard.trust.circle import Circle
from meshboard.trust.derivation import derive
from meshboard.trust.identity import SEED_BYTES, is_signed_by
from meshboard.trust.invite_bytes import (
    MOST_BYTES,
    MOST_FILE_BYTES,
    SECRET_BYTES,
    VERSION,
    CarriedEntry,
    Invite,
    newer,
    pull_invite,
    push_carried,
    push_invite,
    with_checksum,
)

__all__ = [
    "SECRET_BYTES",
    "CarriedEntry",
    "Invite",
    "invite_code",
    "invite_file",
    "invite_id_of",
    "invite_key",
    "invite_qr_text",
    "is_proven",
    "make_invite",
    "prove",
    "read_invite",
]
_JOIN = b"meshboard 1 join"
_QR_PREFIX = "MESHBOARD:"
_FILE_PREFIX = "MESHBOARD:FILE:"
_PREFIXED = re.compile(r"MESHBOARD:(FILE:)?(\d{1,3}):(.*)", re.DOTALL)
_LINE_LETTERS = 64  # of a file: narrow enough for any mail program to leave as it is


def make_invite(circle: Circle, secret: bytes, expires_at: int | None = None) -> Invite:
    """Return the invite of SECRET_BYTES random bytes into a circle, by its present epoch."""
    _checked_secret(secret)
    return Invite(circle, secret, expires_at)


def invite_key(secret: bytes) -> Ed25519PrivateKey:
    """Return the key pair of an invite's secret: its public half names the invite."""
    seed = derive(_checked_secret(secret), b"", b"meshboard 1 invite", SEED_BYTES)
    return Ed25519PrivateKey.from_private_bytes(seed)


def invite_id_of(invite: Invite) -> InviteId:
    """Return the name of an invite, as InviteMade has it."""
    return invite_id(invite_key(invite.secret).public_key().public_bytes_raw())


def prove(invite: Invite, author: AuthorId) -> StationJoined:
    """Return the fact by which an author shows an invite."""
    key = invite_key(invite.secret)
    return StationJoined(key.public_key().public_bytes_raw(), key.sign(_JOIN + invite.circle.id + author))


def is_proven(joined: StationJoined, circle: CircleId, author: AuthorId) -> bool:
    """Say whether the invite's key signed this author into this circle; any bytes may be asked about."""
    return is_signed_by(AuthorId(joined.invite_key), _JOIN + circle + author, joined.proof)


def invite_code(invite: Invite) -> str:
    """Return the code to read aloud or type: groups of five letters and a check letter."""
    return in_groups(_sealed(invite))


def invite_qr_text(invite: Invite) -> str:
    """Return the text for a QR code, all of it in QR's alphanumeric mode, at most 222 letters."""
    return f"{_QR_PREFIX}{VERSION}:{to_letters(_sealed(invite))}"


def invite_file(invite: Invite, made: SignedEntry) -> str:
    """Return the text of an invite's file, which brings the inviter's InviteMade entry along."""
    entry = CarriedEntry(made.entry.log.author, made.packed, made.signature, made.link)
    letters = to_letters(with_checksum(push_invite(invite) + push_carried(entry)))
    lines = (letters[at : at + _LINE_LETTERS] for at in range(0, len(letters), _LINE_LETTERS))
    return "\n".join([f"{_FILE_PREFIX}{VERSION}:", *lines, ""])


def read_invite(typed: str) -> Invite:
    """Return the invite of a typed code, a scanned QR text or a file's text, however spaced or cased.

    TrustError says what is wrong with it, and in which group. What a file brings along is not verified yet.
    """
    text = typed.strip("\ufeff \t\r\n")
    if text[: len("meshboard")].upper() == "MESHBOARD":
        return _read_prefixed(text)
    return pull_invite(from_groups(text, MOST_BYTES))


def _read_prefixed(text: str) -> Invite:
    found = _PREFIXED.fullmatch(squeezed(text))
    if found is None:
        raise TrustError(f"This is not a meshboard invite. {ASK_AGAIN}")
    is_file, version = bool(found[1]), int(found[2])
    if version > VERSION:
        raise newer()
    if version < VERSION:
        raise TrustError(f"This invite is from an older meshboard, whose circles nobody founded. {ASK_AGAIN}")
    sealed = from_run(found[3], MOST_FILE_BYTES if is_file else MOST_BYTES)
    return pull_invite(sealed, is_file=is_file)


def _sealed(invite: Invite) -> bytes:
    return with_checksum(push_invite(invite))


def _checked_secret(secret: bytes) -> bytes:
    if len(secret) != SECRET_BYTES:
        raise TrustError(f"An invite's secret has {SECRET_BYTES} bytes; this one has {len(secret)}.")
    return secret
