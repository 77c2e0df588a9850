"""The circle itself, as front ends act on it: its people, its invites and its key."""

from collections.abc import Callable, Sequence
from typing import Protocol

from meshboard.domain.ids import AuthorId, InviteId
from meshboard.domain.membership import Membership
from meshboard.errors import RuleError
from meshboard.station.air.sharing import share_radio
from meshboard.station.circle import circle_acts
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
        told = self._desk.membership()
        invite = circle_acts.make_invite(self._desk, told, uses, hours)
        self._changed()
        return self.show_invite(invite, large=large)

    def show_invite(self, invite: InviteId, *, large: bool = False) -> InviteView:
        """Show an invite of one's own again, while it is open."""
        told = self._desk.membership()
        state = circle_acts.own_open_invite(self._desk, told, invite)
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
        self._do(lambda told: circle_acts.void_invite(self._desk, told, invite))

    def vouch(self, author: AuthorId) -> None:
        """Vouch for somebody who is here and not counted, or was taken out."""
        self._do(lambda told: circle_acts.vouch(self._desk, told, author))

    def preview_withdraw(self, author: AuthorId) -> tuple[str, ...]:
        """Return the names of those who would count no more if one's vouch for an author were taken back."""
        about = self.circumstances()
        return about.names_of(circle_acts.would_fall(self._desk, about.membership, author))

    def withdraw_vouch(self, author: AuthorId) -> None:
        """Take one's vouch back; whoever stood by that alone stands no more."""
        self._do(lambda told: circle_acts.withdraw_vouch(self._desk, told, author))

    def check_removal(self, authors: Sequence[AuthorId]) -> None:
        """Raise RuleError where these cannot be taken out, before anybody is asked about it."""
        circle_acts.check_removal(self._desk, self._desk.membership(), authors)

    def remove(self, authors: Sequence[AuthorId]) -> None:
        """Take members out, at most four at a time; the circle has a new key that they are not given."""
        self._do(lambda told: circle_acts.remove(self._desk, told, authors))

    def rekey(self) -> None:
        """Change the circle's key; nobody is taken out by it."""
        self._do(lambda told: circle_acts.rekey(self._desk, told))

    def _do(self, act: Callable[[Membership], None]) -> None:
        act(self._desk.membership())
        self._changed()

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
