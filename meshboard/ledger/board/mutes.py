"""Whom this station does not show."""

from dataclasses import dataclass

from sqlalchemy import delete, insert, select
from sqlmodel import col

from meshboard.domain.entries import PostPublished
from meshboard.domain.ids import AuthorId, CircleId
from meshboard.domain.people import Actor, ActorKind
from meshboard.ledger.entries.rows import stored_entry
from meshboard.ledger.file.database import Database
from meshboard.ledger.file.tables import EntryRow, MuteRow, PostRow


@dataclass(frozen=True, slots=True)
class Mute:
    """Somebody muted: one person as a station speaks for them, or everybody at that station."""

    author: AuthorId
    actor: Actor | None = None
    """None = everybody at the station."""
    id: int = 0
    """Given by the ledger; names it, to undo it."""


class Mutes:
    """The mutes of this station; others never hear of them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self, circle: CircleId) -> tuple[Mute, ...]:
        """Return whom this station mutes, the first muted first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                select(col(MuteRow.author), col(MuteRow.actor_kind), col(MuteRow.actor_key), col(MuteRow.id))
                .where(col(MuteRow.circle_id) == circle)
                .order_by(col(MuteRow.id))
            ).all()
        return tuple(Mute(AuthorId(row[0]), _actor(row[1], row[2]), row[3] or 0) for row in rows)

    def add(self, circle: CircleId, mute: Mute) -> None:
        """Mute somebody; nothing changes where that is so already."""
        if any((held.author, held.actor) == (mute.author, mute.actor) for held in self.all(circle)):
            return
        with self._database.writing() as connection:
            connection.execute(
                insert(MuteRow).values(
                    circle_id=circle,
                    author=mute.author,
                    actor_kind=mute.actor.kind.value if mute.actor else None,
                    actor_key=mute.actor.key if mute.actor else None,
                )
            )

    def name_of(self, circle: CircleId, author: AuthorId, actor: Actor) -> str:
        """Return the name somebody signed their newest post with, empty where none is held."""
        with self._database.reading() as connection:
            row = connection.execute(
                select(col(EntryRow.packed), col(EntryRow.signature))
                .join(
                    PostRow,
                    (col(PostRow.circle_id) == col(EntryRow.circle_id))
                    & (col(PostRow.id) == col(EntryRow.id))
                    & col(EntryRow.is_sound),
                )
                .where(
                    col(PostRow.circle_id) == circle,
                    col(PostRow.author) == author,
                    col(PostRow.actor_kind) == actor.kind.value,
                    col(PostRow.actor_key) == actor.key,
                )
                .order_by(col(PostRow.posted_seq).desc())
            ).first()
        if row is None:
            return ""
        fact = stored_entry(circle, author, row.packed, row.signature).entry.fact
        return fact.signed_as if isinstance(fact, PostPublished) else ""

    def remove(self, circle: CircleId, number: int) -> None:
        """Show somebody again."""
        with self._database.writing() as connection:
            connection.execute(
                delete(MuteRow).where(col(MuteRow.circle_id) == circle, col(MuteRow.id) == number)
            )


def _actor(kind: int | None, key: bytes | None) -> Actor | None:
    return None if kind is None or key is None else Actor(ActorKind(kind), key)
