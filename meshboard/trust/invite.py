"""Invites: a circle as letters to read aloud, type or show as a QR code (docs/protocol.md, section 8)."""

import hashlib
import re
from collections.abc import Sequence

from meshboard.domain.ids import CODE_ALPHABET
from meshboard.errors import RuleError, TrustError
from meshboard.trust.circle import (
    EPOCH_KEY_BYTES,
    MAX_CHANNEL_NAME_BYTES,
    MAX_NAME_BYTES,
    PRESET_NAMES,
    REGIONS,
    Circle,
    RadioPlan,
    default_channel_name,
    make_circle,
)

INVITE_VERSION = 1
QR_PREFIX = "MESHBOARD:1:"
GROUP_LETTERS = 5  # letters of the code in a group; a sixth checks them
CHECKSUM_BYTES = 2
_HAS_SLOT = 0x10
_HAS_CHANNEL = 0x08
_RESERVED = 0x07
_HEADER_BYTES = 4
_SHORTEST_BYTES = _HEADER_BYTES + EPOCH_KEY_BYTES + 1 + CHECKSUM_BYTES
_LONGEST_BYTES = _SHORTEST_BYTES - 1 + MAX_NAME_BYTES + 1 + MAX_CHANNEL_NAME_BYTES + 2
_TYPED_FOR = str.maketrans({"O": "0", "I": "1", "L": "1"})
_BREAKS = re.compile(r"[\s\-‐‑‒–—_.,]+")
_ASK_AGAIN = "Check it against the original, or ask for it again."


def invite_code(circle: Circle) -> str:
    """Return the code to read aloud or type: groups of five letters and a check letter."""
    letters = _to_letters(_sealed(circle))
    letters += "0" * (-len(letters) % GROUP_LETTERS)
    groups = [letters[at : at + GROUP_LETTERS] for at in range(0, len(letters), GROUP_LETTERS)]
    return "-".join(group + _check_letter(group, index) for index, group in enumerate(groups))


def invite_qr_text(circle: Circle) -> str:
    """Return the text for a QR code, all of it in QR's alphanumeric mode, at most 122 letters."""
    return QR_PREFIX + _to_letters(_sealed(circle))


def read_invite(typed: str) -> Circle:
    """Return the circle of a typed code or a scanned QR text, however it was spaced or cased.

    TrustError says what is wrong with it, and in which group.
    """
    text = typed.strip().upper()
    if text.startswith("MESHBOARD"):
        return _read(_from_letters(_qr_letters(text)))
    return _read(_from_letters(_checked_letters(_groups(text))))


def _sealed(circle: Circle) -> bytes:
    if circle.epoch != 0:
        raise RuleError("An invite can only be made with the circle's first key in this version.")
    own_channel = circle.channel_name != default_channel_name(circle.id)
    name, channel = circle.name.encode(), circle.channel_name.encode()
    flags = (_HAS_SLOT if circle.plan.slot else 0) | (_HAS_CHANNEL if own_channel else 0)
    region, preset = REGIONS.index(circle.plan.region), PRESET_NAMES.index(circle.plan.preset)
    invite = bytes([INVITE_VERSION << 5 | flags, region, preset, len(name)])
    invite += circle.plan.slot.to_bytes(2, "big") if circle.plan.slot else b""
    invite += bytes([len(channel)]) if own_channel else b""
    invite += circle.epoch_key + name + (channel if own_channel else b"")
    return invite + _checksum(invite)


def _checksum(invite: bytes) -> bytes:
    return hashlib.sha256(invite).digest()[:CHECKSUM_BYTES]


