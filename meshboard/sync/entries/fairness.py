"""Whose turn it is: classes by rank, none passed over for ever; authors and actors in turn.

The bound: of `count` classes that all have something due, one with patience `p` leads at the latest the
frame `p + count` after it began to wait, whatever waits above it. Proof: once p frames passed over it, it is
overdue; who is overdue longest goes first, so none that comes later overtakes; at most count - 1 are before.
"""

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from typing import Generic, Protocol, TypeVar

from meshboard import figures
from meshboard.bounded import BoundedMemory
from meshboard.domain.entries import Entry
from meshboard.domain.ids import AuthorId
from meshboard.domain.people import Actor, is_stranger
from meshboard.figures import FACTS_IN_ORDER

Key = TypeVar("Key", bound=Hashable)
One = TypeVar("One")


class Turns(Generic[Key]):
    """Classes by rank; a class passed over too often goes first once."""

    def __init__(self, patience: Mapping[Key, int]) -> None:
        """`patience`: how many frames may pass over each class that waits, the highest class first."""
        self._patience = patience
        self._passed: Counter[Key] = Counter()

    def order(self) -> Sequence[Key]:
        """Return all classes, the one whose turn it is first."""
        return sorted(self._patience, key=lambda one: -max(self._overdue(one), -1))

    def is_overdue(self, one: Key) -> bool:
        """Say whether a class was passed over as often as it may be."""
        return self._overdue(one) >= 0

    def took(self, led: Key, waiting: Collection[Key], weight: int = 1) -> None:
        """Note which class led a frame, of those with something due; `weight` = how much that counts."""
        for one in self._patience:
            self._passed[one] = self._passed[one] + weight if one in waiting and one != led else 0

    def _overdue(self, one: Key) -> int:
        return self._passed[one] - self._patience[one]


class Rotation(Generic[Key]):
    """Who was served longest ago goes first."""

    def __init__(self) -> None:
        self._served: BoundedMemory[Key, int] = BoundedMemory(figures.SERVED_REMEMBERED)
        self._count = 0

    def order(self, keys: Iterable[Key]) -> Sequence[Key]:
        """Return them in turn; those never served keep their order before all others."""
        return sorted(keys, key=lambda key: self._served.get(key, 0))

    def note(self, key: Key) -> None:
        """Note that somebody was served."""
        self._count += 1
        self._served[key] = self._count


class Queued(Protocol):
    """What waits in a queue."""

    @property
    def entry(self) -> Entry:
        """The entry."""

    @property
    def priority(self) -> int:
        """Its class."""


SomeQueued = TypeVar("SomeQueued", bound=Queued)


class FairOrder:
    """Orders what waits: by class, in turn between authors and between an author's actors, oldest first.

    All strangers of an author are one among its actors, and take turns within: to invent more gains nothing.
    """

    def __init__(
        self, classes: Iterable[int], in_order: Collection[int] = (), *, is_whole: bool = False
    ) -> None:
        """`in_order`: classes by which the others are judged: oldest first, so many of an author a turn.

        What is below them would come in vain before them, so it is patient with them for longer.
        `is_whole`: whoever leads has the frame, so that long runs of one log stay together; else each has one
        entry in turn.
        """
        self._classes: Turns[int] = Turns(
            dict.fromkeys(sorted(classes), figures.CLASS_PATIENCE * figures.FACTS_IN_VAIN)
        )
        self._in_order = in_order
        self._is_whole = is_whole
        self._authors: Rotation[AuthorId] = Rotation()
        self._parts: Rotation[tuple[AuthorId, Actor | None]] = Rotation()
        self._strangers: Rotation[tuple[AuthorId, Actor]] = Rotation()

    def order(self, waiting: Iterable[SomeQueued]) -> list[SomeQueued]:
        """Return what waits, in the order it is to be said."""
        by_class: dict[int, list[SomeQueued]] = {}
        for one in sorted(waiting, key=_oldest_first):
            by_class.setdefault(one.priority, []).append(one)
        turns = (by_class[rank] for rank in self._classes.order() if rank in by_class)
        return [one for of_class in turns for one in self._of_class(of_class)]

    def note_said(self, said: Sequence[Queued], waiting: Collection[int]) -> None:
        """Note what a frame holds, its lead first, and of which classes more is due."""
        if not said:
            return
        led = said[0].priority
        self._classes.took(led, waiting, 1 if led in self._in_order else figures.FACTS_IN_VAIN)
        for one in said[:1] if self._is_whole else said:
            self._authors.note(one.entry.author)
            self._parts.note(_part(one))
            if is_stranger(one.entry.actor):
                self._strangers.note(_actor(one))

    def _of_class(self, oldest_first: Sequence[SomeQueued]) -> Sequence[SomeQueued]:
        is_in_order = oldest_first[0].priority in self._in_order
        return rounds_of(oldest_first) if is_in_order else self._by_author(oldest_first)

    def _by_author(self, oldest_first: Sequence[SomeQueued]) -> Sequence[SomeQueued]:
        by_author: dict[AuthorId, list[SomeQueued]] = {}
        for one in oldest_first:
            by_author.setdefault(one.entry.author, []).append(one)
        authors = self._authors.order(by_author)
        hands = [self._by_part(by_author[author]) for author in authors]
        return deal(hands, is_whole=self._is_whole)

    def _by_part(self, of_author: Sequence[SomeQueued]) -> Sequence[SomeQueued]:
        by_part = _grouped(of_author, _part)
        parts = [(part, by_part[part]) for part in self._parts.order(by_part)]
        hands = [theirs if part[1] else self._by_stranger(theirs) for part, theirs in parts]
        return deal(hands, is_whole=self._is_whole)

    def _by_stranger(self, of_strangers: Sequence[SomeQueued]) -> Sequence[SomeQueued]:
        by_actor = _grouped(of_strangers, _actor)
        hands = [by_actor[actor] for actor in self._strangers.order(by_actor)]
        return deal(hands, is_whole=self._is_whole)


def _part(one: Queued) -> tuple[AuthorId, Actor | None]:
    """Return who takes turns at an author: an actor, or None for all strangers."""
    return one.entry.author, None if is_stranger(one.entry.actor) else one.entry.actor


def _actor(one: Queued) -> tuple[AuthorId, Actor]:
    return one.entry.author, one.entry.actor


def _grouped(ones: Iterable[SomeQueued], key_of: Callable[[Queued], Key]) -> dict[Key, list[SomeQueued]]:
    groups: dict[Key, list[SomeQueued]] = {}
    for one in ones:
        groups.setdefault(key_of(one), []).append(one)
    return groups


def rounds_of(oldest_first: Iterable[SomeQueued]) -> Sequence[SomeQueued]:
    """Return so many of each author, then as many more of each, and so on; oldest first in each round."""
    count: Counter[AuthorId] = Counter()
    rounds: dict[int, list[SomeQueued]] = {}
    for one in oldest_first:
        rounds.setdefault(count[one.entry.author] // FACTS_IN_ORDER, []).append(one)
        count[one.entry.author] += 1
    return [one for place in sorted(rounds) for one in rounds[place]]


def deal(hands: Sequence[Sequence[One]], *, is_whole: bool) -> Sequence[One]:
    """Return all of them: one of each hand in turn, or each hand whole."""
    if is_whole:
        return [one for hand in hands for one in hand]
    rounds = range(max(map(len, hands), default=0))
    return [hand[place] for place in rounds for hand in hands if place < len(hand)]


def _oldest_first(one: Queued) -> tuple[int, int, bytes]:
    entry, stamp = one.entry, one.entry.stamp
    return stamp.count, entry.number, entry.digest
