"""Forget what nobody needs any more, in batches: `domain.forgetting` says what that is."""

from collections.abc import Iterator, Sequence, Set

from sqlalchemy import Connection, delete, exists, func, or_, select
from sqlmodel import col

from meshboard.domain.entries import Entry, LogId
from meshboard.domain.forgetting import Place, forgettable, is_late, may_be_forgotten, sure_time
from meshboard.domain.ids import AuthorId, CircleId, EntryId, PostId
from meshboard.domain.merge import merge_post
from meshboard.figures import KEPT_AFTER_S, POSTS_AT_A_TIME
from meshboard.ledger.board.post_search import Posts
from meshboard.ledger.entries.kept_members import KeptMembers
from meshboard.ledger.entries.projection import chunks, project, stories
from meshboard.ledger.entries.recount import remove
from meshboard.ledger.entries.rows import stored_entry
from meshboard.ledger.entries.stretch_rows import forgotten_ids, keep_forgotten, take_stretch
from meshboard.ledger.file.database import Database
from meshboard.ledger.file.tables import CircleRow, ContactRow, EntryRow, PickUpRow, PickUpTryRow, PostRow
from meshboard.sync.store import Stretch


class Forgetting:
    """Forgets in every circle of a ledger, and keeps what is left of it."""

    def __init__(self, database: Database, members: KeptMembers, posts: Posts) -> None:
        self._database = database
        self._members = members
        self._posts = posts

    def steps(self, now_s: int | None) -> Iterator[int]:
        """Forget what nobody needs any more; yield after each short transaction how many entries went.

        None = the time is not known: nothing is forgotten.
        """
        yield from self._run(now_s, is_sure=False)

    def at_once(self, now_s: int | None) -> int:
        """Forget it all, by a clock that a person answers for; return how many entries went."""
        return sum(self._run(now_s, is_sure=True))

    def ids(self, circle: CircleId) -> Set[EntryId]:
        """Return the ids of what was forgotten here."""
        with self._database.reading() as connection:
            return forgotten_ids(connection, circle)

    def take_stretch(self, circle: CircleId, log: LogId, told: Stretch) -> bool:
        """Store what others said nobody needs to have of a log; say whether it told anything new."""
        with self._database.writing() as connection:
            return take_stretch(connection, self._members.known(connection, circle), log, told)

    def _run(self, now_s: int | None, *, is_sure: bool) -> Iterator[int]:
        with self._database.reading() as connection:
            circles = connection.execute(select(col(CircleRow.id))).scalars().all()
        for circle in map(CircleId, circles):
            for count in self._run_in(circle, now_s, is_sure=is_sure):
                if count:
                    self._posts.forget()
                yield count

    def _run_in(self, circle: CircleId, now_s: int | None, *, is_sure: bool) -> Iterator[int]:
        """Forget in one circle; `is_sure`: the clock needs no stamps of others beside it to be believed."""
        with self._database.reading() as connection:
            sure_s = now_s if is_sure else self._sure(connection, circle, now_s)
            posts = _over_posts(connection, circle, sure_s) if sure_s is not None else ()
        for some in chunks(posts, POSTS_AT_A_TIME):
            yield self._forget(circle, some, sure_s)
        if sure_s is not None:
            yield self._forget_late(circle, sure_s)
            self._database.empty_log()

    def _sure(self, connection: Connection, circle: CircleId, now_s: int | None) -> int | None:
        rows = connection.execute(
            select(col(EntryRow.author), func.max(col(EntryRow.stamp_time)))
            .where(col(EntryRow.circle_id) == circle, col(EntryRow.counts))
            .group_by(col(EntryRow.author))
        ).all()
        newest = {AuthorId(author): stamp for author, stamp in rows if stamp is not None}
        return sure_time(now_s, self._members.known(connection, circle).own, newest)

    def _forget(self, circle: CircleId, posts: Sequence[bytes], now_s: int | None) -> int:
        with self._database.writing() as connection:
            old: dict[PostId, Sequence[Entry]] = {}
            for story in stories(connection, circle, posts):
                record = merge_post(story.entries)
                if record is not None and may_be_forgotten(record, now_s):
                    old[record.id] = record.history
            every = [entry for history in old.values() for entry in history]
            digests = forgettable(old, (), *_needs(connection, circle))
            gone = [entry for entry in every if entry.digest in digests]
            self._drop(connection, circle, gone)
            _drop_private(connection, circle, sorted(old.keys() & {PostId(entry.id) for entry in gone}))
        return len(gone)

    def _forget_late(self, circle: CircleId, now_s: int) -> int:
        """Forget what is about something that was forgotten before it came."""
        with self._database.reading() as connection:
            known = forgotten_ids(connection, circle)
            late = [entry for entry in _orphans(connection, circle) if is_late(entry, now_s, known)]
        if not late:
            return 0
        with self._database.writing() as connection:
            digests = forgettable({}, late, *_needs(connection, circle))
            gone = [entry for entry in late if entry.digest in digests]
            self._drop(connection, circle, gone)
        return len(gone)

    def _drop(self, connection: Connection, circle: CircleId, gone: Sequence[Entry]) -> None:
        if gone:
            keep_forgotten(connection, self._members.known(connection, circle), gone)
            touched = remove(connection, circle, [entry.digest for entry in gone])
            project(connection, circle, touched)


