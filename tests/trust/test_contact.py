from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshboard.domain.ids import ClaimId, EntryId
from meshboard.errors import RuleError, TrustError
from meshboard.trust.boxes import MAX_CONTACT_BYTES, ClaimKeyPair, open_contact, seal_contact

CLAIM = ClaimId(EntryId(b"theclaim"))
PRIVATE, EPHEMERAL = bytes(range(32)), bytes(range(32, 64))
KEYS = ClaimKeyPair(PRIVATE)
SEALED = seal_contact("Ana, 2nd door, 555-0100", CLAIM, KEYS.public, EPHEMERAL)

contacts = st.text(st.characters(whitelist_categories=("L", "N", "P")), min_size=1, max_size=16)


@given(contacts)
def test_a_contact_is_read_by_the_holder_of_the_claim_key(text: str) -> None:
    sealed = seal_contact(text, CLAIM, KEYS.public, EPHEMERAL)

    assert KEYS.open(sealed, CLAIM) == open_contact(sealed, CLAIM, PRIVATE)
    assert seal_contact(KEYS.open(sealed, CLAIM), CLAIM, KEYS.public, EPHEMERAL) == sealed


def test_a_contact_of_another_claim_or_key_does_not_open() -> None:
    with pytest.raises(TrustError):
        KEYS.open(SEALED, ClaimId(EntryId(b"anothers")))
    with pytest.raises(TrustError):
        ClaimKeyPair(bytes(32)).open(SEALED, CLAIM)


@given(st.integers(0, len(SEALED) - 1), st.integers(0, 7))
def test_an_altered_contact_does_not_open(place: int, bit: int) -> None:
    """But for the one bit of an X25519 key that does not count (RFC 7748, section 5): the seal binds it."""
    altered = bytearray(SEALED)
    altered[place] ^= 1 << bit

    with pytest.raises(TrustError):
        KEYS.open(bytes(altered), CLAIM)


@given(st.binary(max_size=140))
def test_any_bytes_are_a_contact_or_a_trust_error(sealed: bytes) -> None:
    with suppress(TrustError):
        KEYS.open(sealed, CLAIM)


def test_its_size_tells_one_of_four_lengths_and_no_more() -> None:
    sizes = {
        len(seal_contact("x" * length, CLAIM, KEYS.public, EPHEMERAL))
        for length in range(1, MAX_CONTACT_BYTES + 1)
    }

    assert sizes == {64, 80, 96, 112}


@pytest.mark.parametrize(("text", "says"), [("x" * 65, "1 bytes too long"), (" ", "empty"), ("a\x00b", "U")])
def test_what_cannot_be_sent_is_said_in_a_sentence(text: str, says: str) -> None:
    with pytest.raises(RuleError, match=says):
        seal_contact(text, CLAIM, KEYS.public, EPHEMERAL)


def test_a_claim_key_that_gives_everybody_the_same_secret_is_refused() -> None:
    with pytest.raises(TrustError):
        seal_contact("Ana", CLAIM, bytes(32), EPHEMERAL)


def test_a_pair_shows_no_secret() -> None:
    assert PRIVATE.hex() not in repr(KEYS)
    assert repr(PRIVATE) not in repr(KEYS)
