"""Identifiers: distinct types over bytes, so that none is taken for another."""

import hashlib
from typing import NewType

AuthorId = NewType("AuthorId", bytes)
"""A station's Ed25519 public key, 32 bytes."""

CircleId = NewType("CircleId", bytes)
"""Names a circle, 8 bytes: a hash that names its founder as well (`trust.circle`)."""

EntryId = NewType("EntryId", bytes)
"""Names an entry, 8 bytes: the head of the SHA-256 digest its author signed (docs/protocol.md)."""

PostId = NewType("PostId", EntryId)
"""The id of the entry that published the post."""

ClaimId = NewType("ClaimId", EntryId)
"""The id of the entry that made the claim."""

MemberKey = NewType("MemberKey", bytes)
"""Names an author in a few bytes, 8: the head of the author's public key, as in `people.Actor.member`."""

InviteId = NewType("InviteId", bytes)
"""Names an invite, 8 bytes: the head of SHA-256 over its public key."""

EpochId = NewType("EpochId", bytes)
"""Names an epoch, 8 bytes: the id of the entry that began it; the first epoch has the circle's own id."""

CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford base 32, no I L O U
CODE_LENGTH = 4
MEMBER_KEY_BYTES = 8
INVITE_ID_BYTES = 8
LONG_CODE_LENGTH = 5
_TYPED_FOR = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


def member_key(author: AuthorId) -> MemberKey:
    """Return the short name of an author."""
    return MemberKey(author[:MEMBER_KEY_BYTES])


def invite_id(invite_key: bytes) -> InviteId:
    """Return the name of the invite with this Ed25519 public key."""
    return InviteId(hashlib.sha256(invite_key).digest()[:INVITE_ID_BYTES])


def post_code(post: PostId, length: int = CODE_LENGTH) -> str:
    """Return the short code people say and type for a post: the same everywhere and for ever."""
    bits = int.from_bytes(hashlib.sha256(post).digest()[:5], "big")
    return "".join(CODE_ALPHABET[(bits >> (35 - 5 * place)) & 31] for place in range(length))


def normal_code(typed: str) -> str | None:
    """Return a typed code in its written form (`k7q2`, `K7-QO` …), or None if it cannot be one."""
    code = typed.strip().upper().translate(_TYPED_FOR)
    fits = CODE_LENGTH <= len(code) <= LONG_CODE_LENGTH and all(letter in CODE_ALPHABET for letter in code)
    return code if fits else None
