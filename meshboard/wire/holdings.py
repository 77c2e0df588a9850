"""The parts of frames that tell what is held, as bytes, and back (docs/protocol.md, section 6)."""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import TypeVar

from meshboard.errors import WireError
from meshboard.wire.cursor import Reader, push_varint
from meshboard.wire.frames import (
    HEAD_BYTES,
    MAX_PIECES,
    MAX_RANGES,
    SHORT_DIGEST_BYTES,
    TABLE_BYTES,
    Ask,
    LogLine,
    Place,
    Speaker,
    Summary,
    Told,
)

_HAS_INCARNATION = 0x80
_PARTIAL = 0x40
_WAITING = 0x20
_RANGES_MASK = 0x1F
_SPAN_OF_ALL = 0
_SPAN_GIVEN = 1
_MAX_NUMBER = 2**32 - 1
_IN_PIECES = 1
_WAITS_FOLLOW = 0
MOST_PASSED_OVER = 512  # logs in one step of two bytes

Pulled = TypeVar("Pulled")
Waits = tuple[tuple[int, tuple[tuple[int, int], ...]], ...]


def push_speaker(speaker: Speaker) -> bytes:
    """Return a speaker's bytes."""
    return speaker.head + push_varint(speaker.counter)


def push_line(line: LogLine) -> bytes:
    """Return a summary line's bytes."""
    has_incarnation = line.place.incarnation > 0
    shape = len(line.ranges) | (_HAS_INCARNATION if has_incarnation else 0)
    shape |= (_PARTIAL if line.is_partial else 0) | (_WAITING if line.is_waiting else 0)
    pushed = line.place.head + bytes([shape])
    pushed += bytes([line.place.incarnation]) if has_incarnation else b""
    return pushed + _push_ranges(line.ranges) + line.short_digest


def _push_ranges(ranges: Sequence[tuple[int, int]]) -> bytes:
    pushed = b""
    next_number = 1
    for first, last in ranges:
        pushed += push_varint(first - next_number) + push_varint(last - first)
        next_number = last + 1
    return pushed


def push_told(told: Told) -> bytes:
    """Return the bytes of what is held by numbers."""
    return told.table + push_varint(told.start) + push_told_logs(told.ranges) + push_waits(told.waits)


def push_told_logs(logs: Iterable[Sequence[tuple[int, int]]]) -> bytes:
    """Return the bytes that tell logs, those passed over that have no ranges or too many."""
    pushed, passed_over = b"", 0
    for ranges in logs:
        if not ranges or len(ranges) > MAX_RANGES:
            passed_over += 1
        else:
            pushed += _push_passed_over(passed_over) + push_told_log(ranges)
            passed_over = 0
    return pushed + _push_passed_over(passed_over)


def _push_passed_over(count: int) -> bytes:
    pushed = b""
    while count > MOST_PASSED_OVER:
        pushed, count = pushed + _push_step(MOST_PASSED_OVER), count - MOST_PASSED_OVER
    return pushed + (_push_step(count) if count else b"")


def _push_step(count: int) -> bytes:
    return push_varint((0 if count == 1 else MAX_RANGES - 1 + count) << 1 | _IN_PIECES)


def push_told_log(ranges: Sequence[tuple[int, int]]) -> bytes:
    """Return the bytes that tell one log: a byte or two for one without gaps."""
    if len(ranges) == 1 and ranges[0][0] == 1:
        return push_varint(ranges[0][1] << 1)
    return push_varint(len(ranges) << 1 | _IN_PIECES) + _push_ranges(ranges)


def push_waits(waits: Waits) -> bytes:
    """Return the bytes of what waits to be checked; none where nothing does."""
    pushed, next_place = b"", 0
    for place, ranges in waits:
        pushed += push_varint(place - next_place) + bytes([len(ranges)]) + _push_ranges(ranges)
        next_place = place + 1
    return bytes([_WAITS_FOLLOW]) + pushed if waits else b""


def pull_told(reader: Reader) -> Told:
    """Return what is held by numbers, to the end of the frame."""
    table, start = reader.pull(TABLE_BYTES), reader.pull_varint()
    held = _pull_told_logs(reader)
    return Told(table, start, tuple(held), _pull_waits(reader, len(held)) if reader.left else ())


