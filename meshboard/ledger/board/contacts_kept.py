"""Contacts typed at this station, and the keys to which other stations seal theirs."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Connection, delete, insert, or_, select
from sqlmodel import col

from meshboard.domain.entries import ClaimKeyOffered, Entry
from meshboard.domain.ids import AuthorId, CircleId, EntryId, PostId
from meshboard.ledger.entries.rows import stored_entry
from meshboard.ledger.file.database import Database
from meshboard.ledger.file.tables import ClaimKeyRow, ClaimRow, ContactRow, EntryRow, PostRow, SettingRow
from meshboard.wire.kinds import FactKind


@dataclass(frozen=True, slots=True)
class Contact:
    """How the poster of one post can be reached, as typed here."""

    post: PostId
    text: str = field(repr=False)
    accepts_members: bool
    """Whether the first member who takes it is accepted, and given the contact, without asking."""


@dataclass(frozen=True, slots=True)
class ClaimKey:
    """A key of this station to which contacts may be sealed."""

    public: bytes
    seed: bytes = field(repr=False)
    made_at: int | None
    """Unix seconds, None when the time was not known."""


class Contacts:
    """What is kept of contacts and claim keys. What is removed here is overwritten, not only unlinked."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, circle: CircleId, contact: Contact) -> None:
        """Keep a post's contact in place of the one before."""
        with self._erasing() as connection:
            connection.execute(delete(ContactRow).where(*_of_post(circle, contact.post)))
            connection.execute(
                insert(ContactRow).values(
                    circle_id=circle,
                    post_id=contact.post,
                    text=contact.text,
                    accepts_members=contact.accepts_members,
                )
            )
        self.overwrite()

    def of(self, circle: CircleId, post: PostId) -> Contact | None:
        """Return a post's contact, None where none is kept here."""
        with self._database.reading() as connection:
            row = connection.execute(_CONTACT.where(*_of_post(circle, post))).one_or_none()
        return None if row is None else Contact(PostId(EntryId(row[0])), row[1], row[2])

    def all(self, circle: CircleId) -> tuple[Contact, ...]:
        """Return every contact kept for a circle's posts."""
        with self._database.reading() as connection:
            rows = connection.execute(_CONTACT.where(col(ContactRow.circle_id) == circle)).all()
        return tuple(Contact(PostId(EntryId(row[0])), row[1], row[2]) for row in rows)

    def remove(self, circle: CircleId, post: PostId) -> None:
        """Forget a post's contact."""
        with self._erasing() as connection:
            connection.execute(delete(ContactRow).where(*_of_post(circle, post)))
        self.overwrite()

    def keys(self, circle: CircleId) -> tuple[ClaimKey, ...]:
        """Return this station's claim keys, in the order in which they were made."""
        with self._database.reading() as connection:
            rows = connection.execute(
                select(col(ClaimKeyRow.public), col(ClaimKeyRow.seed), col(ClaimKeyRow.made_at)).where(
                    col(ClaimKeyRow.circle_id) == circle
                )
            ).all()
        return tuple(ClaimKey(row[0], row[1], row[2]) for row in rows)

    def add_key(self, circle: CircleId, key: ClaimKey) -> None:
        """Keep a key; it must be on the disk before it is offered to anybody."""
        with self._database.writing() as connection:
            connection.execute(
                insert(ClaimKeyRow).values(
                    circle_id=circle, public=key.public, seed=key.seed, made_at=key.made_at
                )
            )

    def destroy_keys(self, circle: CircleId, publics: Iterable[bytes]) -> None:
        """Overwrite these keys: what was sealed to them can then be opened by nobody."""
        with self._erasing() as connection:
            connection.execute(
                delete(ClaimKeyRow).where(
                    col(ClaimKeyRow.circle_id) == circle, col(ClaimKeyRow.public).in_(list(publics))
                )
            )
        self.overwrite()

    def offers(self, circle: CircleId, author: AuthorId) -> tuple[Entry, ...]:
        """Return the ClaimKeyOffered entries of an author that count, in the order of its log."""
        with self._database.reading() as connection:
            rows = connection.execute(
                select(col(EntryRow.packed), col(EntryRow.signature))
                .where(
                    col(EntryRow.circle_id) == circle,
                    col(EntryRow.author) == author,
                    col(EntryRow.kind) == FactKind.CLAIM_KEY_OFFERED.value,
                    col(EntryRow.is_sound),
                )
                .order_by(col(EntryRow.incarnation), col(EntryRow.number), col(EntryRow.digest).desc())
            ).all()
        entries = (stored_entry(circle, author, row.packed, row.signature).entry for row in rows)
        return tuple(entry for entry in entries if isinstance(entry.fact, ClaimKeyOffered))

    def carried_through(self, circle: CircleId, author: AuthorId, now_s: int | None) -> tuple[PostId, ...]:
        """Return the live posts on which somebody at this station has a claim that was not given back."""
        conditions: list[ColumnElement[bool]] = [col(PostRow.is_over).is_(False)]
        if now_s is not None:
            conditions.append(or_(col(PostRow.over_at).is_(None), col(PostRow.over_at) > now_s))
        with self._database.reading() as connection:
            posts = connection.execute(
                select(col(PostRow.id))
                .distinct()
                .join(
                    ClaimRow,
                    (col(ClaimRow.post_id) == col(PostRow.id))
                    & (col(ClaimRow.circle_id) == col(PostRow.circle_id)),
                )
                .where(col(PostRow.circle_id) == circle, col(ClaimRow.author) == author, *conditions)
            ).scalars()
            return tuple(PostId(EntryId(post)) for post in posts)

    def is_lingering(self) -> bool:
        """Say whether something that was erased is still in the write-ahead log."""
        with self._database.reading() as connection:
            return connection.execute(select(col(SettingRow.key)).where(_LINGERS)).first() is not None

    def overwrite(self) -> None:
        """Take what was erased out of the write-ahead log too, or while others read at the next call.

        Which process erased it does not matter: it is remembered on the disk until it is done.
        """
        if self.is_lingering() and self._database.pragma("wal_checkpoint(TRUNCATE)") == 0:
            with self._database.writing() as connection:
                connection.execute(delete(SettingRow).where(_LINGERS))

    @contextmanager
    def _erasing(self) -> Iterator[Connection]:
        """Run a transaction in which deleted rows are overwritten with zeros."""
        with self._database.writing() as connection:
            connection.execute(delete(SettingRow).where(_LINGERS))
            connection.execute(insert(SettingRow).values(key=_LINGERING, value="yes"))
            connection.exec_driver_sql("PRAGMA secure_delete = ON")  # sqlite.org/pragma.html
            yield connection


_LINGERING = "what was erased lingers in the write-ahead log"
_LINGERS = col(SettingRow.key) == _LINGERING
_CONTACT = select(col(ContactRow.post_id), col(ContactRow.text), col(ContactRow.accepts_members))


def _of_post(circle: CircleId, post: PostId) -> tuple[ColumnElement[bool], ...]:
    return col(ContactRow.circle_id) == circle, col(ContactRow.post_id) == post
