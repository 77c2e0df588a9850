"""Decide what of the bytes heard is to be believed: who wrote an entry, and whose word is stale."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from meshboard import figures
from meshboard.bounded import BoundedMemory
from meshboard.domain.entries import Entry, LogId, SignedEntry
from meshboard.domain.ids import AuthorId, CircleId, EpochId
from meshboard.errors import TrustError, WireError
from meshboard.link import NodeNumber
from meshboard.sync.events import RejectReason
from meshboard.sync.store import Store
from meshboard.sync.timing import Timings
from meshboard.wire.cursor import UnknownVersion
from meshboard.wire.entry_bytes import (
    FIRST_LINK,
    has_proof,
    is_authentic,
    is_before,
    link_after,
    place_of_packed,
    unpack_entry,
)
from meshboard.wire.frames import DOOR_TYPES, HEAD_BYTES, Item, Speaker, UnknownEpoch, UnknownFrameType


class EntryReader:
    """Reads items as verified entries, trying every author and every entry before that they may mean."""

    def __init__(self, circle: CircleId, store: Store) -> None:
        self._circle = circle
        self._store = store
        self._recent: BoundedMemory[AuthorId, None] = BoundedMemory(figures.MAX_RECENT_AUTHORS)
        self._claimed: BoundedMemory[AuthorId, None] = BoundedMemory(figures.MAX_CLAIMED_AUTHORS)
        self._verified: BoundedMemory[tuple[LogId, int], tuple[SignedEntry, ...]] = BoundedMemory(
            figures.MAX_VERIFIED
        )

    def read(self, item: Item) -> Sequence[SignedEntry] | RejectReason:
        """Return the verified entries, or why there are none."""
        candidates = [item.author] if item.author is not None else self._authors(item.head)
        reason = RejectReason.UNKNOWN_AUTHOR
        for author in candidates:
            try:
                entries = self._unpacked(author, item)
            except WireError as error:
                reason = reason_of(error)
                continue
            read = self._checked(item, entries)
            if not isinstance(read, RejectReason):
                self._learn(author, read)
                return read
            reason = read
            if read is RejectReason.EARLY:
                self._claimed[author] = None
                break
        return reason

    def is_linked(self, item: Item) -> bool:
        """Say whether the link of an item's first entry is said, or follows from what is known."""
        first = place_of_packed(item.packed[0])
        return bool(item.link) or first.number == 1 or self._is_known(item, first.number - 1)

    def is_proven(self, item: Item) -> bool:
        """Say whether an item's last entry has a signature, or the entry after it is known."""
        first = place_of_packed(item.packed[0])
        return bool(item.signature) or self._is_known(item, first.number + len(item.packed))

    def _is_known(self, item: Item, number: int) -> bool:
        place = place_of_packed(item.packed[0])
        authors = [item.author] if item.author is not None else self._authors(item.head)
        return any(self._known(LogId(author, place.incarnation), number) for author in authors)

    def _unpacked(self, author: AuthorId, item: Item) -> Sequence[SignedEntry]:
        entries = [unpack_entry(author, self._circle, packed) for packed in item.packed]
        if not item.salt_keys:
            return entries
        return [replace(signed, salt_key=key) for signed, key in zip(entries, item.salt_keys, strict=True)]

    def _checked(self, item: Item, entries: Sequence[SignedEntry]) -> Sequence[SignedEntry] | RejectReason:
        if all(self._is_held(signed.entry) for signed in entries):
            return entries
        first, last = entries[0].entry, entries[-1].entry
        links = [item.link] if item.link else self._links_at(first)
        for link in links:
            run = _linked(entries, link, item.signature)
            if self._is_proven(run):
                return run
        old = replace(entries[-1], signature=item.signature)
        if len(entries) == 1 and not item.link and is_authentic(old):
            return (old,)
        has_after = item.signature or self._known(last.log, last.number + 1)
        return RejectReason.NOT_SIGNED_BY_AUTHOR if links and has_after else RejectReason.EARLY

    def _is_held(self, entry: Entry) -> bool:
        return self._store.holds(entry.log, entry.number, entry.digest)

    def _links_at(self, entry: Entry) -> Sequence[bytes]:
        """Return the links an entry may have by what is known of the one before it."""
        if entry.number == 1:
            return [FIRST_LINK]
        return [link_after(before) for before in self._known(entry.log, entry.number - 1)]

    def _is_proven(self, run: Sequence[SignedEntry]) -> bool:
        last = run[-1]
        if not all(has_proof(signed.entry) for signed in run):
            return False
        if last.signature:
            return is_authentic(last)
        return any(is_before(last, after) for after in self._known(last.entry.log, last.entry.number + 1))

    def _known(self, log: LogId, number: int) -> Sequence[SignedEntry]:
        """Return what is held or was verified lately under a number; what was refused is authentic too."""
        return (*self._verified.get((log, number), ()), *self._store.entries(log, number, number))

    def _authors(self, head: bytes) -> Sequence[AuthorId]:
        known = list(self._store.authors(head))
        recent = (author for author in (*self._recent, *self._claimed) if author[:HEAD_BYTES] == head)
        return list(dict.fromkeys((*known, *recent)))

    def _learn(self, author: AuthorId, read: Sequence[SignedEntry]) -> None:
        self._recent[author] = None
        for signed in read:
            if signed.signature or signed.link:  # others are held
                place = signed.entry.log, signed.entry.number
                same = self._verified.get(place, ())
                forks = [one for one in same if one.entry.digest != signed.entry.digest]
                self._verified[place] = (signed, *forks)[: figures.MAX_UNDER_ONE_NUMBER]


