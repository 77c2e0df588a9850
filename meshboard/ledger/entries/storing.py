"""Store received entries of one circle, with everything that follows from them, in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from meshboard.domain.entries import SignedEntry
from meshboard.domain.ids import CircleId, PostId
from meshboard.domain.merge import speaks_truly
from meshboard.ledger.entries.admission import Admitting, held_at
from meshboard.ledger.entries.kept_members import KeptMembers
from meshboard.ledger.entries.placing import insert_placed
from meshboard.ledger.entries.projection import project, write_names
from meshboard.ledger.entries.recount import recount, remove
from meshboard.ledger.entries.rows import row_of
from meshboard.ledger.entries.salt_keys import without_dropped_keys
from meshboard.ledger.entries.stretch_rows import give_up_told, not_forgotten

# Not max(seq): entries can be deleted, and no seq is used twice (sqlite.org/autoinc.html).
_HIGHEST_SEQ = text("SELECT seq FROM sqlite_sequence WHERE name = 'entry'")


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of some entries of one circle that were not held before."""

    kept: tuple[SignedEntry, ...] = ()
    refused: tuple[SignedEntry, ...] = ()
    posts: frozenset[PostId] = frozenset()
    membership_changed: bool = False


def store(
    connection: Connection,
    members: KeptMembers,
    circle: CircleId,
    entries: Sequence[SignedEntry],
    now_s: int | None,
) -> Stored:
    """Store what is to be kept of checked entries of one circle, each given once; skip those held."""
    held = held_at(connection, circle, entries)
    digests = frozenset[bytes]().union(*held.values())
    unknown = [signed for signed in entries if signed.entry.digest not in digests]
    new = not_forgotten(connection, circle, unknown)
    if not new:
        return Stored()
    new = without_dropped_keys(connection, circle, new)
    before = members.known(connection, circle)
    admission = Admitting(connection, before, new, held).admit()
    after = admission.after
    highest = connection.execute(_HIGHEST_SEQ).scalar() or 0
    rows = [
        row_of(signed, seq, now_s, counts=after.counts(signed.entry.log, signed.entry.number))
        for seq, signed in enumerate(admission.kept, start=highest + 1)
    ]
    touched = remove(connection, circle, admission.displaced)
    if rows:
        touched |= insert_placed(connection, circle, rows)
    give_up_told(connection, after, (signed.entry for signed in admission.kept))
    write_names(connection, (signed.entry for signed in admission.kept if speaks_truly(signed.entry)))
    if after is not before:
        members.keep(connection, after)
        touched |= recount(connection, before, after)
    return Stored(
        kept=admission.kept,
        refused=admission.refused,
        posts=frozenset(project(connection, circle, touched)),
        membership_changed=before.membership != after.membership,
    )
