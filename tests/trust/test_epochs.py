from meshboard.domain.ids import EpochId
from meshboard.trust.circle import make_circle
from meshboard.trust.identity import AuthorKey
from meshboard.trust.key_ring import EpochKey, KeyRing, key_known_by
from meshboard.trust.seal import FrameSeal

CIRCLE = make_circle("Elm Street", bytes(range(32)), AuthorKey(bytes(32)).author)
FIRST = key_known_by(CIRCLE)
FIFTH = EpochKey(EpochId(b"epoch 05"), 5, bytes([5]) * 32)
RIVAL = EpochKey(EpochId(b"a rival."), 5, bytes([6]) * 32)
NINTH = EpochKey(EpochId(b"epoch 09"), 9, bytes([9]) * 32)


def test_a_circle_just_entered_seals_with_the_key_it_was_entered_with() -> None:
    ring = KeyRing.of(CIRCLE)

    assert ring.current == FIRST
    assert ring.seal is not None
    sealed = ring.seal.seal(1, 2, b"words")
    assert FrameSeal(CIRCLE.id, 0, CIRCLE.epoch_key).open(1, 2, sealed) == b"words"


def test_a_key_that_was_given_opens_and_does_not_seal() -> None:
    ring = KeyRing.of(CIRCLE).with_key(FIFTH)

    assert ring.current == FIRST
    assert [key for key, _ in ring.openers(1)] == [FIFTH]
    assert ring.with_key(FIFTH) == ring


def test_nothing_seals_while_the_key_of_the_epoch_that_holds_is_missing() -> None:
    ring = KeyRing.of(CIRCLE).sealing_with(FIFTH.id)

    assert ring.current is None
    assert ring.seal is None
    assert ring.with_key(FIFTH).sealing_with(FIFTH.id).current == FIFTH


def test_the_newest_key_with_the_low_bits_is_tried_first_and_the_current_one_before_its_rival() -> None:
    ring = KeyRing(CIRCLE.id, (FIRST, RIVAL, FIFTH, NINTH), FIFTH)

    assert [key for key, _ in ring.openers(1)] == [NINTH, FIFTH, RIVAL]
    assert [key for key, _ in ring.openers(0)] == [FIRST]
    assert list(ring.openers(2)) == []


def test_two_keys_of_one_number_open_each_their_own() -> None:
    ring = KeyRing(CIRCLE.id, (RIVAL, FIFTH), None)
    sealed = FrameSeal(CIRCLE.id, 5, RIVAL.key).seal(1, 2, b"words")

    assert ring.seal_of(RIVAL).open(1, 2, sealed) == b"words"
    assert ring.seal_of(RIVAL) is ring.with_key(NINTH).seal_of(RIVAL)


def test_no_key_shows_when_printed() -> None:
    for shown in (repr(FIFTH), repr(KeyRing.of(CIRCLE).with_key(FIFTH)), str([FIFTH])):
        assert repr(FIFTH.key) not in shown
        assert FIFTH.key.hex() not in shown
