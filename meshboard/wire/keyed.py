"""Entries that bring, in place of their salt, the key it follows from (docs/protocol.md, section 6)."""

from collections.abc import Sequence

from meshboard.domain.entries import SignedEntry
from meshboard.domain.people import ACTOR_KEY_BYTES, ActorKind
from meshboard.errors import WireError
from meshboard.wire.bodies import SUBJECT_BYTES
from meshboard.wire.cursor import Reader
from meshboard.wire.entry_bytes import HAS_SUBJECT, SALT_KEYED, SALTED, pull_place
from meshboard.wire.salts import SALT_BYTES, SALT_KEY_BYTES, block_of, salt_of


def say_with_key(packed: bytes, key: bytes) -> bytes:
    """Return a packed entry as it stands in a frame with this key; it has a salt that follows from it."""
    at = _rest_at(packed)
    keyed = packed[1] | SALT_KEYED
    return packed[:1] + bytes([keyed]) + packed[2:at] + key + packed[at + SALT_BYTES :]


def take_key(said: bytes) -> tuple[bytes, bytes]:
    """Return what stands in a frame as it was packed, and the key it brought: empty where it brought none.

    One whose parts only a later version finds is left as it is, to be refused by itself.
    """
    place, flags = pull_place(Reader(said)), said[1]
    if not flags & SALT_KEYED or flags >> 3 & 3 > max(ActorKind):
        return said, b""
    at = _rest_at(said)
    key, body = said[at : at + SALT_KEY_BYTES], said[at + SALT_KEY_BYTES :]
    if not flags & SALTED or len(key) < SALT_KEY_BYTES:
        raise WireError("An entry has the key of a salt and no salt; it was ignored.")
    salt = salt_of(key, place.incarnation, place.number)
    return said[:1] + bytes([flags ^ SALT_KEYED]) + said[2:at] + salt + body, key


def salt_keys_of(entries: Sequence[SignedEntry]) -> tuple[bytes, ...]:
    """Return the keys with which entries of one log are said together; none at all where none has one.

    In each block that is the first that is known, for every entry whose salt follows from it; others are said
    with their salts.
    """
    of_block: dict[int, bytes] = {}
    keys = []
    for signed in entries:
        block = block_of(signed.entry.number)
        key = of_block.get(block) or signed.salt_key
        if key and _follows(signed, key):
            of_block[block] = key
            keys.append(key)
        else:
            keys.append(b"")
    return tuple(keys) if of_block else ()


def _follows(signed: SignedEntry, key: bytes) -> bool:
    packed = signed.packed
    if not packed[1] & SALTED:
        return False
    at, entry = _rest_at(packed), signed.entry
    return packed[at : at + SALT_BYTES] == salt_of(key, entry.log.incarnation, entry.number)


def _rest_at(packed: bytes) -> int:
    """Return where the rest of a packed entry begins: behind all of its header."""
    reader, flags = Reader(packed), packed[1]
    pull_place(reader)
    reader.pull(0 if flags >> 3 & 3 == ActorKind.MEMBER else ACTOR_KEY_BYTES)
    for _ in ("count", "time"):
        reader.pull_varint()
    reader.pull(SUBJECT_BYTES if flags & HAS_SUBJECT else 0)
    return reader.at
