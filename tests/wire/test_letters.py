import zlib
from contextlib import suppress
from hashlib import sha256
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshboard.errors import WireError
from meshboard.wire.letter_model import MODEL_FILE, letter_model
from meshboard.wire.letters import press, unpress
from tests.support.entries.drawn import words
from tools.letters import build, corpus_words, own_words

PROTOCOL = Path(__file__).parents[2] / "docs" / "protocol.md"
MODEL_SHA256 = "dc0da1216dac34cdeaba219548ff7e75bb97d008a479e442310225e87e2d69de"
MAX_MODEL_BYTES = 256 * 1024
MIXED = (
    "日本 🍚 ok",
    "Ж" * 30,
    "\U000f0000 and \U0010ffff",
    "\n\nnowhere",
    "a\n\n\n\n\n\n\nb",
    "0123456789" * 9,
)


def model_bytes() -> bytes:
    return resources.files("meshboard.wire").joinpath(MODEL_FILE).read_bytes()


def unpressed(packed: bytes) -> str:
    return unpress(packed, letter_model(), 400, 1024)


def test_the_model_is_the_one_of_the_protocol_and_small() -> None:
    assert sha256(zlib.decompress(model_bytes())).hexdigest() == MODEL_SHA256
    assert MODEL_SHA256 in PROTOCOL.read_text(encoding="utf-8")
    assert len(model_bytes()) <= MAX_MODEL_BYTES


@pytest.mark.slow
def test_the_model_is_made_of_the_corpus_and_our_own_texts_alone() -> None:
    made = build([words for _, words in corpus_words()], own_words())

    assert sha256(made.encode()).hexdigest() == MODEL_SHA256


@given(st.lists(words, min_size=1, max_size=4).map(lambda fields: "\n".join(fields).strip("\n")))
def test_what_is_pressed_comes_back(text: str) -> None:
    if text:
        assert unpressed(press(text, letter_model())) == text


@pytest.mark.parametrize("text", MIXED)
def test_letters_and_fields_that_the_model_never_saw_come_back(text: str) -> None:
    assert unpressed(press(text, letter_model())) == text


def test_every_post_and_every_beginning_of_one_comes_back() -> None:
    for _, text in corpus_words()[:20]:
        for end in range(1, len(text) + 1):
            beginning = text[:end].rstrip("\n")
            assert unpressed(press(beginning, letter_model())) == beginning


@given(st.binary(max_size=60))
def test_any_bytes_are_words_written_in_their_one_way_or_refused(packed: bytes) -> None:
    with suppress(WireError):
        assert press(unpressed(packed), letter_model()) == packed


def test_words_have_no_second_way_to_be_written() -> None:
    packed = press("need water", letter_model())

    for other in (packed + b"\0", packed[:-1], packed[:-1] + bytes([packed[-1] ^ 1])):
        with suppress(WireError):
            assert unpressed(other) != "need water"


def test_what_is_too_long_is_refused_before_it_is_made() -> None:
    packed = press("no " * 200 + "no", letter_model())

    with pytest.raises(WireError):
        unpressed(packed)
    with pytest.raises(WireError):
        unpress(press("水" * 300, letter_model()), letter_model(), 400, 500)
