import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshboard.errors import RuleError, WireError
from meshboard.wire.dictionary import DICTIONARY_1
from meshboard.wire.text_bytes import (
    CODEC_DEFLATE_1,
    CODEC_LETTERS,
    CODEC_RAW,
    KNOWN_CODECS,
    MAX_LETTERS,
    MAX_WORDS_BYTES,
    pack_words,
    unpack_words,
)
from tests.support.entries.drawn import words
from tools.letters import corpus_words


@given(st.lists(words, max_size=6))
def test_words_come_back_without_their_trailing_empty_fields(fields: list[str]) -> None:
    codec, packed = pack_words(fields)

    while fields and not fields[-1]:
        fields.pop()
    assert tuple(fields) == unpack_words(codec, packed)


@given(st.sampled_from(KNOWN_CODECS), st.binary(max_size=200))
def test_any_bytes_are_words_or_a_wire_error(codec: int, packed: bytes) -> None:
    with suppress(WireError):
        unpack_words(codec, packed)


def test_everyday_words_become_much_shorter() -> None:
    sentence = "need drinking water for a family of 4 with 2 kids, can anyone bring some tonight please"

    _, packed = pack_words([sentence])

    assert len(packed) < len(sentence) / 3


def test_a_small_frame_cannot_inflate_into_a_large_text() -> None:
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zlib.Z_DEFAULT_STRATEGY, DICTIONARY_1)
    bomb = deflater.compress(b"a" * 100_000) + deflater.flush()
    assert len(bomb) < 231

    with pytest.raises(WireError):
        unpack_words(CODEC_DEFLATE_1, bomb)


@pytest.mark.parametrize("text", ["line\nbreak", "bell\a", "esc\x1b[2J", "\u2028", "\x85", "\ud800"])
def test_letters_a_screen_might_obey_cannot_be_sent(text: str) -> None:
    with pytest.raises(RuleError, match="one line"):
        pack_words([text])


@pytest.mark.parametrize("packed", [b"esc\x1b[2J", b"\xff\xfe", b"trailing\n", b"\n", "\u2029".encode()])
def test_letters_a_screen_might_obey_are_not_received(packed: bytes) -> None:
    with pytest.raises(WireError):
        unpack_words(CODEC_RAW, packed)


def test_words_longer_than_allowed_are_not_compressed_into_a_frame() -> None:
    assert pack_words(["a" * (MAX_WORDS_BYTES + 1)])[0] == CODEC_RAW


def test_the_shortest_codec_is_used_where_it_may_be() -> None:
    long = " ".join(text.partition("\n")[0] for _, text in corpus_words())

    assert pack_words([long[:MAX_LETTERS]])[0] == CODEC_LETTERS
    assert pack_words([long[: MAX_LETTERS + 1]])[0] == CODEC_DEFLATE_1
    assert pack_words(["zq"])[0] == CODEC_RAW
    assert pack_words([""])[0] == CODEC_RAW


@pytest.mark.parametrize("codec", [CODEC_DEFLATE_1, CODEC_LETTERS])
def test_no_words_are_not_compressed(codec: int) -> None:
    with pytest.raises(WireError, match="no words"):
        unpack_words(codec, b"")
