"""Decide to which post's story each entry belongs, whatever order entries arrive in.

The rule is that of `domain.merge.merge`: an entry about a claim belongs where the claim belongs, every other
entry to the post it names, and of sound entries that share an id by collision only the one with the lowest
digest counts. Entries about something not yet known wait under its id.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import BindParameter, Connection, Row, bindparam, insert, inspect, select, update
from sqlmodel import col

from meshboard.domain.ids import AuthorId, CircleId
from meshboard.domain.merge import speaks_truly
from meshboard.figures import IN_ONE_QUESTION
from meshboard.ledger.entries.projection import chunks
from meshboard.ledger.entries.rows import NewRow, stored_entry
from meshboard.ledger.file.tables import EntryRow


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
        move_waiting(connection, circle, new_claims)
    for entry_id in collided:
        changed |= settle_collision(connection, circle, entry_id)
    return changed


def settle_collision(connection: Connection, circle: CircleId, entry_id: bytes) -> set[bytes]:
    """Let one of the entries that share an id count, and move what hangs on it; return the posts touched."""
    rows = connection.execute(
        select(*inspect(EntryRow).columns)
        .where(col(EntryRow.circle_id) == circle, col(EntryRow.id) == entry_id)
        .order_by(col(EntryRow.digest))
    ).all()
    winner = next((row for row in rows if row.counts and _row_speaks_truly(circle, row)), None)
    place = _place_of(connection, circle, winner.subject_id) if winner else None
    others = update(EntryRow).where(col(EntryRow.circle_id) == circle, col(EntryRow.id) == entry_id)
    connection.execute(others.values(is_sound=False, post_id=None))
    if winner:
        connection.execute(
            update(EntryRow).where(col(EntryRow.seq) == winner.seq).values(is_sound=True, post_id=place)
        )
    moved_to = (winner.claimed_post_id if winner else None) or entry_id
    touched = {row.post_id for row in rows} | _move_hanging(connection, circle, entry_id, moved_to)
    return {post for post in (*touched, place, moved_to) if post is not None}


def _row_speaks_truly(circle: CircleId, row: Row[*tuple[object, ...]]) -> bool:
    return speaks_truly(stored_entry(circle, AuthorId(row.author), row.packed, row.signature).entry)


def _move_hanging(
    connection: Connection, circle: CircleId, entry_id: bytes, post: bytes
) -> set[bytes | None]:
    """Place everything about one entry under `post`; return where it was."""
    hanging = (
        col(EntryRow.circle_id) == circle,
        col(EntryRow.subject_id) == entry_id,
        col(EntryRow.is_sound),
    )
    left = set(connection.execute(select(col(EntryRow.post_id)).where(*hanging)).scalars())
    connection.execute(update(EntryRow).where(*hanging).values(post_id=post))
    return left


def _place_of(connection: Connection, circle: CircleId, subject: bytes | None) -> bytes | None:
    if subject is None:
        return None
    return claimed_posts(connection, circle, [subject]).get(subject, subject)


def _collided(connection: Connection, circle: CircleId, rows: Sequence[NewRow]) -> list[bytes]:
    """Return the ids of new entries that another entry has too."""
    times = Counter(row["id"] for row in rows)
    shared = {entry_id for entry_id, count in times.items() if count > 1}
    for some in chunks(times, IN_ONE_QUESTION):
        held = select(col(EntryRow.id)).where(col(EntryRow.circle_id) == circle, col(EntryRow.id).in_(some))
        shared.update(connection.execute(held).scalars())
    return sorted(shared)


def _claims_named(connection: Connection, circle: CircleId, rows: Iterable[NewRow]) -> dict[bytes, bytes]:
    """Return the post of every claim that is held, counts, and is what one of these rows is about."""
    subjects = {subject for row in rows if (subject := row["subject_id"]) is not None}
    return claimed_posts(connection, circle, subjects)


def claimed_posts(connection: Connection, circle: CircleId, claims: Iterable[bytes]) -> dict[bytes, bytes]:
    """Return the post each of these ids is a claim on, where it is one that is held and counts."""
    posts: dict[bytes, bytes] = {}
    for some in chunks(claims, IN_ONE_QUESTION):
        rows = connection.execute(
            select(col(EntryRow.id), col(EntryRow.claimed_post_id)).where(
                col(EntryRow.circle_id) == circle,
                col(EntryRow.id).in_(some),
                col(EntryRow.is_sound),
                col(EntryRow.claimed_post_id).is_not(None),
            )
        )
        posts.update({row.id: row.claimed_post_id for row in rows})
    return posts


def move_waiting(connection: Connection, circle: CircleId, claims: Mapping[bytes, bytes]) -> None:
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
