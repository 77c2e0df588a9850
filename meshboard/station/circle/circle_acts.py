"""What a member may do about the circle itself. Each writes facts, or says with RuleError why not."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from meshboard.domain.circle_facts import (
    MAX_NAMED,
    MAX_REMOVED,
    AuthorVouched,
    Cut,
    EpochBegun,
    InviteClosed,
    InviteMade,
    VouchWithdrawn,
)
from meshboard.domain.entries import LogId
from meshboard.domain.ids import AuthorId, EpochId, InviteId, MemberKey, invite_id, member_key
from meshboard.domain.membership import InviteState, Membership, Standing
from meshboard.errors import RuleError
from meshboard.figures import FACTS_AN_ACT, HOUR_S, MAX_INVITE_HOURS, MAX_TRUST_FACTS
from meshboard.ledger.circle.circles import KeptInvite
from meshboard.station.circle.desk import Desk
from meshboard.sync.store import LogHoldings
from meshboard.trust.circle import EPOCH_KEY_BYTES, commitment_of
from meshboard.trust.invite import SECRET_BYTES, invite_key
from meshboard.trust.key_ring import EpochKey

MAX_USES = 0xFF  # one byte on the wire
Item = TypeVar("Item")


def make_invite(desk: Desk, told: Membership, uses: int, hours: int | None) -> InviteId:
    """Vouch for whoever shows a new invite; keep its secret here."""
    _check_member(desk, told)
    if not 0 <= uses <= MAX_USES:
        raise RuleError(f"An invite is for 1 to {MAX_USES} people, or 0 for any number.")
    if hours is not None and not 1 <= hours <= MAX_INVITE_HOURS:
        raise RuleError(f"An invite holds for 1 to {MAX_INVITE_HOURS} hours, or for ever.")
    now_s = desk.clock.wall_s()
    if hours is not None and now_s is None:
        raise RuleError(
            "This machine does not know what time it is, so no invite can expire. Set its clock, or make one "
            "that holds for ever and void it when it was used."
        )
    # on the hour, as a code of letters says it: so code and entry end together
    expires_at = None if hours is None or now_s is None else (-(-now_s // HOUR_S) + hours) * HOUR_S
    secret = secrets.token_bytes(SECRET_BYTES)
    invite = invite_id(invite_key(secret).public_key().public_bytes_raw())
    with desk.writing():
        desk.write(InviteMade(invite, uses, expires_at), desk.member)
        desk.circles.add_invite(desk.circle.id, KeptInvite(invite, secret, now_s, uses, expires_at))
    return invite


def own_open_invite(desk: Desk, told: Membership, invite: InviteId) -> InviteState:
    """Return an open invite of this station's own; RuleError with a sentence for any other."""
    state = _open_invite(told, invite)
    if state.by != desk.author:
        raise RuleError(
            "Somebody else made that invite; only they can show it or make it void. If they are away and it "
            "was seen, change the circle's key, or take their station out: that closes its invites."
        )
    return state


def close_invite(desk: Desk, invite: InviteId, kept: Sequence[AuthorId]) -> None:
    """Let nobody else in by an invite; `kept` stay, however many."""
    with desk.writing():
        for fact in _closings(invite, kept):
            desk.write(fact, desk.member)


def void_invite(desk: Desk, told: Membership, invite: InviteId) -> None:
    """Close an own invite because others saw it: who joined with it stays."""
    _check_member(desk, told)
    close_invite(desk, invite, own_open_invite(desk, told, invite).joined)


def vouch(desk: Desk, told: Membership, author: AuthorId) -> None:
    """Vouch for somebody whose first entry is here."""
    _check_member(desk, told)
    me = desk.author
    if author == me:
        raise RuleError("Nobody vouches for themselves. Ask another member.")
    standing = told.standings.get(author)
    if standing is None:
        raise RuleError("Nothing was heard from them yet. Vouch once their board has been heard here.")
    if standing.counts and me in standing.vouchers:
        raise RuleError("You vouch for them already.")
    with desk.writing():
        for removal in standing.removals or (None,):
            desk.write(AuthorVouched(member_key(author), removal), desk.member)


