"""What the parts of a virtual node share: what it keeps, its radio, its clock and the way to its client."""

from collections.abc import Callable
from typing import cast

from meshtastic.protobuf.mesh_pb2 import MeshPacket, QueueStatus, Routing
from meshtastic.protobuf.portnums_pb2 import PortNum

from meshboard.sim.device.client_queue import ClientQueue
from meshboard.sim.device.settings import DeviceSettings, Firmware
from meshboard.sim.device.state import NodeState
from meshboard.sim.flood import Flood, RelayPolicy
from meshboard.sim.lora_frame import AirFrame
from meshboard.sim.mesh import Mesh
from meshboard.sim.radio import QUEUE_PLACES


class NodeCore:
    """A node without its behaviour. Everything here happens at the mesh's time and nothing waits."""

    flood: Flood
    """Set by `VirtualNode`, since flooding serves the receiver, which works with this core."""

    def __init__(self, settings: DeviceSettings, mesh: Mesh, index: int) -> None:
        self.state = NodeState(settings)
        self.mesh = mesh
        self.radio = mesh.radios[index]
        self.outbox = ClientQueue()
        self.relay_policy = RelayPolicy()
        self.radio.on_sent = self._sent
        self.on_packet: Callable[[MeshPacket], None] = _ignore
        self.started_at = mesh.now
        self._clock_offset_s: float | None = None
        self._queue_was_full = False
        self.apply_role()
        self.tune()

    @property
    def uptime_s(self) -> int:
        """Seconds since the last start."""
        return int(self.mesh.now - self.started_at)

    def unix_now(self) -> int | None:
        """Return the time in Unix seconds, None until somebody tells the node."""
        return None if self._clock_offset_s is None else int(self.mesh.now + self._clock_offset_s)

    def set_clock(self, unix_s: int) -> None:
        """Take the time from a client."""
        self._clock_offset_s = unix_s - self.mesh.now

    def new_packet_id(self) -> int:
        """Return a fresh packet id, never 0."""
        return self.mesh.chance.randrange(1, 1 << 32)

    def apply_role(self) -> None:
        """Make relaying follow the device role, the rebroadcast mode and the firmware."""
        device = self.state.config.device
        policy = self.relay_policy
        policy.relays = device.role != device.Role.CLIENT_MUTE and device.rebroadcast_mode != device.NONE
        policy.unreadable = device.rebroadcast_mode not in (device.LOCAL_ONLY, device.KNOWN_ONLY)
        policy.forgets_unreadable = self.state.firmware is Firmware.V2_8

    def tune(self) -> None:
        """Make the radio follow region, preset and frequency slot."""
        self.radio.tuning = self.state.tuning()

    def report_queue(self, packet_id: int, res: int = 0) -> None:
        """Tell the client what became of a packet: `res` 0 is queued, others are refusals."""
        free = self.radio.queue_free
        self._queue_was_full |= free == 0
        self.outbox.add_status(QueueStatus(res=res, free=free, maxlen=QUEUE_PLACES, mesh_packet_id=packet_id))

    def queue_status(self) -> QueueStatus:
        """Return the answer to a heartbeat."""
        return QueueStatus(free=self.radio.queue_free, maxlen=QUEUE_PLACES)

    def deliver(self, packet: MeshPacket) -> None:
        """Keep a packet for the client."""
        unix_s = self.unix_now()
        if unix_s is not None:
            packet.rx_time = unix_s
        self.outbox.add_packet(packet)
        self.on_packet(packet)

    def report_routing(self, packet_id: int, error: int, hop_limit: int = 0) -> int:
        """Tell the client in this node's own name how a packet fared; return the id of the telling."""
        routing = Routing(error_reason=cast("Routing.Error.ValueType", error))
        packet = self.own_packet(PortNum.ROUTING_APP, routing.SerializeToString())
        packet.to = self.state.number
        packet.decoded.request_id = packet_id
        packet.priority = MeshPacket.Priority.ACK
        packet.hop_limit = hop_limit
        self.deliver(packet)
        return packet.id

    def own_packet(self, port: PortNum.ValueType, payload: bytes) -> MeshPacket:
        """Return a packet from this node, not yet addressed."""
        packet = MeshPacket(id=self.new_packet_id())
        setattr(packet, "from", self.state.number)
        packet.decoded.portnum = port
        packet.decoded.payload = payload
        return packet

    def restart(self) -> None:
        """Begin anew, as after a reboot."""
        self.started_at = self.mesh.now
        self.flood.restart()
        self.radio.clear()
        self.outbox.clear()
        self.apply_role()
        self.tune()

    def _sent(self, _frame: AirFrame) -> None:
        if self._queue_was_full and self.radio.queue_free:
            self._queue_was_full = False
            self.report_queue(0)


def _ignore(_packet: MeshPacket) -> None:
    """Stand in until somebody listens."""