def _over_posts(connection: Connection, circle: CircleId, now_s: int) -> Sequence[bytes]:
    """Return the posts that may be old enough, the oldest first: what is proven by others goes first."""
    then_s = now_s - KEPT_AFTER_S
    is_over = col(PostRow.is_over) | (col(PostRow.over_at) <= then_s)
    is_old = or_(col(PostRow.posted_at).is_(None), col(PostRow.posted_at) <= then_s)
    rows = connection.execute(
        select(col(PostRow.id))
        .where(col(PostRow.circle_id) == circle, is_over, is_old)
        .order_by(col(PostRow.posted_at), col(PostRow.id))
    )
    return rows.scalars().all()


def _needs(connection: Connection, circle: CircleId) -> tuple[dict[LogId, int], set[Place]]:
    """Return the last number of every log, and the places of what is held without a signature."""
    log = col(EntryRow.author), col(EntryRow.incarnation)
    of_circle = col(EntryRow.circle_id) == circle
    lasts = connection.execute(
        select(*log, func.max(col(EntryRow.number))).where(of_circle).group_by(*log)
    ).all()
    unsigned = connection.execute(
        select(*log, col(EntryRow.number)).where(of_circle, col(EntryRow.signature) == b"")
    ).all()
    return (
        {LogId(AuthorId(author), incarnation): number for author, incarnation, number in lasts},
        {(LogId(AuthorId(author), incarnation), number) for author, incarnation, number in unsigned},
    )


def _orphans(connection: Connection, circle: CircleId) -> Iterator[Entry]:
    is_post = exists().where(
        col(PostRow.circle_id) == col(EntryRow.circle_id), col(PostRow.id) == col(EntryRow.post_id)
    )
    rows = connection.execute(
        select(col(EntryRow.author), col(EntryRow.packed), col(EntryRow.signature)).where(
            col(EntryRow.circle_id) == circle, col(EntryRow.post_id).is_not(None), ~is_post
        )
    ).all()
    for row in rows:
        yield stored_entry(circle, AuthorId(row.author), row.packed, row.signature).entry


def _drop_private(connection: Connection, circle: CircleId, posts: Sequence[PostId]) -> None:
    """Delete what this station alone kept about these posts."""
    for table in (ContactRow, PickUpRow, PickUpTryRow):
        which = col(table.circle_id) == circle, col(table.post_id).in_(posts)
        connection.execute(delete(table).where(*which))
