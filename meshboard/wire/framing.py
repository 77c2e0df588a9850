"""The bytes of frames, sealed and open (docs/protocol.md, sections 5 and 6)."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from meshboard.domain.ids import EpochId
from meshboard.errors import TrustError, WireError
from meshboard.trust.boxes import WRAPPED_BYTES
from meshboard.trust.key_ring import LOW_BITS, EpochKey, KeyRing
from meshboard.trust.seal import SEAL_BYTES, DoorSeal, FrameSeal, Seal
from meshboard.wire.cursor import Reader, UnknownVersion, push_varint
from meshboard.wire.frames import (
    DOOR_TYPES,
    FRAME_VERSION,
    HEAD_BYTES,
    MAX_FRAME_BYTES,
    STATE_BYTES,
    Beacon,
    Entries,
    Frame,
    FrameType,
    Hello,
    Item,
    Keys,
    Reminder,
    Request,
    StretchItem,
    Summary,
    UnknownEpoch,
    UnknownFrameType,
)
from meshboard.wire.holdings import (
    pull_all,
    pull_ask,
    pull_speaker,
    pull_summary,
    pull_told,
    push_ask,
    push_line,
    push_span,
    push_speaker,
    push_told,
)
from meshboard.wire.items import pull_item, pull_keyed_item, push_item
from meshboard.wire.stretch_bytes import is_stretch, pull_stretch, push_stretch

FRAME_OVERHEAD_BYTES = 1 + SEAL_BYTES
EPOCH_ID_BYTES = 8
TOLD_FOLLOWS = 0  # where an item's length would stand: no entry has no bytes


@dataclass(frozen=True, slots=True)
class Opened:
    """What a frame says, and whose key opened it."""

    frame: Frame
    epoch: EpochKey | None
    """The epoch it was sealed in; None = the door's key opened it, which former members have too."""


def seal_frame(frame: Frame, seal: Seal) -> bytes:
    """Return the bytes to broadcast; the caller keeps them within its limit (`room_bytes`).

    WireError for a HELLO or KEYS frame that anything but the door seals, and for others that the door does.
    """
    frame_type = _type_of(frame)
    if (frame_type in DOOR_TYPES) != isinstance(seal, DoorSeal):
        raise WireError("A frame is to be sealed with a key that is not for it; it was not sent.")
    first = FRAME_VERSION << 5 | frame_type << 2 | seal.epoch & LOW_BITS
    return bytes([first]) + seal.seal(FRAME_VERSION, frame_type, push_frame(frame))


def open_frame(received: bytes, ring: KeyRing, door: DoorSeal) -> Opened:
    """Return what a frame says, whatever the bytes.

    Raises UnknownVersion, UnknownFrameType, UnknownEpoch, TrustError (no key opens it), or another WireError.
    """
    if not FRAME_OVERHEAD_BYTES < len(received) <= MAX_FRAME_BYTES:
        raise WireError("A frame is too short or too long; it was ignored.")
    if received[0] >> 5 != FRAME_VERSION:
        raise UnknownVersion("This frame is of another version; update meshboard on both sides.")
    kind, low_bits, sealed = received[0] >> 2 & 7, received[0] & LOW_BITS, received[1:]
    if kind not in FrameType.__members__.values():
        raise UnknownFrameType("This frame is of a type this version does not know; it was ignored.")
    if kind in DOOR_TYPES:
        if low_bits != door.epoch & LOW_BITS:
            raise WireError("A frame at the door is said to be of an epoch; it was ignored.")
        return Opened(pull_frame(FrameType(kind), door.open(FRAME_VERSION, kind, sealed)), None)
    epoch, plaintext = _opened(ring.openers(low_bits), kind, sealed)
    return Opened(pull_frame(FrameType(kind), plaintext), epoch)


def room_bytes(max_frame_bytes: int) -> int:
    """Return how many bytes of plaintext a sealed frame of this size has room for."""
    return max_frame_bytes - FRAME_OVERHEAD_BYTES


