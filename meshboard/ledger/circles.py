"""The circles this station is in, and who it is in each."""

from dataclasses import dataclass

from sqlalchemy import RowMapping, delete, insert, inspect, select, text, update
from sqlalchemy.dialects.sqlite import insert as insert_or_update
from sqlmodel import col

from meshboard.domain.entries import LogId
from meshboard.domain.ids import CircleId
from meshboard.errors import LedgerError
from meshboard.ledger.database import Database
from meshboard.ledger.tables import CircleRow, IdentityRow, SettingRow
from meshboard.trust.circle import Circle, RadioPlan
from meshboard.trust.identity import AuthorKey

MAX_INCARNATION = 255  # one byte on the wire; after that many restored copies numbers repeat, as forks


@dataclass(frozen=True, slots=True)
class Identity:
    """Who this station is in one circle."""

    key: AuthorKey
    log: LogId
    """The log it writes."""


class Circles:
    """Circles, identities and the few other things a station remembers about itself."""

    def __init__(self, database: Database) -> None:
        self._database = database

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

    def begin_incarnation(self, circle: CircleId) -> Identity:
        """Begin a new log under the same key, because the present one went on elsewhere."""
        with self._database.writing() as connection:
            connection.execute(
                update(IdentityRow)
                .where(col(IdentityRow.circle_id) == circle, col(IdentityRow.incarnation) < MAX_INCARNATION)
                .values(incarnation=col(IdentityRow.incarnation) + 1)
            )
        return self.identity(circle)

    def setting(self, key: str) -> str | None:
        """Return something the station was told to remember, None when it was not."""
        with self._database.reading() as connection:
            return connection.execute(
                select(col(SettingRow.value)).where(col(SettingRow.key) == key)
            ).scalar_one_or_none()

    def remember(self, key: str, value: str) -> None:
        """Remember something about this station, in place of what was there."""
        with self._database.writing() as connection:
            connection.execute(delete(SettingRow).where(col(SettingRow.key) == key))
            connection.execute(insert(SettingRow).values(key=key, value=value))


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
    )
