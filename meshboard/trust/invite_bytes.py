"""Invites as bytes, and back (docs/protocol.md, section 8)."""

import hashlib
from dataclasses import dataclass

from meshboard.domain.ids import AuthorId, CircleId, EpochId
from meshboard.errors import RuleError, TrustError
from meshboard.figures import HOUR_S
from meshboard.trust.base32 import ASK_AGAIN, GROUP_LETTERS
from meshboard.trust.circle import (
    CHANNEL_SEED_BYTES,
    CIRCLE_ID_BYTES,
    EPOCH_KEY_BYTES,
    PRESET_NAMES,
    REGIONS,
    Circle,
    RadioPlan,
    channel_seed_of,
    default_channel_name,
    enter_circle,
    known_circle,
)
from meshboard.trust.identity import AUTHOR_KEY_BYTES, SIGNATURE_BYTES

VERSION = 2
SECRET_BYTES = 16  # nobody can try 2^128 of them
CHECKSUM_BYTES = 2
MOST_BYTES = 131  # the longest names, a slot, an expiry and a late epoch: 222 letters of a QR code
MOST_FILE_BYTES = MOST_BYTES + AUTHOR_KEY_BYTES + 1 + 255 + SIGNATURE_BYTES
_HAS_SLOT, _HAS_CHANNEL, _HAS_EPOCH, _HAS_EXPIRY = 0x10, 0x08, 0x04, 0x02
_HAS_LINK = 0x80  # in the length of a carried entry: an InviteMade has less than 64 bytes
_LINK_BYTES = 16
_RESERVED = 0x01
_EPOCH_ID_BYTES = 8
_EPOCH_NUMBER_BYTES = 4
_EXPIRY_BYTES = 3
_HOURS_FROM_S = 1_704_067_200  # 2024-01-01 00:00:00 UTC
_MOST_HOURS = 2 ** (8 * _EXPIRY_BYTES) - 1


@dataclass(frozen=True, slots=True)
class CarriedEntry:
    """An entry that an invite brings along, not yet read or verified (`wire.entry_bytes.unpack_entry`)."""

    author: AuthorId
    packed: bytes
    signature: bytes
    link: bytes = b""
    """What its author signed with it; empty where it was signed before there were links."""


@dataclass(frozen=True, slots=True, repr=False)
class Invite:
    """A way into a circle. Whoever holds this value can join: never print or log it."""

    circle: Circle
    """The circle with the key of the epoch in which the invite was made."""
    secret: bytes
    """SECRET_BYTES bytes of which the invite's key is made."""
    expires_at: int | None = None
    """Unix seconds after which nobody joins with it; None = never. Read from letters: up to an hour later."""
    made_by: CarriedEntry | None = None
    """The inviter's InviteMade, where the invite came as a file."""

    def __repr__(self) -> str:
        return f"Invite({self.circle!r})"


def push_invite(invite: Invite) -> bytes:
    """Return an invite without its checksum."""
    circle = invite.circle
    own_channel = circle.channel_name != default_channel_name(circle.id)
    name, channel = circle.name.encode(), circle.channel_name.encode()
    flags = (_HAS_SLOT if circle.plan.slot else 0) | (_HAS_CHANNEL if own_channel else 0)
    flags |= (_HAS_EPOCH if circle.epoch else 0) | (0 if invite.expires_at is None else _HAS_EXPIRY)
    region, preset = REGIONS.index(circle.plan.region), PRESET_NAMES.index(circle.plan.preset)
    pushed = bytes([VERSION << 5 | flags, region, preset, len(name)])
    pushed += circle.plan.slot.to_bytes(2, "big") if circle.plan.slot else b""
    pushed += bytes([len(channel)]) if own_channel else b""
    return pushed + _push_key(invite) + name + (channel if own_channel else b"")


def with_checksum(pushed: bytes) -> bytes:
    """Return bytes with what shows that they came whole."""
    return pushed + _checksum(pushed)


def push_carried(entry: CarriedEntry) -> bytes:
    """Return an entry as an invite's file brings it along."""
    size = len(entry.packed) | (_HAS_LINK if entry.link else 0)
    return entry.author + bytes([size]) + entry.packed + entry.link + entry.signature


