"""A store in memory: for the simulator, for tests, and for a board that is to leave nothing behind."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from meshboard.domain.entries import LogId, SignedEntry
from meshboard.domain.ids import AuthorId
from meshboard.sync.ranges import ranges_of, xor
from meshboard.sync.store import MAX_UNDER_ONE_NUMBER, LogHoldings
from meshboard.wire.salts import block_of, blocks_of, latest_salt_key


class MemoryStore:
    """Answers the storage port from dictionaries; lost when the process ends."""

    def __init__(
        self, first_counter: int = 1, counts: Callable[[LogId, int], bool] = lambda _log, _number: True
    ) -> None:
        """Begin empty; only entries that `counts` (`Membership.counts`) are held for others."""
        self._counts = counts
        self._logs: dict[LogId, dict[int, dict[bytes, SignedEntry]]] = {}
        self._holdings: dict[LogId, LogHoldings] = {}
        self._keyless: set[tuple[LogId, int]] = set()
        self._next_counter = first_counter

    def append(self, entries: Iterable[SignedEntry]) -> tuple[SignedEntry, ...]:
        """Keep entries, of one number the two with the lowest digests; return those that are new and kept."""
        new = {}
        for signed in entries:
            entry = signed.entry
            under = self._logs.setdefault(entry.log, {}).setdefault(entry.number, {})
            if entry.digest in under:
                continue
            kept = replace(signed, salt_key=b"") if self._is_keyless(entry.log, entry.number) else signed
            under[entry.digest] = new[entry.digest] = kept
            self._holdings.pop(entry.log, None)
            if len(under) > MAX_UNDER_ONE_NUMBER:
                outvoted = max(under)
                del under[outvoted]
                new.pop(outvoted, None)
        return tuple(new.values())

    def salt_key(self, log: LogId, number: int) -> bytes:
        """Return the key that the next entry of a log, of this number, takes; empty where there is none."""
        held = [one for under in self._logs.get(log, {}).values() for one in under.values()]
        return latest_salt_key(((one.entry.number, one.salt_key) for one in held), number)

    def drop_salt_keys(self, log: LogId, first: int, last: int) -> None:
        """Forget the keys of all blocks with one of these numbers, for ever: salts alone are kept of them."""
        self._keyless.update((log, block) for block in blocks_of(first, last))
        for number, under in self._logs.get(log, {}).items():
            if self._is_keyless(log, number):
                self._logs[log][number] = {
                    digest: replace(signed, salt_key=b"") for digest, signed in under.items()
                }

    def _is_keyless(self, log: LogId, number: int) -> bool:
        return (log, block_of(number)) in self._keyless

    def note_counts(self) -> None:
        """Note that which entries count has changed."""
        self._holdings.clear()

    def everything(self) -> tuple[SignedEntry, ...]:
        """Return all entries, by log, number and digest."""
        return tuple(
            under[digest]
            for _, log in sorted(self._logs.items(), key=lambda pair: pair[0])
            for _, under in sorted(log.items(), key=lambda pair: pair[0])
            for digest in sorted(under)
        )

    def holdings(self) -> Mapping[LogId, LogHoldings]:
        """Return what is held of every log, as far as it counts."""
        for log in self._logs.keys() - self._holdings.keys():
            numbers = self._counted(log)
            digests = [digest for number in numbers for digest in self._logs[log][number]]
            self._holdings[log] = LogHoldings(ranges_of(numbers), xor(digests), len(digests))
        return {log: held for log, held in self._holdings.items() if held.count}

    def entries(self, log: LogId, first: int, last: int) -> Sequence[SignedEntry]:
        """Return the entries numbered first to last inclusive that count, by (number, digest)."""
        numbers = [number for number in self._counted(log) if first <= number <= last]
        return [
            under[digest]
            for number in numbers
            for under in [self._logs[log][number]]
            for digest in sorted(under)
        ]

    def _counted(self, log: LogId) -> Sequence[int]:
        """Return the numbers of a log that count."""
        return sorted(number for number in self._logs.get(log, {}) if self._counts(log, number))

    def holds(self, log: LogId, number: int, digest: bytes) -> bool:
        """Say whether this very entry is held."""
        return digest in self._logs.get(log, {}).get(number, {})

    def authors(self, head: bytes) -> Sequence[AuthorId]:
        """Return the known authors whose key begins with `head`."""
        return sorted({log.author for log in self._logs if log.author.startswith(head)})

    def reserve_counters(self, count: int) -> int:
        """Set aside `count` counter values never used before by this store; return the first."""
        first, self._next_counter = self._next_counter, self._next_counter + count
        return first
