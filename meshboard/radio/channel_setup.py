"""Put the circles' channels on a node where they are missing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Event

from meshtastic.protobuf import admin_pb2, channel_pb2, mesh_pb2, portnums_pb2

from meshboard.errors import ConfigError, LinkError
from meshboard.figures import READ_BACK_S, SETUP_ATTEMPTS
from meshboard.link import Channel
from meshboard.radio.addresses import AutoAddress, NoAddress, NodeAddress, parse_address
from meshboard.radio.channels import (
    ChannelTrouble,
    Located,
    describe_troubles,
    free_indexes,
    locate_channels,
    quoted,
)
from meshboard.radio.client import ClientEars, QuietClient
from meshboard.radio.clients import make_client
from meshboard.radio.discovery import FoundNode, find_nodes
from meshboard.radio.link_config import LinkTiming, check_channels
from meshboard.radio.packets import new_packet_id
from meshboard.radio.troubles import describe_trouble


@dataclass(frozen=True, slots=True)
class ChannelSetup:
    """How `ensure_channels` left one channel of the node."""

    address: str
    node_name: str
    index: int
    """The channel's number on the node, 1 to 7 (0 if somebody made it the primary one)."""
    added: bool
    """False when it was there already."""


def resolve_address(
    address: AutoAddress | NodeAddress, find: Callable[[], Sequence[FoundNode]] = find_nodes
) -> NodeAddress:
    """Return where to connect to; LinkError when `auto` finds no node, or several."""
    if not isinstance(address, AutoAddress):
        return address
    found = find()
    if not found:
        raise LinkError("No radio is plugged in; connect a Meshtastic node by USB, or set its address.")
    if len(found) > 1:
        names = ", ".join(f"{node.address} ({node.description})" for node in found)
        raise LinkError(f"Several radios may be meant: {names}; set the address of one.")
    chosen = parse_address(found[0].address)
    assert not isinstance(chosen, NoAddress | AutoAddress)
    return chosen


def ensure_channels(
    address: str, channels: Sequence[Channel], timing: LinkTiming | None = None
) -> tuple[ChannelSetup, ...]:
    """Connect to the node, add the channels it lacks as secondary ones, read them back, disconnect.

    Blocks for a few seconds: run it in a thread. A station that is connected to the same node loses it
    meanwhile. Raises ConfigError for the address, for the channels, and when the node has no room for one;
    LinkError for the node. Those channels that could be added have been, even so.
    """
    check_channels(channels)
    wanted = parse_address(address)
    if isinstance(wanted, NoAddress):
        raise ConfigError("This station has no radio to set up; set the node's address first.")
    return _ensure_at(resolve_address(wanted), channels, timing or LinkTiming())


def _ensure_at(
    place: NodeAddress, channels: Sequence[Channel], timing: LinkTiming
) -> tuple[ChannelSetup, ...]:
    settings_came = Event()
    ears = ClientEars(settings_came.set, lambda _: None, lambda _: None, lambda: None)
    client = make_client(place, ears, timing)
    try:
        client.connect()
        before = locate_channels(client.settings(), channels)
        after = add_channels(client, settings_came, channels)
        node_name = client.settings().name
    except LinkError:
        raise
    except Exception as trouble:
        raise LinkError(describe_trouble(trouble, place)) from trouble
    finally:
        client.hang_up()
    _refuse_troubles(channels, after)
    return tuple(
        ChannelSetup(str(place), node_name, now, added=was != now)
        for was, now in zip(before, after, strict=True)
        if isinstance(now, int)
    )


def _refuse_troubles(channels: Sequence[Channel], located: Sequence[Located]) -> None:
    sentences = describe_troubles(channels, located)
    if ChannelTrouble.NO_ROOM in located:
        raise ConfigError(sentences)
    if sentences:
        raise LinkError(sentences)


def add_channels(
    client: QuietClient, settings_came: Event, channels: Sequence[Channel]
) -> tuple[Located, ...]:
    """Return where the channels are, after writing those that are missing and have a key to free indexes.

    `settings_came` is set by the client's `on_settings`. LinkError when the node does not keep what was
    written, or says nothing.
    """
    for _ in range(SETUP_ATTEMPTS):
        settings = client.settings()
        located = locate_channels(settings, channels)
        wanted = _to_add(channels, located)
        if not wanted:
            return located
        for index, (name, key) in zip(free_indexes(settings), wanted, strict=False):
            _write(client, index, name, key)
        _read_back(client, settings_came)
    located = locate_channels(client.settings(), channels)
    if lost := _to_add(channels, located):
        names = quoted([name for name, _ in lost])
        raise LinkError(f"The node did not keep the channel {names}; add it with the Meshtastic app.")
    return located


def _to_add(channels: Sequence[Channel], located: Sequence[Located]) -> list[tuple[str, bytes]]:
    """Return name and key of the channels to be written; those without a key never are."""
    return [
        (channel.name, channel.key)
        for channel, found in zip(channels, located, strict=True)
        if found is ChannelTrouble.MISSING and channel.key is not None
    ]


def _read_back(client: QuietClient, settings_came: Event) -> None:
    settings_came.clear()
    client.reread_settings()
    if not settings_came.wait(READ_BACK_S) or client.gone.is_set():
        raise LinkError("The node did not tell its settings after they were written; try again.")


def _write(client: QuietClient, index: int, name: str, key: bytes) -> None:
    settings = channel_pb2.ChannelSettings(name=name, psk=key)
    channel = channel_pb2.Channel(index=index, settings=settings, role=channel_pb2.Channel.SECONDARY)
    packet = mesh_pb2.MeshPacket(id=new_packet_id())
    packet.decoded.portnum = portnums_pb2.ADMIN_APP
    packet.decoded.payload = admin_pb2.AdminMessage(set_channel=channel).SerializeToString()
    client._sendPacket(packet, client.localNode.nodeNum, wantAck=True)
    if client.gone.wait(client.timing.setting_pause_s):
        raise LinkError("The connection to the node ended before its channels were written; try again.")