def pull_invite(sealed: bytes, *, is_file: bool = False) -> Invite:
    """Return the invite in these bytes with their checksum; TrustError says what is wrong with them."""
    part = _Parts(sealed)
    if sealed:
        _check_version(sealed[0])  # of what is something else say that, not that its end is missing
    first, region, preset, name_bytes = part.take(4)
    _check_version(first)
    slot = int.from_bytes(part.take(2), "big") if first & _HAS_SLOT else 0
    channel_bytes = part.take(1)[0] if first & _HAS_CHANNEL else 0
    key = part.take(_key_bytes(first))
    name, channel = part.take(name_bytes), part.take(channel_bytes)
    carried = _pull_carried(part) if is_file else None
    part.expect_whole()
    if region >= len(REGIONS) or preset >= len(PRESET_NAMES):
        raise newer()
    plan = RadioPlan(REGIONS[region], PRESET_NAMES[preset], slot)
    try:
        names = name.decode(), channel.decode()
        return _pull_key(key, first, (plan, *names), carried)
    except (UnicodeDecodeError, RuleError) as error:
        raise TrustError(f"This invite holds a name that cannot be shown. {ASK_AGAIN}") from error


def newer() -> TrustError:
    """Return what to say of an invite of a later version."""
    return TrustError("This invite was made by a newer meshboard. Update this one, then try again.")


class _Parts:
    """The parts of an invite, one after the other."""

    __slots__ = ("_at", "_sealed")

    def __init__(self, sealed: bytes) -> None:
        self._sealed = sealed
        self._at = 0

    def take(self, size: int) -> bytes:
        if self._at + size > len(self._sealed):
            raise TrustError("The code is too short: its end is missing. Type the rest, or ask for it again.")
        start, self._at = self._at, self._at + size
        return self._sealed[start : self._at]

    def expect_whole(self) -> None:
        """Refuse a code that is cut off, wrong somewhere or longer than it says it is."""
        content = self._sealed[: self._at]
        if self.take(CHECKSUM_BYTES) != _checksum(content):
            raise TrustError(f"The code is wrong somewhere. {ASK_AGAIN}")
        rest = self._sealed[self._at :]
        if len(rest) > GROUP_LETTERS or any(rest):
            raise TrustError(f"There is something after the end of the code. {ASK_AGAIN}")


def _check_version(first: int) -> None:
    version = first >> 5
    if version > VERSION or (version == VERSION and first & _RESERVED):
        raise newer()
    if version < VERSION:
        raise TrustError(f"This is not an invite. {ASK_AGAIN}")


def _checksum(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()[:CHECKSUM_BYTES]


def _push_key(invite: Invite) -> bytes:
    circle, pushed = invite.circle, b""
    if invite.expires_at is not None:
        hours = max(0, -(-(invite.expires_at - _HOURS_FROM_S) // HOUR_S))
        pushed += min(hours, _MOST_HOURS).to_bytes(_EXPIRY_BYTES, "big")
    pushed += circle.id
    if circle.epoch:
        number = circle.epoch.to_bytes(_EPOCH_NUMBER_BYTES, "big")
        pushed += number + circle.epoch_id + circle.channel_seed
    return pushed + circle.epoch_key + invite.secret


def _key_bytes(first: int) -> int:
    size = CIRCLE_ID_BYTES + EPOCH_KEY_BYTES + SECRET_BYTES + (_EXPIRY_BYTES if first & _HAS_EXPIRY else 0)
    late = _EPOCH_NUMBER_BYTES + _EPOCH_ID_BYTES + CHANNEL_SEED_BYTES
    return size + (late if first & _HAS_EPOCH else 0)


def _pull_key(
    key: bytes, first: int, named: tuple[RadioPlan, str, str], carried: CarriedEntry | None
) -> Invite:
    plan, name, channel = named
    part = _Parts(key)
    hours = int.from_bytes(part.take(_EXPIRY_BYTES), "big") if first & _HAS_EXPIRY else None
    circle_id = CircleId(part.take(CIRCLE_ID_BYTES))
    number, epoch_id, seed = 0, EpochId(bytes(circle_id)), b""
    if first & _HAS_EPOCH:
        number = int.from_bytes(part.take(_EPOCH_NUMBER_BYTES), "big")
        epoch_id, seed = EpochId(part.take(_EPOCH_ID_BYTES)), part.take(CHANNEL_SEED_BYTES)
        if not number:
            raise TrustError(f"This invite is into an epoch there is not. {ASK_AGAIN}")
    epoch_key, secret = part.take(EPOCH_KEY_BYTES), part.take(SECRET_BYTES)
    known = known_circle(name, circle_id, seed or channel_seed_of(epoch_key), plan, channel)
    expires_at = None if hours is None else _HOURS_FROM_S + hours * HOUR_S
    return Invite(enter_circle(known, number, epoch_id, epoch_key), secret, expires_at, carried)


def _pull_carried(part: _Parts) -> CarriedEntry:
    author, size = AuthorId(part.take(AUTHOR_KEY_BYTES)), part.take(1)[0]
    packed = part.take(size & ~_HAS_LINK)
    link = part.take(_LINK_BYTES) if size & _HAS_LINK else b""
    return CarriedEntry(author, packed, part.take(SIGNATURE_BYTES), link)
