"""Frames that mean harm or nothing at all, made from what was really heard."""

import random
from functools import lru_cache

from meshboard.domain.entries import PostPublished
from meshboard.domain.posts import Category, PostContent, PostKind, Urgency
from meshboard.errors import MeshboardError
from meshboard.link import NodeNumber
from meshboard.trust.identity import AuthorKey
from meshboard.wire.frames import Entries
from meshboard.wire.framing import open_frame, push_frame
from tests.support.engines.lossy_network import DOOR, RING, SEAL

SENDER = NodeNumber(0xBAD)
POST = PostPublished(PostContent(PostKind.NEED, Category.WATER, Urgency.HIGH, "water for the third floor"))
STALE_SPEAKER = AuthorKey((1).to_bytes(32, "big")).author[:4] + b"\0"


def hostile_frame(chance: random.Random, heard: list[bytes]) -> bytes:
    """Return noise, or something heard that was cut, altered, lengthened or, rarely, left as it is."""
    frame = bytearray(chance.choice(heard))
    match chance.randrange(8):
        case 0:
            return chance.randbytes(chance.randrange(256))
        case 1:
            return bytes([frame[0]]) + chance.randbytes(chance.randrange(1, 231))
        case 2:
            return bytes(frame[: chance.randrange(len(frame))])
        case 3:
            return bytes(frame) + chance.randbytes(chance.randrange(1, 20))
        case 4:
            other = chance.choice(heard)
            cut = chance.randrange(1, len(frame))
            spliced = bytes(frame[:cut]) + other[cut:]
            return spliced if spliced not in heard else b""
        case 5 if chance.random() < 0.1:
            return _malformed_inside(chance)
        case 5 if chance.random() < 0.2:
            return _told_at_random(chance, bytes(frame))
        case 6 if chance.random() < 0.1:
            return bytes(frame)
        case _:
            frame[chance.randrange(len(frame))] ^= 1 << chance.randrange(8)
            return bytes(frame)


def _malformed_inside(chance: random.Random) -> bytes:
    """Return a frame sealed with the circle's own key whose inside is noise, or ends too early."""
    frame_type = chance.choice([1, 1, 3, 4])
    inside = b"\xff" + chance.randbytes(chance.randrange(0, 60)) if frame_type == 1 else chance.randbytes(4)
    return bytes([1 << 5 | frame_type << 2]) + SEAL.seal(1, frame_type, inside)


def _told_at_random(chance: random.Random, heard: bytes) -> bytes:
    """Return a frame sealed with the circle's key that tells noise, or nearly sense, and nothing new."""
    told = chance.randbytes(chance.randrange(2, 60)) if chance.random() < 0.5 else _nearly_told(chance)
    items = _items_of(heard)
    if items and chance.random() < 0.5:
        return bytes([1 << 5 | 1 << 2]) + SEAL.seal(1, 1, items + b"\0" + told)
    return bytes([1 << 5 | 2 << 2]) + SEAL.seal(1, 2, STALE_SPEAKER + chance.randbytes(4) + told)


def _nearly_told(chance: random.Random) -> bytes:
    """Return a table, a start and some logs in short form, one of them perhaps absurdly long."""
    lasts = bytes(2 * chance.randrange(64) for _ in range(chance.randrange(6)))
    absurd = b"\xff\xff\xff\xff" + bytes([chance.randrange(16)])
    return chance.randbytes(2) + bytes([chance.randrange(8)]) + lasts + chance.choice([b"", absurd])


@lru_cache(maxsize=1024)
def _items_of(heard: bytes) -> bytes:
    """Return the entries of a frame that was heard, empty where it has none."""
    try:
        said = open_frame(heard, RING, DOOR).frame
    except MeshboardError:
        return b""
    return push_frame(Entries(said.items)) if isinstance(said, Entries) and not said.is_keyed else b""
