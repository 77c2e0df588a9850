"""Meshboard's readers and the independent ones, which know only docs/protocol.md, agree on any bytes."""

from hypothesis import given
from hypothesis import strategies as st

from meshboard.errors import RuleError, WireError
from meshboard.wire.entry_bytes import Draft, pack_entry, unpack_entry
from meshboard.wire.frames import FrameType
from meshboard.wire.framing import pull_frame, push_frame
from meshboard.wire.letter_model import letter_model
from meshboard.wire.letters import press
from meshboard.wire.text_bytes import unpack_words
from tests.support.entries.drawn import CIRCLE, KEY, drafts, words
from tests.support.entries.examples import frames
from tests.wire.example_board import board_frames
from tests.wire.independent import entry_of
from tests.wire.independent_frames import Frame
from tests.wire.plain import entry_as_plain, frame_as_plain
from tests.wire.recorded import words as read_words

REFUSED = "refused"
plaintexts = st.sampled_from([push_frame(frame) for frame in (*frames().values(), *board_frames().values())])
changes = st.lists(st.tuples(st.integers(0, 213), st.integers(0, 255)), max_size=3)


def changed(content: bytes, at: list[tuple[int, int]]) -> bytes:
    changing = bytearray(content)
    for place, byte in at:
        if changing:
            changing[place % len(changing)] = byte
    return bytes(changing)


def frame_as_read_here(frame_type: FrameType, plaintext: bytes) -> object:
    try:
        return frame_as_plain(pull_frame(frame_type, plaintext))
    except WireError:
        return REFUSED


def frame_as_read_independently(frame_type: FrameType, plaintext: bytes) -> object:
    try:
        return Frame(plaintext).says(frame_type)
    except (ValueError, IndexError):
        return REFUSED


def entry_as_read_here(packed: bytes) -> object:
    try:
        return entry_as_plain(unpack_entry(KEY.author, CIRCLE.id, packed).entry)
    except WireError:
        return REFUSED


def entry_as_read_independently(packed: bytes) -> object:
    try:
        return entry_of(packed, KEY.author, CIRCLE.id, read_words())
    except (ValueError, IndexError):
        return REFUSED


@given(st.sampled_from(FrameType), st.binary(min_size=1, max_size=214))
def test_any_plaintext_is_the_same_frame_to_both_or_none(frame_type: FrameType, plaintext: bytes) -> None:
    expected = frame_as_read_here(frame_type, plaintext)

    assert expected == frame_as_read_independently(frame_type, plaintext)


@given(st.sampled_from(FrameType), plaintexts, changes)
def test_a_changed_frame_is_the_same_to_both_or_none(
    frame_type: FrameType, plaintext: bytes, at: list[tuple[int, int]]
) -> None:
    expected = frame_as_read_here(frame_type, changed(plaintext, at))

    assert expected == frame_as_read_independently(frame_type, changed(plaintext, at))


@given(drafts, changes)
def test_a_changed_entry_is_the_same_to_both_or_none(draft: Draft, at: list[tuple[int, int]]) -> None:
    try:
        packed, _ = pack_entry(draft)
    except RuleError:
        return
    expected = entry_as_read_here(changed(packed, at))

    assert expected == entry_as_read_independently(changed(packed, at))


@given(st.binary(max_size=255))
def test_any_packed_bytes_are_the_same_entry_to_both_or_none(packed: bytes) -> None:
    assert entry_as_read_here(packed) == entry_as_read_independently(packed)


@given(st.lists(words, min_size=1, max_size=4).map(lambda fields: "\n".join(fields).strip("\n")))
def test_pressed_words_are_read_by_both(text: str) -> None:
    if text:
        assert text.split("\n") == read_words()(2, press(text, letter_model()))


@given(st.integers(0, 2), st.binary(max_size=60))
def test_any_bytes_are_the_same_words_to_both_or_none(codec: int, packed: bytes) -> None:
    try:
        expected: object = list(unpack_words(codec, packed))
    except WireError:
        expected = REFUSED
    try:
        read: object = read_words()(codec, packed)
    except ValueError:
        read = REFUSED
    assert expected == read
