"""The ledger: everything a station holds, in one file that several processes may have open."""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, func, select
from sqlmodel import col

from meshboard.domain.entries import MAX_COUNT, LogId, SignedEntry
from meshboard.domain.ids import AuthorId, CircleId, EntryId, PostId
from meshboard.domain.merge import speaks_truly
from meshboard.errors import LedgerError
from meshboard.ledger.circles import Circles
from meshboard.ledger.database import Database, check_file, create_file, prepare_file
from meshboard.ledger.maintenance import Progress, rebuild
from meshboard.ledger.placing import insert_placed
from meshboard.ledger.posts import Posts
from meshboard.ledger.projection import IN_ONE_QUESTION, chunks, project, write_names
from meshboard.ledger.rows import row_of, stored_entry
from meshboard.ledger.schema import released_migrations
from meshboard.ledger.stations import Stations
from meshboard.ledger.store import CircleStore
from meshboard.ledger.tables import EntryRow, IdentityRow, PostRow

_log = logging.getLogger("meshboard.ledger")


@dataclass(frozen=True, slots=True)
class AppendResult:
    """What an append changed."""

    new: tuple[SignedEntry, ...]
    """The entries that were not held before, in the order given."""
    posts: tuple[PostId, ...]
    """The posts that can be shown and whose story changed."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What was committed after a given seq."""

    seq: int
    """The highest seq now: ask from here next time."""
    own: tuple[SignedEntry, ...]
    """Entries this station wrote, by whichever process, in order."""
    posts: tuple[PostId, ...]
    """Posts whose story changed."""


