"""The ledger: everything a station holds, in one file that several processes may have open."""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, select
from sqlmodel import col

from meshboard.domain.entries import MAX_COUNT, LogId, SignedEntry
from meshboard.domain.ids import AuthorId, CircleId, PostId
from meshboard.errors import LedgerError
from meshboard.ledger.board.beyond import Limits
from meshboard.ledger.board.contacts_kept import Contacts
from meshboard.ledger.board.done_texts import DoneTexts
from meshboard.ledger.board.forget_batches import Forgetting
from meshboard.ledger.board.mutes import Mutes
from meshboard.ledger.board.pick_ups_kept import PickUps
from meshboard.ledger.board.post_search import Posts
from meshboard.ledger.circle.circles import Circles
from meshboard.ledger.circle.remembered import Remembered
from meshboard.ledger.circle.stations import Stations
from meshboard.ledger.circle.taken_out import take_out_posts
from meshboard.ledger.entries.changes import Changes, changes_since, last_number, last_numbers, last_seq
from meshboard.ledger.entries.kept_members import KeptMembers
from meshboard.ledger.entries.maintenance import Progress, rebuild
from meshboard.ledger.entries.sql_store import CircleStore
from meshboard.ledger.entries.storing import store
from meshboard.ledger.file.database import Database
from meshboard.ledger.file.files import create_file, prepare_file
from meshboard.ledger.file.schema import released_migrations
from meshboard.ledger.file.tables import EntryRow, IdentityRow
from meshboard.ledger.file.tally import Tally
from meshboard.trust.secret import Secret

_log = logging.getLogger("meshboard.ledger")


@dataclass(frozen=True, slots=True)
class AppendResult:
    """What an append changed."""

    new: tuple[SignedEntry, ...]
    """The entries that are kept and were not held before, in the order given, circle by circle."""
    posts: tuple[PostId, ...]
    """The posts that can be shown and whose story changed."""
    refused: tuple[SignedEntry, ...] = ()
    """Entries not kept: their author does not count, or their number has two with lower digests already."""
    membership_changed: bool = False
    """Who is in the circle, waits to be, or which key holds is not as before: posts may have vanished or
    come back."""


