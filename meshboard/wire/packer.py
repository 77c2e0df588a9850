"""Fill frames to the brim, and say before signing how much room a post takes."""

from collections.abc import Sequence
from dataclasses import dataclass

from meshboard.domain.entries import Fact, PostPublished, SignedEntry, subject_of
from meshboard.domain.people import ACTOR_KEY_BYTES, ActorKind
from meshboard.domain.posts import PostContent
from meshboard.errors import RuleError
from meshboard.wire.bodies import SUBJECT_BYTES
from meshboard.wire.cursor import push_varint
from meshboard.wire.facts import push_fact
from meshboard.wire.frames import MAX_FRAME_BYTES, Entries, Item, StretchItem
from meshboard.wire.framing import FRAME_OVERHEAD_BYTES, room_bytes
from meshboard.wire.items import entry_wire_bytes, item_bytes, item_of, push_item, run_of
from meshboard.wire.salts import SALT_BYTES
from meshboard.wire.stretch_bytes import push_stretch
from meshboard.wire.text_bytes import pack_words

_FIRST_AND_FLAGS_BYTES = 2
_TIME_BYTES = 4  # a time between 2024-01-25 and 2032
_LIKELY_NUMBER = 2**14 - 1  # the largest in two bytes
_LIKELY_COUNT = 2**21 - 1  # the largest in three bytes


class FrameFull(Exception):  # noqa: N818 -- a signal to the caller, not a failure
    """The entry does not fit what is left of this frame: it goes into the next."""


class EntriesPacker:
    """Collects entries until a frame is full."""

    __slots__ = ("_is_keyed", "_left", "_parts", "_room", "_stretches")

    def __init__(self, max_frame_bytes: int = MAX_FRAME_BYTES, *, is_keyed: bool = False) -> None:
        self._parts: list[tuple[Sequence[SignedEntry], Item]] = []
        self._stretches: list[StretchItem] = []
        self._is_keyed = is_keyed
        self._room = self._left = room_bytes(max_frame_bytes)

    @property
    def entries(self) -> tuple[SignedEntry, ...]:
        """What is in the frame so far."""
        return tuple(signed for entries, _ in self._parts for signed in entries)

    @property
    def is_keyed(self) -> bool:
        """Whether every item of the frame brings its author's whole key."""
        return self._is_keyed

    @property
    def left(self) -> int:
        """How many bytes of room are left."""
        return self._left

    def add(self, signed: SignedEntry, *, has_link: bool = False) -> None:
        """Put an entry in by itself, or raise FrameFull and leave the frame as it is.

        With its link where that is wanted and fits any frame: without it is better than never.
        """
        linked = item_of(signed, is_keyed=self._is_keyed, has_link=has_link)
        size = len(push_item(linked))
        if has_link and size > self._room:
            return self.add(signed)
        self._add((signed,), linked, size)
        return None

    def add_run(self, entries: Sequence[SignedEntry], *, has_link: bool, is_signed: bool) -> None:
        """Put entries that follow each other in, or raise FrameFull and leave the frame as it is."""
        self.add_item(
            entries, run_of(entries, is_keyed=self._is_keyed, has_link=has_link, is_signed=is_signed)
        )

    def add_item(self, entries: Sequence[SignedEntry], item: Item) -> None:
        """Put entries in as this item, or raise FrameFull and leave the frame as it is."""
        self._add(entries, item, len(push_item(item)))

    def add_stretch(self, item: StretchItem) -> None:
        """Say of some numbers that nobody needs them, or raise FrameFull and leave the frame as it is.

        A frame in which every item brings a whole key has no room for that.
        """
        size = len(push_stretch(item))
        if self._is_keyed or size > self._left:
            raise FrameFull
        self._stretches.append(item)
        self._left -= size

    def _add(self, entries: Sequence[SignedEntry], item: Item, size: int) -> None:
        if size > self._left:
            raise FrameFull
        self._parts.append((tuple(entries), item))
        self._left -= size

    def frame(self) -> Entries:
        """Return the frame of what was put in; at least one entry or stretch must be."""
        return Entries((*(item for _, item in self._parts), *self._stretches), self._is_keyed)


@dataclass(frozen=True, slots=True)
class Measure:
    """How a fact fits into one sealed frame of its own."""

    frame_bytes: int
    left_bytes: int
    """How many bytes are left; below 0 = how many have to go."""

    @property
    def fits(self) -> bool:
        """Say whether it can be sent as it is."""
        return self.left_bytes >= 0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What else decides the size of an entry, where it is known before the entry is made."""

    actor_kind: ActorKind = ActorKind.MEMBER
    number: int = _LIKELY_NUMBER
    """The entry's number in its log. As long as nobody says, one that 16 383 entries do not outgrow."""
    count: int = _LIKELY_COUNT
    incarnation: int = 0
    max_frame_bytes: int = MAX_FRAME_BYTES


def measure(fact: Fact, around: Surroundings = Surroundings()) -> Measure:
    """Return how large the frame of this fact alone will be; RuleError for words that cannot be sent.

    Takes about 0.2 ms, so it can be asked at every key press.
    """
    fixed, words = push_fact(fact)
    packed = _FIRST_AND_FLAGS_BYTES + (1 if around.incarnation else 0)
    packed += len(push_varint(around.number)) + len(push_varint(around.count)) + _TIME_BYTES
    packed += 0 if around.actor_kind is ActorKind.MEMBER else ACTOR_KEY_BYTES
    packed += SUBJECT_BYTES if subject_of(fact) is not None else 0
    packed += (SALT_BYTES if words else 0) + len(fixed) + len(pack_words(words)[1])
    frame_bytes = FRAME_OVERHEAD_BYTES + item_bytes(packed, around.number)
    return Measure(frame_bytes, around.max_frame_bytes - frame_bytes)


def measure_post(
    content: PostContent,
    signed_as: str = "",
    around: Surroundings = Surroundings(),
) -> Measure:
    """Return how large the frame of a new post will be: the compose screen's live byte count."""
    return measure(PostPublished(content, signed_as), around)


def check_fits(signed: SignedEntry, max_frame_bytes: int = MAX_FRAME_BYTES) -> None:
    """Refuse, with how much to take out, an entry that does not fit a frame of its own."""
    over = entry_wire_bytes(signed) - room_bytes(max_frame_bytes)
    if over > 0:
        raise RuleError(too_long_sentence(over))


def too_long_sentence(over_bytes: int) -> str:
    """Return what to tell a person whose text is this many bytes too long."""
    return f"This is {over_bytes} bytes too long for one radio frame. Take out about {over_bytes} letters."
