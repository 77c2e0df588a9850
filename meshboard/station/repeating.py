"""Repeats what a handheld asked through another station and only this one may decide."""

from collections.abc import Iterable

from meshboard.domain.entries import ClaimDelivered, ClaimReleased, Entry
from meshboard.domain.ids import PostId
from meshboard.domain.merge import PostRecord
from meshboard.station.desk import Desk


def repeat_what_was_asked(desk: Desk, posts: Iterable[PostId]) -> None:
    """Write again, as this station, what its own handhelds asked elsewhere: then it takes effect."""
    for record in desk.ledger.posts.records(posts).values():
        for asked in record.asked:
            if _is_ours(asked, record, desk):
                desk.write(asked.fact, asked.actor)


def _is_ours(asked: Entry, record: PostRecord, desk: Desk) -> bool:
    owner = record.entry
    if isinstance(asked.fact, (ClaimReleased, ClaimDelivered)):
        owner = next(claim.entry for claim in record.claims if claim.id == asked.fact.claim)
    return owner.log.author == desk.log.author
