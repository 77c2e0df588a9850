"""Let stored entries begin or cease to count, and place anew what hangs on them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Row, delete, func, select, text
from sqlmodel import col

from meshboard.domain.entries import LogId
from meshboard.domain.ids import AuthorId, CircleId
from meshboard.domain.merge import speaks_truly
from meshboard.figures import IN_ONE_QUESTION
from meshboard.ledger.entries.kept_members import Reckoning, is_kept_from_strangers, set_marks
from meshboard.ledger.entries.placing import claimed_posts, move_waiting, settle_collision
from meshboard.ledger.entries.projection import chunks, write_names
from meshboard.ledger.entries.rows import stored_entry
from meshboard.ledger.entries.stretch_rows import recount_stretches
from meshboard.ledger.file.tables import EntryRow, StationNameRow
from meshboard.wire.kinds import FactKind

_NAMING_KINDS = FactKind.CIRCLE_FOUNDED, FactKind.STATION_INTRODUCED
_ROW = (
    col(EntryRow.seq), col(EntryRow.id), col(EntryRow.author), col(EntryRow.incarnation),
    col(EntryRow.number), col(EntryRow.packed), col(EntryRow.signature), col(EntryRow.subject_id),
    col(EntryRow.claimed_post_id), col(EntryRow.post_id), col(EntryRow.counts), col(EntryRow.is_sound),
)  # fmt: skip
_TURN = text("UPDATE entry SET counts = :counts, is_sound = :sound, post_id = NULL WHERE seq = :of")
_PLACE = text("UPDATE entry SET post_id = :post WHERE seq = :of")

Rows = Sequence[Row[*tuple[object, ...]]]


@dataclass(frozen=True, slots=True)
class _Turn:
    """A stored entry and whether it counts from now on."""

    row: Row[*tuple[object, ...]]
    counts: bool
    is_sound: bool


def recount(connection: Connection, before: Reckoning, after: Reckoning) -> set[bytes]:
    """Turn the entries of everybody whose standing changed; return the posts whose story changed."""
    touched: set[bytes] = set()
    for author in sorted(_changed_authors(before, after)):
        touched |= recount_author(connection, after, author)
    return touched


def recount_all(connection: Connection, known: Reckoning) -> set[bytes]:
    """Turn whatever counts otherwise than is stored; return the posts whose story changed."""
    authors = connection.execute(
        select(col(EntryRow.author)).where(col(EntryRow.circle_id) == known.circle).distinct()
    ).scalars()
    touched: set[bytes] = set()
    for author in authors.all():
        touched |= recount_author(connection, known, AuthorId(author))
    return touched


def recount_author(connection: Connection, known: Reckoning, author: AuthorId) -> set[bytes]:
    """Turn those of an author's entries that count otherwise than is stored; return the posts touched."""
    rows = _rows(connection, known.circle, col(EntryRow.author) == author)
    turns = [
        _turn(known.circle, row, counts)
        for row in rows
        if (counts := known.counts(LogId(author, row.incarnation), row.number)) != row.counts
    ]
    recount_stretches(connection, known, author)
    return _apply(connection, known.circle, turns, {author})


def remove(connection: Connection, circle: CircleId, digests: Iterable[bytes]) -> set[bytes]:
    """Delete stored entries; return the posts whose story changed."""
    touched: set[bytes] = set()
    for some in chunks(digests, IN_ONE_QUESTION):
        which = col(EntryRow.digest).in_(some)
        rows = _rows(connection, circle, which)
        turns = [_Turn(row, counts=False, is_sound=False) for row in rows]
        touched |= _apply(connection, circle, turns, set())
        connection.execute(delete(EntryRow).where(which))
        _rename(connection, circle, {AuthorId(row.author) for row in rows})
    return touched


def _changed_authors(before: Reckoning, after: Reckoning) -> set[AuthorId]:
    was, now = before.membership, after.membership
    if was is now:
        return set()
    authors = {log.author for log, _ in was.last_words ^ now.last_words}
    for author in was.standings.keys() | now.standings.keys():
        old, new = was.standings.get(author), now.standings.get(author)
        if was.is_member(author) != now.is_member(author) or (old and old.reach) != (new and new.reach):
            authors.add(author)
    return authors - {after.own} if after.own else authors


