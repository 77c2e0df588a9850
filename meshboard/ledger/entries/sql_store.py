"""The storage port of sync, answered from one circle's part of the ledger."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from sqlalchemy import ColumnElement, bindparam, func, insert, select, update
from sqlmodel import col

from meshboard.domain.entries import LogId, SignedEntry
from meshboard.domain.ids import AuthorId, CircleId, EntryId
from meshboard.errors import LedgerError
from meshboard.ledger.entries.kept_members import uncounted_authors
from meshboard.ledger.entries.rows import WHOLE, whole_entry
from meshboard.ledger.entries.salt_keys import drop_salt_keys, salt_key
from meshboard.ledger.entries.stretch_rows import counted_stretches, stretches_of
from meshboard.ledger.file.database import Database
from meshboard.ledger.file.tables import CounterRow, EntryRow, IdentityRow, TrustMarkRow
from meshboard.sync.holdings.stretches import Stretches, is_forgotten, with_stretches
from meshboard.sync.store import LogHoldings, Stretch
from meshboard.wire.entry_bytes import ENTRY_ID_BYTES, FIRST_LINK, link_after

# Asked for every frame heard, so they are put together once.
_STATE = select(
    select(func.max(col(EntryRow.seq))).scalar_subquery(),
    select(col(TrustMarkRow.flips))
    .where(col(TrustMarkRow.circle_id) == bindparam("circle"))
    .scalar_subquery(),
)
_BETWEEN = (
    select(*WHOLE)
    .where(
        col(EntryRow.circle_id) == bindparam("circle"),
        col(EntryRow.author) == bindparam("author"),
        col(EntryRow.incarnation) == bindparam("incarnation"),
        col(EntryRow.number).between(bindparam("first"), bindparam("last")),
        col(EntryRow.counts),
    )
    .order_by(col(EntryRow.number), col(EntryRow.digest))
)
_OWN_AUTHOR = select(col(IdentityRow.author)).where(col(IdentityRow.circle_id) == bindparam("circle"))
_HELD = select(col(EntryRow.seq)).where(
    col(EntryRow.digest) == bindparam("digest"),
    col(EntryRow.circle_id) == bindparam("circle"),
    col(EntryRow.author) == bindparam("author"),
    col(EntryRow.incarnation) == bindparam("incarnation"),
    col(EntryRow.number) == bindparam("number"),
)


class CircleStore:
    """What the engine asks of one circle (`sync.store.Store`).

    Only what counts is told of. Holdings are kept in memory and added to: `seq` grows in the order of
    commits, so what any process has written since is what lies beyond the highest seq seen. When older
    entries began or ceased to count, or were deleted, whoever did it left a mark, and all is read again.
    """

    def __init__(self, database: Database, circle: CircleId) -> None:
        self._database = database
        self._circle = circle
        self._logs: dict[LogId, _HeldLog] = {}
        self._holdings: Mapping[LogId, LogHoldings] = MappingProxyType({})
        self._looked_through = 0
        self._flips: int | None = None
        self._mark: tuple[int, int] | None = None
        self._authors: frozenset[AuthorId] = frozenset()
        self._authors_mark: tuple[int, int] | None = None

    def holdings(self) -> Mapping[LogId, LogHoldings]:
        """Return what is held of every log, including what other processes committed."""
        grown = {log: self._logs[log].holdings() for log in self._catch_up()}
        if grown:
            self._holdings = MappingProxyType({**self._holdings, **grown})
        return self._holdings

    def entries(self, log: LogId, first: int, last: int) -> Sequence[SignedEntry]:
        """Return the entries numbered first to last inclusive, by (number, digest); both of a fork.

        Without those that were forgotten.
        """
        asked = {"author": log.author, "incarnation": log.incarnation, "first": first, "last": last}
        with self._database.reading() as connection:
            rows = connection.execute(_BETWEEN, {"circle": self._circle, **asked}).all()
        return [whole_entry(self._circle, log.author, row) for row in rows]

    def next_link(self, log: LogId, number: int) -> bytes:
        """Return the link an entry of this number is to have, whether the one before it counts or not.

        Of two under the number before it follows the one with the lowest digest.
        """
        if number == 1:
            return FIRST_LINK
        with self._database.reading() as connection:
            row = connection.execute(
                select(*WHOLE)
                .where(*self._in_log(log), col(EntryRow.number) == number - 1)
                .order_by(col(EntryRow.digest))
            ).first()
        if row is None:
            raise LedgerError("The entry before this one is not here. Nothing was saved; try again.")
        return link_after(whole_entry(self._circle, log.author, row))

    def salt_key(self, log: LogId, number: int) -> bytes:
        """Return the key that the next entry of a log, of this number, takes; empty where there is none."""
        with self._database.reading() as connection:
            return salt_key(connection, self._circle, log, number)

    def drop_salt_keys(self, log: LogId, first: int, last: int) -> None:
        """Forget the keys of all blocks with one of these numbers, for ever (`salt_keys.drop_salt_keys`)."""
        with self._database.writing() as connection:
            drop_salt_keys(connection, self._circle, log, first, last)

    def holds(self, log: LogId, number: int, digest: bytes) -> bool:
        """Say whether this very entry is held, be it one that does not count, or was forgotten here."""
        with self._database.reading() as connection:
            found = connection.execute(
                _HELD,
                {
                    "digest": digest,
                    "circle": self._circle,
                    "author": log.author,
                    "incarnation": log.incarnation,
                    "number": number,
                },
            ).first()
            if found is not None:
                return True
            stretches = stretches_of(connection, self._circle, log)
        return is_forgotten(stretches, EntryId(digest[:ENTRY_ID_BYTES]))

    def stretches(self, log: LogId) -> Sequence[Stretch]:
        """Return what is left of forgotten entries of a log, by first number."""
        with self._database.reading() as connection:
            return stretches_of(connection, self._circle, log)

    def authors(self, head: bytes) -> Sequence[AuthorId]:
        """Return the known authors whose key begins with `head`, this station's own and waiting ones too."""
        mark = self._database.mark()
        if mark is None or mark != self._authors_mark:
            self._authors, self._authors_mark = self._all_authors(), mark
        return sorted(author for author in self._authors if author.startswith(head))

    def _all_authors(self) -> frozenset[AuthorId]:
        self.holdings()
        with self._database.reading() as connection:
            own = connection.execute(_OWN_AUTHOR, {"circle": self._circle}).scalars()
            told = {log.author for log in self._logs} | {AuthorId(author) for author in own}
            return frozenset(told | uncounted_authors(connection, self._circle))

    def reserve_counters(self, count: int) -> int:
        """Durably set aside `count` counter values never used before; return the first."""
        own_circle = col(CounterRow.circle_id) == self._circle
        with self._database.writing() as connection:
            first = connection.execute(
                select(col(CounterRow.next_value)).where(own_circle)
            ).scalar_one_or_none()
            if first is None:
                first = 1
                connection.execute(insert(CounterRow).values(circle_id=self._circle, next_value=first))
            connection.execute(update(CounterRow).where(own_circle).values(next_value=first + count))
        return first

    def _in_log(self, log: LogId) -> tuple[ColumnElement[bool], ...]:
        return (
            col(EntryRow.circle_id) == self._circle,
            col(EntryRow.author) == log.author,
            col(EntryRow.incarnation) == log.incarnation,
        )

    def _catch_up(self) -> set[LogId]:
        """Take in what was committed since the last look; return the logs it belongs to."""
        mark = self._database.mark()
        if mark is not None and mark == self._mark:
            return set()
        assert not self._database.has_unsaved, "what is not stored is never told of"
        self._mark = mark
        with self._database.reading() as connection:
            last_seq, flips = connection.execute(_STATE, {"circle": self._circle}).one()
            if (last_seq or 0, flips) == (self._looked_through, self._flips):
                return set()
            if flips != self._flips:
                self._start_afresh()
            rows = connection.execute(
                select(
                    col(EntryRow.seq),
                    col(EntryRow.author),
                    col(EntryRow.incarnation),
                    col(EntryRow.number),
                    col(EntryRow.digest),
                )
                .where(
                    col(EntryRow.circle_id) == self._circle,
                    col(EntryRow.seq) > self._looked_through,
                    col(EntryRow.counts),
                )
                .order_by(col(EntryRow.seq))
            ).all()
            is_afresh = self._looked_through == 0
            stretches = counted_stretches(connection, self._circle) if is_afresh else {}
        grown = set(stretches)
        for log, left in stretches.items():
            self._logs.setdefault(log, _HeldLog()).add_stretches(left)
        for row in rows:
            log = LogId(AuthorId(row.author), row.incarnation)
            self._logs.setdefault(log, _HeldLog()).add(row.number, row.digest)
            grown.add(log)
        self._looked_through, self._flips = last_seq or 0, flips
        return grown

    def _start_afresh(self) -> None:
        self._logs = {}
        self._holdings = MappingProxyType({})
        self._looked_through = 0


