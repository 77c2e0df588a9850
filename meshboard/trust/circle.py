"""Circles: a group that shares one key and one Meshtastic channel (docs/protocol.md, sections 2 and 8)."""

import hashlib
import unicodedata
from dataclasses import dataclass

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from meshboard.domain.ids import CODE_ALPHABET, CircleId
from meshboard.errors import RuleError, TrustError

EPOCH_KEY_BYTES = 32
CIRCLE_ID_BYTES = 8
PSK_BYTES = 32  # the longest channel key Meshtastic takes: AES-256
SEAL_KEY_BYTES = 64  # RFC 5297: two AES-256 keys
MAX_NAME_BYTES = 24
MAX_CHANNEL_NAME_BYTES = 11  # firmware `ChannelSettings.name`: under 12 bytes
_UNSHOWABLE = ("Cc", "Cs", "Zl", "Zp")  # control characters, halves of letters, line and paragraph breaks
MAX_SLOT = 0xFFFF  # two bytes on the wire; the narrowest preset in the widest region has a few hundred
DEFAULT_REGION = "US"
DEFAULT_PRESET = "LONG_FAST"

# Places in both lists are on the wire: they only grow at the end.
# Regions: Meshtastic `Config.LoRaConfig.RegionCode`.
REGIONS = (
    "UNSET", "US", "EU_433", "EU_868", "CN", "JP", "ANZ", "KR", "TW", "RU", "IN", "NZ_865", "TH", "LORA_24",
    "UA_433", "UA_868", "MY_433", "MY_919", "SG_923", "PH_433", "PH_868", "PH_915", "ANZ_433", "KZ_433",
    "KZ_863", "NP_865", "BR_902",
)  # fmt: skip
PRESET_NAMES = (
    "LONG_FAST", "LONG_MODERATE", "LONG_SLOW", "LONG_TURBO", "MEDIUM_FAST", "MEDIUM_SLOW", "SHORT_FAST",
    "SHORT_SLOW", "SHORT_TURBO", "VERY_LONG_SLOW",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RadioPlan:
    """Where on the air a circle meets: everybody's radio must be set alike."""

    region: str = DEFAULT_REGION
    preset: str = DEFAULT_PRESET
    slot: int = 0
    """The frequency slot; 0 = as the radio's primary channel has it."""


@dataclass(frozen=True, slots=True)
class Circle:
    """A group with one key. Whoever holds this value is in it: never print or log it."""

    id: CircleId
    name: str
    """What people call the group, at most MAX_NAME_BYTES UTF-8 bytes."""
    epoch: int
    """The number of the key in use; the first is 0."""
    epoch_key: bytes
    """32 bytes."""
    channel_psk: bytes
    """32 bytes: the Meshtastic channel's key. Made from the first epoch key and kept when epochs change."""
    channel_name: str
    plan: RadioPlan

    def __repr__(self) -> str:
        return f"Circle({self.id.hex()}, epoch={self.epoch})"


def make_circle(
    name: str, first_epoch_key: bytes, plan: RadioPlan | None = None, channel_name: str = ""
) -> Circle:
    """Return the circle of a name and 32 random bytes; an empty channel name is made from the circle's id.

    Raises RuleError with a sentence when a name, region, preset or slot cannot be used.
    """
    if len(first_epoch_key) != EPOCH_KEY_BYTES:
        raise TrustError(f"A circle's key has {EPOCH_KEY_BYTES} bytes; this one has {len(first_epoch_key)}.")
    circle_id = circle_id_of(first_epoch_key)
    chosen = plan or RadioPlan()
    _check_plan(chosen)
    return Circle(
        id=circle_id,
        name=_checked_name(name.strip(), "circle", MAX_NAME_BYTES),
        epoch=0,
        epoch_key=first_epoch_key,
        channel_psk=_derive(first_epoch_key, circle_id, b"meshboard 1 channel", PSK_BYTES),
        channel_name=_checked_name(
            channel_name or default_channel_name(circle_id), "channel", MAX_CHANNEL_NAME_BYTES
        ),
        plan=chosen,
    )


def circle_id_of(first_epoch_key: bytes) -> CircleId:
    """Return the id of the circle that began with this key."""
    return CircleId(hashlib.sha256(first_epoch_key).digest()[:CIRCLE_ID_BYTES])


def seal_key_of(circle: Circle) -> bytes:
    """Return the 64-byte key that seals frames in the circle's current epoch."""
    return _derive(circle.epoch_key, circle.id, b"meshboard 1 seal", SEAL_KEY_BYTES)


def default_channel_name(circle_id: CircleId) -> str:
    """Return the channel name of a circle that chose none, such as `mbK7Q2M0XA`."""
    bits = int.from_bytes(circle_id[:5], "big")
    return "mb" + "".join(CODE_ALPHABET[(bits >> (35 - 5 * place)) & 31] for place in range(8))


def _derive(key: bytes, salt: bytes, purpose: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=purpose).derive(key)


def _checked_name(name: str, what: str, limit: int) -> str:
    if not name or any(unicodedata.category(letter) in _UNSHOWABLE for letter in name):
        raise RuleError(f"The {what} needs a name of ordinary letters on one line; type another one.")
    size = len(name.encode())
    if size > limit:
        raise RuleError(f"The {what}'s name is too long: {size} of at most {limit} bytes; shorten it.")
    return name


def _check_plan(plan: RadioPlan) -> None:
    if plan.region not in REGIONS:
        raise RuleError(f"There is no region {plan.region}; use one of {', '.join(REGIONS[1:])}.")
    if plan.preset not in PRESET_NAMES:
        raise RuleError(f"There is no preset {plan.preset}; use one of {', '.join(PRESET_NAMES)}.")
    if not 0 <= plan.slot <= MAX_SLOT:
        raise RuleError(
            f"The frequency slot {plan.slot} is not between 0 and {MAX_SLOT}; 0 lets the radio choose."
        )
