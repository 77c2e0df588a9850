"""The circle itself, as front ends act on it: its people, its invites and its key."""

import secrets
from collections.abc import Callable, Sequence
from typing import Protocol

from meshboard.domain.circle_facts import MAX_NAMED, MAX_REMOVED, AuthorVouched, InviteMade, VouchWithdrawn
from meshboard.domain.ids import AuthorId, InviteId, invite_id, member_key
from meshboard.domain.membership import InviteState, Membership
from meshboard.errors import RuleError
from meshboard.figures import FACTS_AN_ACT, HOUR_S, MAX_INVITE_HOURS, MAX_TRUST_FACTS
from meshboard.ledger.circle.circles import KeptInvite
from meshboard.station.air.sharing import share_radio
from meshboard.station.circle.circle_acts import (
    begin_epoch,
    close_invite,
    cuts_of,
    groups_of,
    holds_current_key,
    last_held,
    writes_on,
)
from meshboard.station.circle.circle_people import (
    CirclePerson,
    CircleView,
    Circumstances,
    InviteLine,
    view_circle,
    view_invites,
    view_people,
)
from meshboard.station.circle.desk import Desk, chosen_circle
from meshboard.station.circle.invites import InviteView, view_invite
from meshboard.station.circle.keys import ring_of
from meshboard.station.process.station_report import StationReport, hears_other_key, told_report
from meshboard.trust.invite import SECRET_BYTES, invite_key

MAX_USES = 0xFF  # one byte on the wire
USUAL_USES = 1
USUAL_HOURS = 72


class RadioOwner(Protocol):
    """What a service asks about the process that drives the radio."""

    @property
    def is_owner(self) -> bool:
        """Say whether that is this process."""

    def someone_owns(self) -> bool:
        """Say whether any process drives the radio."""

    def report(self) -> StationReport | None:
        """Return the report if this process drives the radio, else None."""


