"""Packets of the node, as values of the link; everything a packet can hold gives a value or None."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from google.protobuf.message import DecodeError
from meshtastic.protobuf import mesh_pb2, portnums_pb2, telemetry_pb2

from meshboard.link import DEFAULT_HOP_LIMIT, FrameHeard, NodeNumber, PacketOverheard, TextHeard
from meshboard.sync.air.time_on_air import LORA_HEADER_BYTES, MAX_LORA_FRAME_BYTES

PUBLIC_KEY_BYTES = 32
BROADCAST = NodeNumber(0xFFFFFFFF)
NOBODY = (0, BROADCAST)
"""Numbers no node has: an answer to one of them would go to everybody."""
_Way = mesh_pb2.MeshPacket.TransportMechanism


@dataclass(frozen=True, slots=True)
class RoutingTold:
    """A node said how a packet fared. Who may say so of which: firmware-notes/who-may-say.md."""

    packet_id: int
    error: int
    """Number of Routing.Error, 0 = received; of our own node: somebody relays it."""
    sender: NodeNumber
    is_own: bool
    """Whether our own node says so."""
    overheard: PacketOverheard | None = None
    """What the saying took of the air."""


@dataclass(frozen=True, slots=True)
class ChannelUse:
    """Our node reported how busy the air is."""

    share: float
    """0.0 to 1.0."""


def new_packet_id() -> int:
    """Return a random packet id, ours, so that no answer outruns our knowing it; 0 is the node's choice."""
    return secrets.randbelow(0xFFFFFFFF) + 1


Heard = FrameHeard | TextHeard | PacketOverheard | RoutingTold | ChannelUse


@dataclass(frozen=True, slots=True)
class PacketReader:
    """Reads packets on behalf of one node."""

    own: NodeNumber
    port_number: int
    answer_mqtt: bool
    name_of: Callable[[NodeNumber], str]
    places: Mapping[int, int]
    """From the node's channel index to the channel's place in the link's list."""

    def read(self, packet: mesh_pb2.MeshPacket) -> Heard | None:
        """Return what a packet tells the link, None when it is none of our business and took no air."""
        if is_forged(packet, self.own):
            return None
        told = self._read(packet)
        return told if told is not None else self._overheard(packet)

    def _overheard(self, packet: mesh_pb2.MeshPacket) -> PacketOverheard | None:
        if snr_of(packet) is None:
            return None
        is_open = packet.WhichOneof("payload_variant") == "decoded"
        body_bytes = packet.decoded.ByteSize() if is_open else len(packet.encrypted)
        frame_bytes = min(LORA_HEADER_BYTES + body_bytes, MAX_LORA_FRAME_BYTES)
        # How far it is relayed is the sender's word: more than is usual is not taken for granted.
        return PacketOverheard(frame_bytes, min(packet.hop_limit, DEFAULT_HOP_LIMIT))

    def _read(self, packet: mesh_pb2.MeshPacket) -> Heard | None:
        if packet.WhichOneof("payload_variant") != "decoded" or (packet.via_mqtt and not self.answer_mqtt):
            return None
        if packet.decoded.portnum == self.port_number:
            return self._read_frame(packet)
        match packet.decoded.portnum:
            case portnums_pb2.TEXT_MESSAGE_APP:
                return self._read_text(packet)
            case portnums_pb2.ROUTING_APP:
                return self._read_routing(packet)
            case portnums_pb2.TELEMETRY_APP if sender_of(packet) == self.own:
                return _read_telemetry(packet)
            case _:
                return None

    def _read_frame(self, packet: mesh_pb2.MeshPacket) -> FrameHeard:
        return FrameHeard(
            payload=packet.decoded.payload,
            sender=sender_of(packet),
            hops=hops_of(packet),
            snr_db=snr_of(packet),
            # Under public-key encryption the index is 0 and says nothing of a channel.
            channel=None if packet.pki_encrypted else self.places.get(packet.channel),
        )

    def _read_text(self, packet: mesh_pb2.MeshPacket) -> TextHeard | None:
        text = packet.decoded.payload.decode("utf-8", errors="replace")
        # A tapback (a reaction to a message) is a text with the emoji flag: nothing a board could answer.
        if not text.strip() or packet.decoded.emoji:
            return None
        sender = sender_of(packet)
        return TextHeard(
            text=text,
            sender=sender,
            sender_name=self.name_of(sender),
            sender_key=_key_of(packet),
            direct=packet.to == self.own,
            packet_id=packet.id,
        )

    def _read_routing(self, packet: mesh_pb2.MeshPacket) -> RoutingTold | None:
        try:
            routing = mesh_pb2.Routing.FromString(packet.decoded.payload)
        except DecodeError:
            return None
        if routing.WhichOneof("variant") != "error_reason" or packet.to != self.own:
            return None
        sender = sender_of(packet)
        return RoutingTold(
            packet_id=packet.decoded.request_id,
            error=int(routing.error_reason),
            sender=sender,
            is_own=sender == self.own,
            overheard=self._overheard(packet),
        )


