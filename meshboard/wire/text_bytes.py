"""Words as bytes: joined, then whichever codec is shortest (docs/protocol.md, section 4)."""

import unicodedata
import zlib
from collections.abc import Sequence
from functools import lru_cache

from meshboard.errors import RuleError, WireError
from meshboard.wire.dictionary import DICTIONARY_1
from meshboard.wire.letter_model import letter_model
from meshboard.wire.letters import press, unpress

MAX_WORDS_BYTES = (
    1024  # far above what one frame can carry; stops a small frame from inflating into a large one
)
CODEC_RAW = 0
CODEC_DEFLATE_1 = 1
CODEC_LETTERS = 2
KNOWN_CODECS = (CODEC_RAW, CODEC_DEFLATE_1, CODEC_LETTERS)
MAX_LETTERS = 400  # of codec 2, which takes its time for each; at 2.5 bits a letter, more than a frame holds
_SEPARATOR = "\n"
_RAW_WINDOW = -zlib.MAX_WBITS  # a negative window means no zlib header and no checksum
_MEMORY_LEVEL = 9
_LINE_BREAKING = "\u2028\u2029"


def pack_words(fields: Sequence[str]) -> tuple[int, bytes]:
    """Return (codec, bytes) of the fields, trailing empty ones left off; RuleError for unsendable letters."""
    for field in fields:
        if not is_sendable(field):
            raise RuleError(
                "This text has line breaks or control characters in it; type it on one line without them."
            )
    words = _SEPARATOR.join(fields).rstrip(_SEPARATOR)
    joined = words.encode()
    if len(joined) > MAX_WORDS_BYTES:
        return CODEC_RAW, joined
    packed = [(CODEC_RAW, joined), (CODEC_DEFLATE_1, deflate(joined))]
    if 0 < len(words) <= MAX_LETTERS:
        packed.append((CODEC_LETTERS, _press(words)))
    return min(packed, key=lambda codec_and_bytes: len(codec_and_bytes[1]))


def unpack_words(codec: int, packed: bytes) -> tuple[str, ...]:
    """Return the fields, trailing empty ones left off, of bytes in a known codec, or WireError."""
    if codec != CODEC_RAW and not packed:
        raise WireError("There are no words, and yet they are compressed; the entry was ignored.")
    fields = tuple(_unpacked(codec, packed).split(_SEPARATOR))
    if not all(is_sendable(field) for field in fields):
        raise WireError("The words hold control characters; the entry was ignored.")
    if fields == ("",):
        return ()
    if not fields[-1]:
        raise WireError("The words end in an empty field; the entry was ignored.")
    return fields


def _unpacked(codec: int, packed: bytes) -> str:
    if codec == CODEC_LETTERS:
        return _unpress(packed)
    joined = _inflate(packed) if codec == CODEC_DEFLATE_1 else packed
    if len(joined) > MAX_WORDS_BYTES:
        raise WireError("The words are longer than allowed; the entry was ignored.")
    try:
        return joined.decode("utf-8")
    except UnicodeDecodeError as error:
        raise WireError("The words are not valid UTF-8; the entry was ignored.") from error


@lru_cache(maxsize=256)  # a post is measured while it is typed and packed when sent
def _press(words: str) -> bytes:
    return press(words, letter_model())


@lru_cache(maxsize=1024)  # an entry is read when it is heard, and again when it is kept or shown
def _unpress(packed: bytes) -> str:
    return unpress(packed, letter_model(), MAX_LETTERS, MAX_WORDS_BYTES)


def is_sendable(field: str) -> bool:
    """Say whether a field holds nothing a screen might obey: no control characters, no line breaks."""
    return field.isprintable() or not any(
        unicodedata.category(letter) in ("Cc", "Cs") or letter in _LINE_BREAKING for letter in field
    )


def deflate(words: bytes) -> bytes:
    """Return the shorter of zlib's two ways to write short texts."""
    return min((_deflate_as(words, zlib.Z_FIXED), _deflate_as(words, zlib.Z_DEFAULT_STRATEGY)), key=len)


def _deflate_as(words: bytes, strategy: int) -> bytes:
    deflater = zlib.compressobj(9, zlib.DEFLATED, _RAW_WINDOW, _MEMORY_LEVEL, strategy, DICTIONARY_1)
    return deflater.compress(words) + deflater.flush()


def _inflate(packed: bytes) -> bytes:
    inflater = zlib.decompressobj(_RAW_WINDOW, zdict=DICTIONARY_1)
    try:
        words = inflater.decompress(packed, MAX_WORDS_BYTES + 1)
    except zlib.error as error:
        raise WireError("The words cannot be inflated; the entry was ignored.") from error
    if not inflater.eof or inflater.unused_data or len(words) > MAX_WORDS_BYTES:
        raise WireError("The words do not inflate to what is allowed; the entry was ignored.")
    return words
