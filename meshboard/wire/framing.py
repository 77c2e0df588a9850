"""The bytes of frames, sealed and open (docs/protocol.md, sections 5 and 6)."""

from collections.abc import Callable
from itertools import pairwise
from typing import TypeVar

from meshboard.domain.entries import SignedEntry
from meshboard.domain.ids import AuthorId
from meshboard.errors import WireError
from meshboard.trust.identity import AUTHOR_KEY_BYTES, SIGNATURE_BYTES
from meshboard.trust.seal import SEAL_BYTES, FrameSeal
from meshboard.wire.cursor import Reader, UnknownVersion, push_varint
from meshboard.wire.entries import number_of
from meshboard.wire.frames import (
    FRAME_VERSION,
    HEAD_BYTES,
    MAX_FRAME_BYTES,
    MAX_PIECES,
    MAX_RANGES,
    SHORT_DIGEST_BYTES,
    STATE_BYTES,
    Ask,
    Beacon,
    Entries,
    Frame,
    FrameType,
    Item,
    LogLine,
    Place,
    Request,
    Speaker,
    Summary,
    UnknownEpoch,
    UnknownFrameType,
)

FRAME_OVERHEAD_BYTES = 1 + SEAL_BYTES
_HAS_INCARNATION = 0x80
_PARTIAL = 0x40
_RANGES_MASK = 0x3F
_SPAN_OF_ALL = 0
_SPAN_GIVEN = 1
_MAX_NUMBER = 2**32 - 1

Pulled = TypeVar("Pulled")


def seal_frame(frame: Frame, seal: FrameSeal) -> bytes:
    """Return the bytes to broadcast; the caller keeps them within its limit (`room_bytes`)."""
    frame_type = _type_of(frame)
    first = FRAME_VERSION << 5 | frame_type << 2 | seal.epoch & 3
    return bytes([first]) + seal.seal(FRAME_VERSION, frame_type, push_frame(frame))


def open_frame(received: bytes, seal: FrameSeal) -> Frame:
    """Return what a frame says, whatever the bytes.

    Raises UnknownVersion, UnknownFrameType, UnknownEpoch, TrustError (the seal), or another WireError.
    """
    if not FRAME_OVERHEAD_BYTES < len(received) <= MAX_FRAME_BYTES:
        raise WireError("A frame is too short or too long; it was ignored.")
    if received[0] >> 5 != FRAME_VERSION:
        raise UnknownVersion("This frame is of another version; update meshboard on both sides.")
    kind = received[0] >> 2 & 7
    if kind not in FrameType.__members__.values():
        raise UnknownFrameType("This frame is of a type this version does not know; it was ignored.")
    if received[0] & 3 != seal.epoch & 3:
        raise UnknownEpoch("This frame is sealed with another epoch's key; it was ignored.")
    return pull_frame(FrameType(kind), seal.open(FRAME_VERSION, kind, received[1:]))


def room_bytes(max_frame_bytes: int) -> int:
    """Return how many bytes of plaintext a sealed frame of this size has room for."""
    return max_frame_bytes - FRAME_OVERHEAD_BYTES


def push_frame(frame: Frame) -> bytes:
    """Return the plaintext of a frame."""
    match frame:
        case Entries(items=items):
            return b"".join(push_item(item) for item in items)
        case Beacon(speaker=speaker, state=state):
            return push_speaker(speaker) + state
        case Summary(speaker=speaker, span=span, lines=lines):
            return push_speaker(speaker) + _push_span(span) + b"".join(push_line(line) for line in lines)
        case Request(speaker=speaker, asks=asks):
            return push_speaker(speaker) + b"".join(push_ask(ask) for ask in asks)


def pull_frame(frame_type: FrameType, plaintext: bytes) -> Frame:
    """Return the frame of a plaintext, or raise WireError."""
    reader = Reader(plaintext)
    match frame_type:
        case FrameType.ENTRIES:
            return Entries(_pull_all(reader, _pull_item))
        case FrameType.KEYED_ENTRIES:
            return Entries(_pull_all(reader, _pull_keyed_item), is_keyed=True)
        case FrameType.BEACON:
            beacon = Beacon(_pull_speaker(reader), reader.pull(STATE_BYTES))
            reader.expect_end()
            return beacon
        case FrameType.SUMMARY:
            return _pull_summary(reader)
        case FrameType.REQUEST:
            return Request(_pull_speaker(reader), _pull_all(reader, _pull_ask))


def item_of(signed: SignedEntry, *, is_keyed: bool = False) -> Item:
    """Return an entry as it stands in a frame, keyed or not."""
    author = signed.entry.log.author
    whole = author if is_keyed or signed.entry.number == 1 else None
    return Item(signed.packed, author[:HEAD_BYTES], whole, signed.signature)


def push_item(item: Item) -> bytes:
    """Return an item's bytes."""
    return bytes([len(item.packed)]) + item.packed + (item.author or item.head) + item.signature


def entry_wire_bytes(signed: SignedEntry, *, is_keyed: bool = False) -> int:
    """Return how many bytes of a frame's room this entry takes."""
    return item_bytes(len(signed.packed), 1 if is_keyed else signed.entry.number)


def item_bytes(packed_bytes: int, number: int) -> int:
    """Return how many bytes of a frame's room a packed entry of this size and number takes."""
    return 1 + packed_bytes + (AUTHOR_KEY_BYTES if number == 1 else HEAD_BYTES) + SIGNATURE_BYTES


def push_speaker(speaker: Speaker) -> bytes:
    """Return a speaker's bytes."""
    return speaker.head + push_varint(speaker.counter)


