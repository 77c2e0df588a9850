"""Circles: a group that shares one key and one Meshtastic channel (docs/protocol.md, sections 2 and 8)."""

import hashlib
import unicodedata
from dataclasses import dataclass, replace

from meshboard.domain.circle_facts import COMMITMENT_BYTES
from meshboard.domain.ids import CODE_ALPHABET, AuthorId, CircleId, EpochId
from meshboard.errors import RuleError, TrustError
from meshboard.trust.derivation import derive

EPOCH_KEY_BYTES = 32
CIRCLE_ID_BYTES = 8
CHANNEL_SEED_BYTES = 16
PSK_BYTES = 32  # the longest channel key Meshtastic takes: AES-256
SEAL_KEY_BYTES = 64  # RFC 5297: two AES-256 keys
MAX_NAME_BYTES = 24
MAX_CHANNEL_NAME_BYTES = 11  # firmware `ChannelSettings.name`: under 12 bytes
_FIRST = EpochId(b"")
_CIRCLE = b"meshboard 1 circle"
_EPOCH = b"meshboard 1 epoch"
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


@dataclass(frozen=True, slots=True, repr=False)
class Circle:
    """A group with one key. Whoever holds this value is in it: never print or log it."""

    id: CircleId
    name: str
    """What people call the group, at most MAX_NAME_BYTES UTF-8 bytes."""
    epoch: int
    """The number of the epoch this station knew a key of when it came in; the first is 0."""
    epoch_key: bytes
    """That epoch's key, 32 bytes."""
    channel_psk: bytes
    """32 bytes: the Meshtastic channel's key. It stays when epochs change."""
    channel_name: str
    plan: RadioPlan
    channel_seed: bytes
    """CHANNEL_SEED_BYTES bytes of which channel and door keys are made."""
    epoch_id: EpochId = _FIRST
    """The name of the epoch `epoch_key` belongs to; left out, the first one's, which is the circle's own."""

    def __post_init__(self) -> None:
        if not self.epoch_id:
            object.__setattr__(self, "epoch_id", EpochId(bytes(self.id)))

    def __repr__(self) -> str:
        return f"Circle({self.id.hex()}, epoch={self.epoch})"


def make_circle(
    name: str,
    first_epoch_key: bytes,
    founder: AuthorId,
    plan: RadioPlan | None = None,
    channel_name: str = "",
) -> Circle:
    """Return the circle of a name, 32 random bytes and its founder's author key.

    An empty channel name is made from the circle's id. Raises RuleError with a sentence when a name, region,
    preset or slot cannot be used.
    """
    _check_key(first_epoch_key)
    seed = channel_seed_of(first_epoch_key)
    return _circle(name, circle_id_of(seed, founder), first_epoch_key, seed, (plan, channel_name))


def enter_circle(circle: Circle, epoch: int, epoch_id: EpochId, epoch_key: bytes) -> Circle:
    """Return the circle as somebody knows it who comes in at this epoch."""
    _check_key(epoch_key)
    return replace(circle, epoch=epoch, epoch_id=epoch_id, epoch_key=epoch_key)


def known_circle(
    name: str, circle_id: CircleId, channel_seed: bytes, plan: RadioPlan | None = None, channel_name: str = ""
) -> Circle:
    """Return a circle of which no epoch's key is known yet: `enter_circle` gives it one."""
    if len(circle_id) != CIRCLE_ID_BYTES or len(channel_seed) != CHANNEL_SEED_BYTES:
        raise TrustError("A circle's id or its channel's seed has a wrong length; nothing was done.")
    return _circle(name, circle_id, b"", channel_seed, (plan, channel_name))


def is_founder(circle: Circle, author: AuthorId) -> bool:
    """Say whether the circle's id was made with this author's key."""
    return circle_id_of(circle.channel_seed, author) == circle.id


def circle_id_of(channel_seed: bytes, founder: AuthorId) -> CircleId:
    """Return the id of the circle with this channel that this author founded."""
    return CircleId(hashlib.sha256(_CIRCLE + channel_seed + founder).digest()[:CIRCLE_ID_BYTES])


def channel_seed_of(first_epoch_key: bytes) -> bytes:
    """Return what channel and door keys are made of: later members get it without the first epoch's key."""
    return derive(first_epoch_key, b"", b"meshboard 1 channel seed", CHANNEL_SEED_BYTES)


def seal_key_of(circle: CircleId, epoch_key: bytes) -> bytes:
    """Return the 64-byte key that seals frames in the epoch with this key."""
    return derive(epoch_key, circle, b"meshboard 1 seal", SEAL_KEY_BYTES)


def door_key_of(circle: Circle) -> bytes:
    """Return the 64-byte key that seals what is said about keys, in every epoch of a circle."""
    return derive(circle.channel_seed, circle.id, b"meshboard 1 door", SEAL_KEY_BYTES)


def commitment_of(circle: CircleId, epoch_key: bytes) -> bytes:
    """Return what an epoch's beginning says of its key: enough to know the right one by."""
    return hashlib.sha256(_EPOCH + circle + epoch_key).digest()[:COMMITMENT_BYTES]


def default_channel_name(circle_id: CircleId) -> str:
    """Return the channel name of a circle that chose none, such as `mbK7Q2M0XA`."""
    bits = int.from_bytes(circle_id[:5], "big")
    return "mb" + "".join(CODE_ALPHABET[(bits >> (35 - 5 * place)) & 31] for place in range(8))


def _circle(
    name: str,
    circle_id: CircleId,
    epoch_key: bytes,
    channel_seed: bytes,
    channel: tuple[RadioPlan | None, str],
) -> Circle:
    plan, channel_name = channel[0] or RadioPlan(), channel[1] or default_channel_name(circle_id)
    _check_plan(plan)
    return Circle(
        id=circle_id,
        name=_checked_name(name.strip(), "circle", MAX_NAME_BYTES),
        epoch=0,
        epoch_key=epoch_key,
        channel_psk=derive(channel_seed, circle_id, b"meshboard 1 channel", PSK_BYTES),
        channel_name=_checked_name(channel_name, "channel", MAX_CHANNEL_NAME_BYTES),
        plan=plan,
        channel_seed=channel_seed,
    )


def _check_key(epoch_key: bytes) -> None:
    if len(epoch_key) != EPOCH_KEY_BYTES:
        raise TrustError(f"A circle's key has {EPOCH_KEY_BYTES} bytes; this one has {len(epoch_key)}.")


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
