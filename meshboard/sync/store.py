"""The storage port: the six questions the engine asks of whoever keeps the entries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from meshboard.domain.entries import LogId, SignedEntry
from meshboard.domain.ids import AuthorId, EntryId


@dataclass(frozen=True, slots=True)
class LogHoldings:
    """What is held of one log, what was forgotten of it included."""

    ranges: tuple[tuple[int, int], ...]
    """Inclusive number ranges held, ascending, not touching: ((1, 7), (9, 9)) lacks number 8."""
    digest: bytes
    """32 bytes: the XOR of the digests of all entries, so that two entries under one number show."""
    count: int
    """Entries held; more than the ranges cover when numbers are held twice (a forked log)."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Numbers of one log of which not all entries are held in full, and need not be."""

    first: int
    last: int
    count: int
    """Entries of these numbers that are not held in full."""
    digest: bytes
    """32 bytes: the XOR of the digests of those."""
    ids: frozenset[EntryId] = frozenset()
    """Of those forgotten here. None: others told it, and whoever still gives an entry of it may be right."""

    @property
    def is_told(self) -> bool:
        """Say whether others told it."""
        return not self.ids

    @property
    def numbers(self) -> tuple[tuple[int, int], ...]:
        """The numbers, as a range."""
        return ((self.first, self.last),)

    def includes(self, number: int) -> bool:
        """Say whether a number is among these."""
        return self.first <= number <= self.last


class Store(Protocol):
    """The entries of one circle, committed: the engine never advertises what is not stored."""

    def holdings(self) -> Mapping[LogId, LogHoldings]:
        """Return what is held of every log."""

    def entries(self, log: LogId, first: int, last: int) -> Sequence[SignedEntry]:
        """Return the entries numbered first to last inclusive, by (number, digest); both of a fork.

        Without those that were forgotten: of them there are only `stretches`.
        """

    def stretches(self, log: LogId) -> Sequence[Stretch]:
        """Return what is left of forgotten entries of a log, by first number (`sync.holdings.stretches`)."""

    def holds(self, log: LogId, number: int, digest: bytes) -> bool:
        """Say whether this very entry is held, or was forgotten here."""

    def authors(self, head: bytes) -> Sequence[AuthorId]:
        """Return the known authors whose key begins with `head`."""

    def reserve_counters(self, count: int) -> int:
        """Durably set aside `count` counter values never used before; return the first."""