def would_fall(desk: Desk, told: Membership, author: AuthorId) -> tuple[AuthorId, ...]:
    """Return who would count no more if this station's vouch for an author were withdrawn."""
    standing = told.standings.get(author)
    if standing is None or desk.author not in standing.vouchers:
        raise RuleError("You do not vouch for them, so there is nothing to take back.")
    return told.would_fall(desk.author, author)


def withdraw_vouch(desk: Desk, told: Membership, author: AuthorId) -> None:
    """Take a vouch back; what those it brings down wrote so far stays."""
    _check_member(desk, told)
    falling = would_fall(desk, told, author)
    with desk.writing():
        for some in _groups_of(MAX_NAMED, cuts_of(desk, falling)):
            desk.write(VouchWithdrawn(member_key(author), some), desk.member)


def check_removal(desk: Desk, told: Membership, authors: Sequence[AuthorId]) -> None:
    """Raise RuleError where these cannot be taken out, before anybody is asked about it."""
    if told.is_open:
        raise RuleError(
            "This circle was made by meshboard 0.1: everybody who has its code is in for good. To leave "
            "somebody out, begin a new circle and invite the others to it."
        )
    _check_member(desk, told)
    if not authors:
        raise RuleError("Say whom to take out.")
    if len(authors) > MAX_REMOVED:
        raise RuleError(f"At most {MAX_REMOVED} people are taken out at a time, so that it stays a decision.")
    for author in authors:
        _check_removable(desk, told, author)


def remove(desk: Desk, told: Membership, authors: Sequence[AuthorId]) -> None:
    """Take members out: the circle has a new key, and they are not given it."""
    check_removal(desk, told, authors)
    begin_epoch(desk, told, authors)


def rekey(desk: Desk, told: Membership) -> None:
    """Change the circle's key, for instance after a machine was stolen; nobody is taken out by it."""
    if told.is_open:
        raise RuleError(
            "This circle was made by meshboard 0.1 and keeps its key. Begin a new circle instead."
        )
    _check_member(desk, told)
    _check_key(desk, told)
    begin_epoch(desk, told, ())


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


def _check_member(desk: Desk, told: Membership) -> None:
    own = sum(signed.entry.author == desk.author for signed in desk.circles.facts(desk.circle.id))
    if own > MAX_TRUST_FACTS - FACTS_AN_ACT:
        raise RuleError(
            f"This station has changed the circle {own} times; more does not count. Join anew from a new "
            "home folder, with an invite of another member's."
        )
    if told.is_member(desk.author):
        return
    if told.founder is None:
        raise RuleError(
            "None of the circle's boards is known here yet, and this would count for nobody. The status says "
            "what is waited for: meshboard status"
        )
    raise RuleError(
        "You are not a member of this circle now, so this would count for nobody. Ask a member to vouch "
        "for you."
    )


def _check_key(desk: Desk, told: Membership) -> None:
    if not holds_current_key(desk, told):
        raise RuleError(
            "The circle has a newer key that has not come here yet. It comes by itself once another board is "
            "heard; then try again."
        )


def _open_invite(told: Membership, invite: InviteId) -> InviteState:
    state = next((one for one in told.invites if one.invite == invite), None)
    if state is None:
        raise RuleError("There is no such invite here. Look at the list of invites.")
    if state.is_closed:
        raise RuleError("That invite is closed: nobody joins with it any more. Make a new one.")
    return state


def _closings(invite: InviteId, kept: Iterable[AuthorId]) -> Iterable[InviteClosed]:
    for some in _groups_of(MAX_NAMED, sorted(member_key(author) for author in kept)):
        yield InviteClosed(invite, some)


def _check_removable(desk: Desk, told: Membership, author: AuthorId) -> None:
    if author == desk.author:
        raise RuleError("Nobody takes themselves out. To go, leave the circle: meshboard circle leave")
    standing = told.standings.get(author)
    if standing is None:
        raise RuleError("Nothing was heard from them yet, so there is nobody to take out.")
    held = last_held(desk.store.holdings()).get(author, (0, 0))
    if not (standing.counts or writes_on(standing, held)):
        raise RuleError("They are not in this circle now; there is nothing to do.")


def _groups_of(size: int, items: Sequence[Item]) -> list[tuple[Item, ...]]:
    """Return the items in groups that fit one fact each; one empty group where there are none."""
    return [tuple(items[at : at + size]) for at in range(0, len(items), size)] or [()]
