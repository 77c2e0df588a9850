import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from meshboard.errors import TrustError
from meshboard.trust.circle import make_circle, seal_key_of
from meshboard.trust.seal import SEAL_BYTES, FrameSeal

CIRCLE = make_circle("Elm Street", bytes(range(32)))


def test_a_seal_binds_version_circle_epoch_and_type() -> None:
    sealed = FrameSeal(CIRCLE).seal(1, 2, b"words")

    bound = [b"\x01", bytes(CIRCLE.id), bytes(4), b"\x02"]
    assert AESSIV(seal_key_of(CIRCLE)).encrypt(b"words", bound) == sealed
    assert FrameSeal(CIRCLE).open(1, 2, sealed) == b"words"
    for version, frame_type in ((2, 2), (1, 3)):
        with pytest.raises(TrustError):
            FrameSeal(CIRCLE).open(version, frame_type, sealed)


def test_a_seal_costs_sixteen_bytes_and_any_change_breaks_it() -> None:
    seal = FrameSeal(CIRCLE)
    sealed = seal.seal(1, 2, b"words")

    assert len(sealed) == SEAL_BYTES + len(b"words")
    for place in range(len(sealed)):
        altered = bytearray(sealed)
        altered[place] ^= 1
        with pytest.raises(TrustError):
            seal.open(1, 2, bytes(altered))
