"""A store in memory: for the simulator, for tests, and for a board that is to leave nothing behind."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import replace

from meshboard.domain.entries import Entry, LogId, SignedEntry
from meshboard.domain.ids import AuthorId, EntryId
from meshboard.figures import MAX_UNDER_ONE_NUMBER
from meshboard.sync.holdings.ranges import includes, ranges_of, xor
from meshboard.sync.holdings.stretches import (
    Stretches,
    forget,
    give_up,
    is_forgotten,
    take_told,
    with_stretches,
)
from meshboard.sync.store import LogHoldings, Stretch
from meshboard.wire.entry_bytes import ENTRY_ID_BYTES
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
        self._stretches: dict[LogId, Stretches] = {}
        self._keyless: set[tuple[LogId, int]] = set()
        self._next_counter = first_counter

    def append(self, entries: Iterable[SignedEntry]) -> tuple[SignedEntry, ...]:
        """Keep entries, of one number the two with the lowest digests; return those that are new and kept.

        What was forgotten here stays forgotten.
        """
        new = {}
        for signed in entries:
            entry = signed.entry
            if is_forgotten(self.stretches(entry.log), entry.id):
                continue
            under = self._logs.setdefault(entry.log, {}).setdefault(entry.number, {})
            if entry.digest in under:
                continue
            kept = replace(signed, salt_key=b"") if self._is_keyless(entry.log, entry.number) else signed
            under[entry.digest] = new[entry.digest] = kept
            self._keep_stretches(entry.log, give_up(self.stretches(entry.log), entry))
            if len(under) > MAX_UNDER_ONE_NUMBER:
                outvoted = max(under)
                del under[outvoted]
                new.pop(outvoted, None)
        return tuple(new.values())

    def forget(self, digests: Set[bytes]) -> None:
        """Keep no more of these entries than what they add to the holdings of their logs."""
        gone: dict[LogId, list[Entry]] = defaultdict(list)
        for log, numbers in self._logs.items():
            for number in list(numbers):
                for digest in [one for one in numbers[number] if one in digests]:
                    gone[log].append(numbers[number].pop(digest).entry)
                if not numbers[number]:
                    del numbers[number]
        for log, entries in gone.items():
            self._keep_stretches(log, forget(self.stretches(log), entries))
            for entry in entries:  # with its key a guess of a forgotten text could be confirmed
                self.drop_salt_keys(log, entry.number, entry.number)

    def take_stretch(self, log: LogId, told: Stretch) -> bool:
        """Take what others said nobody needs, if the entry after it is held; say whether it brought any."""
        held = self.holdings().get(log)
        if held is None or not includes(held.ranges, told.last + 1):
            return False
        full = [signed.entry for signed in self.entries(log, told.first, told.last)]
        taken = take_told(self.stretches(log), told, full)
        self._keep_stretches(log, taken)
        return taken is not None

    def stretches(self, log: LogId) -> Sequence[Stretch]:
        """Return what is left of forgotten entries of a log, by first number."""
        return self._stretches.get(log, ())

    def forgotten(self) -> Set[EntryId]:
        """Return the ids of what was forgotten here."""
        return {entry_id for told in self._stretches.values() for one in told for entry_id in one.ids}

    def _keep_stretches(self, log: LogId, stretches: Stretches | None) -> None:
        """Keep these of a log, None = as they are; what is held of it is reckoned anew."""
        self._holdings.pop(log, None)
        if stretches is not None:
            self._stretches[log] = stretches

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
        for log in [log for log in self._logs if log not in self._holdings]:  # in order: a seed replays all
            numbers = self._counted(log)
            digests = [digest for number in numbers for digest in self._logs[log][number]]
            held = LogHoldings(ranges_of(numbers), xor(digests), len(digests))
            counted = [one for one in self.stretches(log) if self._counts(log, one.last)]
            self._holdings[log] = with_stretches(held, counted)
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
        """Say whether this very entry is held, or was forgotten here."""
        is_held = digest in self._logs.get(log, {}).get(number, {})
        return is_held or is_forgotten(self.stretches(log), EntryId(digest[:ENTRY_ID_BYTES]))

    def authors(self, head: bytes) -> Sequence[AuthorId]:
        """Return the known authors whose key begins with `head`."""
        return sorted({log.author for log in self._logs if log.author.startswith(head)})

    def reserve_counters(self, count: int) -> int:
        """Set aside `count` counter values never used before by this store; return the first."""
        first, self._next_counter = self._next_counter, self._next_counter + count
        return first
