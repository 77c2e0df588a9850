"""Entries that follow each other in one log, packed closely, and back (docs/protocol.md, section 6).

What is signed are the packed entries: a run gives exactly those back, or is refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from meshboard.domain.people import ACTOR_KEY_BYTES, ActorKind
from meshboard.errors import WireError
from meshboard.wire.bodies import SUBJECT_BYTES
from meshboard.wire.cursor import MAX_VARINT, Reader, push_varint
from meshboard.wire.entries import (
    HAS_INCARNATION,
    HAS_SUBJECT,
    MAX_PACKED_BYTES,
    PackedPlace,
    check_flags,
    pull_place,
)

_SAME_FLAGS, _SINCE, _KIND = 0x80, 0x40, 0x3F


@dataclass(frozen=True, slots=True)
class _Close:
    """A packed entry in pieces, without what its log and number say."""

    kind: int
    flags: int
    """Without the bit for an incarnation."""
    actor: bytes
    count: int
    time: int
    """As it is on the wire: 0 = unknown."""
    subject: bytes
    rest: bytes


def push_entries(packed: Sequence[bytes]) -> bytes:
    """Return entries packed closely; WireError where they do not follow each other."""
    pushed = b""
    before: _Close | None = None
    expected: PackedPlace | None = None
    for one in packed:
        reader = Reader(one)
        place = pull_place(reader)
        if expected is not None and place != expected:
            raise WireError("These entries do not follow each other; they cannot be sent together.")
        close = _pull_pieces(one, reader)
        pushed += _push_close(close, before)
        before, expected = close, PackedPlace(place.incarnation, place.number + 1)
    return pushed


def pull_entries(reader: Reader, first: PackedPlace, count: int) -> tuple[bytes, ...]:
    """Return so many packed entries, from this place on."""
    packed: list[bytes] = []
    before: _Close | None = None
    for number in range(first.number, first.number + count):
        before = _pull_close(reader, before)
        packed.append(_packed(before, PackedPlace(first.incarnation, number)))
    return tuple(packed)


def _pull_pieces(packed: bytes, reader: Reader) -> _Close:
    flags = packed[1] & ~HAS_INCARNATION
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
    check_flags(flags)
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
