"""Frames: what a frame can say (docs/protocol.md, sections 5 and 6); `framing` has their bytes."""

from dataclasses import dataclass, field
from enum import IntEnum

from meshboard.domain.ids import AuthorId, EpochId
from meshboard.errors import WireError

FRAME_VERSION = 1
MAX_FRAME_BYTES = 231  # the radio's own limit, as `link` has it: siblings do not import each other
HEAD_BYTES = 4
STATE_BYTES = 4
SHORT_DIGEST_BYTES = 3
TABLE_BYTES = 2
MAX_RANGES = 16
MAX_PIECES = 16


class FrameType(IntEnum):
    """What a frame is for."""

    ENTRIES = 1
    BEACON = 2
    SUMMARY = 3
    REQUEST = 4
    KEYED_ENTRIES = 5
    """Entries, each with its author's whole key: for those who may not have the author's first entry yet."""
    HELLO = 6
    KEYS = 7


DOOR_TYPES = frozenset({FrameType.HELLO, FrameType.KEYS})
"""What is sealed with the door's key, whatever the epoch."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a log stands in the sorted table of all logs."""

    head: bytes
    """HEAD_BYTES bytes of the author's key."""
    incarnation: int = 0


@dataclass(frozen=True, slots=True)
class Item:
    """One entry in a frame, or a run of them that follow each other; not yet attributed or verified."""

    packed: tuple[bytes, ...]
    head: bytes
    author: AuthorId | None
    """The whole key, where the first entry is the first of its log or the frame is keyed."""
    signature: bytes
    """Of the last entry; empty where the entry after it proves it."""
    link: bytes = b""
    """Of the first entry; empty where the entry before it tells."""
    salt_keys: tuple[bytes, ...] = field(default=(), repr=False)
    """Of each entry the key its salt follows from, empty where it is said with its salt or has none.

    None at all where that is so with every entry."""


@dataclass(frozen=True, slots=True)
class StretchItem:
    """Numbers of one log of which nobody needs the text; not yet attributed, and proven by nothing."""

    head: bytes
    """HEAD_BYTES bytes of the author's key."""
    incarnation: int
    first: int
    last: int
    count: int
    """Entries of these numbers: more than there are numbers where some were written twice."""
    digest: bytes
    """32 bytes: the XOR of the digests of all these entries."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who says a beacon, summary or request, and for which time."""

    head: bytes
    counter: int


@dataclass(frozen=True, slots=True)
class Told:
    """What a station holds by numbers alone, a byte or two a log: for those who know the same logs."""

    table: bytes
    """TABLE_BYTES bytes: a hash over the places of all logs its speaker holds, in order."""
    start: int
    """Which log of that table, from 0, the first ranges are of; the others follow it."""
    ranges: tuple[tuple[tuple[int, int], ...], ...]
    """Of each log, inclusive, ascending, not touching; none of a log that is not told."""
    waits: tuple[tuple[int, tuple[tuple[int, int], ...]], ...] = ()
    """What came and cannot be checked yet: a log's place among `ranges`, ascending from 0, and numbers."""


@dataclass(frozen=True, slots=True)
class Entries:
    """Some entries, and of others that nobody needs them."""

    items: tuple[Item | StretchItem, ...]
    is_keyed: bool = False
    """True when every item has its author's whole key, not only the first of a log."""
    told: Told | None = None
    """What the author of the first item, who speaks, holds with all of these."""

    @property
    def entry_items(self) -> tuple[Item, ...]:
        """The items that bring entries."""
        return tuple(item for item in self.items if isinstance(item, Item))


@dataclass(frozen=True, slots=True)
class Beacon:
    """A short hash over everything a station holds, and where it is worth it what that is by numbers."""

    speaker: Speaker
    state: bytes
    told: Told | None = None


@dataclass(frozen=True, slots=True)
class LogLine:
    """What a summary says of one log."""

    place: Place
    ranges: tuple[tuple[int, int], ...]
    """Inclusive, ascending, not touching; 1 to MAX_RANGES of them."""
    short_digest: bytes
    """SHORT_DIGEST_BYTES bytes; empty when the line is partial or about what waits."""
    is_waiting: bool = False
    """True: these numbers came and cannot be checked yet."""

    @property
    def is_partial(self) -> bool:
        """Say whether nothing is said about the numbers after the last range."""
        return not self.short_digest and not self.is_waiting


@dataclass(frozen=True, slots=True)
class Summary:
    """What a station holds of the logs in a span of the sorted table."""

    speaker: Speaker
    span: tuple[Place, Place] | None
    """First and last place, inclusive; None = the whole table."""
    lines: tuple[LogLine, ...]


@dataclass(frozen=True, slots=True)
class Ask:
    """The digests of consecutive pieces of one log: whoever holds something else there may say so."""

    place: Place
    first: int
    pieces: tuple[tuple[int, bytes], ...]
    """(How many numbers, short digest), 1 to MAX_PIECES of them, beginning at `first`."""


@dataclass(frozen=True, slots=True)
class Request:
    """Questions that find where two logs differ."""

    speaker: Speaker
    asks: tuple[Ask, ...]


@dataclass(frozen=True, slots=True)
class Reminder:
    """Which counter was the highest heard of a station; for that station, which may be an older copy."""

    speaker: Speaker
    """Not who says this but whom it is about."""


@dataclass(frozen=True, slots=True)
class Hello:
    """A station asks whoever counts for the current key."""

    speaker: Speaker
    """Its counter is told apart from those of beacons: former members can forge this one."""
    epoch: EpochId
    """The epoch its speaker seals with; the circle's first where it may not seal."""


@dataclass(frozen=True, slots=True)
class Keys:
    """An epoch's key, sealed to some authors each."""

    head: bytes
    """HEAD_BYTES bytes of the giver's key."""
    epoch: EpochId
    number: int
    wrapped: tuple[tuple[bytes, bytes], ...]
    """(Head of whom it is for, WRAPPED_BYTES bytes of `trust.boxes`), at least one; four fill a frame."""


Frame = Entries | Beacon | Summary | Request | Reminder | Hello | Keys


class UnknownFrameType(WireError):  # noqa: N818 -- a state of the peer, named as such
    """The frame is of a type a later version defined; it is counted and ignored."""


class UnknownEpoch(WireError):  # noqa: N818 -- a state of the peer, named as such
    """The frame is of an epoch of which no key is held; it is counted and ignored."""