def _pull_told_logs(reader: Reader) -> list[tuple[tuple[int, int], ...]]:
    held: list[tuple[tuple[int, int], ...]] = []
    step = 0
    while not held or (reader.left and reader.peek_byte() != _WAITS_FOLLOW):
        before, shape = step, reader.pull_varint()
        step = _passed_over(shape)
        if step and before not in (0, MOST_PASSED_OVER):
            raise WireError("Logs are passed over in too many steps; the frame was ignored.")
        held.extend([()] * step if step else [_pull_told_log(reader, shape)])
    return held


def _passed_over(shape: int) -> int:
    """Return how many logs a shape passes over, 0 for one that tells a log."""
    if not shape & _IN_PIECES or 0 < shape >> 1 <= MAX_RANGES:
        return 0
    step = max(shape >> 1, MAX_RANGES) - MAX_RANGES + 1
    if step > MOST_PASSED_OVER:
        raise WireError("Too many logs are passed over; the frame was ignored.")
    return step


def _pull_waits(reader: Reader, logs: int) -> Waits:
    reader.pull_byte()
    waits, next_place = [], 0
    for skipped, ranges in pull_all(reader, _pull_waiting_log):
        waits.append((next_place + skipped, ranges))
        next_place += skipped + 1
    if next_place > logs:
        raise WireError("What waits is of a log that is not told; the frame was ignored.")
    return tuple(waits)


def _pull_waiting_log(reader: Reader) -> tuple[int, tuple[tuple[int, int], ...]]:
    skipped, count = reader.pull_varint(), reader.pull_byte()
    if not 1 <= count <= MAX_RANGES:
        raise WireError("What waits of a log is out of bounds; the frame was ignored.")
    return skipped, _pull_ranges(reader, count)


def _pull_told_log(reader: Reader, shape: int) -> tuple[tuple[int, int], ...]:
    if not shape & _IN_PIECES:
        if not shape:
            raise WireError("A log is told to hold nothing; the frame was ignored.")
        return ((1, shape >> 1),)
    ranges = _pull_ranges(reader, shape >> 1)
    if len(ranges) == 1 and ranges[0][0] == 1:
        raise WireError("A log without gaps is told as one with gaps; the frame was ignored.")
    return ranges


def push_ask(ask: Ask) -> bytes:
    """Return the bytes of a question."""
    pushed = _push_place(ask.place) + push_varint(ask.first) + bytes([len(ask.pieces)])
    return pushed + b"".join(push_varint(count) + short_digest for count, short_digest in ask.pieces)


def pull_speaker(reader: Reader) -> Speaker:
    """Return a speaker."""
    return Speaker(reader.pull(HEAD_BYTES), reader.pull_varint())


def pull_all(reader: Reader, pull_one: Callable[[Reader], Pulled]) -> tuple[Pulled, ...]:
    """Return everything that is left, at least one, each pulled alike."""
    pulled = [pull_one(reader)]
    while reader.left:
        pulled.append(pull_one(reader))
    return tuple(pulled)


def _push_place(place: Place) -> bytes:
    return place.head + bytes([place.incarnation])


def _pull_place(reader: Reader) -> Place:
    return Place(reader.pull(HEAD_BYTES), reader.pull_byte())


def push_span(span: tuple[Place, Place] | None) -> bytes:
    """Return the bytes of a part of the sorted table; None = all of it."""
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


def pull_summary(reader: Reader) -> Summary:
    """Return a summary, in order and within its span."""
    speaker, span = pull_speaker(reader), _pull_span(reader)
    lines = pull_all(reader, _pull_line) if reader.left else ()
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
    is_waiting, is_partial = bool(shape & _WAITING), bool(shape & _PARTIAL)
    is_in_bounds = 1 <= count <= MAX_RANGES and not (is_waiting and is_partial)
    if not is_in_bounds or (shape & _HAS_INCARNATION and not incarnation):
        raise WireError("A summary's line is out of bounds; it was ignored.")
    ranges = _pull_ranges(reader, count)
    short_digest = b"" if is_partial or is_waiting else reader.pull(SHORT_DIGEST_BYTES)
    return LogLine(Place(head, incarnation), ranges, short_digest, is_waiting)


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


def pull_ask(reader: Reader) -> Ask:
    """Return a question about one log."""
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
