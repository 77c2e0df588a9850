"""Stretches in frames: of these numbers nobody needs to have the text (docs/protocol.md, section 6)."""

from meshboard.errors import WireError
from meshboard.wire.cursor import MAX_VARINT, Reader, push_varint
from meshboard.wire.frames import HEAD_BYTES, StretchItem

DIGEST_BYTES = 32
LEAST_FIRST = 2  # entry 1 of a log brings its author's key
_RUN, _STRETCH = 0xC0, 0x04
_HAS_INCARNATION, _HAS_MORE = 0x20, 0x10
_FORM = _RUN | _STRETCH


def is_stretch(form: int) -> bool:
    """Say whether an item of a frame that begins with this byte is a stretch."""
    return form & _FORM == _FORM


def push_stretch(item: StretchItem) -> bytes:
    """Return a stretch's bytes; WireError for one that nobody may say."""
    numbers = item.last - item.first + 1
    more = item.count - numbers
    if not _is_in_bounds(item.first, numbers, more):
        raise WireError("A stretch is out of bounds; it cannot be said.")
    form = _FORM | (_HAS_INCARNATION if item.incarnation else 0) | (_HAS_MORE if more else 0)
    pushed = bytes([form]) + (bytes([item.incarnation]) if item.incarnation else b"")
    pushed += push_varint(item.first) + push_varint(numbers) + item.head
    return pushed + (push_varint(more) if more else b"") + item.digest


def pull_stretch(reader: Reader) -> StretchItem:
    """Return a stretch, or raise WireError."""
    form = reader.pull_byte()
    incarnation = reader.pull_byte() if form & _HAS_INCARNATION else 0
    first, numbers, head = reader.pull_varint(), reader.pull_varint(), reader.pull(HEAD_BYTES)
    more = reader.pull_varint() if form & _HAS_MORE else 0
    is_in_form = form & ~(_FORM | _HAS_INCARNATION | _HAS_MORE) == 0
    is_in_form &= bool(form & _HAS_INCARNATION) == bool(incarnation) and bool(form & _HAS_MORE) == bool(more)
    if not is_in_form or not _is_in_bounds(first, numbers, more):
        raise WireError("A stretch is out of bounds or not in its only form; it was ignored.")
    return StretchItem(
        head, incarnation, first, first + numbers - 1, numbers + more, reader.pull(DIGEST_BYTES)
    )


def _is_in_bounds(first: int, numbers: int, more: int) -> bool:
    return first >= LEAST_FIRST and 1 <= numbers <= MAX_VARINT - first and 0 <= more <= numbers