def _to_letters(sealed: bytes) -> str:
    count = -(-len(sealed) * 8 // 5)
    bits = int.from_bytes(sealed, "big") << (count * 5 - len(sealed) * 8)
    return "".join(CODE_ALPHABET[(bits >> (5 * place)) & 31] for place in reversed(range(count)))


def _from_letters(letters: str) -> bytes:
    """Return the whole bytes in the letters; what is left of the last letter is padding."""
    bits = 0
    for letter in letters:
        bits = bits << 5 | CODE_ALPHABET.index(letter)
    size, padding = divmod(len(letters) * 5, 8)
    return (bits >> padding).to_bytes(size, "big")


def _check_letter(group: str, index: int) -> str:
    """Return the check letter: a polynomial over GF(32), so that every single slip shows."""
    check = (index + 1) & 31
    for letter in group:
        check ^= CODE_ALPHABET.index(letter)
        check = check << 1 ^ (0x25 if check & 16 else 0)
    return CODE_ALPHABET[check]


def _qr_letters(text: str) -> str:
    squeezed = _BREAKS.sub("", text)
    if not squeezed.startswith(QR_PREFIX):
        raise (
            _newer()
            if re.match(r"MESHBOARD:\d+:", squeezed)
            else TrustError(f"This is not a meshboard invite. {_ASK_AGAIN}")
        )
    letters = squeezed[len(QR_PREFIX) :].translate(_TYPED_FOR)
    if len(letters) > 2 * _LONGEST_BYTES or any(letter not in CODE_ALPHABET for letter in letters):
        raise TrustError(f"This invite has signs in it that none has. {_ASK_AGAIN}")
    return letters


def _groups(text: str) -> Sequence[str]:
    """Return the groups of a typed code: as they were spaced if that makes sense, else counted off."""
    pieces = [piece for piece in _BREAKS.split(text.translate(_TYPED_FOR)) if piece]
    together = "".join(pieces)
    if not together:
        raise TrustError("The code is empty; type or paste the invite.")
    if len(together) > 3 * _LONGEST_BYTES:
        raise TrustError(f"This is too long to be an invite. {_ASK_AGAIN}")
    size = GROUP_LETTERS + 1
    spaced_in_groups = sum(len(piece) == size for piece in pieces) * 2 > len(pieces)
    if not spaced_in_groups:
        return _cut(together, size)
    cut = (_cut(piece, size) if len(piece) % size == 0 else [piece] for piece in pieces)
    return [group for groups in cut for group in groups]


def _cut(letters: str, size: int) -> list[str]:
    return [letters[at : at + size] for at in range(0, len(letters), size)]


def _checked_letters(groups: Sequence[str]) -> str:
    for index, group in enumerate(groups):
        _check_group(group, index, is_last=index == len(groups) - 1)
    return "".join(group[:GROUP_LETTERS] for group in groups)


def _check_group(group: str, index: int, is_last: bool) -> None:
    place = f"Group {index + 1} ({group})"
    strange = next((letter for letter in group if letter not in CODE_ALPHABET), None)
    if strange is not None:
        raise TrustError(f"{place} has “{strange}” in it, which no code has. Check that group.")
    if len(group) != GROUP_LETTERS + 1:
        if is_last and len(group) <= GROUP_LETTERS:
            raise TrustError(f"The code is too short: {place}, the last, is not complete. Type the rest.")
        raise TrustError(
            f"{place} has {len(group)} letters instead of {GROUP_LETTERS + 1}. Check that group."
        )
    if group[-1] != _check_letter(group[:-1], index):
        raise TrustError(f"{place} is mistyped. Check that group.")


def _read(sealed: bytes) -> Circle:
    if sealed and sealed[0] >> 5 != INVITE_VERSION:
        raise (
            _newer()
            if sealed[0] >> 5 > INVITE_VERSION
            else TrustError(f"This is not an invite. {_ASK_AGAIN}")
        )
    if len(sealed) < _HEADER_BYTES:
        raise _too_short()
    if sealed[0] & _RESERVED or sealed[1] >= len(REGIONS) or sealed[2] >= len(PRESET_NAMES):
        raise _newer()
    at = _HEADER_BYTES
    slot = 0
    if sealed[0] & _HAS_SLOT:
        slot, at = int.from_bytes(sealed[at : at + 2], "big"), at + 2
    channel_size = 0
    if sealed[0] & _HAS_CHANNEL:
        channel_size, at = int.from_bytes(sealed[at : at + 1], "big"), at + 1
    name_at = at + EPOCH_KEY_BYTES
    channel_at = name_at + sealed[3]
    end = channel_at + channel_size
    _check_whole(sealed, end)
    return _circle(
        sealed[name_at:channel_at],
        sealed[at:name_at],
        RadioPlan(REGIONS[sealed[1]], PRESET_NAMES[sealed[2]], slot),
        sealed[channel_at:end],
    )


def _check_whole(sealed: bytes, end: int) -> None:
    """Refuse a code that is cut off, wrong somewhere or longer than it says it is."""
    if len(sealed) < end + CHECKSUM_BYTES:
        raise _too_short()
    if sealed[end : end + CHECKSUM_BYTES] != _checksum(sealed[:end]):
        raise TrustError(f"The code is wrong somewhere. {_ASK_AGAIN}")
    if len(sealed) > end + CHECKSUM_BYTES + GROUP_LETTERS or any(sealed[end + CHECKSUM_BYTES :]):
        raise TrustError(f"There is something after the end of the code. {_ASK_AGAIN}")


def _circle(name: bytes, key: bytes, plan: RadioPlan, channel: bytes) -> Circle:
    try:
        return make_circle(name.decode(), key, plan, channel.decode())
    except (UnicodeDecodeError, RuleError) as error:
        raise TrustError(f"This invite holds a name that cannot be shown. {_ASK_AGAIN}") from error


def _too_short() -> TrustError:
    return TrustError("The code is too short: its end is missing. Type the rest, or ask for it again.")


def _newer() -> TrustError:
    return TrustError("This invite was made by a newer meshboard. Update this one, then try again.")
