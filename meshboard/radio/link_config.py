"""What a person may set about the radio link, and the intervals it keeps."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from meshboard.errors import ConfigError
from meshboard.link import TEXT_SPACING_S, Channel

PRIVATE_APP = 256  # portnums.proto: 256 to 511 are free for private use, 256 is the one with a name
LAST_PRIVATE_PORT = 511
MAX_CHANNELS = 7  # a node has eight; the primary one stays, its name picks the frequency of the local mesh
MAX_CHANNEL_NAME_BYTES = 11  # ChannelSettings.name is 12 bytes with its end mark (channel.proto)


@dataclass(frozen=True, slots=True)
class LinkTiming:
    """Intervals of the link, in seconds; the defaults are for real nodes, tests use shorter ones."""

    connect_s: float = 5.0
    """Longest wait for a TCP connection."""
    handshake_s: float = 30.0
    """Longest wait for the node to tell its settings: a large node list takes seconds over serial."""
    heartbeat_s: float = 3.0
    """Silence after which the node is asked for a sign of life."""
    dead_s: float = 9.0
    """Silence after which the connection counts as dead: three heartbeats, under ten seconds."""
    first_retry_s: float = 1.0
    longest_retry_s: float = 15.0
    """Longest pause between attempts, jitter included, so that half a minute holds at least one."""
    stable_s: float = 20.0
    """A connection that lasts this long is not being taken away; above `longest_retry_s` of a rival."""
    reread_s: float = 600.0
    """How often the node's settings are read again: a phone can change channels without telling us."""
    reread_when_amiss_s: float = 30.0
    """The same while a channel is missing, so that adding it by phone is noticed soon."""
    setting_pause_s: float = 0.8
    """Pause after a written setting: 2.7 loses some sent back to back; firmware-notes/radio-setup.md."""
    text_spacing_s: float = TEXT_SPACING_S


@dataclass(frozen=True, slots=True)
class LinkConfig:
    """Where the node is and how frames travel through it."""

    address: str
    """`none`, `auto`, `tcp://host:port`, `serial:///dev/ttyACM0`, or a bare host or device path."""
    channels: tuple[Channel, ...] = ()
    """One for each circle, 1 to MAX_CHANNELS of different names; the order gives each its place."""
    port_number: int = PRIVATE_APP
    """The Meshtastic port of our frames, PRIVATE_APP to LAST_PRIVATE_PORT."""
    answer_mqtt: bool = False
    """Pass up packets that came through the internet (`via_mqtt`); left out unless asked for."""
    timing: LinkTiming = LinkTiming()


def check_link_config(config: LinkConfig) -> None:
    """Raise ConfigError when a value of the configuration cannot work."""
    if not PRIVATE_APP <= config.port_number <= LAST_PRIVATE_PORT:
        raise ConfigError(
            f"The radio port number {config.port_number} is not a private one; "
            f"choose {PRIVATE_APP} to {LAST_PRIVATE_PORT}."
        )
    check_channels(config.channels)


def check_channels(channels: Sequence[Channel]) -> None:
    """Raise ConfigError when a node could not hold these channels beside its own, or tell them apart."""
    if not channels:
        raise ConfigError("There is no channel to send on; found a circle or join one first.")
    if len(channels) > MAX_CHANNELS:
        raise ConfigError(
            f"One radio carries at most {MAX_CHANNELS} circles, here are {len(channels)}; "
            "leave one, or run a second station with a radio of its own."
        )
    for channel in channels:
        _check_channel(channel)
    name, uses = Counter(channel.name for channel in channels).most_common(1)[0]
    if uses > 1:
        raise ConfigError(
            f"{uses} circles have a channel named “{name}”, and a radio finds a channel by its name; "
            "run a station of its own for one of them."
        )


def _check_channel(channel: Channel) -> None:
    if not 1 <= len(channel.name.encode()) <= MAX_CHANNEL_NAME_BYTES:
        raise ConfigError(
            f"The channel name “{channel.name}” does not fit a node; use 1 to {MAX_CHANNEL_NAME_BYTES} bytes."
        )
    if channel.key is not None and len(channel.key) not in (16, 32):
        raise ConfigError(
            f"A channel key has 16 or 32 bytes, this one {len(channel.key)}; take the one from the invite."
        )
