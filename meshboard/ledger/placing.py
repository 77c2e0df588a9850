"""Decide to which post's story each entry belongs, whatever order entries arrive in.

The rule is that of `domain.merge.merge`: an entry about a claim belongs where the claim belongs, every other
entry to the post it names, and of sound entries that share an id by collision only the one with the lowest
digest counts. Entries about something not yet known wait under its id.
"""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import BindParameter, Connection, bindparam, insert, select, update
from sqlmodel import col

from meshboard.domain.ids import AuthorId, CircleId
from meshboard.domain.merge import speaks_truly
from meshboard.ledger.rows import NewRow, stored_entry
from meshboard.ledger.tables import EntryRow


def insert_placed(connection: Connection, circle: CircleId, rows: Sequence[NewRow]) -> set[bytes]:
    """Store new entries of one circle where they belong; return the posts whose story changed."""
    collided = _collided(connection, circle, rows)
    new_claims: dict[bytes, bytes] = {}
    for row in rows:
        if row["is_sound"] and row["claimed_post_id"] is not None:
            new_claims[row["id"]] = row["claimed_post_id"]
    post_of_claim = _claims_named(connection, circle, rows) | new_claims
    changed = set(new_claims.values())
    for row in rows:
        subject = row["subject_id"]
        if row["is_sound"] and subject is not None:
            row["post_id"] = post_of_claim.get(subject, subject)
            changed.add(post_of_claim.get(subject, subject))
    connection.execute(insert(EntryRow), [dict(row) for row in rows])
    if new_claims:
        _fetch_waiting(connection, circle, new_claims)
    for entry_id in collided:
        changed |= settle_collision(connection, circle, entry_id)
    return changed


def settle_collision(connection: Connection, circle: CircleId, entry_id: bytes) -> set[bytes]:
    """Let one of the entries that share an id count, and move what hangs on it; return the posts touched."""
    rows = connection.execute(
        select(
            col(EntryRow.seq),
            col(EntryRow.author),
            col(EntryRow.packed),
            col(EntryRow.signature),
            col(EntryRow.subject_id),
            col(EntryRow.claimed_post_id),
            col(EntryRow.post_id),
        )
        .where(col(EntryRow.circle_id) == circle, col(EntryRow.id) == entry_id)
        .order_by(col(EntryRow.digest))
    ).all()
    truthful = [
        row
        for row in rows
        if speaks_truly(stored_entry(circle, AuthorId(row.author), row.packed, row.signature).entry)
    ]
    if not truthful:
        return set()
    winner = truthful[0]
    touched = {row.post_id for row in rows}
    by_id = col(EntryRow.circle_id) == circle, col(EntryRow.id) == entry_id
    connection.execute(update(EntryRow).where(*by_id).values(is_sound=False, post_id=None))
    place = _place_of(connection, circle, winner.subject_id)
    connection.execute(
        update(EntryRow).where(col(EntryRow.seq) == winner.seq).values(is_sound=True, post_id=place)
    )
    hanging = (
        col(EntryRow.circle_id) == circle,
        col(EntryRow.subject_id) == entry_id,
        col(EntryRow.is_sound),
    )
    touched.update(connection.execute(select(col(EntryRow.post_id)).where(*hanging)).scalars())
    moved_to = winner.claimed_post_id or entry_id
    connection.execute(update(EntryRow).where(*hanging).values(post_id=moved_to))
    return {post for post in (*touched, place, moved_to) if post is not None}


def _place_of(connection: Connection, circle: CircleId, subject: bytes | None) -> bytes | None:
    if subject is None:
        return None
    return _claimed_posts(connection, circle, [subject]).get(subject, subject)


def _collided(connection: Connection, circle: CircleId, rows: Sequence[NewRow]) -> list[bytes]:
    """Return the ids of new entries that another entry has too."""
    ids = [row["id"] for row in rows]
    held = set(
        connection.execute(
            select(col(EntryRow.id)).where(col(EntryRow.circle_id) == circle, col(EntryRow.id).in_(ids))
        ).scalars()
    )
    if len(set(ids)) == len(ids):
        return sorted(held)
    return sorted(held | {entry_id for entry_id in ids if ids.count(entry_id) > 1})


def _claims_named(connection: Connection, circle: CircleId, rows: Iterable[NewRow]) -> dict[bytes, bytes]:
    subjects = {row["subject_id"] for row in rows if row["subject_id"] not in (None, row["id"])}
    return _claimed_posts(connection, circle, sorted(subject for subject in subjects if subject is not None))


def _claimed_posts(connection: Connection, circle: CircleId, claims: Sequence[bytes]) -> dict[bytes, bytes]:
    """Return the post each of these ids is a claim on, where it is one that is held and counts."""
    if not claims:
        return {}
    rows = connection.execute(
        select(col(EntryRow.id), col(EntryRow.claimed_post_id)).where(
            col(EntryRow.circle_id) == circle,
            col(EntryRow.id).in_(claims),
            col(EntryRow.is_sound),
            col(EntryRow.claimed_post_id).is_not(None),
        )
    )
    return {row.id: row.claimed_post_id for row in rows}


def _fetch_waiting(connection: Connection, circle: CircleId, claims: Mapping[bytes, bytes]) -> None:
    """Move entries that waited for these claims to the claims' posts."""
    claim_id: BindParameter[bytes] = bindparam("claim")
    post_id: BindParameter[bytes] = bindparam("post")
    connection.execute(
        update(EntryRow)
        .where(
            col(EntryRow.circle_id) == circle,
            col(EntryRow.subject_id) == claim_id,
            col(EntryRow.is_sound),
        )
        .values(post_id=post_id),
        [{"claim": claim, "post": post} for claim, post in claims.items()],
    )
