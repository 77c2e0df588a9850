"""What a running station needs of the ledger to give and take a circle's keys."""

from collections.abc import Sequence

from sqlalchemy import Connection, select, text
from sqlmodel import col

from meshboard.domain.entries import SignedEntry
from meshboard.domain.ids import AuthorId, CircleId
from meshboard.errors import LedgerError
from meshboard.ledger.entries.rows import WHOLE, whole_entry
from meshboard.ledger.file.tables import IS_TRUST_FACT, EntryRow, IdentityRow
from meshboard.trust.boxes import BoxKey


def own_box(connection: Connection, circle: CircleId) -> BoxKey:
    """Return the key with which this station opens what is sealed to it in a circle."""
    seed = connection.execute(
        select(col(IdentityRow.seed)).where(col(IdentityRow.circle_id) == circle)
    ).scalar_one_or_none()
    if seed is None:
        raise LedgerError("This station is not in that circle yet; join it with an invite first.")
    return BoxKey(seed, circle)


def circle_facts(connection: Connection, circle: CircleId) -> Sequence[SignedEntry]:
    """Return the facts about the circle that are held and count, in the order they act."""
    rows = connection.execute(
        select(col(EntryRow.author), *WHOLE)
        .where(col(EntryRow.circle_id) == circle, text(f"({IS_TRUST_FACT})"), col(EntryRow.counts))
        .order_by(col(EntryRow.stamp_count), col(EntryRow.digest))
    ).all()
    return [whole_entry(circle, AuthorId(row.author), row) for row in rows]