def _rows(connection: Connection, circle: CircleId, which: object) -> Rows:
    return connection.execute(select(*_ROW).where(col(EntryRow.circle_id) == circle, which)).all()  # type: ignore[arg-type]


def _turn(circle: CircleId, row: Row[*tuple[object, ...]], counts: bool) -> _Turn:
    entry = stored_entry(circle, AuthorId(row.author), row.packed, row.signature).entry
    return _Turn(row, counts, counts and speaks_truly(entry))


def _apply(
    connection: Connection, circle: CircleId, turns: Sequence[_Turn], authors: set[AuthorId]
) -> set[bytes]:
    """Store which entries count now, and where they belong."""
    if not turns:
        return set()
    connection.execute(
        _TURN, [{"counts": turn.counts, "sound": turn.is_sound, "of": turn.row.seq} for turn in turns]
    )
    touched = {turn.row.post_id for turn in turns}
    touched |= _move_what_hangs(connection, circle, turns)
    touched |= _place(connection, circle, [turn for turn in turns if turn.is_sound])
    for entry_id in _shared_ids(connection, circle, turns):
        touched |= settle_collision(connection, circle, entry_id)
    _rename(connection, circle, authors)
    set_marks(connection, circle, flips=True)
    return {post for post in touched if post is not None}


def _move_what_hangs(connection: Connection, circle: CircleId, turns: Sequence[_Turn]) -> set[bytes]:
    """Move what is about claims: to their posts, or to wait under the claim's id when it no longer counts."""
    moved = {
        turn.row.id: turn.row.claimed_post_id if turn.is_sound else turn.row.id
        for turn in turns
        if turn.row.claimed_post_id is not None and turn.is_sound != turn.row.is_sound
    }
    if moved:
        move_waiting(connection, circle, moved)
    claimed = {turn.row.claimed_post_id for turn in turns if turn.row.id in moved}
    return {*moved.keys(), *claimed}


def _place(connection: Connection, circle: CircleId, turns: Sequence[_Turn]) -> set[bytes]:
    subjects = {turn.row.subject_id for turn in turns} - {None}
    post_of_claim = claimed_posts(connection, circle, subjects)
    places = {
        turn.row.seq: post_of_claim.get(turn.row.subject_id, turn.row.subject_id)
        for turn in turns
        if turn.row.subject_id is not None
    }
    if places:
        connection.execute(_PLACE, [{"of": seq, "post": post} for seq, post in places.items()])
    return set(places.values())


def _shared_ids(connection: Connection, circle: CircleId, turns: Sequence[_Turn]) -> list[bytes]:
    """Return the ids of these entries that others have too."""
    shared: list[bytes] = []
    for some in chunks({turn.row.id for turn in turns}, IN_ONE_QUESTION):
        shared += connection.execute(
            select(col(EntryRow.id))
            .where(col(EntryRow.circle_id) == circle, col(EntryRow.id).in_(some))
            .group_by(col(EntryRow.id))
            .having(func.count() > 1)
        ).scalars()
    return sorted(shared)


def _rename(connection: Connection, circle: CircleId, authors: Iterable[AuthorId]) -> None:
    """Name stations anew by what counts, and by what is kept of those who do not."""
    for author in authors:
        connection.execute(
            delete(StationNameRow).where(
                col(StationNameRow.circle_id) == circle, col(StationNameRow.author) == author
            )
        )
        rows = _rows(
            connection, circle, (col(EntryRow.author) == author) & col(EntryRow.kind).in_(_NAMING_KINDS)
        )
        write_names(
            connection,
            (
                stored_entry(circle, author, row.packed, row.signature).entry
                for row in rows
                if names_station(LogId(author, row.incarnation), row.number, row.counts)
            ),
        )


def names_station(log: LogId, number: int, counts: bool) -> bool:
    """Say whether an introduction is heeded: strangers have names too, to be known by before they are in."""
    return counts or is_kept_from_strangers(log, number)
