from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshboard.domain.ids import AuthorId, CircleId, EpochId
from meshboard.errors import TrustError
from meshboard.trust.boxes import WRAPPED_BYTES, BoxKey
from meshboard.trust.identity import AuthorKey
from meshboard.trust.key_ring import EpochKey

CIRCLE = CircleId(b"a circle")
ANA, BO, CY = (bytes([place]) * 32 for place in (1, 2, 3))
EPOCH = EpochKey(EpochId(b"epoch 01"), 1, bytes(range(32)))
WRAPPED = BoxKey(ANA, CIRCLE).wrap_for(EPOCH, AuthorKey(BO).author, BoxKey(BO, CIRCLE).public)


def opened(
    by: bytes = BO,
    sent_by: bytes = ANA,
    epoch: EpochId = EPOCH.id,
    circle: CircleId = CIRCLE,
    wrapped: bytes = WRAPPED,
) -> EpochKey:
    sender = AuthorKey(sent_by).author
    return BoxKey(by, circle).unwrap(epoch, 1, sender, BoxKey(sent_by, circle).public, wrapped)


def test_an_epoch_key_reaches_the_author_it_was_sealed_to() -> None:
    assert opened() == EPOCH
    assert len(WRAPPED) == WRAPPED_BYTES


def test_nobody_else_opens_it_nor_under_another_name_epoch_or_circle() -> None:
    attempts: list[Callable[[], EpochKey]] = [
        lambda: opened(by=CY),
        lambda: opened(sent_by=CY),
        lambda: opened(by=ANA, sent_by=BO),
        lambda: opened(epoch=EpochId(b"epoch 02")),
        lambda: opened(circle=CircleId(b"anothers")),
    ]
    for attempt in attempts:
        with pytest.raises(TrustError, match="not sealed to this station"):
            attempt()


@given(st.integers(0, WRAPPED_BYTES - 1), st.integers(1, 255))
def test_an_altered_key_does_not_open(place: int, change: int) -> None:
    altered = bytearray(WRAPPED)
    altered[place] ^= change

    with pytest.raises(TrustError):
        opened(wrapped=bytes(altered))


@given(st.binary(max_size=80), st.binary(max_size=40))
def test_any_bytes_are_a_trust_error(wrapped: bytes, box_key: bytes) -> None:
    with pytest.raises(TrustError):
        opened(wrapped=wrapped)
    with pytest.raises(TrustError):
        BoxKey(BO, CIRCLE).unwrap(EPOCH.id, 1, AuthorId(bytes(32)), box_key, WRAPPED)


def test_a_box_key_that_gives_everybody_the_same_secret_is_refused() -> None:
    """RFC 7748, section 6.1: points of small order give the all-zero secret."""
    for weak in (bytes(32), b"\1" + bytes(31)):
        with pytest.raises(TrustError, match="Nothing can be sealed"):
            BoxKey(ANA, CIRCLE).wrap_for(EPOCH, AuthorKey(BO).author, weak)


def test_a_station_has_another_box_key_in_every_circle_and_shows_no_secret() -> None:
    box = BoxKey(ANA, CIRCLE)

    assert box.public == BoxKey(ANA, CIRCLE).public
    assert box.public != BoxKey(ANA, CircleId(b"anothers")).public
    assert ANA.hex() not in repr(box)