def push_line(line: LogLine) -> bytes:
    """Return a summary line's bytes."""
    has_incarnation = line.place.incarnation > 0
    shape = len(line.ranges) | (_HAS_INCARNATION if has_incarnation else 0)
    shape |= _PARTIAL if line.is_partial else 0
    pushed = line.place.head + bytes([shape])
    pushed += bytes([line.place.incarnation]) if has_incarnation else b""
    next_number = 1
    for first, last in line.ranges:
        pushed += push_varint(first - next_number) + push_varint(last - first)
        next_number = last + 1
    return pushed + line.short_digest


def push_ask(ask: Ask) -> bytes:
    """Return the bytes of a question."""
    pushed = _push_place(ask.place) + push_varint(ask.first) + bytes([len(ask.pieces)])
    return pushed + b"".join(push_varint(count) + short_digest for count, short_digest in ask.pieces)


def _type_of(frame: Frame) -> FrameType:
    match frame:
        case Entries(is_keyed=is_keyed):
            return FrameType.KEYED_ENTRIES if is_keyed else FrameType.ENTRIES
        case Beacon():
            return FrameType.BEACON
        case Summary():
            return FrameType.SUMMARY
        case Request():
            return FrameType.REQUEST


def _pull_all(reader: Reader, pull_one: Callable[[Reader], Pulled]) -> tuple[Pulled, ...]:
    pulled = [pull_one(reader)]
    while reader.left:
        pulled.append(pull_one(reader))
    return tuple(pulled)


def _pull_item(reader: Reader) -> Item:
    packed = reader.pull(reader.pull_byte())
    if number_of(packed) == 1:
        return _pull_author(reader, packed)
    return Item(packed, reader.pull(HEAD_BYTES), None, reader.pull(SIGNATURE_BYTES))


def _pull_keyed_item(reader: Reader) -> Item:
    return _pull_author(reader, reader.pull(reader.pull_byte()))


def _pull_author(reader: Reader, packed: bytes) -> Item:
    author = AuthorId(reader.pull(AUTHOR_KEY_BYTES))
    return Item(packed, author[:HEAD_BYTES], author, reader.pull(SIGNATURE_BYTES))


def _pull_speaker(reader: Reader) -> Speaker:
    return Speaker(reader.pull(HEAD_BYTES), reader.pull_varint())


def _push_place(place: Place) -> bytes:
    return place.head + bytes([place.incarnation])


def _pull_place(reader: Reader) -> Place:
    return Place(reader.pull(HEAD_BYTES), reader.pull_byte())


def _push_span(span: tuple[Place, Place] | None) -> bytes:
    if span is None:
        return bytes([_SPAN_OF_ALL])
    return bytes([_SPAN_GIVEN]) + _push_place(span[0]) + _push_place(span[1])


def _pull_span(reader: Reader) -> tuple[Place, Place] | None:
    match reader.pull_byte():
        case 0:
            return None
        case 1:
            span = _pull_place(reader), _pull_place(reader)
            if span[0] > span[1]:
                raise WireError("A summary's span runs backwards; it was ignored.")
            return span
        case _:
            raise WireError("A summary's span is not understood; it was ignored.")


def _pull_summary(reader: Reader) -> Summary:
    speaker, span = _pull_speaker(reader), _pull_span(reader)
    lines = _pull_all(reader, _pull_line) if reader.left else ()
    places = [line.place for line in lines]
    if any(before > after for before, after in pairwise(places)):
        raise WireError("A summary is not in order; it was ignored.")
    if span and places and not (span[0] <= places[0] and places[-1] <= span[1]):
        raise WireError("A summary leaves its span; it was ignored.")
    return Summary(speaker, span, lines)


def _pull_line(reader: Reader) -> LogLine:
    head, shape = reader.pull(HEAD_BYTES), reader.pull_byte()
    incarnation = reader.pull_byte() if shape & _HAS_INCARNATION else 0
    count = shape & _RANGES_MASK
    if not 1 <= count <= MAX_RANGES or (shape & _HAS_INCARNATION and not incarnation):
        raise WireError("A summary's line is out of bounds; it was ignored.")
    ranges = _pull_ranges(reader, count)
    short_digest = b"" if shape & _PARTIAL else reader.pull(SHORT_DIGEST_BYTES)
    return LogLine(Place(head, incarnation), ranges, short_digest)


def _pull_ranges(reader: Reader, count: int) -> tuple[tuple[int, int], ...]:
    ranges: list[tuple[int, int]] = []
    next_number = 1
    for _ in range(count):
        gap = reader.pull_varint()
        first = next_number + gap
        last = first + reader.pull_varint()
        if last > _MAX_NUMBER or (ranges and not gap):
            raise WireError("A summary's ranges are out of bounds; it was ignored.")
        ranges.append((first, last))
        next_number = last + 1
    return tuple(ranges)


def _pull_ask(reader: Reader) -> Ask:
    place, first, count = _pull_place(reader), reader.pull_varint(), reader.pull_byte()
    if not (1 <= count <= MAX_PIECES and first >= 1):
        raise WireError("A request's pieces are out of bounds; it was ignored.")
    pieces = tuple((reader.pull_varint(), reader.pull(SHORT_DIGEST_BYTES)) for _ in range(count))
    if (
        not all(numbers for numbers, _ in pieces)
        or first + sum(numbers for numbers, _ in pieces) > _MAX_NUMBER
    ):
        raise WireError("A request's pieces are out of bounds; it was ignored.")
    return Ask(place, first, pieces)
