"""How a node's own packets, and those of its client, go on the air."""

from enum import Enum
from hashlib import sha512

from google.protobuf.message import DecodeError
from meshtastic.protobuf.mesh_pb2 import Data, MeshPacket, Position
from meshtastic.protobuf.portnums_pb2 import PortNum

from meshboard.link import NodeNumber
from meshboard.sim.device.core import NodeCore
from meshboard.sim.device.settings import Firmware
from meshboard.sim.flood import PacketPriority
from meshboard.sim.lora_frame import BROADCAST, AirFrame, KeyLock, Lock, last_byte
from meshboard.sync.air.budget import REGION_DUTY_SHARE
from meshboard.sync.air.time_on_air import LORA_HEADER_BYTES, MAX_LORA_FRAME_BYTES

SIGNATURE_BYTES = 66  # two bytes of tag and length, 64 of signature
MAX_HOP_LIMIT = 7  # three bits in the header
ASKS_FOR_ANSWER = 2  # bit of Data.bitfield: want_response

UNKEYED_PORTS = frozenset(
    {PortNum.ROUTING_APP, PortNum.TRACEROUTE_APP, PortNum.NODEINFO_APP, PortNum.POSITION_APP}
)
"""Direct packets that are not public-key encrypted (firmware Router::perhapsEncode)."""


class SendOutcome(Enum):
    """What became of a packet; the value is `QueueStatus.res`."""

    QUEUED = 0
    NO_CHANNEL = 6
    TOO_LARGE = 7
    DUTY_CYCLE_LIMIT = 9
    QUEUE_FULL = 32
    RADIO_OFF = 34
    """The region is not set, so the radio may not send."""
    NO_KEY = 39


class DeviceSender:
    """The sending half of a node."""

    def __init__(self, core: NodeCore) -> None:
        self._core = core

    def originate(self, packet: MeshPacket) -> SendOutcome:
        """Put a packet of this node's own on the air."""
        if packet.decoded.portnum == PortNum.TRACEROUTE_APP:
            packet.want_ack = True
        lora = self._core.state.config.lora
        if lora.region == lora.RegionCode.UNSET or not lora.tx_enabled:
            return SendOutcome.RADIO_OFF
        lock = self._lock_for(packet)
        if isinstance(lock, SendOutcome):
            return lock
        frame = self._frame(packet, lock, self._signed(packet, self._prepared(packet)))
        if frame.frame_bytes > MAX_LORA_FRAME_BYTES:
            return SendOutcome.TOO_LARGE
        if self._core.radio.duty > REGION_DUTY_SHARE.get(self._core.state.settings.region, 1.0):
            return SendOutcome.DUTY_CYCLE_LIMIT
        return (
            SendOutcome.QUEUED if self._core.flood.send(frame, _priority(packet)) else SendOutcome.QUEUE_FULL
        )

    def _prepared(self, packet: MeshPacket) -> Data:
        data = Data()
        data.CopyFrom(packet.decoded)
        data.bitfield = ASKS_FOR_ANSWER if data.want_response else 0
        if data.portnum == PortNum.POSITION_APP and packet.to == BROADCAST:
            data.payload = self._coarse_position(packet.channel, data.payload)
        return data

    def _coarse_position(self, channel: int, payload: bytes) -> bytes:
        bits = self._core.state.channels[channel].settings.module_settings.position_precision
        try:
            exact = Position.FromString(payload)
        except DecodeError:
            return b""
        if bits == 0:
            return bytes(Position(time=exact.time).SerializeToString())
        mask = (0xFFFFFFFF << (32 - bits)) & 0xFFFFFFFF
        centre = 1 << (31 - bits)
        exact.latitude_i = _signed32((exact.latitude_i & mask) + centre)
        exact.longitude_i = _signed32((exact.longitude_i & mask) + centre)
        exact.precision_bits = bits
        return bytes(exact.SerializeToString())

    def _lock_for(self, packet: MeshPacket) -> Lock | SendOutcome:
        state = self._core.state
        if self._wants_key(packet):
            receiver = state.key_of(NodeNumber(packet.to))
            return KeyLock(state.owner.public_key, receiver) if receiver else SendOutcome.NO_KEY
        return state.lock_of(packet.channel) or SendOutcome.NO_CHANNEL

    def _wants_key(self, packet: MeshPacket) -> bool:
        if packet.to == BROADCAST or not self._core.state.owner.public_key:
            return False
        return packet.pki_encrypted or (packet.channel == 0 and packet.decoded.portnum not in UNKEYED_PORTS)

    def _signed(self, packet: MeshPacket, data: Data) -> bytes:
        body: bytes = data.SerializeToString()
        fits = LORA_HEADER_BYTES + len(body) + SIGNATURE_BYTES <= MAX_LORA_FRAME_BYTES
        if self._core.state.firmware is not Firmware.V2_8 or packet.to != BROADCAST or not fits:
            return body
        signature = sha512(self._core.state.owner.public_key + packet.id.to_bytes(4, "big") + body).digest()
        return body + b"\x52\x40" + signature  # Data field 10, unknown to the client package

    def _frame(self, packet: MeshPacket, lock: Lock, body: bytes) -> AirFrame:
        hop_limit = min(packet.hop_limit, MAX_HOP_LIMIT)
        state = self._core.state
        return AirFrame(
            origin=state.number,
            to=NodeNumber(packet.to),
            packet_id=packet.id,
            hop_limit=hop_limit,
            hop_start=hop_limit,
            want_ack=packet.want_ack,
            channel_hash=0 if isinstance(lock, KeyLock) else state.hash_of(packet.channel),
            lock=lock,
            body=body,
            relay_node=last_byte(state.number),
            next_hop=self._core.flood.next_hop_to(NodeNumber(packet.to)),
        )


def _priority(packet: MeshPacket) -> PacketPriority:
    match packet.decoded.portnum:
        case PortNum.ROUTING_APP:
            return PacketPriority.ACK
        case PortNum.TEXT_MESSAGE_APP:
            return PacketPriority.HIGH
        case _ if packet.decoded.request_id:
            return PacketPriority.RESPONSE
        case _:
            return PacketPriority.RELIABLE if packet.want_ack else PacketPriority.DEFAULT


def _signed32(value: int) -> int:
    return value - (1 << 32) if value >= 1 << 31 else value
