"""The circles this station is in, and who it is in each."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, RowMapping, delete, func, insert, inspect, select, text, update
from sqlalchemy.dialects.sqlite import insert as insert_or_update
from sqlmodel import col

from meshboard.domain.entries import LogId, SignedEntry
from meshboard.domain.ids import AuthorId, CircleId, EpochId, InviteId
from meshboard.errors import LedgerError
from meshboard.figures import MAX_INCARNATIONS
from meshboard.ledger.entries.kept_members import KeptMembers
from meshboard.ledger.entries.projection import project
from meshboard.ledger.entries.recount import recount_all
from meshboard.ledger.entries.rows import WHOLE, whole_entry
from meshboard.ledger.file.database import Database
from meshboard.ledger.file.tables import (
    IS_TRUST_FACT,
    CircleRow,
    ClaimKeyRow,
    ClaimRow,
    ContactRow,
    CounterRow,
    EntryRow,
    EpochKeyRow,
    IdentityRow,
    InviteRow,
    KeylessBlockRow,
    MuteRow,
    PeerRow,
    PickUpRow,
    PickUpTryRow,
    PostRow,
    SettingRow,
    StationNameRow,
    StretchRow,
    TrustMarkRow,
)
from meshboard.trust.boxes import BoxKey
from meshboard.trust.circle import Circle, RadioPlan, commitment_of
from meshboard.trust.identity import AuthorKey
from meshboard.trust.key_ring import EpochKey, key_known_by

OF_A_CIRCLE = (
    ClaimRow, ClaimKeyRow, ContactRow, CounterRow, EntryRow, EpochKeyRow, IdentityRow, InviteRow,
    KeylessBlockRow, MuteRow, PeerRow, PickUpRow, PickUpTryRow, PostRow, StationNameRow, StretchRow,
    TrustMarkRow,
)  # fmt: skip
"""Every table with a circle's id in it; a test finds those that are forgotten."""
MAX_INCARNATION = MAX_INCARNATIONS - 1  # beyond it nothing would count; then numbers repeat, as forks


@dataclass(frozen=True, slots=True)
class Identity:
    """Who this station is in one circle."""

    key: AuthorKey
    log: LogId
    """The log it writes."""


@dataclass(frozen=True, slots=True)
class KeptInvite:
    """An invite made at this station, so that it can be shown again until it ends."""

    invite: InviteId
    secret: bytes = field(repr=False)
    """16 bytes (`trust.invite`)."""
    made_at: int | None
    """Unix seconds, None = not known."""
    uses: int
    """How many may join with it; 0 = any number."""
    expires_at: int | None
    """Unix seconds; None = never."""


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
                self.add_epoch_key(circle.id, key_known_by(circle), now_s=now_s)
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
            raise _not_in_it()
        key = AuthorKey(row.seed)
        return Identity(key, LogId(key.author, row.incarnation))

    def box(self, circle: CircleId) -> BoxKey:
        """Return the key with which this station opens what is sealed to it in a circle."""
        with self._database.reading() as connection:
            seed = connection.execute(
                select(col(IdentityRow.seed)).where(col(IdentityRow.circle_id) == circle)
            ).scalar_one_or_none()
        if seed is None:
            raise _not_in_it()
        return BoxKey(seed, circle)

    def facts(self, circle: CircleId) -> Sequence[SignedEntry]:
        """Return the facts about a circle that are held and count, in the order they act."""
        with self._database.reading() as connection:
            rows = connection.execute(
                select(col(EntryRow.author), *WHOLE)
                .where(col(EntryRow.circle_id) == circle, text(f"({IS_TRUST_FACT})"), col(EntryRow.counts))
                .order_by(col(EntryRow.stamp_count), col(EntryRow.digest))
            ).all()
        return [whole_entry(circle, AuthorId(row.author), row) for row in rows]

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
            rows = connection.execute(
                select(col(EpochKeyRow.epoch_id), col(EpochKeyRow.number), col(EpochKeyRow.key))
                .where(col(EpochKeyRow.circle_id) == circle)
                .where(*([col(EpochKeyRow.given_by).is_(None)] if shown_only else []))
                .order_by(col(EpochKeyRow.number), col(EpochKeyRow.epoch_id))
            ).all()
        return tuple(EpochKey(EpochId(row.epoch_id), row.number, row.key) for row in rows)

    def add_epoch_key(
        self, circle: CircleId, key: EpochKey, given_by: AuthorId | None = None, now_s: int | None = None
    ) -> bool:
        """Remember an epoch's key, durably; say whether it is one that was not known.

        `given_by` is the author who gave it, None = it came with an invite. What does not fit the epoch's
        commitment is not kept; of a key that came before its epoch was heard of, that is not known yet, and
        the right one takes its place later.
        """
        with self._database.writing() as connection:
            one = col(EpochKeyRow.circle_id) == circle, col(EpochKeyRow.epoch_id) == key.id
            held = connection.execute(select(col(EpochKeyRow.key)).where(*one)).scalar_one_or_none()
            epoch = self._members.known(connection, circle).membership.epochs.get(key.id)
            commitment = epoch.commitment if epoch else b""
            fits = not commitment or commitment_of(circle, key.key) == commitment
            if held == key.key or not fits or (held is not None and not commitment):
                return False
            said = {"number": key.number, "key": key.key, "given_by": given_by, "received_at": now_s}
            new = insert_or_update(EpochKeyRow).values(circle_id=circle, epoch_id=key.id, **said)
            connection.execute(new.on_conflict_do_update(index_elements=["circle_id", "epoch_id"], set_=said))
        return True

    def invites(self, circle: CircleId) -> tuple[KeptInvite, ...]:
        """Return the invites that were made at this station, oldest first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                select(
                    col(InviteRow.invite_id),
                    col(InviteRow.secret),
                    col(InviteRow.made_at),
                    col(InviteRow.uses),
                    col(InviteRow.expires_at),
                )
                .where(col(InviteRow.circle_id) == circle)
                .order_by(col(InviteRow.made_at), col(InviteRow.invite_id))
            ).all()
        return tuple(KeptInvite(InviteId(row[0]), *row[1:]) for row in rows)

    def add_invite(self, circle: CircleId, invite: KeptInvite) -> None:
        """Store the secret of an invite made here."""
        said = {
            "secret": invite.secret,
            "made_at": invite.made_at,
            "uses": invite.uses,
            "expires_at": invite.expires_at,
        }
        new = insert_or_update(InviteRow).values(circle_id=circle, invite_id=invite.invite, **said)
        with self._database.writing() as connection:
            connection.execute(
                new.on_conflict_do_update(index_elements=["circle_id", "invite_id"], set_=said)
            )

    def forget(self, circle: CircleId) -> None:
        """Leave a circle: delete all that hangs on it and the settings with its id; overwrite where it was.

        What flash storage keeps of overwritten places nobody can say.
        """
        self._database.pragma("secure_delete = ON")  # sqlite.org/pragma.html: deleted content becomes zeros
        with self._database.writing() as connection:
            for table in OF_A_CIRCLE:
                connection.execute(delete(table).where(col(table.circle_id) == circle))
            connection.execute(delete(CircleRow).where(col(CircleRow.id) == circle))
            named = func.instr(col(SettingRow.key), circle.hex()) > 0
            connection.execute(delete(SettingRow).where(named | (col(SettingRow.value) == circle.hex())))
        # the log beside the file holds what was deleted too
        self._database.pragma("wal_checkpoint(TRUNCATE)")


def _not_in_it() -> LedgerError:
    return LedgerError("This station is not in that circle yet; join it with an invite first.")


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
