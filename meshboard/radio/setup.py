"""Find the circle's channel on a node, and put it there when it is missing."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Event

from meshtastic.protobuf import admin_pb2, channel_pb2, mesh_pb2, portnums_pb2

from meshboard.errors import ConfigError, LinkError
from meshboard.radio.addresses import AutoAddress, NoAddress, NodeAddress, parse_address
from meshboard.radio.client import ChannelSlot, ClientEars, NodeSettings, QuietClient
from meshboard.radio.clients import make_client
from meshboard.radio.discovery import FoundNode, find_nodes
from meshboard.radio.ids import new_packet_id
from meshboard.radio.link_config import LinkTiming, check_channel
from meshboard.radio.troubles import describe_trouble

READ_BACK_S = 10.0  # a full settings download takes about a second on the slowest serial boards
ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class ChannelSetup:
    """How `ensure_channel` left the node."""

    address: str
    node_name: str
    index: int
    """The channel's slot, 1 to 7 (0 if somebody made it the primary one)."""
    added: bool
    """False when it was there already."""


def find_channel(settings: NodeSettings, name: str) -> ChannelSlot | None:
    """Return the channel of that name, None when the node has none."""
    return next((slot for slot in settings.channels if slot.in_use and slot.name == name), None)


def missing_channel(name: str) -> str:
    """Return the sentence about a channel the node lacks."""
    return (
        f"The node has no channel “{name}”; add it with `meshboard radio setup`, "
        "or with the Meshtastic app as a secondary channel."
    )


def other_key(name: str) -> str:
    """Return the sentence about a channel of the right name with another key."""
    return (
        f"The node has a channel “{name}” with another key; "
        "delete or rename it, then run `meshboard radio setup`."
    )


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


def ensure_channel(address: str, name: str, key: bytes, timing: LinkTiming | None = None) -> ChannelSetup:
    """Connect to the node, add the channel as a secondary one if it is missing, read it back, disconnect.

    Blocks for a few seconds: run it in a thread. A station that is connected to the same node loses it
    meanwhile. Raises ConfigError for the address or the channel, LinkError for the node.
    """
    check_channel(name, key)
    wanted = parse_address(address)
    if isinstance(wanted, NoAddress):
        raise ConfigError("This station has no radio to set up; set the node's address first.")
    return _ensure_at(resolve_address(wanted), name, key, timing or LinkTiming())


def _ensure_at(place: NodeAddress, name: str, key: bytes, timing: LinkTiming) -> ChannelSetup:
    settings_came = Event()
    client = make_client(place, ClientEars(settings_came.set, lambda _: None), timing)
    try:
        client.connect()
        before = find_channel(client.settings(), name)
        slot = add_channel(client, settings_came, name, key)
        return ChannelSetup(str(place), client.settings().name, slot.index, added=before is None)
    except LinkError:
        raise
    except Exception as trouble:
        raise LinkError(describe_trouble(trouble, place)) from trouble
    finally:
        client.hang_up()


def add_channel(client: QuietClient, settings_came: Event, name: str, key: bytes) -> ChannelSlot:
    """Return the node's channel of that name and key, writing it to the first free slot if it is missing.

    `settings_came` is set by the client's `on_settings`. LinkError when the node has another key under
    that name, no free slot, or does not keep what was written.
    """
    for _ in range(ATTEMPTS):
        settings = client.settings()
        slot = find_channel(settings, name)
        if slot is not None:
            if slot.key != key:
                raise LinkError(other_key(name))
            return slot
        _write(client, _free_slot(settings, name), name, key)
        settings_came.clear()
        client.reread_settings()
        if not settings_came.wait(READ_BACK_S) or client.gone.is_set():
            raise LinkError("The node did not tell its settings after they were written; try again.")
    raise LinkError(
        f"The node did not keep the channel “{name}”; add it with the Meshtastic app as a secondary channel."
    )


def _free_slot(settings: NodeSettings, name: str) -> int:
    # Slot 0 is the primary channel: its name picks the frequency of the whole local mesh.
    free = [slot.index for slot in settings.channels if not slot.in_use and slot.index > 0]
    if not free:
        raise LinkError(
            f"All channels of the node are in use; delete one with the Meshtastic app to add “{name}”."
        )
    return min(free)


def _write(client: QuietClient, index: int, name: str, key: bytes) -> None:
    settings = channel_pb2.ChannelSettings(name=name, psk=key)
    channel = channel_pb2.Channel(index=index, settings=settings, role=channel_pb2.Channel.SECONDARY)
    packet = mesh_pb2.MeshPacket(id=new_packet_id())
    packet.decoded.portnum = portnums_pb2.ADMIN_APP
    packet.decoded.payload = admin_pb2.AdminMessage(set_channel=channel).SerializeToString()
    client._sendPacket(packet, client.localNode.nodeNum, wantAck=True)
    time.sleep(client.timing.setting_pause_s)
