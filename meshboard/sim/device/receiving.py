"""What a node does with a frame from the air: open it, acknowledge it, answer it, keep it for the client."""

from dataclasses import dataclass, replace

from google.protobuf.message import DecodeError
from meshtastic.protobuf.mesh_pb2 import Data, MeshPacket, RouteDiscovery, Routing, User
from meshtastic.protobuf.portnums_pb2 import PortNum

from meshboard.sim.airwaves import NOISE_FLOOR_DBM
from meshboard.sim.device.core import NodeCore
from meshboard.sim.device.defaults import is_strict
from meshboard.sim.device.reporting import Reporter
from meshboard.sim.device.sealing import ciphertext
from meshboard.sim.device.settings import Firmware
from meshboard.sim.device.transmitting import SIGNATURE_BYTES, DeviceSender
from meshboard.sim.lora_frame import BROADCAST, AirFrame, ChannelLock, KeyLock

XEDDSA_SIGNED = b"\xb0\x01\x01"  # MeshPacket field 22 of 2.8, unknown to the client package
QUARTERS_OF_DB = 4  # traceroute counts SNR in quarters of a decibel


@dataclass(frozen=True, slots=True)
class OpenedPacket:
    """The inside of a frame that this node can read."""

    data: Data
    channel: int
    """This node's index of the channel, 0 for public-key encryption."""
    sender_key: bytes
    """The sender's public key if it was public-key encrypted, else empty."""