class Ledger:
    """An open ledger. Belongs to the thread that opened it; other processes may have the file open too.

    Every method raises LedgerError with a sentence when the disk or the file fails; then nothing has changed.
    """

    posts: Posts
    stations: Stations
    circles: Circles

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stores: dict[CircleId, CircleStore] = {}
        self.posts = Posts(database)
        self.stations = Stations(database)
        self.circles = Circles(database)

    @classmethod
    def create(cls, path: Path) -> Self:
        """Make a new ledger, readable by its owner only, and open it; LedgerError where something is."""
        create_file(path)
        return cls.open(path)

    @classmethod
    def open(cls, path: Path, *, checked: bool = True) -> Self:
        """Open a ledger, bringing an older one up to date after making a copy beside it.

        `checked` reads the whole file first, and refuses and leaves alone a damaged one. A short-lived
        process beside a running station may leave that out.
        """
        prepare_file(path, released_migrations(), checked)
        return cls(Database(path))

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self._database.path

    def append(self, entries: Sequence[SignedEntry], now_s: int | None) -> AppendResult:
        """Store checked entries and what they change on the board, in one transaction; skip known ones.

        `now_s` is noted as the time of receipt, None = not known.
        """
        with self._database.writing() as connection:
            return self._append(connection, entries, now_s)

    def append_own(
        self, circle: CircleId, build: Callable[[int, int], SignedEntry], now_s: int | None = None
    ) -> SignedEntry:
        """Write this station's next entry; `build(number, stamp_count)` signs it.

        No other process can write meanwhile, so two processes never use one number twice; `build` may read
        this ledger, and what it decides on still holds when the entry is stored. What it raises leaves
        everything as it was.
        """
        with self._database.writing() as connection:
            log, number, count = self._next_place(connection, circle)
            signed = build(number, count)
            if (signed.entry.circle, signed.entry.log, signed.entry.number) != (circle, log, number):
                raise LedgerError(
                    "This was signed for another place in the log. Nothing was saved; try again."
                )
            self._append(connection, [signed], now_s)
        return signed

    def store(self, circle: CircleId) -> CircleStore:
        """Return what the sync engine asks of one circle; always the same object for the same circle."""
        if circle not in self._stores:
            self._stores[circle] = CircleStore(self._database, circle)
        return self._stores[circle]

    def data_version(self) -> int:
        """Return a number that differs from the last one exactly if another process has committed since."""
        return self._database.pragma("data_version")

    def last_seq(self) -> int:
        """Return the seq of the entry stored last, 0 when there is none."""
        with self._database.reading() as connection:
            return _last_seq(connection)

    def changes_since(self, seq: int) -> Changes:
        """Return what any process committed after `seq`."""
        with self._database.reading() as connection:
            posts = connection.execute(
                select(col(PostRow.id))
                .where(col(PostRow.changed_seq) > seq)
                .order_by(col(PostRow.changed_seq))
            ).scalars()
            return Changes(
                seq=_last_seq(connection),
                own=_own_entries(connection, seq),
                posts=tuple(PostId(EntryId(post)) for post in posts),
            )

    def check(self) -> None:
        """Read the whole file; LedgerError if anything in it is damaged."""
        check_file(self.path)

    def rebuild(self, progress: Progress = lambda _done, _total: None) -> None:
        """Compute the projection anew from the entries, in one transaction; tells `progress(done, total)`."""
        with self._database.writing() as connection:
            rebuild(connection, progress)
        self.posts.forget()
        _log.info("projection rebuilt")

    def backup_copy(self, path: Path) -> None:
        """Write a complete copy to a new file, readable by its owner only; it holds the station's keys."""
        self._database.copy_to(path)

    def _next_place(self, connection: Connection, circle: CircleId) -> tuple[LogId, int, int]:
        own = connection.execute(
            select(col(IdentityRow.author), col(IdentityRow.incarnation)).where(
                col(IdentityRow.circle_id) == circle
            )
        ).one_or_none()
        if own is None:
            raise LedgerError("This station is not in that circle yet; join it with an invite first.")
        of_circle = col(EntryRow.circle_id) == circle
        number = connection.execute(
            select(func.max(col(EntryRow.number))).where(
                of_circle, col(EntryRow.author) == own.author, col(EntryRow.incarnation) == own.incarnation
            )
        ).scalar_one()
        count = connection.execute(select(func.max(col(EntryRow.stamp_count))).where(of_circle)).scalar_one()
        log = LogId(AuthorId(own.author), own.incarnation)
        return log, (number or 0) + 1, min((count or 0) + 1, MAX_COUNT)

    def _append(
        self, connection: Connection, entries: Sequence[SignedEntry], now_s: int | None
    ) -> AppendResult:
        new = _unheld(connection, entries)
        if not new:
            return AppendResult((), ())
        by_circle: dict[CircleId, list[SignedEntry]] = defaultdict(list)
        for signed in new:
            by_circle[signed.entry.circle].append(signed)
        seq = _last_seq(connection)
        shown: set[PostId] = set()
        for circle, some in by_circle.items():
            rows = [row_of(signed, seq + place, now_s) for place, signed in enumerate(some, start=1)]
            seq += len(rows)
            changed = insert_placed(connection, circle, rows)
            shown |= project(connection, circle, changed)
        write_names(connection, (signed.entry for signed in new if speaks_truly(signed.entry)))
        return AppendResult(tuple(new), tuple(sorted(shown)))


def _unheld(connection: Connection, entries: Iterable[SignedEntry]) -> list[SignedEntry]:
    by_digest = {signed.entry.digest: signed for signed in entries}
    for some in chunks(list(by_digest), IN_ONE_QUESTION):
        held = connection.execute(
            select(col(EntryRow.digest)).where(col(EntryRow.digest).in_(some))
        ).scalars()
        for digest in held:
            del by_digest[digest]
    return list(by_digest.values())


def _last_seq(connection: Connection) -> int:
    seq: int | None = connection.execute(select(func.max(col(EntryRow.seq)))).scalar_one()
    return seq or 0


def _own_entries(connection: Connection, after_seq: int) -> tuple[SignedEntry, ...]:
    is_own = (col(IdentityRow.circle_id) == col(EntryRow.circle_id)) & (
        col(IdentityRow.author) == col(EntryRow.author)
    )
    rows = connection.execute(
        select(col(EntryRow.circle_id), col(EntryRow.author), col(EntryRow.packed), col(EntryRow.signature))
        .join(IdentityRow, is_own)
        .where(col(EntryRow.seq) > after_seq)
        .order_by(col(EntryRow.seq))
    )
    return tuple(
        stored_entry(CircleId(row.circle_id), AuthorId(row.author), row.packed, row.signature) for row in rows
    )
