"""A store in memory: for the simulator, for tests, and for a board that is to leave nothing behind."""

from collections.abc import Iterable, Mapping, Sequence

from meshboard.domain.entries import LogId, SignedEntry
from meshboard.domain.ids import AuthorId
from meshboard.sync.ranges import ranges_of, xor
from meshboard.sync.store import LogHoldings


class MemoryStore:
    """Answers the storage port from dictionaries; lost when the process ends."""

    def __init__(self, first_counter: int = 1) -> None:
        self._logs: dict[LogId, dict[tuple[int, bytes], SignedEntry]] = {}
        self._holdings: dict[LogId, LogHoldings] = {}
        self._next_counter = first_counter

    def append(self, entries: Iterable[SignedEntry]) -> tuple[SignedEntry, ...]:
        """Keep entries; return those that were not held before."""
        new = []
        for signed in entries:
            log = self._logs.setdefault(signed.entry.log, {})
            key = (signed.entry.number, signed.entry.digest)
            if key not in log:
                log[key] = signed
                self._holdings.pop(signed.entry.log, None)
                new.append(signed)
        return tuple(new)

    def everything(self) -> tuple[SignedEntry, ...]:
        """Return all entries, by log, number and digest."""
        return tuple(log[key] for _, log in sorted(self._logs.items()) for key in sorted(log))

    def holdings(self) -> Mapping[LogId, LogHoldings]:
        """Return what is held of every log."""
        for log in self._logs.keys() - self._holdings.keys():
            keys = self._logs[log]
            self._holdings[log] = LogHoldings(
                ranges=ranges_of(number for number, _ in keys),
                digest=xor(digest for _, digest in keys),
                count=len(keys),
            )
        return self._holdings

    def entries(self, log: LogId, first: int, last: int) -> Sequence[SignedEntry]:
        """Return the entries numbered first to last inclusive, by (number, digest)."""
        held = self._logs.get(log, {})
        return [held[key] for key in sorted(held) if first <= key[0] <= last]

    def holds(self, log: LogId, number: int, digest: bytes) -> bool:
        """Say whether this very entry is held."""
        return (number, digest) in self._logs.get(log, {})

    def authors(self, head: bytes) -> Sequence[AuthorId]:
        """Return the known authors whose key begins with `head`."""
        return sorted({log.author for log in self._logs if log.author.startswith(head)})

    def reserve_counters(self, count: int) -> int:
        """Set aside `count` counter values never used before by this store; return the first."""
        first, self._next_counter = self._next_counter, self._next_counter + count
        return first
