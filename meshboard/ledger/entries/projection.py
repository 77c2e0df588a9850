"""The projection: what the board needs to find posts, computed from entries and from nothing else."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from sqlalchemy import Connection, delete, insert, select
from sqlmodel import col

from meshboard.domain.circle_facts import CircleFounded, StationIntroduced
from meshboard.domain.entries import Entry
from meshboard.domain.ids import LONG_CODE_LENGTH, AuthorId, CircleId, EntryId, PostId, post_code
from meshboard.domain.merge import PostRecord, merge_post
from meshboard.domain.standing import stand
from meshboard.figures import IN_ONE_QUESTION, SILENT_CONSENT_S
from meshboard.ledger.entries.rows import stored_entry
from meshboard.ledger.file.tables import ClaimRow, EntryRow, PostRow, StationNameRow

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Story:
    """All entries about one post."""

    post: PostId
    entries: tuple[Entry, ...]
    seqs: Mapping[EntryId, int]
    """The order in which this station stored them."""


def project(connection: Connection, circle: CircleId, posts: Iterable[bytes]) -> set[PostId]:
    """Compute these posts anew from all their entries; return those that can be shown."""
    shown: set[PostId] = set()
    for some in chunks(sorted(posts), IN_ONE_QUESTION):
        for table in (PostRow, ClaimRow):
            post_id = col(PostRow.id) if table is PostRow else col(ClaimRow.post_id)
            own_circle = col(table.circle_id) == circle
            connection.execute(delete(table).where(own_circle, post_id.in_(some)))
        shown |= write_stories(connection, circle, stories(connection, circle, some))
    return shown


def stories(connection: Connection, circle: CircleId, posts: Sequence[bytes]) -> Iterator[Story]:
    """Read the entries of at most IN_ONE_QUESTION posts, post by post."""
    rows = connection.execute(
        select(
            col(EntryRow.post_id),
            col(EntryRow.seq),
            col(EntryRow.author),
            col(EntryRow.packed),
            col(EntryRow.signature),
        ).where(col(EntryRow.circle_id) == circle, col(EntryRow.post_id).in_(posts))
    )
    found: dict[PostId, list[tuple[int, Entry]]] = defaultdict(list)
    for row in rows:
        entry = stored_entry(circle, AuthorId(row.author), row.packed, row.signature).entry
        found[PostId(EntryId(row.post_id))].append((row.seq, entry))
    for post, numbered in found.items():
        yield Story(post, tuple(entry for _, entry in numbered), {entry.id: seq for seq, entry in numbered})


def write_stories(connection: Connection, circle: CircleId, told: Iterable[Story]) -> set[PostId]:
    """Store what these posts come to; return those whose first entry is there."""
    posts: list[dict[str, object]] = []
    claims: list[dict[str, object]] = []
    shown: set[PostId] = set()
    for story in told:
        record = merge_post(story.entries)
        if record is not None:
            posts.append(_post_row(circle, record, story))
            claims += _claim_rows(circle, record)
            shown.add(record.id)
    if posts:
        connection.execute(insert(PostRow), posts)
    if claims:
        connection.execute(insert(ClaimRow), claims)
    return shown


def write_names(connection: Connection, entries: Iterable[Entry]) -> None:
    """Remember what stations want to be called: the newest incarnation's word, a fork's lowest digest."""
    for entry in entries:
        if not isinstance(entry.fact, (StationIntroduced, CircleFounded)):
            continue
        one = col(StationNameRow.circle_id) == entry.circle, col(StationNameRow.author) == entry.log.author
        held = connection.execute(
            select(
                col(StationNameRow.incarnation), col(StationNameRow.number), col(StationNameRow.digest)
            ).where(*one)
        ).one_or_none()
        newest_first = (-entry.log.incarnation, -entry.number, entry.digest)
        if held is not None and (-held.incarnation, -held.number, held.digest) <= newest_first:
            continue
        connection.execute(delete(StationNameRow).where(*one))
        connection.execute(
            insert(StationNameRow).values(
                circle_id=entry.circle,
                author=entry.log.author,
                name=entry.fact.name,
                folded=entry.fact.name.casefold(),
                incarnation=entry.log.incarnation,
                number=entry.number,
                digest=entry.digest,
            )
        )


def over(record: PostRecord) -> tuple[bool, int | None]:
    """Return (is it over whatever the time, from when it is over if nothing more is said).

    Firm claims hold the same share at any time, so a post that has become done or expired stays so.
    """
    if not stand(record, None).state.is_live:
        return True, None
    expires_at = stand(record, None).expires_at
    words = [word for claim in record.claims if (word := claim.delivered or claim.confirmed)]
    consents = [word.stamp.time_s + SILENT_CONSENT_S for word in words if word.stamp.time_s is not None]
    turns = sorted({*consents, *([] if expires_at is None else [expires_at])})
    return False, next((turn for turn in turns if not stand(record, turn).state.is_live), None)


def chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield the items in lists of at most `size`."""
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some


def _post_row(circle: CircleId, record: PostRecord, story: Story) -> dict[str, object]:
    is_over, over_at = over(record)
    return {
        "circle_id": circle,
        "id": record.id,
        "code": post_code(record.id, LONG_CODE_LENGTH),
        "kind": record.content.kind.value,
        "category": record.content.category.value,
        "urgency": record.content.urgency.value,
        "author": record.entry.log.author,
        "actor_kind": record.entry.actor.kind.value,
        "actor_key": record.entry.actor.key,
        "search": searchable(record),
        "posted_seq": story.seqs[record.entry.id],
        "said_seq": story.seqs[(record.withdrawn or record.edited or record.entry).id],
        "posted_at": record.entry.stamp.time_s,
        "changed_seq": max(story.seqs.values()),
        "entry_count": len(story.entries),
        "is_over": is_over,
        "over_at": over_at,
        "flags": len(record.flags),
    }


def searchable(record: PostRecord) -> str:
    """Return the words a search looks through, case-folded."""
    content = record.content
    unit = content.quantity.unit if content.quantity else ""
    code, category = post_code(record.id, LONG_CODE_LENGTH), content.category.name
    words = (content.text, content.place, unit, *content.tags, record.published.signed_as, category, code)
    return "\n".join(word for word in words if word).casefold()


def _claim_rows(circle: CircleId, record: PostRecord) -> list[dict[str, object]]:
    return [
        {
            "circle_id": circle,
            "id": claim.id,
            "post_id": record.id,
            "author": claim.entry.log.author,
            "actor_kind": claim.entry.actor.kind.value,
            "actor_key": claim.entry.actor.key,
        }
        for claim in record.claims
        if not claim.released
    ]
