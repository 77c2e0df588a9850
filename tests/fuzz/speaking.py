"""Make frames and entries to be altered: what stations say, and what they never would."""

import random
from collections.abc import Sequence
from contextlib import suppress
from functools import cache

from meshboard.domain.entries import SignedEntry
from meshboard.domain.ids import CircleId, EpochId
from meshboard.errors import WireError
from meshboard.trust.boxes import WRAPPED_BYTES
from meshboard.trust.identity import AuthorKey
from meshboard.trust.key_ring import LOW_BITS, EpochKey, KeyRing
from meshboard.trust.seal import DoorSeal, FrameSeal, Seal
from meshboard.wire.entry_bytes import sign_entry, unpack_entry
from meshboard.wire.frames import (
    DOOR_TYPES,
    FRAME_VERSION,
    Ask,
    Beacon,
    Entries,
    Frame,
    FrameType,
    Hello,
    Keys,
    LogLine,
    Place,
    Reminder,
    Request,
    Speaker,
    StretchItem,
    Summary,
)
from meshboard.wire.framing import push_frame, seal_frame
from meshboard.wire.items import item_of, run_of
from tests.fuzz.altering import altered, drawn
from tests.support.entries import examples
from tests.support.entries.drawn import CIRCLE, KEY, drafts

RING = (
    KeyRing.of(CIRCLE)
    .with_key(EpochKey(EpochId(b"epoch 1a"), 1, bytes(range(1, 33))))
    .with_key(EpochKey(EpochId(b"epoch 1b"), 1, bytes(range(2, 34))))
    .with_key(EpochKey(EpochId(b"epoch 9z"), 9, bytes(range(3, 35))))
)
DOOR = DoorSeal(CIRCLE)
EPOCH_SEALS: tuple[Seal, ...] = tuple(RING.seal_of(key) for key in RING.keys)
ELSEWHERE = FrameSeal(CircleId(b"elsewher"), 0, bytes(32))
POOL = 150  # entries that Hypothesis draws; a second of work


@cache
def entries() -> Sequence[SignedEntry]:
    """Return entries of every kind, signed."""
    some = [sign_entry(draft, KEY) for draft in drawn(drafts.filter(_fits), POOL)]
    return [*examples.signed_facts().values(), *some]


def _fits(draft: object) -> bool:
    try:
        sign_entry(draft, KEY)  # type: ignore[arg-type]
    except Exception:  # noqa: BLE001 -- too long for a frame: draw another
        return False
    return True


def head(chance: random.Random) -> bytes:
    """Return the head of somebody's key."""
    return chance.choice((KEY.author[:4], b"aaaa", bytes(4), b"\xff" * 4, chance.randbytes(4)))


def number(chance: random.Random) -> int:
    """Return a number of any size."""
    return chance.choice((1, 2, 127, 128, 300, 20_000, 2**32 - 1, chance.randrange(1, 2**32)))


def frame(chance: random.Random) -> Frame:
    """Return a valid frame."""
    speaker = Speaker(head(chance), number(chance))
    match chance.randrange(10):
        case 0:
            return chance.choice(list(_examples()))
        case 1:
            return Beacon(speaker, chance.randbytes(4))
        case 2:
            lines = sorted((_line(chance) for _ in range(chance.randrange(5))), key=lambda line: line.place)
            return Summary(speaker, chance.choice((None, _span(chance))), tuple(lines))
        case 3:
            asks = tuple(_ask(chance) for _ in range(chance.randrange(4)))
            return Request(speaker, asks) if asks else Reminder(speaker)
        case 4:
            return Hello(speaker, EpochId(chance.choice((bytes(CIRCLE.id), chance.randbytes(8)))))
        case 5:
            wrapped = [(head(chance), chance.randbytes(WRAPPED_BYTES)) for _ in range(chance.randrange(1, 5))]
            return Keys(head(chance), EpochId(chance.randbytes(8)), number(chance), tuple(wrapped))
        case 7:
            log = chance.choice((examples.log_of_three(), examples.log_with_salt_keys(), entries()))
            first = chance.randrange(len(log))
            some = log[first : first + (1 if log is entries() else chance.randrange(1, 5))]
            has_link, is_signed = chance.random() < 0.5, chance.random() < 0.5
            return Entries((run_of(some, has_link=has_link, is_signed=is_signed),))
        case 8:
            return Entries(tuple(_stretch(chance) for _ in range(chance.randrange(1, 4))))
        case 6:
            return Entries((item_of(chance.choice(entries()), is_keyed=True),), is_keyed=True)
        case _:
            some = chance.choices(entries(), k=chance.choice((1, 1, 2)))
            return Entries(tuple(item_of(signed) for signed in some))


