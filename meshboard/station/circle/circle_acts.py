"""What becomes of a circle by several facts at once: an invite is closed, a new key begins."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from meshboard.domain.circle_facts import (
    MAX_NAMED,
    MAX_REMOVED,
    Cut,
    EpochBegun,
    InviteClosed,
)
from meshboard.domain.entries import LogId
from meshboard.domain.ids import AuthorId, EpochId, InviteId, MemberKey, member_key
from meshboard.domain.membership import Membership, Standing
from meshboard.station.circle.desk import Desk
from meshboard.sync.store import LogHoldings
from meshboard.trust.circle import EPOCH_KEY_BYTES, commitment_of
from meshboard.trust.key_ring import EpochKey

Item = TypeVar("Item")


def close_invite(desk: Desk, invite: InviteId, kept: Sequence[AuthorId]) -> None:
    """Let nobody else in by an invite; `kept` stay, however many."""
    with desk.writing():
        for fact in _closings(invite, kept):
            desk.write(fact, desk.member)


def begin_epoch(desk: Desk, told: Membership, removed: Iterable[AuthorId]) -> EpochId:
    """Begin the next epoch with a new key; who was taken out elsewhere and has the present one is out too.

    The open invites of those taken out are closed: who has come by them stays.
    """
    cuts = {cut.member: cut for cut in (*cuts_of(desk, removed), *_cuts_elsewhere(told))}
    named = tuple(sorted([*cuts.values()][:MAX_REMOVED]))
    out = {told.find(cut.member) for cut in named}
    key = secrets.token_bytes(EPOCH_KEY_BYTES)
    begun = EpochBegun(told.epoch.id, commitment_of(desk.circle.id, key), named)
    with desk.writing():
        for state in told.invites:
            if state.by in out and not state.is_closed:
                for fact in _closings(state.invite, state.joined):
                    desk.write(fact, desk.member)
        epoch = EpochId(bytes(desk.write(begun, desk.member).entry.id))
        held = EpochKey(epoch, told.epoch.number + 1, key)
        desk.circles.add_epoch_key(desk.circle.id, held, now_s=desk.clock.wall_s())
    return epoch


def holds_current_key(desk: Desk, told: Membership) -> bool:
    """Say whether the key of the epoch that holds is here."""
    return any(key.id == told.epoch.id for key in desk.epoch_keys())


def cuts_of(desk: Desk, authors: Iterable[AuthorId]) -> tuple[Cut, ...]:
    """Return how far the logs of authors go here: that much of them stays."""
    last = last_held(desk.store.holdings())
    return tuple(sorted(Cut(member_key(author), *last.get(author, (0, 0))) for author in authors))


def last_held(holdings: Mapping[LogId, LogHoldings]) -> dict[AuthorId, tuple[int, int]]:
    """Return the last (incarnation, number) held of each author."""
    last: dict[AuthorId, tuple[int, int]] = {}
    for log, held in holdings.items():
        place = log.incarnation, held.ranges[-1][1]
        last[log.author] = max(place, last.get(log.author, (0, 0)))
    return last


def writes_on(standing: Standing, held: tuple[int, int]) -> bool:
    """Say whether more of somebody who is out would count than is held: then they can be cut off here."""
    return not standing.counts and standing.reach > held


def _cuts_elsewhere(told: Membership) -> list[Cut]:
    """Return the cuts of those who were taken out on another branch and were given the key in use.

    As they are: here not all may have come yet that was left to them.
    """
    told_out: set[MemberKey] = set()
    epoch = told.epochs.get(told.epoch.id)
    while epoch is not None:
        told_out |= epoch.removed
        epoch = told.epochs.get(epoch.parent) if epoch.parent is not None else None
    return [
        Cut(member_key(author), *standing.reach)
        for author, standing in sorted(told.standings.items())
        if standing.removed_by and not standing.counts and member_key(author) not in told_out
    ]


def _closings(invite: InviteId, kept: Iterable[AuthorId]) -> Iterable[InviteClosed]:
    for some in groups_of(MAX_NAMED, sorted(member_key(author) for author in kept)):
        yield InviteClosed(invite, some)


def groups_of(size: int, items: Sequence[Item]) -> list[tuple[Item, ...]]:
    """Return the items in groups that fit one fact each; one empty group where there are none."""
    return [tuple(items[at : at + size]) for at in range(0, len(items), size)] or [()]
