"""Keep the keys that salts follow from, and drop those of blocks in which something was forgotten."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import ColumnElement, Connection, select, update
from sqlalchemy.dialects.sqlite import insert
from sqlmodel import col

from meshboard.domain.entries import LogId, SignedEntry
from meshboard.domain.ids import CircleId
from meshboard.ledger.file.tables import EntryRow, KeylessBlockRow
from meshboard.wire.salts import block_of, blocks_of, latest_salt_key, span_of_block


def salt_key(connection: Connection, circle: CircleId, log: LogId, number: int) -> bytes:
    """Return the key that the next entry of a log, of this number, takes; empty where there is none."""
    first, _ = span_of_block(block_of(number))
    rows = connection.execute(
        select(col(EntryRow.number), col(EntryRow.salt_key)).where(
            *_in_log(circle, log), col(EntryRow.number).between(first, number - 1)
        )
    )
    return latest_salt_key(((row.number, row.salt_key) for row in rows), number)


def drop_salt_keys(connection: Connection, circle: CircleId, log: LogId, first: int, last: int) -> None:
    """Forget the keys of all blocks with one of these numbers, for ever: salts alone are kept of them.

    In the transaction in which something of the block is forgotten. What the file still has of overwritten
    places is for whoever forgets to see to (`circles.forget`).
    """
    blocks = blocks_of(first, last)
    rows = [
        {"circle_id": circle, "author": log.author, "incarnation": log.incarnation, "block": block}
        for block in blocks
    ]
    connection.execute(insert(KeylessBlockRow).on_conflict_do_nothing(), rows)
    from_first, to_last = span_of_block(blocks[0])[0], span_of_block(blocks[-1])[1]
    connection.execute(
        update(EntryRow)
        .where(*_in_log(circle, log), col(EntryRow.number).between(from_first, to_last))
        .values(salt_key=b"")
    )


def without_dropped_keys(
    connection: Connection, circle: CircleId, entries: Sequence[SignedEntry]
) -> list[SignedEntry]:
    """Return entries of one circle without their keys where those of their block were dropped."""
    logs = {signed.entry.log for signed in entries if signed.salt_key}
    keyless = {(log, block) for log in logs for block in _keyless_blocks(connection, circle, log)}
    return [
        replace(signed, salt_key=b"")
        if (signed.entry.log, block_of(signed.entry.number)) in keyless
        else signed
        for signed in entries
    ]


def _keyless_blocks(connection: Connection, circle: CircleId, log: LogId) -> Sequence[int]:
    of_log = (
        col(KeylessBlockRow.circle_id) == circle,
        col(KeylessBlockRow.author) == log.author,
        col(KeylessBlockRow.incarnation) == log.incarnation,
    )
    return connection.execute(select(col(KeylessBlockRow.block)).where(*of_log)).scalars().all()


def _in_log(circle: CircleId, log: LogId) -> tuple[ColumnElement[bool], ...]:
    return (
        col(EntryRow.circle_id) == circle,
        col(EntryRow.author) == log.author,
        col(EntryRow.incarnation) == log.incarnation,
    )
