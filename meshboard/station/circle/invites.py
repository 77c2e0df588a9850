"""Invites as a screen shows them: letters to type, a QR code to photograph, a file to hand over."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

import segno

from meshboard.domain.circle_facts import InviteMade
from meshboard.domain.entries import SignedEntry
from meshboard.domain.ids import InviteId
from meshboard.domain.membership import InviteState, Membership
from meshboard.errors import RuleError
from meshboard.station.circle.desk import Desk
from meshboard.station.circle.keys import ring_of
from meshboard.trust.circle import enter_circle
from meshboard.trust.invite import (
    Invite,
    invite_code,
    invite_file,
    invite_qr_text,
    make_invite,
)
from meshboard.wire.entry_bytes import sign_again

QUIET_MODULES = (
    2  # light modules around the code; readers manage with 2 on a screen, paper wants 4 (ISO 18004)
)
MOST_ROWS = 23  # of a terminal with 24, one left for words
_HALF_BLOCKS = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}
_ANSI_BLACK_ON_WHITE, _ANSI_RESET = "\x1b[30;107m", "\x1b[0m"


@dataclass(frozen=True, slots=True, repr=False)
class InviteView:
    """An invite to show. Whoever has it can join: never log it."""

    id: InviteId
    circle_name: str
    code: str
    """The text code, in groups."""
    qr_text: str
    """What the QR code says."""
    qr_rows: tuple[str, ...]
    """The QR code in half blocks: foreground = dark module, to be shown dark on light."""
    file_text: str
    """What a file says that brings the invite."""
    expires_at: int | None
    """Unix seconds, None = never."""
    uses: int
    """How many may join with it, 0 = any number."""
    joined: int
    """How many have."""


def view_invite(desk: Desk, told: Membership, state: InviteState, *, large: bool = False) -> InviteView:
    """Return an own open invite, drawn."""
    invite = invite_of(desk, told, state)
    qr_text = invite_qr_text(invite)
    return InviteView(
        id=state.invite,
        circle_name=desk.circle.name,
        code=invite_code(invite),
        qr_text=qr_text,
        qr_rows=draw_large_qr(qr_text) if large else draw_qr(qr_text),
        file_text=invite_file(invite, _entry_of(desk, state.invite)),
        expires_at=state.expires_at,
        uses=state.uses,
        joined=len(state.joined),
    )


def invite_of(desk: Desk, told: Membership, state: InviteState) -> Invite:
    """Return an invite with the key that holds now; RuleError when that or its secret is not here."""
    circles = desk.ledger.circles
    made_here = circles.invites(desk.circle.id)
    kept = next((one for one in made_here if one.invite == state.invite), None)
    if kept is None:
        raise RuleError("This invite was made at another copy of this station. Void it, and make a new one.")
    current = ring_of(desk, told).current
    if current is None:
        raise RuleError(
            "The circle has a newer key that has not come here yet, so nobody can be invited from here. It "
            "comes by itself once another board is heard; then try again."
        )
    circle = enter_circle(desk.circle, current.number, current.id, current.key)
    return make_invite(circle, kept.secret, state.expires_at)


def draw_qr(text: str) -> tuple[str, ...]:
    """Return a QR code as rows of half blocks, two modules to a character cell's height."""
    modules = _modules(text, QUIET_MODULES)
    if len(modules) > 2 * MOST_ROWS:  # the longest names: better a narrow margin above than rows off screen
        modules = modules[QUIET_MODULES:-QUIET_MODULES]
    light = [False] * len(modules[0])
    pairs = zip_longest(modules[::2], modules[1::2], fillvalue=light)
    return tuple(
        "".join(_HALF_BLOCKS[cell] for cell in zip(upper, lower, strict=True)) for upper, lower in pairs
    )


def draw_large_qr(text: str) -> tuple[str, ...]:
    """Return a QR code with two cells a module, for large windows and cameras far away."""
    return tuple("".join("██" if dark else "  " for dark in row) for row in _modules(text, QUIET_MODULES))


def reversed_rows(rows: Sequence[str]) -> list[str]:
    """Return the rows dark on light for a terminal, whatever its own colours are."""
    return [f"{_ANSI_BLACK_ON_WHITE}{row}{_ANSI_RESET}" for row in rows]


def _modules(text: str, border: int) -> list[list[bool]]:
    code = segno.make_qr(text, error="l", boost_error=False)
    return [[bool(module) for module in row] for row in code.matrix_iter(border=border)]


def _entry_of(desk: Desk, invite: InviteId) -> SignedEntry:
    """Return the entry by which this station made an invite."""
    for signed in desk.own_entries_after(0):
        fact = signed.entry.fact
        if isinstance(fact, InviteMade) and fact.invite == invite:
            # it came back from others without its signature where this ledger is an old copy
            return signed if signed.signature else sign_again(signed, desk.read_identity().key)
    raise RuleError("There is no such invite here. Look at the list of invites.")
