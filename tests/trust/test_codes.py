import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshboard.errors import TrustError
from meshboard.trust.codes import hash_code, is_code, normal_pick_up_code, pick_up_code

SALT = bytes(range(16))
CODE = pick_up_code(b"\x01\x23\x45\x67")


@given(st.binary(min_size=4, max_size=4))
def test_a_code_is_six_letters_that_come_back_as_typed(random: bytes) -> None:
    code = pick_up_code(random)

    assert len(code) == 6
    assert code == normal_pick_up_code(f" {code[:3].lower()}-{code[3:]} ")


def test_look_alikes_are_taken_for_what_they_look_like() -> None:
    assert normal_pick_up_code("oil-k7q") == "011K7Q"


@given(st.text(max_size=12))
def test_any_text_is_a_code_or_none(typed: str) -> None:
    code = normal_pick_up_code(typed)

    assert code is None or code == normal_pick_up_code(code)


def test_only_the_code_itself_is_taken_however_it_is_typed() -> None:
    kept = hash_code(CODE, SALT)

    assert is_code(CODE.lower(), SALT, kept)
    assert not is_code(CODE[::-1], SALT, kept)
    assert not is_code(CODE, bytes(16), kept)
    assert not is_code("", SALT, kept)
    assert CODE.encode() not in kept


def test_what_is_no_code_has_no_hash() -> None:
    for code, salt in (("short", SALT), ("UUUUUU", SALT), (CODE, b"short")):
        with pytest.raises(TrustError):
            hash_code(code, salt)
    with pytest.raises(TrustError):
        pick_up_code(b"abc")
