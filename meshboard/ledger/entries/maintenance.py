"""Rebuild the projection from the entries."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby, islice

from sqlalchemy import Connection, Row, delete, func, select, text, update
from sqlmodel import col

from meshboard.domain.entries import Entry
from meshboard.domain.ids import AuthorId, CircleId, EntryId, PostId
from meshboard.domain.merge import speaks_truly
from meshboard.figures import ENTRIES_AT_A_TIME, MAX_UNDER_ONE_NUMBER, STORIES_AT_A_TIME
from meshboard.ledger.entries.kept_members import KeptMembers, Reckoning
from meshboard.ledger.entries.placing import settle_collision
from meshboard.ledger.entries.projection import Story, write_names, write_stories
from meshboard.ledger.entries.recount import names_station
from meshboard.ledger.entries.rows import claimed_post, stored_entry, stored_subject
from meshboard.ledger.entries.stretch_rows import recount_stretches
from meshboard.ledger.file.tables import ClaimRow, EntryRow, PostRow, StationNameRow, StretchRow

Progress = Callable[[int, int], None]
"""Told (steps done, steps in all); every entry is two steps."""


_PLACE_ALL = text(
    "UPDATE entry SET post_id = placed.post_id FROM ("
    "  SELECT e.seq, coalesce("
    "    (SELECT c.claimed_post_id FROM entry AS c WHERE c.circle_id = e.circle_id AND c.id = e.subject_id"
    "       AND c.is_sound AND c.claimed_post_id IS NOT NULL),"
    "    e.subject_id) AS post_id"
    "  FROM entry AS e WHERE e.is_sound"
    ") AS placed WHERE placed.seq = entry.seq AND entry.post_id IS NOT placed.post_id"
)

_CLASSIFY = text(
    "UPDATE entry SET kind = said.kind FROM ("
    "  SELECT seq, (instr('0123456789ABCDEF', substr(hex(substr(packed, 1, 1)), 1, 1)) - 1) % 4 * 16"
    "    + instr('0123456789ABCDEF', substr(hex(substr(packed, 1, 1)), 2, 1)) - 1 AS kind FROM entry"
    ") AS said WHERE said.seq = entry.seq AND said.kind <> entry.kind"
)
_OUTVOTE = text(
    "DELETE FROM entry WHERE seq IN (SELECT seq FROM ("
    "  SELECT seq, row_number() OVER"
    "    (PARTITION BY circle_id, author, incarnation, number ORDER BY digest) AS place FROM entry"
    ") WHERE place > :kept)"
)

_SIGNED = col(EntryRow.seq), col(EntryRow.author), col(EntryRow.packed), col(EntryRow.signature)
_UNDERSTOOD = (
    *_SIGNED,
    col(EntryRow.circle_id),
    col(EntryRow.subject_id),
    col(EntryRow.claimed_post_id),
    col(EntryRow.is_sound),
    col(EntryRow.counts),
)
_TOLD = (*_SIGNED, col(EntryRow.circle_id), col(EntryRow.post_id))

_CORRECT = text(
    "UPDATE entry SET subject_id = :subject, claimed_post_id = :claimed, is_sound = :sound,"
    " counts = :counts WHERE seq = :of"
)


def rebuild(connection: Connection, members: KeptMembers, progress: Progress) -> None:
    """Compute everything that is computed from entries anew, inside the caller's transaction."""
    connection.execute(_CLASSIFY)
    connection.execute(_OUTVOTE, {"kept": MAX_UNDER_ONE_NUMBER})
    circles = connection.execute(select(col(EntryRow.circle_id)).distinct()).scalars().all()
    known = {circle: members.anew(connection, CircleId(circle)) for circle in circles}
    total = connection.execute(select(func.count()).select_from(EntryRow)).scalar_one()
    for table in (PostRow, ClaimRow, StationNameRow):
        connection.execute(delete(table))
    for circle, reckoning in known.items():
        for author in (
            connection.execute(
                select(col(StretchRow.author)).where(col(StretchRow.circle_id) == circle).distinct()
            )
            .scalars()
            .all()
        ):
            recount_stretches(connection, reckoning, AuthorId(author))
    done = 0
    for some in _reread(connection, known):
        done += some
        progress(done, 2 * total)
    _place(connection)
    for some in _retell(connection):
        done += some
        progress(done, 2 * total)
    progress(2 * total, 2 * total)


def _reread(connection: Connection, known: Mapping[bytes, Reckoning]) -> Iterator[int]:
    """Read every entry again, and correct what an older version may have understood differently."""
    last_seq = 0
    while rows := connection.execute(
        select(*_UNDERSTOOD)
        .where(col(EntryRow.seq) > last_seq)
        .order_by(col(EntryRow.seq))
        .limit(ENTRIES_AT_A_TIME)
    ).all():
        last_seq = rows[-1].seq
        corrections = []
        entries = []
        for row in rows:
            entry = _entry(CircleId(row.circle_id), row)
            counts = known[row.circle_id].counts(entry.log, entry.number)
            is_sound = counts and speaks_truly(entry)
            understood = stored_subject(entry), claimed_post(entry), is_sound, counts
            if understood != (row.subject_id, row.claimed_post_id, row.is_sound, row.counts):
                names = ("subject", "claimed", "sound", "counts")
                corrections.append({"of": row.seq, **dict(zip(names, understood, strict=True))})
            if speaks_truly(entry) and names_station(entry.log, entry.number, counts):
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
        select(*_TOLD)
        .where(col(EntryRow.post_id).is_not(None))
        .order_by(col(EntryRow.circle_id), col(EntryRow.post_id))
        .execution_options(yield_per=ENTRIES_AT_A_TIME)
    )
    for circle_id, of_circle in groupby(rows, key=lambda row: row.circle_id):
        circle = CircleId(circle_id)
        stories = (
            _story(circle, PostId(EntryId(post_id)), of_post)
            for post_id, of_post in groupby(of_circle, key=lambda row: row.post_id)
        )
        while told := list(islice(stories, STORIES_AT_A_TIME)):
            write_stories(connection, circle, told)
            yield sum(len(story.entries) for story in told)


def _story(circle: CircleId, post: PostId, rows: Iterable[Row[*tuple[object, ...]]]) -> Story:
    numbered = [(row.seq, _entry(circle, row)) for row in rows]
    return Story(post, tuple(entry for _, entry in numbered), {entry.id: seq for seq, entry in numbered})


def _entry(circle: CircleId, row: Row[*tuple[object, ...]]) -> Entry:
    return stored_entry(circle, AuthorId(row.author), row.packed, row.signature).entry
