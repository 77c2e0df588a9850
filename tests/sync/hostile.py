"""Frames that mean harm or nothing at all, made from what was really heard."""

import random

from meshboard.trust.seal import FrameSeal
from tests.sync.network import CIRCLE

SEAL = FrameSeal(CIRCLE.id, CIRCLE.epoch, CIRCLE.epoch_key)


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
