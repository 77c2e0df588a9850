"""Begin in a circle: found it or join it, as a first start or beside the circles there are."""

import secrets
import zoneinfo
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from meshboard.clock import Clock
from meshboard.domain.circle_facts import CircleFounded, InviteMade, StationIntroduced, StationJoined
from meshboard.domain.entries import Fact, SignedEntry
from meshboard.domain.rules import clean_name
from meshboard.domain.text import shown_line
from meshboard.errors import RuleError, TrustError, WireError
from meshboard.ledger.ledger import Ledger
from meshboard.station.circle.desk import Desk
from meshboard.trust.boxes import BoxKey
from meshboard.trust.circle import (
    EPOCH_KEY_BYTES,
    Circle,
    RadioPlan,
    make_circle,
)
from meshboard.trust.identity import SEED_BYTES, AuthorKey
from meshboard.trust.invite import Invite, invite_id_of, prove, read_invite
from meshboard.trust.key_ring import key_known_by
from meshboard.wire.entry_bytes import is_authentic, unpack_entry

_LOCAL_TIME = Path("/etc/localtime")  # on Linux and macOS a link into the time zone data
_ZONE_FILE = Path("/etc/timezone")  # Debian and Raspberry Pi OS write the name here too
UTC, _DEBIANS_UTC = "UTC", "Etc/UTC"


@dataclass(frozen=True, slots=True)
class NewCircle:
    """A circle to be founded."""

    name: str
    plan: RadioPlan = field(default_factory=RadioPlan)
    channel: str = ""
    """The Meshtastic channel's name; empty = made from the circle."""
    time_zone: str = ""
    """IANA name; empty = this machine's."""


@dataclass(frozen=True, slots=True, repr=False)
class Beginning:
    """A station's first hour in a circle: who it is there, and what it says first."""

    circle: Circle
    seed: bytes
    name: str
    time_zone: str = ""
    """Only where the circle is founded here."""
    invite: Invite | None = None
    brought: tuple[SignedEntry, ...] = ()
    """What the invite's file brings along, verified."""


def begin_in(name: str, new: NewCircle | str | None, code: str | None) -> Beginning:
    """Return the beginning in a new circle, a name will do, or in that of an invite."""
    if code is not None:
        return join(name, code)
    if not new:
        raise RuleError("Name the new circle, or give the code of one to join.")
    return found(name, NewCircle(new) if isinstance(new, str) else new)


def found(name: str, new: NewCircle) -> Beginning:
    """Return the beginning of a circle of one's own; RuleError with a sentence for what cannot be used."""
    handle, seed = checked_handle(name), secrets.token_bytes(SEED_BYTES)
    zone = checked_zone(new.time_zone) if new.time_zone else machine_zone()
    author = AuthorKey(seed).author
    key = secrets.token_bytes(EPOCH_KEY_BYTES)
    circle = make_circle(clean_name(new.name), key, author, new.plan, new.channel)
    return Beginning(circle, seed, handle, zone)


def join(name: str, code: str) -> Beginning:
    """Return the beginning in the circle an invite leads to; TrustError says what is wrong with it."""
    handle, invite = checked_handle(name), read_invite(code)
    seed = secrets.token_bytes(SEED_BYTES)
    return Beginning(invite.circle, seed, handle, invite=invite, brought=_brought(invite))


def refuse_expired(beginning: Beginning, now_s: int | None) -> None:
    """Raise TrustError when the invite's time is over by this machine's clock."""
    expires_at = _expires_at(beginning)
    if expires_at is not None and now_s is not None and now_s > expires_at:
        until = datetime.fromtimestamp(expires_at).astimezone().strftime("%Y-%m-%d %H:%M")
        raise TrustError(
            f"This invite held until {until}; ask for a new one. If it is new, set this machine's clock."
        )


def enter(ledger: Ledger, beginning: Beginning, clock: Clock) -> Desk:
    """Take the circle into a ledger and say what is said first.

    Where the circle is in it already, an invite shown anew brings the key of today, and nothing else.
    """
    circle = beginning.circle
    known = next((one for one in ledger.circles.all() if one.id == circle.id), None)
    if known is not None:
        if not (beginning.invite and ledger.circles.add_epoch_key(circle.id, key_known_by(circle))):
            raise RuleError(
                f"This machine is in “{shown_line(known.name)}” already, and has that code's key."
            )
        return Desk(ledger, known, clock)
    if beginning.invite is None:
        _refuse_known_name(ledger, circle.name)
    with ledger.writing():  # whoever is in a circle has said so, whatever the power does
        ledger.circles.add(circle, beginning.seed, clock.wall_s())
        desk = Desk(ledger, circle, clock)
        for fact in _first_words(beginning):
            desk.write(fact, desk.member)
        if beginning.brought:
            ledger.append(beginning.brought, clock.wall_s())
    return desk


def _refuse_known_name(ledger: Ledger, name: str) -> None:
    """Raise RuleError where a circle here is called so; one that was joined has the name others gave it."""
    if any(known.name.casefold() == name.casefold() for known in ledger.circles.all()):
        raise RuleError(f"There is a circle “{shown_line(name)}” on this machine already. Use another name.")


def checked_handle(name: str) -> str:
    """Return what somebody wants to be called; RuleError where that cannot be shown."""
    handle = clean_name(name)
    if not handle:
        raise RuleError("Say what to call you; any name will do.")
    return handle


def checked_zone(name: str) -> str:
    """Return an IANA time zone's name; RuleError when there is none such."""
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise RuleError(
            f"There is no time zone “{name}”. Use a name such as America/Chicago, Europe/Berlin or UTC."
        ) from error
    return name


def machine_zone() -> str:
    """Return the machine's IANA time zone, UTC where it does not tell."""
    for name in (_zone_of_link(), _zone_of_file()):
        try:
            if name and name != _DEBIANS_UTC:
                return checked_zone(name)
        except RuleError:
            continue
    return UTC


def _zone_of_link() -> str:
    _, _, name = str(_LOCAL_TIME.resolve()).partition("/zoneinfo/")
    return name


def _zone_of_file() -> str:
    try:
        return _ZONE_FILE.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _first_words(beginning: Beginning) -> Sequence[Fact]:
    box_key = BoxKey(beginning.seed, beginning.circle.id).public
    if beginning.invite is None:
        return [CircleFounded(beginning.name, beginning.time_zone, box_key)]
    joined = prove(beginning.invite, AuthorKey(beginning.seed).author)
    return [
        StationIntroduced(beginning.name, box_key),
        StationJoined(joined.invite_key, joined.proof),
    ]


def _brought(invite: Invite) -> tuple[SignedEntry, ...]:
    if invite.made_by is None:
        return ()
    made = invite.made_by
    try:
        signed = unpack_entry(made.author, invite.circle.id, made.packed, made.signature, made.link)
    except WireError as error:
        raise TrustError("What this invite brings along cannot be read. Ask for it again.") from error
    fact = signed.entry.fact
    if not is_authentic(signed) or not isinstance(fact, InviteMade) or fact.invite != invite_id_of(invite):
        raise TrustError("What this invite brings along was not signed by who made it. Ask for it again.")
    return (signed,)


def _expires_at(beginning: Beginning) -> int | None:
    """Return when the invite's time is over: a file says it to the second, letters up to an hour later."""
    for signed in beginning.brought:
        fact = signed.entry.fact
        if isinstance(fact, InviteMade):
            return fact.expires_at
    return beginning.invite.expires_at if beginning.invite else None
