"""Decide what of the bytes heard is to be believed: who wrote an entry."""

from collections.abc import Sequence
from dataclasses import replace

from meshboard import figures
from meshboard.bounded import BoundedMemory
from meshboard.domain.entries import Entry, LogId, SignedEntry
from meshboard.domain.ids import AuthorId, CircleId
from meshboard.errors import TrustError, WireError
from meshboard.sync.events import RejectReason
from meshboard.sync.store import Store
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
from meshboard.wire.frames import DOOR_TYPES, HEAD_BYTES, Item, UnknownEpoch, UnknownFrameType


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
