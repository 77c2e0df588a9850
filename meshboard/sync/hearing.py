"""Decide what of the bytes heard is to be believed: who wrote an entry, and whose word is stale."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence

from meshboard.domain.entries import SignedEntry
from meshboard.domain.ids import AuthorId, CircleId, EpochId
from meshboard.errors import TrustError, WireError
from meshboard.sync.events import RejectReason
from meshboard.sync.store import Store
from meshboard.wire.cursor import UnknownVersion
from meshboard.wire.entries import is_authentic, unpack_entry
from meshboard.wire.frames import DOOR_TYPES, HEAD_BYTES, Item, Speaker, UnknownEpoch, UnknownFrameType

MAX_KEYLESS = 32  # entries kept until their author's key comes; a few minutes of news
MAX_RECENT_AUTHORS = 64  # keys that came by air and are not stored yet
NEIGHBOUR_S = 3 * 3600.0  # over twice the longest time between beacons on LONG_FAST
MAX_EPOCHS = 8  # whose counters are remembered: more than a station misses
MAX_STRANGERS = 1024  # stations heard before their first entry; an insider can invent any number


class EntryReader:
    """Reads items as verified entries, trying every author their head may mean."""

    def __init__(self, circle: CircleId, store: Store) -> None:
        self._circle = circle
        self._store = store
        self._recent: OrderedDict[AuthorId, None] = OrderedDict()
        self._keyless: OrderedDict[Item, None] = OrderedDict()

    def keep_for_key(self, item: Item) -> None:
        """Keep an entry of an author whose key has not come yet."""
        self._keyless[item] = None
        if len(self._keyless) > MAX_KEYLESS:
            self._keyless.popitem(last=False)

    def take_kept(self, author: AuthorId) -> Sequence[Item]:
        """Return what was kept for want of this author's key, and forget it."""
        kept = [item for item in self._keyless if item.head == author[:HEAD_BYTES]]
        for item in kept:
            del self._keyless[item]
        return kept

    def read(self, item: Item) -> SignedEntry | RejectReason:
        """Return the verified entry, or why there is none."""
        candidates = [item.author] if item.author is not None else self._authors(item.head)
        reason = RejectReason.UNKNOWN_AUTHOR
        for author in candidates:
            try:
                signed = unpack_entry(author, self._circle, item.packed, item.signature)
            except WireError as error:
                reason = reason_of(error)
                continue
            if is_authentic(signed):
                self._learn(author)
                return signed
            reason = RejectReason.NOT_SIGNED_BY_AUTHOR
        return reason

    def _authors(self, head: bytes) -> Sequence[AuthorId]:
        known = list(self._store.authors(head))
        recent = (author for author in self._recent if author[:HEAD_BYTES] == head)
        return known + [author for author in recent if author not in known]

    def _learn(self, author: AuthorId) -> None:
        self._recent[author] = None
        self._recent.move_to_end(author)
        if len(self._recent) > MAX_RECENT_AUTHORS:
            self._recent.popitem(last=False)


class Speakers:
    """Remembers the highest counter of every station heard, and refuses what is not above it."""

    def __init__(self, heard: Mapping[bytes, int]) -> None:
        self._heard = dict(heard)

    def check(self, speaker: Speaker, *, is_stranger: bool) -> RejectReason | None:
        """Take note of a speaker's counter; return why it is to be ignored, None when it is fresh."""
        last = self._heard.get(speaker.head)
        if last is None and is_stranger and len(self._heard) >= MAX_STRANGERS:
            return RejectReason.TOO_MANY
        if last is not None and speaker.counter <= last:
            return RejectReason.STALE
        self._heard[speaker.head] = speaker.counter
        return None


class EpochSpeakers:
    """Keeps the counters heard in each epoch apart.

    Former members have the keys of past epochs: a counter they claim in somebody's name must not make that
    station's words of today stale.
    """

    def __init__(self, epoch: EpochId | None, heard: Mapping[bytes, int]) -> None:
        """Begin with what was heard before this start in the epoch that seals, None when there is none."""
        self._of: OrderedDict[EpochId, Speakers] = OrderedDict()
        if epoch is not None:
            self._of[epoch] = Speakers(heard)

    def of(self, epoch: EpochId) -> Speakers:
        """Return the counters of one epoch."""
        speakers = self._of.pop(epoch, None) or Speakers({})
        self._of[epoch] = speakers
        if len(self._of) > MAX_EPOCHS:
            self._of.popitem(last=False)
        return speakers


class Neighbours:
    """Remembers what state every station last said it is in."""

    def __init__(self) -> None:
        self._last: OrderedDict[bytes, tuple[float, bytes]] = OrderedDict()
        self._knowing_us: set[bytes] = set()

    def note_knows_us(self, head: bytes) -> None:
        """Note that a station has shown that it has our key."""
        self._knowing_us.add(head)

    def all_know_us(self) -> bool:
        """Say whether anybody was heard at all, and everybody who was has our key."""
        return bool(self._last) and self._knowing_us.issuperset(self._last)

    def note(self, head: bytes, state: bytes, now_s: float) -> None:
        """Note what a station said of itself; an empty state for one that differs in an unknown way."""
        self._last.pop(head, None)
        self._last[head] = (now_s, state)
        if len(self._last) > MAX_STRANGERS:
            forgotten, _ = self._last.popitem(last=False)
            self._knowing_us.discard(forgotten)

    def count(self, now_s: float) -> int:
        """Return how many stations were heard in the last hours."""
        return sum(1 for heard_at, _ in self._last.values() if now_s - heard_at < NEIGHBOUR_S)

    def all_hold(self, state: bytes, now_s: float) -> bool:
        """Say whether somebody was heard in the last hours, and all who were last said exactly this state."""
        recent = {said for heard_at, said in self._last.values() if now_s - heard_at < NEIGHBOUR_S}
        return recent == {state}


def reason_of(error: WireError | TrustError) -> RejectReason:
    """Return what to count an error as."""
    match error:
        case UnknownVersion():
            return RejectReason.UNKNOWN_VERSION
        case UnknownFrameType():
            return RejectReason.UNKNOWN_TYPE
        case UnknownEpoch():
            return RejectReason.UNKNOWN_EPOCH
        case TrustError():
            return RejectReason.NOT_THIS_CIRCLE
        case _:
            return RejectReason.MALFORMED


def is_sealed_otherwise(error: WireError | TrustError, frame: bytes) -> bool:
    """Say whether a frame may be of an epoch whose key is not held; what the door's key seals never is."""
    is_unopened = isinstance(error, (TrustError, UnknownEpoch))
    return is_unopened and frame[0] >> 2 & 7 not in DOOR_TYPES