class Receiver:
    """The receiving half of a node; what flooding calls its host."""

    def __init__(self, core: NodeCore, sender: DeviceSender, reporter: Reporter) -> None:
        self._core = core
        self._sender = sender
        self._reporter = reporter

    def reads(self, frame: AirFrame) -> bool:
        """Say whether this node can open a frame."""
        return self._open(frame) is not None

    def refuses(self, frame: AirFrame) -> bool:
        """Say whether policy STRICT keeps a frame from being taken and relayed: an unsigned broadcast."""
        if frame.to != BROADCAST or not is_strict(self._core.state.config.security):
            return False
        opened = self._open(frame)
        return opened is not None and not _is_signed(opened.data)

    def heard(self, frame: AirFrame, snr_db: float) -> None:
        """Take a frame heard for the first time."""
        self._note(frame, snr_db)
        opened = self._open(frame)
        if opened is None:
            self._take_unreadable(frame, snr_db)
            return
        if frame.to in (BROADCAST, self._core.state.number):
            if frame.to == self._core.state.number:
                opened = self._complete_route(opened, snr_db)
            self._learn(frame, opened)
            if frame.origin not in (self._core.state.number, *self._core.state.known):
                self._reporter.introduce_to(frame.origin, opened.channel)
            self._core.deliver(self._packet(frame, snr_db, opened))
            if frame.to == self._core.state.number:
                self._answer(frame, opened)
        elif opened.data.request_id:
            self._core.flood.overheard_answer(frame.to, opened.data.request_id)
        self._learn_way(frame, opened)

    def heard_again(self, frame: AirFrame) -> None:
        """Acknowledge once more what the sender repeats."""
        opened = self._open(frame)
        if opened is not None and frame.want_ack:
            self._acknowledge(frame, opened)

    def heard_own_relayed(self, frame: AirFrame) -> None:
        """Take a relay of this node's own packet as an implicit acknowledgement.

        2.8 does not for public-key encrypted ones: only the receiver's own word counts there.
        """
        if isinstance(frame.lock, KeyLock) and self._core.state.firmware is Firmware.V2_8:
            return
        self._core.flood.acknowledged(frame.packet_id)
        self._core.report_routing(frame.packet_id, Routing.Error.NONE)

    def gave_up(self, frame: AirFrame) -> None:
        """Tell the client that nobody answered."""
        self._core.report_routing(frame.packet_id, Routing.Error.MAX_RETRANSMIT)

    def before_relay(self, frame: AirFrame, snr_db: float) -> AirFrame:
        """Write this node into a traceroute that passes."""
        opened = self._open(frame)
        if opened is None or opened.data.portnum != PortNum.TRACEROUTE_APP:
            return frame
        data = Data()
        data.CopyFrom(opened.data)
        data.payload = _route_with(opened.data, snr_db, self._core.state.number)
        return replace(frame, body=data.SerializeToString())

    def _open(self, frame: AirFrame) -> OpenedPacket | None:
        state = self._core.state
        match frame.lock:
            case ChannelLock() as lock:
                index = state.index_of(lock)
                return None if index is None else OpenedPacket(Data.FromString(frame.body), index, b"")
            case KeyLock(sender, receiver):
                if receiver != state.owner.public_key:
                    return None
                return OpenedPacket(Data.FromString(frame.body), 0, sender)

    def _note(self, frame: AirFrame, snr_db: float) -> None:
        known = self._core.state.known.get(frame.origin)
        if known is None:
            return
        known.heard_at = self._core.unix_now() or known.heard_at
        if frame.hop_start:
            known.hops = frame.hops
        if frame.hops == 0:
            known.snr_db = snr_db

    def _learn_way(self, frame: AirFrame, opened: OpenedPacket) -> None:
        # 2.8 asks for more proof before it names a relay; recorded, it hardly ever does
        if opened.data.request_id and self._core.state.firmware is Firmware.V2_7:
            self._core.flood.learn_next_hop(frame, opened.data.request_id)

    def _learn(self, frame: AirFrame, opened: OpenedPacket) -> None:
        if opened.data.portnum != PortNum.NODEINFO_APP or frame.origin == self._core.state.number:
            return
        try:
            user = User.FromString(opened.data.payload)
        except DecodeError:
            return
        expected_key = self._core.state.key_of(frame.origin)
        if not expected_key or user.public_key == expected_key:
            self._core.state.learn(frame.origin, user)

    def _take_unreadable(self, frame: AirFrame, snr_db: float) -> None:
        if self._core.state.firmware is Firmware.V2_7 and frame.to == BROADCAST:
            packet = self._header(frame, snr_db)
            packet.channel = frame.channel_hash
            packet.encrypted = ciphertext(frame)
            self._core.deliver(packet)

    def _packet(self, frame: AirFrame, snr_db: float, opened: OpenedPacket) -> MeshPacket:
        packet = self._header(frame, snr_db)
        packet.channel = opened.channel
        packet.decoded.CopyFrom(opened.data)
        packet.want_ack = frame.want_ack and frame.to != BROADCAST
        if opened.sender_key:
            packet.public_key = opened.sender_key
            packet.pki_encrypted = True
        if _is_signed(opened.data):
            packet.MergeFromString(XEDDSA_SIGNED)
        return packet

    def _header(self, frame: AirFrame, snr_db: float) -> MeshPacket:
        packet = MeshPacket(
            to=frame.to,
            id=frame.packet_id,
            rx_snr=snr_db,
            rx_rssi=round(NOISE_FLOOR_DBM + snr_db),
            hop_limit=frame.hop_limit,
            hop_start=frame.hop_start,
            next_hop=frame.next_hop,
            relay_node=frame.relay_node,
            transport_mechanism=MeshPacket.TransportMechanism.TRANSPORT_LORA,
        )
        setattr(packet, "from", frame.origin)
        return packet

    def _answer(self, frame: AirFrame, opened: OpenedPacket) -> None:
        if opened.data.request_id:
            self._core.flood.acknowledged(opened.data.request_id)
        answer = self._answer_to(opened)
        if answer is None:
            if frame.want_ack:
                self._acknowledge(frame, opened)
            elif frame.next_hop and frame.hop_limit:
                self._send_acknowledgement(frame, opened, hop_limit=0)
            return
        answer.to = frame.origin
        answer.channel = opened.channel
        answer.decoded.request_id = frame.packet_id
        answer.hop_limit = self._hop_limit_back(frame)
        self._sender.originate(answer)

    def _answer_to(self, opened: OpenedPacket) -> MeshPacket | None:
        data = opened.data
        match data.portnum:
            case PortNum.ADMIN_APP:
                error = Routing(error_reason=Routing.Error.ADMIN_PUBLIC_KEY_UNAUTHORIZED)
                packet = self._core.own_packet(PortNum.ROUTING_APP, error.SerializeToString())
                packet.want_ack = True
                return packet
            case PortNum.TRACEROUTE_APP if data.want_response:
                return self._core.own_packet(PortNum.TRACEROUTE_APP, data.payload)
            case PortNum.TELEMETRY_APP if data.want_response:
                return self._reporter.telemetry_answer(data.payload)
            case PortNum.NODEINFO_APP if data.want_response:
                return self._reporter.node_info_answer()
            case _:
                return None

    def _acknowledge(self, frame: AirFrame, opened: OpenedPacket) -> None:
        data = opened.data
        is_answer = bool(data.request_id or data.reply_id)
        is_text = data.portnum == PortNum.TEXT_MESSAGE_APP
        if is_answer and not is_text and not frame.is_from_origin:
            return  # recorded: answers that came over a relay are not acknowledged
        hop_limit = 0 if is_answer and not is_text else self._hop_limit_back(frame)
        self._send_acknowledgement(frame, opened, hop_limit=hop_limit, want_ack=is_text)

    def _send_acknowledgement(
        self, frame: AirFrame, opened: OpenedPacket, *, hop_limit: int, want_ack: bool = False
    ) -> None:
        done = Routing(error_reason=Routing.Error.NONE).SerializeToString()
        packet = self._core.own_packet(PortNum.ROUTING_APP, done)
        packet.to = frame.origin
        packet.channel = opened.channel
        packet.decoded.request_id = frame.packet_id
        packet.want_ack = want_ack
        packet.hop_limit = hop_limit
        self._sender.originate(packet)

    def _hop_limit_back(self, frame: AirFrame) -> int:
        """Return the hops that came, and two to spare (firmware RoutingModule::getHopLimitForResponse)."""
        configured = self._core.state.config.lora.hop_limit
        if not frame.hop_start:
            return configured
        return frame.hops if frame.hops > configured else min(frame.hops + 2, configured)

    def _complete_route(self, opened: OpenedPacket, snr_db: float) -> OpenedPacket:
        if opened.data.portnum != PortNum.TRACEROUTE_APP:
            return opened
        data = Data()
        data.CopyFrom(opened.data)
        data.payload = _route_with(opened.data, snr_db, None)
        return replace(opened, data=data)


def _route_with(data: Data, snr_db: float, relay: int | None) -> bytes:
    """Return a traceroute's payload with one more stage; `relay` is None at the end of the way."""
    try:
        route = RouteDiscovery.FromString(data.payload)
    except DecodeError:
        return data.payload
    way, signal = route.route, route.snr_towards
    if data.request_id:
        way, signal = route.route_back, route.snr_back
    signal.append(int(snr_db * QUARTERS_OF_DB))
    if relay is not None:
        way.append(relay)
    return bytes(route.SerializeToString())


def _is_signed(data: Data) -> bool:
    """Say whether 2.8's signature follows the fields that the client package knows."""
    known_fields = Data()
    known_fields.CopyFrom(data)
    known_fields.DiscardUnknownFields()
    return bool(data.ByteSize() - known_fields.ByteSize() >= SIGNATURE_BYTES)
