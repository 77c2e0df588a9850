"""Codes: the same everywhere, easy to say and type."""

from hypothesis import given
from hypothesis import strategies as st

from meshboard.domain.ids import CODE_ALPHABET, EntryId, PostId, normal_code, post_code


def test_a_code_is_the_same_everywhere_and_for_ever() -> None:
    assert post_code(PostId(EntryId(b"\x00" * 8))) == "NXAQ"


@given(st.binary(min_size=8, max_size=8))
def test_the_long_code_begins_with_the_short_one(post: bytes) -> None:
    short, long = post_code(PostId(EntryId(post))), post_code(PostId(EntryId(post)), 5)

    assert long.startswith(short)
    assert set(long) <= set(CODE_ALPHABET)
    assert normal_code(short.lower()) == short


def test_letters_that_look_like_digits_are_forgiven() -> None:
    assert normal_code(" k7-qo ") == "K7Q0"
    assert normal_code("lIo0") == "1100"
    assert normal_code("K7") is None
    assert normal_code("K7Q!") is None
