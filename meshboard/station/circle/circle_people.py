"""A circle, its people and its invites as front ends show them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from meshboard.domain.entries import LogId
from meshboard.domain.ids import CODE_ALPHABET, AuthorId, CircleId, InviteId
from meshboard.domain.membership import InviteState, Membership, Standing
from meshboard.domain.text import shown_line
from meshboard.station.circle.circle_acts import last_held, writes_on
from meshboard.sync.store import LogHoldings
from meshboard.trust.circle import Circle

UNNAMED = "a station not yet introduced"
INVITE_LETTERS = 4  # a circle has a few open invites at a time; 20 bits tell them apart


@dataclass(frozen=True, slots=True)
class CirclePerson:
    """Somebody this circle knows of: a member, somebody who was one, or a stranger."""

    author: AuthorId
    name: str
    is_me: bool
    is_member: bool
    """True when everything they write counts."""
    is_founder: bool
    vouched_by: tuple[str, ...]
    """Names of those who vouch for them now."""
    vouches_for: tuple[str, ...]
    removed_by: tuple[str, ...]
    """Names of those who took them out; empty when nobody did."""
    waits_for_vouch: bool
    """True for somebody who is here and for whom nobody who counts vouches; nobody took them out.
    False for everybody while this station has not heard of the circle's founder."""
    entries: int
    """Entries of theirs held here."""
    forks: bool
    """True when they signed two entries under one number: a restored copy, or a lie."""
    has_box_key: bool
    """False when the circle's next key cannot be sealed to them."""
    writes_on: bool = False
    """True for somebody who is out and whose later entries count all the same: who took them out said so."""


@dataclass(frozen=True, slots=True)
class InviteLine:
    """One invite in a list."""

    id: InviteId
    letters: str
    """What people call it: INVITE_LETTERS letters."""
    by: str
    is_mine: bool
    uses: int
    """How many may join with it; 0 = any number."""
    expires_at: int | None
    """Unix seconds, None = never."""
    is_closed: bool
    """True when nobody else joins with it: used up, expired or void."""
    joined: tuple[str, ...]
    turned_away: tuple[str, ...]
    """Who showed it and was not let in."""


@dataclass(frozen=True, slots=True)
class CircleView:
    """A circle this machine is in."""

    id: CircleId
    name: str
    channel: str
    region: str
    preset: str
    slot: int
    stations: int
    """Members, this station included."""
    time_zone: str
    """IANA name, empty while unknown."""
    founder: str
    """Their name, empty while unknown."""
    epoch: int
    """The number of the key in use, 0 = the first."""
    key_state: str
    """`in use`, `waiting for the key of epoch 3`, `a new key is due`, `none: you were taken out`."""
    am_member: bool
    removed_by: tuple[str, ...]
    """Who took this station out, empty when nobody did."""
    waits_for_vouch: bool
    """True while this station knows of nobody who counts and vouches for it."""
    is_chosen: bool
    """True for the circle that front ends open when none is named."""
    apart: str
    """Why the radio does not carry it, in a sentence; empty when it does."""
    sentence: str
    """What stands in the way of posting to everybody, and what to do; empty when nothing does."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the views of one circle are made of."""

    circle: Circle
    me: AuthorId
    membership: Membership
    names: Mapping[AuthorId, str]
    """As they are shown (`Desk.station_names`)."""
    holdings: Mapping[LogId, LogHoldings]
    has_current_key: bool
    hears_other_key: bool = False
    """True when frames were heard since the station's start that no key held here opens."""

    def name(self, author: AuthorId) -> str:
        """Return what an author is called, safe for a screen."""
        return shown_line(self.names.get(author, "")) or UNNAMED

    def names_of(self, authors: Sequence[AuthorId]) -> tuple[str, ...]:
        """Return several names, sorted."""
        return tuple(sorted(self.name(author) for author in authors))


def view_people(about: Circumstances) -> tuple[CirclePerson, ...]:
    """Return everybody this circle knows of: this station's member first, members before others, by name."""
    told = about.membership
    everybody = set(told.standings) | {about.me}
    nobody = Standing(about.me, counts=False)
    people = [_person(about, told.standings.get(author, nobody), author) for author in everybody]
    return tuple(
        sorted(people, key=lambda one: (not one.is_me, not one.is_member, one.name.casefold(), one.author))
    )


