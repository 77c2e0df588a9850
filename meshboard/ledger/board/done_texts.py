"""Which texts of handhelds were acted on: the same text, heard again, is no second act.

Kept among the settings, a row each, written with the act itself. Nodes repeat a text whose acknowledgement
was lost, and forget at a restart which ones they handed over already (meshtastic/firmware#8790).
"""

from sqlalchemy import ColumnElement, Integer, cast, delete, select, text
from sqlalchemy.dialects.sqlite import insert
from sqlmodel import col

from meshboard.domain.ids import CircleId
from meshboard.domain.people import TextId
from meshboard.figures import DONE_TEXTS, DONE_TEXTS_LAST_S
from meshboard.ledger.file.database import Database
from meshboard.ledger.file.tables import SettingRow

_NAME = "text done"


class DoneTexts:
    """The texts acted on of late, circle by circle."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def has(self, circle: CircleId, done: TextId) -> bool:
        """Say whether a text was acted on already."""
        is_it = col(SettingRow.key) == _key(circle, done)
        with self._database.reading() as connection:
            return connection.execute(select(col(SettingRow.value)).where(is_it)).first() is not None

    def keep(self, circle: CircleId, done: TextId, now_s: int | None) -> None:
        """Remember a text, in the transaction of its act, and forget what is older than a day or beyond MOST.

        `now_s` None = not known: then only the number bounds it.
        """
        with self._database.writing() as connection:
            row = insert(SettingRow).values(key=_key(circle, done), value=str(now_s or 0))
            connection.execute(row.on_conflict_do_nothing())
            if now_s is not None:
                done_at = cast(col(SettingRow.value), Integer)
                is_old = done_at.between(1, now_s - DONE_TEXTS_LAST_S)
                for is_proven in (True, False):
                    connection.execute(
                        delete(SettingRow).where(_of_kind(circle, is_proven=is_proven), is_old)
                    )
            kind = _of_kind(circle, is_proven=done.is_proven)
            newest = select(col(SettingRow.key)).where(kind).order_by(text("rowid DESC"))
            beyond = newest.limit(-1).offset(DONE_TEXTS)
            connection.execute(delete(SettingRow).where(col(SettingRow.key).in_(beyond)))


def _key(circle: CircleId, done: TextId) -> str:
    return f"{_kind(circle, is_proven=done.is_proven)}{done.sender.key.hex()} {done.number:08x}"


def _kind(circle: CircleId, *, is_proven: bool) -> str:
    return f"{_NAME} {circle.hex()} {'proven' if is_proven else 'unproven'} "


def _of_kind(circle: CircleId, *, is_proven: bool) -> ColumnElement[bool]:
    """Match the keys of one kind, by their order, so that SQLite takes the index."""
    first = _kind(circle, is_proven=is_proven)
    return col(SettingRow.key).between(first, f"{first}~")
