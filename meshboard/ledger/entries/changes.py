"""What was committed since somebody looked, by whichever process."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, func, select, text
from sqlmodel import col

from meshboard.domain.entries import LogId, SignedEntry
from meshboard.domain.ids import AuthorId, CircleId, EntryId, PostId
from meshboard.ledger.entries.rows import WHOLE, whole_entry
from meshboard.ledger.file.tables import IS_TRUST_FACT, EntryRow, IdentityRow, PostRow, StretchRow


@dataclass(frozen=True, slots=True)
class Changes:
    """What was committed after a given seq."""

    seq: int
    """The highest seq now: ask from here next time."""
    own: tuple[SignedEntry, ...]
    """Entries this station wrote, by whichever process, in order."""
    posts: tuple[PostId, ...]
    """Posts whose story changed."""
    membership_changed: bool = False
    """A fact about a circle came: who counts may have changed, and with that any post."""


def last_seq(connection: Connection) -> int:
    """Return the seq of the entry stored last, 0 when there is none."""
    seq: int | None = connection.execute(select(func.max(col(EntryRow.seq)))).scalar_one()
    return seq or 0


def last_number(connection: Connection, circle: CircleId, log: LogId) -> int:
    """Return the number of a log's last entry, 0 when there is none."""
    number: int | None = connection.execute(
        select(func.max(col(EntryRow.number))).where(
            col(EntryRow.circle_id) == circle,
            col(EntryRow.author) == log.author,
            col(EntryRow.incarnation) == log.incarnation,
        )
    ).scalar_one()
    return number or 0


def last_numbers(connection: Connection) -> Iterator[tuple[CircleId, LogId, int]]:
    """Yield (circle, log, last number) of each log of which anything is held, what was forgotten included."""
    of_log = col(EntryRow.circle_id), col(EntryRow.author), col(EntryRow.incarnation)
    held = select(*of_log, func.max(col(EntryRow.number))).group_by(*of_log)
    forgotten = (
        select(
            col(StretchRow.circle_id),
            col(StretchRow.author),
            col(StretchRow.incarnation),
            func.max(col(StretchRow.last_number)),
        )
        .where(col(StretchRow.is_told).is_(False))
        .group_by(col(StretchRow.circle_id), col(StretchRow.author), col(StretchRow.incarnation))
    )
    found: dict[tuple[bytes, bytes, int], int] = {}
    for question in (held, forgotten):
        for circle, author, incarnation, last in connection.execute(question):
            log = circle, author, incarnation
            found[log] = max(last, found.get(log, 0))
    for (circle, author, incarnation), last in found.items():
        yield CircleId(circle), LogId(AuthorId(author), incarnation), last


def changes_since(connection: Connection, seq: int) -> Changes:
    """Return what any process committed after `seq`."""
    posts = connection.execute(
        select(col(PostRow.id)).where(col(PostRow.changed_seq) > seq).order_by(col(PostRow.changed_seq))
    ).scalars()
    return Changes(
        seq=last_seq(connection),
        own=_own_entries(connection, seq),
        posts=tuple(PostId(EntryId(post)) for post in posts),
        membership_changed=_has_trust_facts(connection, seq),
    )


def _has_trust_facts(connection: Connection, after_seq: int) -> bool:
    facts = select(col(EntryRow.seq)).where(text(f"({IS_TRUST_FACT})"), col(EntryRow.seq) > after_seq)
    return connection.execute(facts.limit(1)).first() is not None


def _own_entries(connection: Connection, after_seq: int) -> tuple[SignedEntry, ...]:
    is_own = (col(IdentityRow.circle_id) == col(EntryRow.circle_id)) & (
        col(IdentityRow.author) == col(EntryRow.author)
    )
    rows = connection.execute(
        select(
            col(EntryRow.circle_id),
            col(EntryRow.author),
            *WHOLE,
        )
        .join(IdentityRow, is_own)
        .where(col(EntryRow.seq) > after_seq)
        .order_by(col(EntryRow.seq))
    )
    return tuple(whole_entry(CircleId(row.circle_id), AuthorId(row.author), row) for row in rows)
