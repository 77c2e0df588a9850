"""What is left of forgotten entries, in the ledger: stretches of `sync.holdings.stretches` as rows."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, delete, insert, select, update
from sqlmodel import col

from meshboard.domain.entries import Entry, LogId, SignedEntry
from meshboard.domain.ids import AuthorId, CircleId, EntryId
from meshboard.ledger.entries.kept_members import Reckoning, set_marks
from meshboard.ledger.entries.rows import stored_entry
from meshboard.ledger.entries.salt_keys import drop_salt_keys
from meshboard.ledger.file.tables import EntryRow, StretchRow
from meshboard.sync.holdings.ranges import ranges_of
from meshboard.sync.holdings.stretches import Stretches, forget, give_up, is_forgotten, take_told
from meshboard.sync.store import Stretch
from meshboard.wire.entry_bytes import ENTRY_ID_BYTES

_COLUMNS = (
    col(StretchRow.author), col(StretchRow.incarnation), col(StretchRow.first_number),
    col(StretchRow.last_number), col(StretchRow.count), col(StretchRow.digest), col(StretchRow.ids),
)  # fmt: skip
_IN_ORDER = col(StretchRow.first_number), col(StretchRow.last_number), col(StretchRow.is_told)
# Asked for every entry heard, so it is put together once.
_OF_LOG = (
    select(*_COLUMNS)
    .where(
        col(StretchRow.circle_id) == bindparam("circle"),
        col(StretchRow.author) == bindparam("author"),
        col(StretchRow.incarnation) == bindparam("incarnation"),
    )
    .order_by(*_IN_ORDER)
)


def stretches_of(connection: Connection, circle: CircleId, log: LogId) -> Stretches:
    """Return what is left of forgotten entries of one log, by first number."""
    asked = {"circle": circle, "author": log.author, "incarnation": log.incarnation}
    return [_stretch_of(row) for row in connection.execute(_OF_LOG, asked)]


def counted_stretches(connection: Connection, circle: CircleId) -> Mapping[LogId, Stretches]:
    """Return what is left of forgotten entries of every log, as far as it counts."""
    return _read(connection, circle, col(StretchRow.counts).is_(True))


def forgotten_ids(connection: Connection, circle: CircleId) -> set[EntryId]:
    """Return the ids of everything of a circle that was forgotten here."""
    told = _read(connection, circle, col(StretchRow.is_told).is_(False))
    return {entry_id for stretches in told.values() for one in stretches for entry_id in one.ids}


def keep_forgotten(connection: Connection, known: Reckoning, entries: Iterable[Entry]) -> None:
    """Note that these entries, which are being deleted, were held until now.

    The salt keys of their blocks go too: with one, a guess of a forgotten text could be confirmed.
    """
    for log, gone in _by_log(entries).items():
        for first, last in ranges_of(entry.number for entry in gone):
            drop_salt_keys(connection, known.circle, log, first, last)
        _write(connection, known, log, forget(stretches_of(connection, known.circle, log), gone))


def not_forgotten(
    connection: Connection, circle: CircleId, entries: Sequence[SignedEntry]
) -> Sequence[SignedEntry]:
    """Return those of these entries that were not forgotten here before."""
    logs = {signed.entry.log for signed in entries}
    known = {log: stretches_of(connection, circle, log) for log in logs}
    return [signed for signed in entries if not is_forgotten(known[signed.entry.log], signed.entry.id)]


def give_up_told(connection: Connection, known: Reckoning, entries: Iterable[Entry]) -> None:
    """Note that entries came in full of which others had said that nobody needs them."""
    is_changed = False
    for log, came in _by_log(entries).items():
        stretches = before = stretches_of(connection, known.circle, log)
        for entry in came:
            stretches = left if (left := give_up(stretches, entry)) is not None else stretches
        if stretches is not before:
            _write(connection, known, log, stretches)
            is_changed = True
    if is_changed:
        set_marks(connection, known.circle, flips=True)


def take_stretch(connection: Connection, known: Reckoning, log: LogId, told: Stretch) -> bool:
    """Take what others said nobody needs, if the entry after it counts and is here; say whether it is new."""
    stretches = stretches_of(connection, known.circle, log)
    after = told.last + 1
    if not known.counts(log, after) or not (
        any(one.includes(after) for one in stretches) or _full(connection, known.circle, log, after, after)
    ):
        return False
    taken = take_told(stretches, told, _full(connection, known.circle, log, told.first, told.last))
    if taken is None:
        return False
    _write(connection, known, log, taken)
    set_marks(connection, known.circle, flips=True)
    return True


def recount_stretches(connection: Connection, known: Reckoning, author: AuthorId) -> None:
    """Let what is left of an author's forgotten entries begin or cease to count.

    By its last number: of a stretch that a cut parts nothing counts.
    """
    of_author = col(StretchRow.circle_id) == known.circle, col(StretchRow.author) == author
    rows = connection.execute(
        select(col(StretchRow.incarnation), col(StretchRow.last_number), col(StretchRow.counts)).where(
            *of_author
        )
    ).all()
    for incarnation, last, counts in rows:
        now_counts = known.counts(LogId(author, incarnation), last)
        if now_counts != counts:
            which = col(StretchRow.incarnation) == incarnation, col(StretchRow.last_number) == last
            connection.execute(update(StretchRow).where(*of_author, *which).values(counts=now_counts))
            set_marks(connection, known.circle, flips=True)


def _full(connection: Connection, circle: CircleId, log: LogId, first: int, last: int) -> Sequence[Entry]:
    rows = connection.execute(
        select(col(EntryRow.packed), col(EntryRow.signature)).where(
            col(EntryRow.circle_id) == circle,
            col(EntryRow.author) == log.author,
            col(EntryRow.incarnation) == log.incarnation,
            col(EntryRow.number).between(first, last),
        )
    ).all()
    return [stored_entry(circle, log.author, row.packed, row.signature).entry for row in rows]


def _read(
    connection: Connection, circle: CircleId, *conditions: ColumnElement[bool]
) -> Mapping[LogId, Stretches]:
    rows = connection.execute(
        select(*_COLUMNS).where(col(StretchRow.circle_id) == circle, *conditions).order_by(*_IN_ORDER)
    ).all()
    found: dict[LogId, list[Stretch]] = defaultdict(list)
    for row in rows:
        found[LogId(AuthorId(row.author), row.incarnation)].append(_stretch_of(row))
    return found


def _stretch_of(row: Row[*tuple[Any, ...]]) -> Stretch:
    _, _, first, last, count, digest, ids = row
    places = range(0, len(ids), ENTRY_ID_BYTES)
    known = frozenset(EntryId(ids[place : place + ENTRY_ID_BYTES]) for place in places)
    return Stretch(first, last, count, digest, known)


def _write(connection: Connection, known: Reckoning, log: LogId, stretches: Stretches) -> None:
    in_log = col(StretchRow.circle_id) == known.circle, *_in_log(log)
    connection.execute(delete(StretchRow).where(*in_log))
    rows = [
        {
            "circle_id": known.circle,
            "author": log.author,
            "incarnation": log.incarnation,
            "first_number": one.first,
            "is_told": one.is_told,
            "last_number": one.last,
            "count": one.count,
            "digest": one.digest,
            "ids": b"".join(sorted(one.ids)),
            "counts": known.counts(log, one.last),
        }
        for one in stretches
    ]
    if rows:
        connection.execute(insert(StretchRow), rows)


def _in_log(log: LogId) -> tuple[ColumnElement[bool], ...]:
    return col(StretchRow.author) == log.author, col(StretchRow.incarnation) == log.incarnation


def _by_log(entries: Iterable[Entry]) -> Mapping[LogId, list[Entry]]:
    logs: dict[LogId, list[Entry]] = defaultdict(list)
    for entry in entries:
        logs[entry.log].append(entry)
    return logs