class Ledger:
    """An open ledger. Belongs to the thread that opened it; other processes may have the file open too.

    Every method raises LedgerError with a sentence when the disk or the file fails; then nothing has changed.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.path = database.path
        self.close = database.close
        self.check = database.check
        self.look_for_damage = database.look_for_damage
        self.backup_copy = database.copy_to
        self.refuse_if_gone = database.refuse_if_gone
        self.data_version = database.data_version
        self.reading = database.reading
        self.writing = database.writing
        self.waiting = database.waiting
        self.mark = database.mark
        self.may_have_changed = database.may_have_changed
        self.is_busy = database.is_busy
        self._tally = Tally(database.path, database.key)
        self._stores: dict[CircleId, CircleStore] = {}
        self.posts = Posts(database)
        self.stations = Stations(database)
        self.members = KeptMembers(database)
        self.circles = Circles(database, self.members)
        self.remembered = Remembered(database)
        self.contacts = Contacts(database)
        self.pick_ups = PickUps(database)
        self.mutes = Mutes(database)
        self.limits = Limits(database, self.posts)
        self.forgetting = Forgetting(database, self.members, self.posts)
        self.done_texts = DoneTexts(database)

    @classmethod
    def create(cls, path: Path, key: Secret | None = None) -> Self:
        """Make a new ledger, readable by its owner only, and open it; LedgerError where something is.

        `key` is 32 random bytes that encrypt the file, None = it is not encrypted.
        """
        create_file(path, key)
        return cls.open(path, key)

    @classmethod
    def open(
        cls, path: Path, key: Secret | None = None, *, checked: bool = True, may_migrate: bool = True
    ) -> Self:
        """Open a ledger, bringing an older one up to date after making a copy beside it.

        `checked` reads the whole file first, and refuses and leaves alone a damaged one. A short-lived
        process beside a running station may leave that out. `may_migrate` False raises LedgerBehind instead
        of bringing an older one up to date.
        """
        prepare_file(
            path, released_migrations(), checked, key, may_migrate=may_migrate, take_out=take_out_posts
        )
        return cls(Database(path, key))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def is_gone(self) -> bool:
        """Say whether the file was wiped or replaced since it was opened: nothing may be written any more."""
        return self._database.is_gone

    def append(self, entries: Sequence[SignedEntry], now_s: int | None) -> AppendResult:
        """Store checked entries and what they change on the board, in one transaction; skip known ones.

        `now_s` is noted as the time of receipt, None = not known.
        """
        with self._database.writing() as connection:
            result = self._append(connection, entries, now_s)
            self._database.once_committed(self._note, result.new)
        return result

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
            self._database.once_committed(self._note_own, [signed])
        return signed

    def store(self, circle: CircleId) -> CircleStore:
        """Return what the sync engine asks of one circle; always the same object for the same circle."""
        if circle not in self._stores:
            self._stores[circle] = CircleStore(self._database, circle)
        return self._stores[circle]

    def settle(self) -> None:
        """Move what is committed into the file itself, unless another process reads just now, and the tally.

        SQLite says nothing when a write-ahead log is damaged; an empty one cannot be.
        """
        self._database.empty_log(may_wait=False)
        self.write_tally()

    def begin_tally(self) -> None:
        """Begin to keep, outside the write-ahead log, how far each log went."""
        if not self._tally.is_begun:
            self.write_tally()

    def write_tally(self, *, without: CircleId | None = None) -> None:
        """Note in the tally what is held now beside what was held ever; only where that differs.

        `without`: a circle that is about to be left.
        """
        self._database.refuse_if_gone()
        told = self._tally.read()
        held = self.held_by_name()
        last = {name: max(told.get(name, 0), held.get(name, 0)) for name in {*told, *held}}
        if without is not None:
            for name in {*self._own_names(without), *self.held_by_name(without)}:
                last.pop(name, None)
        if not self._tally.is_begun or last != told:
            with suppress(OSError):  # a disk that fails is told of when something is to be stored
                self._tally.write_anew(last)

    def tally(self) -> Mapping[str, int]:
        """Return the last number of each log that was ever held, by its name in the tally."""
        return self._tally.read()

    def held_by_name(self, circle: CircleId | None = None) -> Mapping[str, int]:
        """Return the last number held of each log, whether it counts or not, by its name in the tally.

        `circle`: of the logs of one circle.
        """
        with self._database.reading() as connection:
            return {
                self._tally.name_of(where, log): last
                for where, log, last in last_numbers(connection)
                if circle in (None, where)
            }

    def own_names(self) -> Set[str]:
        """Return the names in the tally of the logs this station wrote and writes, in all its circles."""
        return {name for circle in self.circles.all() for name in self._own_names(circle.id)}

    def begin_log_if_lost(self, circle: CircleId) -> None:
        """Begin a new log where the end of the one this station writes is gone: no number is used twice."""
        with self._database.writing() as connection:
            self._next_place(connection, circle)

    def _own_names(self, circle: CircleId) -> Iterator[str]:
        """Yield those of one circle; of an older copy there may have been more logs than it knows of."""
        log = self.circles.identity(circle).log
        for incarnation in range(log.incarnation + 1 + len(self._tally.read())):
            yield self._tally.name_of(circle, LogId(log.author, incarnation))

    def last_seq(self) -> int:
        """Return the seq of the entry stored last, 0 when there is none."""
        with self._database.reading() as connection:
            return last_seq(connection)

    def changes_since(self, seq: int) -> Changes:
        """Return what any process committed after `seq`."""
        with self._database.reading() as connection:
            return changes_since(connection, seq)

    def rebuild(self, progress: Progress = lambda _done, _total: None) -> None:
        """Compute the projection anew from the entries, in one transaction; tells `progress(done, total)`."""
        with self._database.writing() as connection:
            rebuild(connection, self.members, progress)
        self.posts.forget()
        _log.info("projection rebuilt")

    def _next_place(self, connection: Connection, circle: CircleId) -> tuple[LogId, int, int]:
        own = connection.execute(
            select(col(IdentityRow.author), col(IdentityRow.incarnation)).where(
                col(IdentityRow.circle_id) == circle
            )
        ).one_or_none()
        if own is None:
            raise LedgerError("This station is not in that circle yet; join it with an invite first.")
        log, told = LogId(AuthorId(own.author), own.incarnation), self._tally.read()
        while (number := last_number(connection, circle, log)) < told.get(
            self._tally.name_of(circle, log), 0
        ):
            # Acknowledged entries are gone: no number is used twice, of whatever log was begun since.
            log = self.circles.begin_incarnation_in(connection, circle)
        of_circle = col(EntryRow.circle_id) == circle
        # of what counts: whoever nobody vouches for, or was taken out, must not push everybody's stamps ahead
        by_count = select(col(EntryRow.stamp_count)).where(of_circle, col(EntryRow.counts))
        count = connection.execute(by_count.order_by(col(EntryRow.stamp_count).desc()).limit(1)).scalar()
        return log, number + 1, min((count or 0) + 1, MAX_COUNT)

    def _note_own(self, entries: Sequence[SignedEntry]) -> None:
        self._note(entries, at_once=True)

    def _note(self, entries: Sequence[SignedEntry], *, at_once: bool = False) -> None:
        """Note in the tally what was committed just now."""
        last: dict[str, int] = {}
        for entry in (signed.entry for signed in entries):
            name = self._tally.name_of(entry.circle, entry.log)
            last[name] = max(entry.number, last.get(name, 0))
        if last:
            self._tally.note(last, at_once=at_once)

    def _append(
        self, connection: Connection, entries: Sequence[SignedEntry], now_s: int | None
    ) -> AppendResult:
        by_circle: dict[CircleId, dict[bytes, SignedEntry]] = defaultdict(dict)
        for signed in entries:
            by_circle[signed.entry.circle].setdefault(signed.entry.digest, signed)
        stored = [
            store(connection, self.members, circle, tuple(some.values()), now_s)
            for circle, some in by_circle.items()
        ]
        return AppendResult(
            new=tuple(signed for one in stored for signed in one.kept),
            posts=tuple(sorted(post for one in stored for post in one.posts)),
            refused=tuple(signed for one in stored for signed in one.refused),
            membership_changed=any(one.membership_changed for one in stored),
        )
