import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from meshboard.domain.ids import EpochId
from meshboard.errors import TrustError
from meshboard.trust.circle import enter_circle, make_circle, seal_key_of
from meshboard.trust.identity import AuthorKey
from meshboard.trust.seal import DOOR_EPOCH, SEAL_BYTES, DoorSeal, FrameSeal

FOUNDER = AuthorKey(bytes(32)).author
CIRCLE = make_circle("Elm Street", bytes(range(32)), FOUNDER)
SEAL = FrameSeal(CIRCLE.id, 0, CIRCLE.epoch_key)


def test_a_seal_binds_version_circle_epoch_and_type() -> None:
    sealed = SEAL.seal(1, 2, b"words")

    bound = [b"\x01", bytes(CIRCLE.id), bytes(4), b"\x02"]
    assert AESSIV(seal_key_of(CIRCLE.id, CIRCLE.epoch_key)).encrypt(b"words", bound) == sealed
    assert SEAL.open(1, 2, sealed) == b"words"
    for version, frame_type in ((2, 2), (1, 3)):
        with pytest.raises(TrustError):
            SEAL.open(version, frame_type, sealed)


def test_a_seal_costs_sixteen_bytes_and_any_change_breaks_it() -> None:
    sealed = SEAL.seal(1, 2, b"words")

    assert len(sealed) == SEAL_BYTES + len(b"words")
    for place in range(len(sealed)):
        altered = bytearray(sealed)
        altered[place] ^= 1
        with pytest.raises(TrustError):
            SEAL.open(1, 2, bytes(altered))


def test_a_seal_of_another_epoch_or_key_does_not_open() -> None:
    sealed = SEAL.seal(1, 2, b"words")

    for other in (
        FrameSeal(CIRCLE.id, 1, CIRCLE.epoch_key),
        FrameSeal(CIRCLE.id, 0, bytes(32)),
        DoorSeal(CIRCLE),
    ):
        with pytest.raises(TrustError):
            other.open(1, 2, sealed)


def test_the_door_is_the_same_in_every_epoch() -> None:
    later = enter_circle(CIRCLE, 3, EpochId(b"epoch 03"), bytes(range(2, 34)))
    sealed = DoorSeal(CIRCLE).seal(1, 6, b"words")

    assert DoorSeal(later).open(1, 6, sealed) == b"words"
    assert DoorSeal(later).epoch == DOOR_EPOCH
