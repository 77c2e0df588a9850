"""Invites as a screen shows them: letters to type and a QR code to photograph."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

import segno

from meshboard.trust.circle import Circle
from meshboard.trust.invite import invite_code, invite_qr_text

QUIET_MODULES = (
    2  # light modules around the code; readers manage with 2 on a screen, paper wants 4 (ISO 18004)
)
_HALF_BLOCKS = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}
_ANSI_BLACK_ON_WHITE, _ANSI_RESET = "\x1b[30;107m", "\x1b[0m"


@dataclass(frozen=True, slots=True, repr=False)
class InviteView:
    """An invite to show. It is the circle's key: never log it."""

    circle_name: str
    code: str
    """The text code, in groups."""
    qr_text: str
    """What the QR code says."""
    qr_rows: tuple[str, ...]
    """The QR code in half blocks: foreground = dark module, to be shown dark on light."""


def view_invite(circle: Circle) -> InviteView:
    """Return a circle's invite, drawn."""
    qr_text = invite_qr_text(circle)
    return InviteView(circle.name, invite_code(circle), qr_text, draw_qr(qr_text))


def draw_qr(text: str) -> tuple[str, ...]:
    """Return a QR code as rows of half blocks, two modules to a character cell's height."""
    code = segno.make_qr(text, error="l", boost_error=False)
    modules = [[bool(module) for module in row] for row in code.matrix_iter(border=QUIET_MODULES)]
    light = [False] * len(modules[0])
    pairs = zip_longest(modules[::2], modules[1::2], fillvalue=light)
    return tuple(
        "".join(_HALF_BLOCKS[cell] for cell in zip(upper, lower, strict=True)) for upper, lower in pairs
    )


def reversed_rows(rows: Sequence[str]) -> list[str]:
    """Return the rows dark on light for a terminal, whatever its own colours are."""
    return [f"{_ANSI_BLACK_ON_WHITE}{row}{_ANSI_RESET}" for row in rows]