def _person(about: Circumstances, standing: Standing, author: AuthorId) -> CirclePerson:
    told = about.membership
    logs = [held for log, held in about.holdings.items() if log.author == author]
    return CirclePerson(
        author=author,
        name=about.name(author),
        is_me=author == about.me,
        is_member=standing.counts,
        is_founder=author == told.founder,
        vouched_by=() if _is_taken_out(told, author) else about.names_of(standing.vouchers),
        vouches_for=about.names_of(
            sorted(
                {
                    one.member
                    for one in told.vouches
                    if one.by == author and not _is_taken_out(told, one.member)
                }
            )
        ),
        removed_by=() if standing.counts else about.names_of(standing.removed_by),
        waits_for_vouch=told.founder is not None and not standing.counts and not standing.removed_by,
        entries=sum(held.count for held in logs),
        forks=any(held.count > sum(last - first + 1 for first, last in held.ranges) for held in logs),
        has_box_key=bool(standing.box_key),
        writes_on=writes_on(standing, last_held(about.holdings).get(author, (0, 0))),
    )


def _is_taken_out(told: Membership, author: AuthorId) -> bool:
    """Say whether a removal holds: the vouches from before it are worth nothing then."""
    standing = told.standings.get(author)
    return standing is not None and not standing.counts and bool(standing.removed_by)


def view_invites(about: Circumstances) -> tuple[InviteLine, ...]:
    """Return the circle's invites: open ones first, this station's before others', newest to expire last."""
    lines = [_invite_line(about, state) for state in about.membership.invites]
    return tuple(
        sorted(lines, key=lambda one: (one.is_closed, not one.is_mine, one.expires_at or 0, one.letters))
    )


def _invite_line(about: Circumstances, state: InviteState) -> InviteLine:
    return InviteLine(
        id=state.invite,
        letters=invite_letters(state.invite),
        by=about.name(state.by),
        is_mine=state.by == about.me,
        uses=state.uses,
        expires_at=state.expires_at,
        is_closed=state.is_closed,
        joined=about.names_of(state.joined),
        turned_away=about.names_of(state.turned_away),
    )


def invite_letters(invite: InviteId) -> str:
    """Return the letters people call an invite by; they are no secret."""
    bits = int.from_bytes(invite, "big") >> (8 * len(invite) - 5 * INVITE_LETTERS)
    return "".join(CODE_ALPHABET[(bits >> (5 * place)) & 31] for place in reversed(range(INVITE_LETTERS)))


def view_circle(about: Circumstances, *, is_chosen: bool, apart: str) -> CircleView:
    """Return the circle as this station stands in it."""
    told, circle = about.membership, about.circle
    mine = told.standings.get(about.me)
    am_member = told.is_member(about.me)
    removed_by = () if am_member or mine is None else about.names_of(mine.removed_by)
    waits = not am_member and not removed_by
    return CircleView(
        id=circle.id,
        name=circle.name,
        channel=circle.channel_name,
        region=circle.plan.region,
        preset=circle.plan.preset,
        slot=circle.plan.slot,
        stations=len(told.members()),
        time_zone=told.time_zone,
        founder=about.name(told.founder) if told.founder is not None else "",
        epoch=told.epoch.number,
        key_state=_key_state(about, removed_by),
        am_member=am_member,
        removed_by=removed_by,
        waits_for_vouch=waits,
        is_chosen=is_chosen,
        apart=apart,
        sentence=_sentence(about, removed_by, waits=waits) or apart,
    )


def _key_state(about: Circumstances, removed_by: Sequence[str]) -> str:
    if removed_by:
        return "none: you were taken out"
    if not about.has_current_key:
        epoch = about.membership.epoch
        return f"waiting for the key of epoch {epoch.number}"
    return "a new key is due" if about.membership.is_rekey_due else "in use"


def _sentence(about: Circumstances, removed_by: Sequence[str], *, waits: bool) -> str:
    if removed_by:
        names = " and ".join(removed_by)
        return f"You were taken out of this circle by {names}; what you post stays on this machine."
    if not about.has_current_key:
        epoch = about.membership.epoch
        by = f", begun by {about.name(epoch.begun_by)}" if epoch.begun_by else ""
        return (
            f"The circle has a new key (epoch {epoch.number}{by}) that has not come yet; until then posts "
            "stay here. It comes when a board that has it is heard. If nobody has it, take out who began it; "
            "after ten minutes a member's board begins another by itself."
        )
    if waits and about.membership.founder is None and about.hears_other_key:
        return (
            "Frames are heard that are sealed with another key: the circle's key was changed since your "
            "invite was shown, it seems. The new one is asked for and mostly comes within minutes; who had "
            "the old one can read what you post until then. If it does not come, have the invite shown "
            "again, and enter that code here too (meshboard circle join)."
        )
    if waits and about.membership.founder is None:
        return "The circle's other boards have not been heard yet; what you post reaches them when they are."
    if waits:
        return "Nobody in this circle vouches for you now. Ask a member to vouch for you, face to face."
    return ""