class CircleService:
    """Who is in the circle, and what a member may do about it. Raises RuleError when it cannot be done."""

    def __init__(self, desk: Desk, radio: RadioOwner, changed: Callable[[], None]) -> None:
        """Act on the circle of a desk; `changed` is called after each act."""
        self._desk = desk
        self._radio = radio
        self._changed = changed

    def view(self, about: Circumstances | None = None) -> CircleView:
        """Return the circle as this station stands in it; `about` is what was read of it already."""
        ledger, circle = self._desk.ledger, self._desk.circle
        is_chosen = chosen_circle(ledger) == circle.id
        apart = share_radio(ledger.circles.all()).apart.get(circle.id, "")
        return view_circle(about or self.circumstances(), is_chosen=is_chosen, apart=apart)

    def people(self) -> tuple[CirclePerson, ...]:
        """Return everybody this circle knows of: this station's member first, members before others."""
        return view_people(self.circumstances())

    def invites(self) -> tuple[InviteLine, ...]:
        """Return the circle's invites, open ones first."""
        return view_invites(self.circumstances())

    def make_invite(
        self, uses: int = USUAL_USES, hours: int | None = USUAL_HOURS, *, large: bool = False
    ) -> InviteView:
        """Make an invite for `uses` people (0 = any number) that holds for `hours` (None = for ever).

        `large` draws the QR code with two cells a module.
        """
        desk, told = self._desk, self._desk.membership()
        _check_member(desk, told)
        if not 0 <= uses <= MAX_USES:
            raise RuleError(f"An invite is for 1 to {MAX_USES} people, or 0 for any number.")
        if hours is not None and not 1 <= hours <= MAX_INVITE_HOURS:
            raise RuleError(f"An invite holds for 1 to {MAX_INVITE_HOURS} hours, or for ever.")
        now_s = desk.clock.wall_s()
        if hours is not None and now_s is None:
            raise RuleError(
                "This machine does not know what time it is, so no invite can expire. Set its clock, or make "
                "one that holds for ever and void it when it was used."
            )
        # on the hour, as a code of letters says it: so code and entry end together
        expires_at = None if hours is None or now_s is None else (-(-now_s // HOUR_S) + hours) * HOUR_S
        secret = secrets.token_bytes(SECRET_BYTES)
        invite = invite_id(invite_key(secret).public_key().public_bytes_raw())
        with desk.writing():
            desk.write(InviteMade(invite, uses, expires_at), desk.member)
            desk.circles.add_invite(desk.circle.id, KeptInvite(invite, secret, now_s, uses, expires_at))
        self._changed()
        return self.show_invite(invite, large=large)

    def show_invite(self, invite: InviteId, *, large: bool = False) -> InviteView:
        """Show an invite of one's own again, while it is open."""
        told = self._desk.membership()
        state = _own_open_invite(self._desk, told, invite)
        return view_invite(self._desk, told, state, large=large)

    def find_invite(self, typed: str) -> InviteLine:
        """Return the invite people call by these letters."""
        wanted = typed.strip().upper()
        found = [line for line in self.invites() if line.letters == wanted or line.id.hex().upper() == wanted]
        if len(found) != 1:
            raise RuleError("There is no such invite here. Look at the list of invites for its letters.")
        return found[0]

    def void_invite(self, invite: InviteId) -> None:
        """Let nobody else in by an invite of one's own; who joined with it stays."""
        told = self._as_member()
        close_invite(self._desk, invite, _own_open_invite(self._desk, told, invite).joined)
        self._changed()

    def vouch(self, author: AuthorId) -> None:
        """Vouch for somebody who is here and not counted, or was taken out."""
        told = self._as_member()
        me = self._desk.author
        if author == me:
            raise RuleError("Nobody vouches for themselves. Ask another member.")
        standing = told.standings.get(author)
        if standing is None:
            raise RuleError("Nothing was heard from them yet. Vouch once their board has been heard here.")
        if standing.counts and me in standing.vouchers:
            raise RuleError("You vouch for them already.")
        with self._desk.writing():
            for removal in standing.removals or (None,):
                self._desk.write(AuthorVouched(member_key(author), removal), self._desk.member)
        self._changed()

    def preview_withdraw(self, author: AuthorId) -> tuple[str, ...]:
        """Return the names of those who would count no more if one's vouch for an author were taken back."""
        about = self.circumstances()
        return about.names_of(_would_fall(self._desk, about.membership, author))

    def withdraw_vouch(self, author: AuthorId) -> None:
        """Take one's vouch back; whoever stood by that alone stands no more."""
        told = self._as_member()
        falling = _would_fall(self._desk, told, author)
        with self._desk.writing():
            for some in groups_of(MAX_NAMED, cuts_of(self._desk, falling)):
                self._desk.write(VouchWithdrawn(member_key(author), some), self._desk.member)
        self._changed()

    def check_removal(self, authors: Sequence[AuthorId]) -> None:
        """Raise RuleError where these cannot be taken out, before anybody is asked about it."""
        _check_removal(self._desk, self._desk.membership(), authors)

    def remove(self, authors: Sequence[AuthorId]) -> None:
        """Take members out, at most four at a time; the circle has a new key that they are not given."""
        told = self._desk.membership()
        _check_removal(self._desk, told, authors)
        begin_epoch(self._desk, told, authors)
        self._changed()

    def rekey(self) -> None:
        """Change the circle's key; nobody is taken out by it."""
        told = self._desk.membership()
        _check_member(self._desk, told)
        _check_key(self._desk, told)
        begin_epoch(self._desk, told, ())
        self._changed()

    def _as_member(self) -> Membership:
        """Return who counts; RuleError where what this station says would count for nobody."""
        told = self._desk.membership()
        _check_member(self._desk, told)
        return told

    def circumstances(self) -> Circumstances:
        """Return what the views of the circle are made of, as it is now."""
        desk, told = self._desk, self._desk.membership()
        report = self._radio.report() or told_report(desk.ledger.path)
        return Circumstances(
            circle=desk.circle,
            me=desk.author,
            membership=told,
            names=desk.station_names(),
            holdings=desk.store.holdings(),
            has_current_key=ring_of(desk, told).current is not None,
            hears_other_key=hears_other_key(report, desk.circle.id),
        )


def _own_open_invite(desk: Desk, told: Membership, invite: InviteId) -> InviteState:
    """Return an open invite of this station's own; RuleError with a sentence for any other."""
    state = _open_invite(told, invite)
    if state.by != desk.author:
        raise RuleError(
            "Somebody else made that invite; only they can show it or make it void. If they are away and it "
            "was seen, change the circle's key, or take their station out: that closes its invites."
        )
    return state


def _would_fall(desk: Desk, told: Membership, author: AuthorId) -> tuple[AuthorId, ...]:
    """Return who would count no more if this station's vouch for an author were withdrawn."""
    standing = told.standings.get(author)
    if standing is None or desk.author not in standing.vouchers:
        raise RuleError("You do not vouch for them, so there is nothing to take back.")
    return told.would_fall(desk.author, author)


def _check_removal(desk: Desk, told: Membership, authors: Sequence[AuthorId]) -> None:
    """Raise RuleError where these cannot be taken out, before anybody is asked about it."""
    _check_member(desk, told)
    if not authors:
        raise RuleError("Say whom to take out.")
    if len(authors) > MAX_REMOVED:
        raise RuleError(f"At most {MAX_REMOVED} people are taken out at a time, so that it stays a decision.")
    for author in authors:
        _check_removable(desk, told, author)


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


def _check_removable(desk: Desk, told: Membership, author: AuthorId) -> None:
    if author == desk.author:
        raise RuleError("Nobody takes themselves out. To go, leave the circle: meshboard circle leave")
    standing = told.standings.get(author)
    if standing is None:
        raise RuleError("Nothing was heard from them yet, so there is nobody to take out.")
    held = last_held(desk.store.holdings()).get(author, (0, 0))
    if not (standing.counts or writes_on(standing, held)):
        raise RuleError("They are not in this circle now; there is nothing to do.")