def _stretch(chance: random.Random) -> StretchItem:
    first, numbers = chance.choice((2, 127, 128, 20_000)), chance.choice((1, 2, 127, 128, 20_000))
    count = numbers + chance.choice((0, 0, 1, numbers))
    incarnation = chance.choice((0, 0, 1, 255))
    return StretchItem(head(chance), incarnation, first, first + numbers - 1, count, chance.randbytes(32))


def sealed_frame(chance: random.Random) -> bytes:
    """Return a frame that was altered before it was sealed, after it, or both."""
    said = frame(chance)
    how = chance.randrange(8)
    if how == 0:
        return chance.randbytes(chance.randrange(260))
    if how < 3:
        return altered(chance, _whole(said), [_whole(frame(chance))])
    inside = altered(chance, push_frame(said), [push_frame(frame(chance))])
    frame_type = _type_of(said) if how < 7 else chance.randrange(8)
    seal = DOOR if frame_type in DOOR_TYPES else chance.choice(EPOCH_SEALS)
    if chance.random() < 0.03:
        seal = chance.choice((DOOR, *EPOCH_SEALS, ELSEWHERE))
    return sealed(frame_type, inside, seal)


def sealed(frame_type: int, inside: bytes, seal: Seal) -> bytes:
    """Return the bytes of a frame with any inside, well sealed."""
    first = FRAME_VERSION << 5 | frame_type << 2 | seal.epoch & LOW_BITS
    return bytes([first]) + seal.seal(FRAME_VERSION, frame_type, inside or b"\0")


def altered_entry(chance: random.Random, key: AuthorKey = KEY) -> bytes:
    """Return an entry and its signature, altered before it was signed; sometimes after."""
    packed = altered(chance, chance.choice(entries()).packed, [chance.choice(entries()).packed])
    signature = signature_of(packed, key)
    return packed + (signature if chance.random() < 0.9 else altered(chance, signature)[:64].ljust(64))


def signature_of(packed: bytes, key: AuthorKey) -> bytes:
    """Return an author's signature on what nobody would sign; noise where it is no entry at all."""
    with suppress(WireError):
        return key.sign(unpack_entry(key.author, CIRCLE.id, packed).entry.digest)
    return bytes(64)


@cache
def _examples() -> Sequence[Frame]:
    return list(examples.frames().values())


def _whole(said: Frame) -> bytes:
    return seal_frame(said, DOOR if isinstance(said, Hello | Keys) else EPOCH_SEALS[0])


def _type_of(said: Frame) -> int:
    by_class = {Beacon: 2, Summary: 3, Request: 4, Reminder: 4, Hello: 6, Keys: 7}
    if isinstance(said, Entries):
        return FrameType.KEYED_ENTRIES if said.is_keyed else FrameType.ENTRIES
    return by_class[type(said)]


def _place(chance: random.Random) -> Place:
    return Place(head(chance), chance.choice((0, 0, 1, 255)))


def _span(chance: random.Random) -> tuple[Place, Place]:
    first, last = sorted((_place(chance), _place(chance)))
    return first, last


def _line(chance: random.Random) -> LogLine:
    ranges, at = [], 0
    for _ in range(chance.choice((1, 1, 2, 16))):
        first = at + chance.choice((1, 2, 200)) + bool(at)
        at = first + chance.choice((0, 1, 500))
        ranges.append((first, at))
    return LogLine(_place(chance), tuple(ranges), chance.choice((b"", b"dig", chance.randbytes(3))))


def _ask(chance: random.Random) -> Ask:
    pieces = [
        (chance.choice((1, 32, number(chance))), chance.randbytes(3))
        for _ in range(chance.choice((1, 2, 16)))
    ]
    return Ask(_place(chance), number(chance), tuple(pieces))