def _linked(entries: Sequence[SignedEntry], link: bytes, signature: bytes) -> Sequence[SignedEntry]:
    """Return entries that follow each other with their links, the last one with its signature."""
    linked = []
    for signed in entries:
        linked.append(replace(signed, link=link))
        link = link_after(linked[-1])
    linked[-1] = replace(linked[-1], signature=signature)
    return linked


class Speakers:
    """Remembers the highest counter of every station heard, and refuses what is not above it."""

    def __init__(self, heard: Mapping[bytes, int]) -> None:
        self._heard = dict(heard)

    def check(self, speaker: Speaker, *, is_stranger: bool) -> RejectReason | None:
        """Take note of a speaker's counter; return why it is to be ignored, None when it is fresh."""
        last = self._heard.get(speaker.head)
        if last is None and is_stranger and len(self._heard) >= figures.MAX_STRANGERS:
            return RejectReason.TOO_MANY
        if last is not None and speaker.counter <= last:
            return RejectReason.STALE
        self._heard[speaker.head] = speaker.counter
        return None

    def latest_of(self, head: bytes) -> Speaker:
        """Return a station that was heard, with the highest counter it had."""
        return Speaker(head, self._heard[head])


class EpochSpeakers:
    """Keeps the counters heard in each epoch apart.

    Former members have the keys of past epochs: a counter they claim in somebody's name must not make that
    station's words of today stale.
    """

    def __init__(self, epoch: EpochId | None, heard: Mapping[bytes, int]) -> None:
        """Begin with what was heard before this start in the epoch that seals, None when there is none."""
        self._of: BoundedMemory[EpochId, Speakers] = BoundedMemory(figures.MAX_EPOCHS)
        if epoch is not None:
            self._of[epoch] = Speakers(heard)

    def of(self, epoch: EpochId) -> Speakers:
        """Return the counters of one epoch."""
        speakers = self._of[epoch] = self._of.get(epoch) or Speakers({})
        return speakers


class Neighbours:
    """Remembers what state every station last said it is in."""

    def __init__(self, timings: Timings) -> None:
        self._lately_s = timings.neighbour_s
        self._last: OrderedDict[bytes, tuple[float, bytes]] = OrderedDict()
        self._knowing_us: set[bytes] = set()
        self._heads: BoundedMemory[NodeNumber, bytes] = BoundedMemory(figures.MAX_STRANGERS)

    def note_node(self, node: NodeNumber, head: bytes) -> None:
        """Note through which node a station spoke."""
        self._heads[node] = head

    def head_of(self, node: NodeNumber) -> bytes | None:
        """Return which station spoke last through a node, None where none did."""
        return self._heads.get(node)

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
        if len(self._last) > figures.MAX_STRANGERS:
            forgotten, _ = self._last.popitem(last=False)
            self._knowing_us.discard(forgotten)

    def count(self, now_s: float) -> int:
        """Return how many stations were heard in the last hours."""
        return sum(1 for heard_at, _ in self._last.values() if now_s - heard_at < figures.COMPANY_S)

    def turn_after(self, asker: bytes, own: bytes, now_s: float) -> int:
        """Return how many stations heard lately go before us in giving to this one: each its own turn.

        The order is another for every asker, so that nobody always gives.
        """
        heads = [head for head, (heard_at, _) in self._last.items() if now_s - heard_at < self._lately_s]
        ours = _place_in_turn(asker, own)
        return sum(_place_in_turn(asker, head) < ours for head in heads if head != asker)

    def all_hold(
        self, state: bytes, now_s: float, but: Callable[[bytes], bool] = lambda _head: False
    ) -> bool:
        """Say whether somebody was heard in the last hours, and all who were last said exactly this state.

        `but`: whose state does not matter.
        """
        heard = [(head, said) for head, (at, said) in self._last.items() if now_s - at < self._lately_s]
        return bool(heard) and all(said == state or but(head) for head, said in heard)


def _place_in_turn(asker: bytes, giver: bytes) -> bytes:
    return hashlib.sha256(asker + giver).digest()


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