def is_forged(packet: mesh_pb2.MeshPacket, own: NodeNumber) -> bool:
    """Say whether a packet names a sender it cannot have: nobody, everybody, or our own node from outside.

    A node hands nothing of its own back to its client but what it says to it, and that came by no way at
    all (`tests/recordings`); whoever sends can write any number into the header.
    """
    sender = sender_of(packet)
    return sender in NOBODY or (sender == own and came_from_outside(packet))


def came_from_outside(packet: mesh_pb2.MeshPacket) -> bool:
    """Say whether a packet reached our node by LoRa, the internet or the local network."""
    is_inside = packet.transport_mechanism in (_Way.TRANSPORT_INTERNAL, _Way.TRANSPORT_API)
    return not is_inside or packet.via_mqtt or snr_of(packet) is not None


def sender_of(packet: mesh_pb2.MeshPacket) -> NodeNumber:
    """Return the sender's number; the field is called `from`, a word of Python."""
    return NodeNumber(getattr(packet, "from"))


def hops_of(packet: mesh_pb2.MeshPacket) -> int | None:
    """Return how many relays a packet passed, None when it cannot be told.

    Both limits are absent when it was sent with 0, and also by firmware that had no `hop_start`; the
    bitfield, younger than `hop_start`, tells them apart (firmware, `MeshModule::getHopsAway`).
    """
    if packet.hop_start == 0 and (packet.hop_limit or not packet.decoded.HasField("bitfield")):
        return None
    hops = packet.hop_start - packet.hop_limit
    return hops if hops >= 0 else None


def snr_of(packet: mesh_pb2.MeshPacket) -> float | None:
    """Return the signal-to-noise ratio in dB, None when the packet did not come over the air to us."""
    return packet.rx_snr if packet.rx_snr or packet.rx_rssi else None


def _key_of(packet: mesh_pb2.MeshPacket) -> bytes | None:
    # On what came by the internet alone, firmware before 2.5.19 hands on a key that anybody may have written.
    is_opened_here = not packet.via_mqtt or snr_of(packet) is not None
    proven = packet.pki_encrypted and is_opened_here and len(packet.public_key) == PUBLIC_KEY_BYTES
    return packet.public_key if proven else None


def _read_telemetry(packet: mesh_pb2.MeshPacket) -> ChannelUse | None:
    try:
        telemetry = telemetry_pb2.Telemetry.FromString(packet.decoded.payload)
    except DecodeError:
        return None
    match telemetry.WhichOneof("variant"):
        case "device_metrics" if telemetry.device_metrics.HasField("channel_utilization"):
            return ChannelUse(share_of(telemetry.device_metrics.channel_utilization))
        case "local_stats":
            return ChannelUse(share_of(telemetry.local_stats.channel_utilization))
        case _:
            return None


def share_of(percent: float) -> float:
    """Return a share of 0.0 to 1.0, in steps of 0.0001, from the node's per cent, whatever it says."""
    return round(min(max(percent / 100, 0.0), 1.0), 4) if percent == percent else 0.0
