"""A virtual Meshtastic node: its parts, and what it does with a packet from its client, without any port."""

from collections import deque

from meshtastic.protobuf.mesh_pb2 import MeshPacket
from meshtastic.protobuf.portnums_pb2 import PortNum

from meshboard.sim.device.admin import Admin
from meshboard.sim.device.core import NodeCore
from meshboard.sim.device.receiving import Receiver
from meshboard.sim.device.reporting import Reporter
from meshboard.sim.device.settings import DeviceSettings
from meshboard.sim.device.transmitting import DeviceSender, SendOutcome
from meshboard.sim.flood import Flood
from meshboard.sim.mesh import Mesh

REMEMBERED_CLIENT_IDS = 20  # firmware PhoneAPI: a repeated id among the last 20 is ignored

MINIMUM_SPACING_S = {
    PortNum.TEXT_MESSAGE_APP: 2.0,
    PortNum.POSITION_APP: 10.0,
    PortNum.WAYPOINT_APP: 10.0,
    PortNum.ALERT_APP: 10.0,
    PortNum.TELEMETRY_APP: 10.0,
    PortNum.TRACEROUTE_APP: 30.0,
}
"""Seconds between two packets of a client on one port (firmware PhoneAPI::handleToRadioPacket)."""


class VirtualNode:
    """One node of a mesh."""

    def __init__(self, settings: DeviceSettings, mesh: Mesh, index: int) -> None:
        self.core = NodeCore(settings, mesh, index)
        self.state = self.core.state
        self.mesh = mesh
        self.radio = self.core.radio
        self.outbox = self.core.outbox
        self.sender = DeviceSender(self.core)
        self.reporter = Reporter(self.core, self.sender)
        self.admin = Admin(self.core, self.reporter)
        receiver = Receiver(self.core, self.sender, self.reporter)
        self.flood = self.core.flood = Flood(settings.number, self.radio, receiver, self.core.relay_policy)
        self.radio.on_heard = self.flood.receive
        self._client_ids: deque[int] = deque(maxlen=REMEMBERED_CLIENT_IDS)
        self._last_at: dict[int, float] = {}
        self.reporter.start()

    def from_client(self, packet: MeshPacket) -> None:
        """Take a packet from the client: refuse it, keep it here, or send it."""
        if packet.id in self._client_ids:
            return
        packet.id = packet.id or self.core.new_packet_id()
        self._client_ids.append(packet.id)
        setattr(packet, "from", self.state.number)
        if not packet.HasField("decoded"):
            self.core.report_queue(packet.id, SendOutcome.QUEUE_FULL.value)
        elif self._is_too_soon(packet.decoded.portnum):
            self.core.report_queue(packet.id)
        elif packet.to == self.state.number:
            self.admin.answer_client(packet)
        else:
            self._send_for_client(packet)

    def _send_for_client(self, packet: MeshPacket) -> None:
        outcome = self.sender.originate(packet)
        self.core.report_queue(packet.id, outcome.value)
        if outcome not in (SendOutcome.QUEUED, SendOutcome.QUEUE_FULL, SendOutcome.RADIO_OFF):
            self.core.report_routing(packet.id, outcome.value)

    def _is_too_soon(self, port: PortNum.ValueType) -> bool:
        spacing_s = MINIMUM_SPACING_S.get(port)
        if spacing_s is None:
            return False
        now = self.mesh.now
        if now - self._last_at.get(port, -spacing_s) < spacing_s:
            return True
        self._last_at[port] = now
        return False
