"""What a virtual node is made with."""

from dataclasses import dataclass, field
from enum import Enum

from meshboard.link import NodeNumber

DEFAULT_PSK = b"\x01"  # Meshtastic's public default key, `AQ==`
CHANNELS = 8  # firmware MAX_NUM_CHANNELS
CHANNEL_NAME_BYTES = 11  # firmware channel.options: name max_size 12, with the closing zero
LONG_NAME_BYTES = 39  # mesh.options: long_name max_size 40
SHORT_NAME_BYTES = 4  # mesh.options: short_name max_size 5


class Firmware(Enum):
    """Which firmware line a virtual node imitates."""

    V2_7 = "2.7"
    V2_8 = "2.8"


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """One channel a node starts with."""

    name: str
    psk: bytes = field(repr=False)


PUBLIC_CHANNEL = ChannelSettings("", DEFAULT_PSK)


@dataclass(frozen=True, slots=True)
class DeviceSettings:
    """Everything about a node that is decided before it starts."""

    number: NodeNumber
    mac: bytes
    public_key: bytes
    long_name: str
    short_name: str
    firmware: Firmware = Firmware.V2_7
    preset: str = "LONG_FAST"
    region: str = "US"
    hop_limit: int = 3
    is_strict: bool = False
    """Whether it takes only signed broadcasts, as policy STRICT of firmware 2.8 has it."""
    channels: tuple[ChannelSettings, ...] = (PUBLIC_CHANNEL,)
    """The first is the primary one."""
