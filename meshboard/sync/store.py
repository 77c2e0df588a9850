"""The storage port: the five questions the engine asks of whoever keeps the entries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from meshboard.domain.entries import LogId, SignedEntry
from meshboard.domain.ids import AuthorId

MAX_UNDER_ONE_NUMBER = 2
"""Entries of one number of one log that are held, those with the lowest digests: a further one gives way."""


@dataclass(frozen=True, slots=True)
class LogHoldings:
    """What is held of one log."""

    ranges: tuple[tuple[int, int], ...]
    """Inclusive number ranges held, ascending, not touching: ((1, 7), (9, 9)) lacks number 8."""
    digest: bytes
    """32 bytes: the XOR of the digests of all entries held, so that two entries under one number show."""
    count: int
    """Entries held; more than the ranges cover when numbers are held twice (a forked log)."""


class Store(Protocol):
    """The entries of one circle, committed: the engine never advertises what is not stored."""

    def holdings(self) -> Mapping[LogId, LogHoldings]:
        """Return what is held of every log."""
        ...

    def entries(self, log: LogId, first: int, last: int) -> Sequence[SignedEntry]:
        """Return the entries numbered first to last inclusive, by (number, digest); both of a fork."""
        ...

    def holds(self, log: LogId, number: int, digest: bytes) -> bool:
        """Say whether this very entry is held."""
        ...

    def authors(self, head: bytes) -> Sequence[AuthorId]:
        """Return the known authors whose key begins with `head`."""
        ...

    def reserve_counters(self, count: int) -> int:
        """Durably set aside `count` counter values never used before; return the first."""
        ...
