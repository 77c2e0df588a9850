"""Rebuild the projection from the entries."""

from collections.abc import Callable, Iterator
from itertools import groupby

from sqlalchemy import Connection, delete, func, select, text, update
from sqlmodel import col

from meshboard.domain.ids import AuthorId, CircleId, EntryId, PostId
from meshboard.domain.merge import speaks_truly
from meshboard.ledger.placing import settle_collision
from meshboard.ledger.projection import Story, write_names, write_stories
from meshboard.ledger.rows import claimed_post, stored_entry, stored_subject
from meshboard.ledger.tables import ClaimRow, EntryRow, PostRow, StationNameRow

Progress = Callable[[int, int], None]
"""Told (steps done, steps in all); every entry is two steps."""

ENTRIES_AT_A_TIME = 1000
STORIES_AT_A_TIME = 200

_PLACE_ALL = text(
    "UPDATE entry SET post_id = placed.post_id FROM ("
    "  SELECT e.seq, coalesce("
    "    (SELECT c.claimed_post_id FROM entry AS c WHERE c.circle_id = e.circle_id AND c.id = e.subject_id"
    "       AND c.is_sound AND c.claimed_post_id IS NOT NULL),"
    "    e.subject_id) AS post_id"
    "  FROM entry AS e WHERE e.is_sound"
    ") AS placed WHERE placed.seq = entry.seq AND entry.post_id IS NOT placed.post_id"
)

_CORRECT = text(
    "UPDATE entry SET subject_id = :subject, claimed_post_id = :claimed, is_sound = :sound WHERE seq = :of"
)


def rebuild(connection: Connection, progress: Progress) -> None:
    """Compute everything that is computed from entries anew, inside the caller's transaction."""
    total = connection.execute(select(func.count()).select_from(EntryRow)).scalar_one()
    for table in (PostRow, ClaimRow, StationNameRow):
        connection.execute(delete(table))
    done = 0
    for some in _reread(connection):
        done += some
        progress(done, 2 * total)
    _place(connection)
    for some in _retell(connection):
        done += some
        progress(done, 2 * total)
    progress(2 * total, 2 * total)


def _reread(connection: Connection) -> Iterator[int]:
    """Read every entry again, and correct what an older version may have understood differently."""
    last_seq = 0
    while rows := connection.execute(
        select(
            col(EntryRow.seq),
            col(EntryRow.circle_id),
            col(EntryRow.author),
            col(EntryRow.packed),
            col(EntryRow.signature),
            col(EntryRow.subject_id),
            col(EntryRow.claimed_post_id),
            col(EntryRow.is_sound),
        )
        .where(col(EntryRow.seq) > last_seq)
        .order_by(col(EntryRow.seq))
        .limit(ENTRIES_AT_A_TIME)
    ).all():
        last_seq = rows[-1].seq
        corrections = []
        entries = []
        for row in rows:
            entry = stored_entry(
                CircleId(row.circle_id), AuthorId(row.author), row.packed, row.signature
            ).entry
            understood = stored_subject(entry), claimed_post(entry), speaks_truly(entry)
            if understood != (row.subject_id, row.claimed_post_id, row.is_sound):
                corrections.append(
                    dict(zip(("of", "subject", "claimed", "sound"), (row.seq, *understood), strict=True))
                )
            if understood[2]:
                entries.append(entry)
        if corrections:
            connection.execute(_CORRECT, corrections)
        write_names(connection, entries)
        yield len(rows)


def _place(connection: Connection) -> None:
    unsound = col(EntryRow.is_sound).is_(False)
    connection.execute(update(EntryRow).where(unsound).values(post_id=None))
    shared = connection.execute(
        select(col(EntryRow.circle_id), col(EntryRow.id))
        .group_by(col(EntryRow.circle_id), col(EntryRow.id))
        .having(func.count() > 1)
    ).all()
    for row in shared:
        settle_collision(connection, CircleId(row.circle_id), row.id)
    connection.execute(_PLACE_ALL)


def _retell(connection: Connection) -> Iterator[int]:
    """Write every post from its entries; they are read in the order of circles and posts."""
    rows = connection.execute(
        select(
            col(EntryRow.circle_id),
            col(EntryRow.post_id),
            col(EntryRow.seq),
            col(EntryRow.author),
            col(EntryRow.packed),
            col(EntryRow.signature),
        )
        .where(col(EntryRow.post_id).is_not(None))
        .order_by(col(EntryRow.circle_id), col(EntryRow.post_id))
        .execution_options(yield_per=ENTRIES_AT_A_TIME)
    )
    for circle_id, of_circle in groupby(rows, key=lambda row: row.circle_id):
        circle = CircleId(circle_id)
        told: list[Story] = []
        for post_id, of_post in groupby(of_circle, key=lambda row: row.post_id):
            numbered = [
                (row.seq, stored_entry(circle, AuthorId(row.author), row.packed, row.signature).entry)
                for row in of_post
            ]
            told.append(
                Story(
                    PostId(EntryId(post_id)),
                    tuple(entry for _, entry in numbered),
                    {entry.id: seq for seq, entry in numbered},
                )
            )
            if len(told) == STORIES_AT_A_TIME:
                yield _write(connection, circle, told)
                told = []
        yield _write(connection, circle, told)


def _write(connection: Connection, circle: CircleId, told: list[Story]) -> int:
    write_stories(connection, circle, told)
    return sum(len(story.entries) for story in told)
