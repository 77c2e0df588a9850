"""Pick-up codes of walk-ups, and the wrong ones that were typed."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlmodel import col

from meshboard.domain.ids import CircleId, EntryId, PostId
from meshboard.ledger.file.database import Database
from meshboard.ledger.file.tables import PickUpRow, PickUpTryRow


@dataclass(frozen=True, slots=True)
class PickUp:
    """What is kept of a pick-up code."""

    post: PostId
    actor_key: bytes
    """The walk-up's, in `people.Actor`."""
    salt: bytes = field(repr=False)
    hash: bytes = field(repr=False)
    made_at: int | None
    is_void: bool = False


@dataclass(frozen=True, slots=True)
class WrongTry:
    """One code that did not fit."""

    id: int
    circle: CircleId
    post: PostId
    at_s: int
    """The machine's monotonic seconds when it was typed; or, after a restart, when that was noticed."""


class PickUps:
    """Codes as slow hashes, and tries; they never leave this station."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, circle: CircleId, pick_up: PickUp) -> None:
        """Keep a post's code."""
        with self._database.writing() as connection:
            connection.execute(
                insert(PickUpRow).values(
                    circle_id=circle,
                    post_id=pick_up.post,
                    actor_key=pick_up.actor_key,
                    salt=pick_up.salt,
                    hash=pick_up.hash,
                    made_at=pick_up.made_at,
                    is_void=pick_up.is_void,
                )
            )

    def of(self, circle: CircleId, post: PostId) -> PickUp | None:
        """Return what is kept of a post's code, None where it has none."""
        with self._database.reading() as connection:
            row = connection.execute(
                select(
                    col(PickUpRow.actor_key),
                    col(PickUpRow.salt),
                    col(PickUpRow.hash),
                    col(PickUpRow.made_at),
                    col(PickUpRow.is_void),
                ).where(col(PickUpRow.circle_id) == circle, col(PickUpRow.post_id) == post)
            ).one_or_none()
        return None if row is None else PickUp(post, row[0], row[1], row[2], row[3], row[4])

    def void(self, circle: CircleId, post: PostId) -> None:
        """Let a code fit no more, and forget its hash."""
        with self._database.writing() as connection:
            connection.execute(
                update(PickUpRow)
                .where(col(PickUpRow.circle_id) == circle, col(PickUpRow.post_id) == post)
                .values(is_void=True, hash=b"", salt=b"")
            )

    def tries(self) -> tuple[WrongTry, ...]:
        """Return the wrong tries that are kept, in all circles, the first typed first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                select(
                    col(PickUpTryRow.id),
                    col(PickUpTryRow.circle_id),
                    col(PickUpTryRow.post_id),
                    col(PickUpTryRow.at),
                ).order_by(col(PickUpTryRow.id))
            ).all()
        return tuple(
            WrongTry(row[0] or 0, CircleId(row[1]), PostId(EntryId(row[2])), row[3] or 0) for row in rows
        )

    def begin_try(self, circle: CircleId, post: PostId, at_s: int) -> int:
        """Count a try as wrong before it is looked at: a crash or a second process then saves nobody one."""
        with self._database.writing() as connection:
            connection.execute(insert(PickUpTryRow).values(circle_id=circle, post_id=post, at=at_s))
            number = connection.execute(select(func.max(col(PickUpTryRow.id)))).scalar_one()
        return number or 0

    def forget_tries(self, ids: Iterable[int]) -> None:
        """Take tries back: they fitted, or their time is over."""
        with self._database.writing() as connection:
            connection.execute(delete(PickUpTryRow).where(_among(ids)))

    def move_tries(self, ids: Iterable[int], at_s: int) -> None:
        """Let the time of these tries begin anew: the machine's clock was started again since."""
        with self._database.writing() as connection:
            connection.execute(update(PickUpTryRow).where(_among(ids)).values(at=at_s))


def _among(ids: Iterable[int]) -> ColumnElement[bool]:
    return col(PickUpTryRow.id).in_(list(ids))