class _HeldLog:
    """The numbers held of one log, as ranges that grow."""

    def __init__(self) -> None:
        self._firsts: list[int] = []
        self._lasts: list[int] = []
        self._digest = 0
        self._count = 0

    def add(self, number: int, digest: bytes) -> None:
        """Take one entry in."""
        self._digest ^= int.from_bytes(digest, "big")
        self._count += 1
        place = bisect_right(self._firsts, number)
        if place and number <= self._lasts[place - 1]:
            return
        joins_before = place > 0 and self._lasts[place - 1] == number - 1
        joins_after = place < len(self._firsts) and self._firsts[place] == number + 1
        if joins_before and joins_after:
            self._lasts[place - 1] = self._lasts.pop(place)
            self._firsts.pop(place)
        elif joins_before:
            self._lasts[place - 1] = number
        elif joins_after:
            self._firsts[place] = number
        else:
            self._firsts.insert(place, number)
            self._lasts.insert(place, number)

    def add_stretches(self, stretches: Stretches) -> None:
        """Take what is left of forgotten entries in."""
        held = with_stretches(self.holdings(), stretches)
        self._firsts = [first for first, _ in held.ranges]
        self._lasts = [last for _, last in held.ranges]
        self._digest, self._count = int.from_bytes(held.digest, "big"), held.count

    def holdings(self) -> LogHoldings:
        """Return what is held now."""
        ranges = tuple(zip(self._firsts, self._lasts, strict=True))
        return LogHoldings(ranges, self._digest.to_bytes(32, "big"), self._count)
