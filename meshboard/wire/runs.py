"""Entries that follow each other in one log, packed closely, and back (docs/protocol.md, section 6).

What is signed are the packed entries: a run gives exactly those back, or is refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from meshboard.domain.people import ACTOR_KEY_BYTES, ActorKind
from meshboard.errors import WireError
from meshboard.wire.bodies import SUBJECT_BYTES
from meshboard.wire.cursor import MAX_VARINT, Reader, push_varint
from meshboard.wire.entry_bytes import (
    HAS_INCARNATION,
    HAS_SUBJECT,
    MAX_PACKED_BYTES,
    SALT_KEYED,
    SALTED,
    PackedPlace,
    check_flags,
    pull_place,
)
from meshboard.wire.salts import SALT_BYTES, SALT_KEY_BYTES, block_of, salt_of

_SAME_FLAGS, _SINCE, _KIND = 0x80, 0x40, 0x3F


@dataclass(frozen=True, slots=True)
class _Close:
    """An entry in pieces, as packed or as it stands in a run, without what its log and number say."""

    kind: int
    flags: int
    """Without the bit for an incarnation."""
    actor: bytes
    count: int
    time: int
    """As it is on the wire: 0 = unknown."""
    subject: bytes
    rest: bytes


def push_entries(packed: Sequence[bytes], salt_keys: Sequence[bytes] = ()) -> bytes:
    """Return entries packed closely; WireError where they do not follow each other.

    `salt_keys`: as an item has them, one for each block at most.
    """
    pushed = b""
    before: _Close | None = None
    expected: PackedPlace | None = None
    said: dict[int, bytes] = {}
    for one, key in zip(packed, salt_keys or [b""] * len(packed), strict=True):
        reader = Reader(one)
        place = pull_place(reader)
        if expected is not None and place != expected:
            raise WireError("These entries do not follow each other; they cannot be sent together.")
        close = _pull_pieces(one, reader)
        if key:
            close = _say_with_key(close, place, key, said)
        pushed += _push_close(close, before)
        before, expected = close, PackedPlace(place.incarnation, place.number + 1)
    return pushed


def pull_entries(
    reader: Reader, first: PackedPlace, count: int
) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """Return so many packed entries, from this place on, and their salt keys as an item has them."""
    packed: list[bytes] = []
    keys: list[bytes] = []
    before: _Close | None = None
    said: dict[int, bytes] = {}
    for number in range(first.number, first.number + count):
        place = PackedPlace(first.incarnation, number)
        before = _pull_close(reader, before)
        close, key = _take_key(before, place, said)
        packed.append(_packed(close, place))
        keys.append(key)
    return tuple(packed), tuple(keys) if said else ()


def _say_with_key(close: _Close, place: PackedPlace, key: bytes, said: dict[int, bytes]) -> _Close:
    """Return an entry with its key, which is left out where its block's was said; notes what was said."""
    block = block_of(place.number)
    brought = b"" if block in said else key
    if said.setdefault(block, key) != key:
        raise WireError("These entries have two salt keys for one block; they cannot be sent together.")
    return replace(close, flags=close.flags | SALT_KEYED, rest=brought + close.rest[SALT_BYTES:])


def _take_key(close: _Close, place: PackedPlace, said: dict[int, bytes]) -> tuple[_Close, bytes]:
    """Return an entry with the salt that follows from its key, and that key; notes what was said."""
    block, is_salted = block_of(place.number), close.flags & SALTED
    if not close.flags & SALT_KEYED:
        if is_salted and block in said and close.rest[:SALT_BYTES] == _salt(said[block], place):
            raise WireError("An entry of a run repeats its salt; all were ignored.")
        return close, b""
    size = 0 if block in said else SALT_KEY_BYTES
    key = said.setdefault(block, close.rest[:SALT_KEY_BYTES])
    if not is_salted or len(key) < SALT_KEY_BYTES:
        raise WireError("An entry of a run has the key of a salt and no salt; all were ignored.")
    return replace(close, flags=close.flags ^ SALT_KEYED, rest=_salt(key, place) + close.rest[size:]), key


def _salt(key: bytes, place: PackedPlace) -> bytes:
    return salt_of(key, place.incarnation, place.number)


def _pull_pieces(packed: bytes, reader: Reader) -> _Close:
    flags = packed[1] & ~HAS_INCARNATION
    check_flags(flags)
    return _Close(
        kind=packed[0] & _KIND,
        flags=flags,
        actor=_pull_actor(reader, flags),
        count=reader.pull_varint(),
        time=reader.pull_varint(),
        subject=reader.pull(SUBJECT_BYTES) if flags & HAS_SUBJECT else b"",
        rest=reader.pull_rest(),
    )


def _pull_actor(reader: Reader, flags: int) -> bytes:
    return b"" if flags >> 3 & 3 == ActorKind.MEMBER else reader.pull(ACTOR_KEY_BYTES)


def _packed(close: _Close, place: PackedPlace) -> bytes:
    has_incarnation = HAS_INCARNATION if place.incarnation else 0
    pushed = bytes([close.kind, close.flags | has_incarnation])
    pushed += bytes([place.incarnation]) if place.incarnation else b""
    pushed += push_varint(place.number) + close.actor + push_varint(close.count) + push_varint(close.time)
    pushed += close.subject + close.rest
    if len(pushed) > MAX_PACKED_BYTES:
        raise WireError("An entry of a run is too long; all were ignored.")
    return pushed


def _push_close(close: _Close, before: _Close | None) -> bytes:
    has_same_flags = before is not None and before.flags == close.flags
    is_since = _is_since_shorter(close, before)
    first = close.kind | (_SAME_FLAGS if has_same_flags else 0) | (_SINCE if is_since else 0)
    pushed = bytes([first]) + (b"" if has_same_flags else bytes([close.flags]))
    pushed += bytes([len(close.rest)]) + close.actor
    return pushed + _push_stamp(close, before if is_since else None) + close.subject + close.rest


def _push_stamp(close: _Close, since: _Close | None) -> bytes:
    count, time = (since.count, since.time) if since else (0, 0)
    return push_varint(close.count - count) + push_varint(close.time - time)


def _is_since_shorter(close: _Close, before: _Close | None) -> bool:
    if before is None or close.count < before.count or close.time < before.time:
        return False
    return len(_push_stamp(close, before)) < len(_push_stamp(close, None))


def _pull_close(reader: Reader, before: _Close | None) -> _Close:
    first = reader.pull_byte()
    if first & (_SAME_FLAGS | _SINCE) and before is None:
        raise WireError("A run begins with something before it; it was ignored.")
    flags = before.flags if first & _SAME_FLAGS and before else reader.pull_byte()
    check_flags(flags & ~SALT_KEYED)
    size = reader.pull_byte()
    actor = _pull_actor(reader, flags)
    count, time = reader.pull_varint(), reader.pull_varint()
    if first & _SINCE and before:
        count, time = before.count + count, before.time + time
    if flags & HAS_INCARNATION or max(count, time) > MAX_VARINT:
        raise WireError("An entry of a run is out of bounds; all were ignored.")
    subject = reader.pull(SUBJECT_BYTES) if flags & HAS_SUBJECT else b""
    close = _Close(first & _KIND, flags, actor, count, time, subject, reader.pull(size))
    if _push_close(close, before)[0] != first:
        raise WireError("An entry of a run is not in its only form; all were ignored.")
    return close
