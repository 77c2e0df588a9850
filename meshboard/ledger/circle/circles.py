"""The circles this station is in, and who it is in each."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping, insert, inspect, select, text, update
from sqlalchemy.dialects.sqlite import insert as insert_or_update
from sqlmodel import col

from meshboard.domain.entries import LogId, SignedEntry
from meshboard.domain.ids import AuthorId, CircleId, EpochId
from meshboard.errors import LedgerError
from meshboard.figures import MAX_INCARNATIONS
from meshboard.ledger.circle.leaving import delete_circle
from meshboard.ledger.circle.secrets_kept import KeptInvite, epoch_keys, kept_invites, write_epoch_key
from meshboard.ledger.circle.trusted import circle_facts, own_box
from meshboard.ledger.entries.kept_members import KeptMembers
from meshboard.ledger.entries.projection import project
from meshboard.ledger.entries.recount import recount_all
from meshboard.ledger.file.database import Database
from meshboard.ledger.file.tables import CircleRow, IdentityRow
from meshboard.trust.boxes import BoxKey
from meshboard.trust.circle import Circle, RadioPlan
from meshboard.trust.identity import AuthorKey
from meshboard.trust.key_ring import EpochKey, key_known_by

MAX_INCARNATION = MAX_INCARNATIONS - 1  # beyond it nothing would count; then numbers repeat, as forks


@dataclass(frozen=True, slots=True)
class Identity:
    """Who this station is in one circle."""

    key: AuthorKey
    log: LogId
    """The log it writes."""


class Circles:
    """Circles, and who this station is in each."""

    def __init__(self, database: Database, members: KeptMembers) -> None:
        self._database = database
        self._members = members

    def add(self, circle: Circle, seed: bytes, now_s: int | None = None) -> Identity:
        """Remember a circle and the seed of this station's author key in it.

        A circle that is there already keeps its author: a second key would be a second person.
        """
        with self._database.writing() as connection:
            held = connection.execute(
                select(col(IdentityRow.author)).where(col(IdentityRow.circle_id) == circle.id)
            ).first()
            if held is None:
                author = AuthorKey(seed).author
                connection.execute(
                    insert(IdentityRow).values(circle_id=circle.id, seed=seed, author=author, incarnation=0)
                )
            columns = _columns(circle)
            new = insert_or_update(CircleRow).values(**columns, joined_at=now_s)
            connection.execute(new.on_conflict_do_update(index_elements=["id"], set_=columns))
            known = self._members.anew(connection, circle.id)
            if circle.epoch_key:
                key = key_known_by(circle)
                write_epoch_key(connection, circle.id, key, known.membership.epochs.get(key.id), None, now_s)
            project(connection, circle.id, recount_all(connection, known))
        return self.identity(circle.id)

    def all(self) -> tuple[Circle, ...]:
        """Return every circle, the first joined first."""
        with self._database.reading() as connection:
            rows = (
                connection.execute(select(*inspect(CircleRow).columns).order_by(text("rowid")))
                .mappings()
                .all()
            )
        return tuple(_circle(row) for row in rows)

    def identity(self, circle: CircleId) -> Identity:
        """Return who this station is in a circle; LedgerError when it is not in it."""
        with self._database.reading() as connection:
            row = connection.execute(
                select(col(IdentityRow.seed), col(IdentityRow.incarnation)).where(
                    col(IdentityRow.circle_id) == circle
                )
            ).one_or_none()
        if row is None:
            raise LedgerError("This station is not in that circle yet; join it with an invite first.")
        key = AuthorKey(row.seed)
        return Identity(key, LogId(key.author, row.incarnation))

    def box(self, circle: CircleId) -> BoxKey:
        """Return the key with which this station opens what is sealed to it in a circle."""
        with self._database.reading() as connection:
            return own_box(connection, circle)

    def facts(self, circle: CircleId) -> Sequence[SignedEntry]:
        """Return the facts about a circle that are held and count, in the order they act."""
        with self._database.reading() as connection:
            return circle_facts(connection, circle)

    def begin_incarnation(self, circle: CircleId) -> Identity:
        """Begin a new log under the same key, because the present one went on elsewhere."""
        with self._database.writing() as connection:
            self.begin_incarnation_in(connection, circle)
        return self.identity(circle)

    def begin_incarnation_in(self, connection: Connection, circle: CircleId) -> LogId:
        """Do that within the caller's transaction; return the new log."""
        connection.execute(
            update(IdentityRow)
            .where(col(IdentityRow.circle_id) == circle, col(IdentityRow.incarnation) < MAX_INCARNATION)
            .values(incarnation=col(IdentityRow.incarnation) + 1)
        )
        return self.identity(circle).log

    def epoch_keys(self, circle: CircleId, *, shown_only: bool = False) -> tuple[EpochKey, ...]:
        """Return every epoch key known of a circle, the first epoch's first; several may have one number.

        `shown_only`: only those that came with an invite, or were made here.
        """
        with self._database.reading() as connection:
            return epoch_keys(connection, circle, shown_only=shown_only)

    def add_epoch_key(
        self, circle: CircleId, key: EpochKey, given_by: AuthorId | None = None, now_s: int | None = None
    ) -> bool:
        """Remember an epoch's key, durably; say whether it is one that was not known.

        `given_by` is the author who gave it, None = it came with an invite. What does not fit the epoch's
        commitment is not kept; of a key that came before its epoch was heard of, that is not known yet, and
        the right one takes its place later.
        """
        with self._database.writing() as connection:
            epochs = self._members.known(connection, circle).membership.epochs
            return write_epoch_key(connection, circle, key, epochs.get(key.id), given_by, now_s)

    def invites(self, circle: CircleId) -> tuple[KeptInvite, ...]:
        """Return the invites that were made at this station, oldest first."""
        with self._database.reading() as connection:
            return kept_invites(connection, circle)

    def forget(self, circle: CircleId) -> None:
        """Leave a circle: delete its keys, entries, posts and codes here, and overwrite where they were.

        What flash storage keeps of overwritten places nobody can say.
        """
        self._database.pragma("secure_delete = ON")  # sqlite.org/pragma.html: deleted content becomes zeros
        with self._database.writing() as connection:
            delete_circle(connection, circle)
        self._database.pragma(
            "wal_checkpoint(TRUNCATE)"
        )  # the log beside the file holds what was deleted too


def _columns(circle: Circle) -> dict[str, object]:
    return {
        "id": circle.id,
        "name": circle.name,
        "epoch": circle.epoch,
        "epoch_key": circle.epoch_key,
        "channel_psk": circle.channel_psk,
        "channel_name": circle.channel_name,
        "region": circle.plan.region,
        "preset": circle.plan.preset,
        "slot": circle.plan.slot,
        "channel_seed": circle.channel_seed,
        "epoch_id": circle.epoch_id,
    }


def _circle(row: RowMapping) -> Circle:
    return Circle(
        id=CircleId(row["id"]),
        name=row["name"],
        epoch=row["epoch"],
        epoch_key=row["epoch_key"],
        channel_psk=row["channel_psk"],
        channel_name=row["channel_name"],
        plan=RadioPlan(row["region"], row["preset"], row["slot"]),
        channel_seed=row["channel_seed"],
        epoch_id=EpochId(row["epoch_id"]),
    )
