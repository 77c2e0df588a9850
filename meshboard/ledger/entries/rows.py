"""Signed entries <-> rows: bytes as they were signed, and what the ledger sorts and finds them by."""

from dataclasses import replace
from typing import TypedDict

from sqlalchemy import Row
from sqlmodel import col

from meshboard.domain.entries import Entry, PostClaimed, PostPublished, SignedEntry, subject_of
from meshboard.domain.ids import AuthorId, CircleId
from meshboard.domain.merge import speaks_truly
from meshboard.errors import LedgerError, WireError
from meshboard.ledger.file.tables import EntryRow
from meshboard.wire.entry_bytes import unpack_entry
from meshboard.wire.kinds import kind_of


class NewRow(TypedDict):
    """One row of the entry table, ready to be inserted."""

    seq: int
    circle_id: bytes
    id: bytes
    digest: bytes
    author: bytes
    incarnation: int
    number: int
    packed: bytes
    signature: bytes
    received_at: int | None
    stamp_count: int
    stamp_time: int | None
    subject_id: bytes | None
    claimed_post_id: bytes | None
    is_sound: bool
    post_id: bytes | None
    kind: int
    counts: bool
    link: bytes
    salt_key: bytes


def row_of(signed: SignedEntry, seq: int, now_s: int | None, *, counts: bool = True) -> NewRow:
    """Return the row of an entry; which post it belongs to is not decided here."""
    entry = signed.entry
    return NewRow(
        seq=seq,
        circle_id=entry.circle,
        id=entry.id,
        digest=entry.digest,
        author=entry.log.author,
        incarnation=entry.log.incarnation,
        number=entry.number,
        packed=signed.packed,
        signature=signed.signature,
        received_at=now_s,
        stamp_count=entry.stamp.count,
        stamp_time=entry.stamp.time_s,
        subject_id=stored_subject(entry),
        claimed_post_id=claimed_post(entry),
        is_sound=counts and speaks_truly(entry),
        post_id=None,
        kind=kind_of(entry.fact),
        counts=counts,
        link=signed.link,
        salt_key=signed.salt_key,
    )


def stored_subject(entry: Entry) -> bytes | None:
    """Return what a fact is about; a published post is about itself."""
    return entry.id if isinstance(entry.fact, PostPublished) else subject_of(entry.fact)


def claimed_post(entry: Entry) -> bytes | None:
    """Return the post a claim is on, None where the fact is no claim."""
    return entry.fact.post if isinstance(entry.fact, PostClaimed) else None


WHOLE = col(EntryRow.packed), col(EntryRow.signature), col(EntryRow.link), col(EntryRow.salt_key)
"""The columns that `whole_entry` takes."""


def whole_entry(circle: CircleId, author: AuthorId, row: Row[*tuple[object, ...]]) -> SignedEntry:
    """Return all that a row keeps of an entry; LedgerError as `stored_entry`."""
    return replace(stored_entry(circle, author, row.packed, row.signature, row.link), salt_key=row.salt_key)


def stored_entry(
    circle: CircleId, author: AuthorId, packed: bytes, signature: bytes, link: bytes = b""
) -> SignedEntry:
    """Return the entry of a row; LedgerError when its bytes have changed since they were stored.

    Who only wants to know what it says needs no link.
    """
    try:
        return unpack_entry(author, circle, packed, signature, link)
    except WireError as error:
        raise LedgerError(
            "An entry in the ledger can no longer be read. Put your last backup in its place, or move the "
            "file aside, start meshboard and join your circle again."
        ) from error
