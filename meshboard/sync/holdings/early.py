"""Keep what cannot be checked yet: its author's key, or the entry before or after it, may be on its way.

In memory only, and bounded. What is kept is told (docs/protocol.md, section 6) so that it need not be given
again, and is part of no state: nothing says yet that its author wrote it.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Protocol

from meshboard.domain.entries import SignedEntry
from meshboard.domain.ids import AuthorId
from meshboard.figures import MAX_EARLY, MAX_EARLY_OF_ONE, MAX_JOINED
from meshboard.sync.holdings.ranges import Ranges, ranges_of
from meshboard.wire.entry_bytes import place_of_packed
from meshboard.wire.frames import HEAD_BYTES, Item, Place


class Ends(Protocol):
    """What is known of the entries before and after an item."""

    def is_linked(self, item: Item) -> bool:
        """Say whether the link of its first entry is said, or follows from what is known."""

    def is_proven(self, item: Item) -> bool:
        """Say whether its last entry has a signature, or the entry after it is known."""


class Early:
    """Items that cannot be checked yet; the oldest go first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Item, bool] = OrderedDict()
        self._at: dict[Place, list[Item]] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def keep(self, item: Item, *, is_keyless: bool = False) -> None:
        """Keep an item; `is_keyless`: its author's key has not come yet."""
        if item in self._kept:
            return
        same = self._at.setdefault(place_of_item(item), [])
        if len(same) >= MAX_EARLY_OF_ONE:
            self._forget(same[0])
        elif len(self._kept) >= MAX_EARLY:
            self._forget(next(iter(self._kept)))
        self._kept[item] = is_keyless
        self._at.setdefault(place_of_item(item), []).append(item)

    def take_keyless(self, author: AuthorId) -> Sequence[Item]:
        """Return what was kept for want of this author's key, and forget it."""
        head = author[:HEAD_BYTES]
        keyless = [item for item, is_keyless in self._kept.items() if is_keyless]
        return self._taken([item for item in keyless if item.head == head])

    def take_beside(self, signed: SignedEntry) -> Sequence[Item]:
        """Return what was kept for want of this entry, before or after it, and forget it."""
        entry = signed.entry
        beside = self._at.get(Place(entry.log.author[:HEAD_BYTES], entry.log.incarnation), ())
        return self._taken([item for item in beside if entry.number in _missing(item)])

    def joined(self, item: Item, ends: Ends) -> Item | None:
        """Return the run that an item makes with what is kept beside it; None where none could be checked.

        Each may have what the other lacks: one what the other's link follows from, that one a signature.
        """
        run = [item]
        while len(run) < MAX_JOINED and not ends.is_linked(run[0]) and (before := self._ending(run[0])):
            run.insert(0, before)
        while len(run) < MAX_JOINED and not ends.is_proven(run[-1]) and (after := self._following(run[-1])):
            run.append(after)
        can_be_checked = len(run) > 1 and ends.is_linked(run[0]) and ends.is_proven(run[-1])
        return _run_of(run) if can_be_checked else None

    def _ending(self, item: Item) -> Item | None:
        """Return what was kept last of what ends right before an item."""
        same = self._at.get(place_of_item(item), ())
        return next((kept for kept in reversed(same) if _span(kept)[1] == _span(item)[0]), None)

    def _following(self, item: Item) -> Item | None:
        """Return what was kept last of what begins right after an item."""
        same = self._at.get(place_of_item(item), ())
        return next((kept for kept in reversed(same) if _span(kept)[0] == _span(item)[1]), None)

    def ranges(self) -> Mapping[Place, Ranges]:
        """Return the numbers of what is kept, by log."""
        return {
            place: ranges_of(number for item in items for number in range(*_span(item)))
            for place, items in self._at.items()
        }

    def _taken(self, items: Sequence[Item]) -> Sequence[Item]:
        for item in items:
            self._forget(item)
        return items

    def _forget(self, item: Item) -> None:
        del self._kept[item]
        place = place_of_item(item)
        self._at[place].remove(item)
        if not self._at[place]:
            del self._at[place]


def place_of_item(item: Item) -> Place:
    """Return the log an item is said to be of."""
    return Place(item.head, place_of_packed(item.packed[0]).incarnation)


def _run_of(items: Sequence[Item]) -> Item:
    """Return items that follow each other as one."""
    keys = [key for item in items for key in item.salt_keys or (b"",) * len(item.packed)]
    return Item(
        tuple(packed for item in items for packed in item.packed),
        items[0].head,
        items[0].author,
        items[-1].signature,
        items[0].link,
        tuple(keys) if any(keys) else (),
    )


def _span(item: Item) -> tuple[int, int]:
    first = place_of_packed(item.packed[0]).number
    return first, first + len(item.packed)


def _missing(item: Item) -> tuple[int, ...]:
    """Return the numbers of the entries it may wait for."""
    first, after = _span(item)
    return (() if item.link else (first - 1,)) + (() if item.signature else (after,))