def push_frame(frame: Frame) -> bytes:
    """Return the plaintext of a frame; WireError for one that nobody could read."""
    match frame:
        case Entries(items=items, is_keyed=is_keyed, told=told):
            if is_keyed and len(frame.entry_items) < len(items):
                raise WireError("A frame with whole keys tells of no stretches; it cannot be made.")
            behind = b"" if told is None else bytes([TOLD_FOLLOWS]) + push_told(told)
            return b"".join(_push_any(item) for item in items) + behind
        case Beacon(speaker=speaker, state=state, told=told):
            return push_speaker(speaker) + state + (b"" if told is None else push_told(told))
        case Summary(speaker=speaker, span=span, lines=lines):
            return push_speaker(speaker) + push_span(span) + b"".join(push_line(line) for line in lines)
        case Request(speaker=speaker, asks=asks):
            return push_speaker(speaker) + b"".join(push_ask(ask) for ask in asks)
        case Reminder(speaker=speaker):
            return push_speaker(speaker)
        case Hello(speaker=speaker, epoch=epoch):
            return push_speaker(speaker) + epoch
        case Keys():
            return _push_keys(frame)


def pull_frame(frame_type: FrameType, plaintext: bytes) -> Frame:
    """Return the frame of a plaintext, or raise WireError."""
    reader = Reader(plaintext)
    match frame_type:
        case FrameType.ENTRIES:
            return _pull_entries(reader, _pull_any, is_keyed=False)
        case FrameType.KEYED_ENTRIES:
            return _pull_entries(reader, pull_keyed_item, is_keyed=True)
        case FrameType.BEACON:
            speaker, state = pull_speaker(reader), reader.pull(STATE_BYTES)
            return Beacon(speaker, state, pull_told(reader) if reader.left else None)
        case FrameType.SUMMARY:
            return pull_summary(reader)
        case FrameType.REQUEST:
            speaker = pull_speaker(reader)
            return Request(speaker, pull_all(reader, pull_ask)) if reader.left else Reminder(speaker)
        case FrameType.HELLO:
            hello = Hello(pull_speaker(reader), EpochId(reader.pull(EPOCH_ID_BYTES)))
            reader.expect_end()
            return hello
        case FrameType.KEYS:
            head, epoch = reader.pull(HEAD_BYTES), EpochId(reader.pull(EPOCH_ID_BYTES))
            return Keys(head, epoch, reader.pull_varint(), pull_all(reader, _pull_wrapped))


def _push_any(item: Item | StretchItem) -> bytes:
    return push_stretch(item) if isinstance(item, StretchItem) else push_item(item)


def _pull_any(reader: Reader) -> Item | StretchItem:
    return pull_stretch(reader) if is_stretch(reader.peek_byte()) else pull_item(reader)


def _pull_entries(
    reader: Reader, pull_one: Callable[[Reader], Item | StretchItem], *, is_keyed: bool
) -> Entries:
    items: list[Item | StretchItem] = []
    while reader.left:
        if items and reader.peek_byte() == TOLD_FOLLOWS:
            reader.pull_byte()
            return Entries(tuple(items), is_keyed, pull_told(reader))
        items.append(pull_one(reader))
    if not items:
        raise WireError("A frame of entries brings none; it was ignored.")
    return Entries(tuple(items), is_keyed)


def _opened(
    openers: Sequence[tuple[EpochKey, FrameSeal]], kind: int, sealed: bytes
) -> tuple[EpochKey, bytes]:
    if not openers:
        raise UnknownEpoch("This frame is of an epoch of which no key is held; it was ignored.")
    for epoch, seal in openers:
        with suppress(TrustError):
            return epoch, seal.open(FRAME_VERSION, kind, sealed)
    raise TrustError("This frame was not sealed by this circle; it was ignored.")


def _type_of(frame: Frame) -> FrameType:
    match frame:
        case Entries(is_keyed=is_keyed):
            return FrameType.KEYED_ENTRIES if is_keyed else FrameType.ENTRIES
        case Beacon():
            return FrameType.BEACON
        case Summary():
            return FrameType.SUMMARY
        case Request() | Reminder():
            return FrameType.REQUEST
        case Hello():
            return FrameType.HELLO
        case Keys():
            return FrameType.KEYS


def _push_keys(keys: Keys) -> bytes:
    if not keys.wrapped:
        raise WireError("A frame of keys brings none; it cannot be made.")
    pushed = keys.head + keys.epoch + push_varint(keys.number)
    return pushed + b"".join(head + wrapped for head, wrapped in keys.wrapped)


def _pull_wrapped(reader: Reader) -> tuple[bytes, bytes]:
    return reader.pull(HEAD_BYTES), reader.pull(WRAPPED_BYTES)
