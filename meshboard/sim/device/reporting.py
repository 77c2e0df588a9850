"""What a node says about itself: telemetry every minute, and who it is."""

from google.protobuf.message import DecodeError
from meshtastic.protobuf.mesh_pb2 import MeshPacket
from meshtastic.protobuf.portnums_pb2 import PortNum
from meshtastic.protobuf.telemetry_pb2 import DeviceMetrics, LocalStats, Telemetry

from meshboard.link import NodeNumber
from meshboard.sim.airwaves import NOISE_FLOOR_DBM
from meshboard.sim.device.core import NodeCore
from meshboard.sim.device.settings import Firmware
from meshboard.sim.device.transmitting import DeviceSender
from meshboard.sim.lora_frame import BROADCAST

TELEMETRY_S = 60.0  # recorded: to the client only, not on the air
STATS_EVERY = 5  # recorded: local_stats come with the first report and every few minutes
MAINS_POWER = 101  # battery_level of a node that is plugged in
NODE_INFO_ON_ASKING_S = 300.0  # firmware NodeInfoModule: not more often than this
NODE_INFO_S = 10800.0  # recorded: node_info_broadcast_secs


class Reporter:
    """Telemetry and NodeInfo of one node."""

    def __init__(self, core: NodeCore, sender: DeviceSender) -> None:
        self._core = core
        self._sender = sender
        self._reports = 0
        self._node_info_at = -NODE_INFO_ON_ASKING_S
        self._introduced_at: dict[NodeNumber, float] = {}

    def start(self) -> None:
        """Begin reporting."""
        self._core.mesh.schedule(TELEMETRY_S, self._report)
        self._core.mesh.schedule(self._until_next_node_info(), self._broadcast_regularly)

    def device_metrics(self) -> DeviceMetrics:
        """Return battery, channel use and uptime."""
        metrics = DeviceMetrics(
            battery_level=MAINS_POWER,
            channel_utilization=100 * self._core.radio.channel_utilisation,
            air_util_tx=100 * self._core.radio.duty,
            uptime_seconds=self._core.uptime_s,
        )
        if self._core.state.firmware is Firmware.V2_7:
            metrics.voltage = 0.0
        return metrics

    def telemetry_answer(self, asked: bytes) -> MeshPacket | None:
        """Return the answer to a telemetry request, None when it asks for what the node lacks."""
        try:
            variant = Telemetry.FromString(asked).WhichOneof("variant")
        except DecodeError:
            return None
        match variant:
            case "local_stats":
                return self._packet(Telemetry(local_stats=self._local_stats()))
            case "device_metrics" | None:
                return self._packet(Telemetry(device_metrics=self.device_metrics()))
            case _:
                return None

    def node_info_answer(self) -> MeshPacket | None:
        """Return this node's NodeInfo for one who asks, None when it was told a short while ago."""
        if self._core.mesh.now - self._node_info_at < NODE_INFO_ON_ASKING_S:
            return None
        return self._node_info()

    def broadcast_node_info(self) -> None:
        """Tell everybody who this node is."""
        packet = self._node_info()
        packet.to = BROADCAST
        packet.hop_limit = self._core.state.config.lora.hop_limit
        self._sender.originate(packet)

    def broadcast_if_asked(self) -> None:
        """Tell everybody who this node is, unless it did so a short while ago."""
        if self._core.mesh.now - self._node_info_at >= NODE_INFO_ON_ASKING_S:
            self.broadcast_node_info()

    def introduce_to(self, stranger: NodeNumber, channel: int) -> None:
        """Tell a node heard for the first time who this one is, and ask the same."""
        if (
            self._core.mesh.now - self._introduced_at.get(stranger, -NODE_INFO_ON_ASKING_S)
            < NODE_INFO_ON_ASKING_S
        ):
            return
        self._introduced_at[stranger] = self._core.mesh.now
        packet = self._node_info()
        packet.to = stranger
        packet.channel = channel
        packet.decoded.want_response = True
        packet.hop_limit = self._core.state.config.lora.hop_limit
        self._sender.originate(packet)

    def _node_info(self) -> MeshPacket:
        self._node_info_at = self._core.mesh.now
        return self._core.own_packet(PortNum.NODEINFO_APP, self._core.state.owner.SerializeToString())

    def _broadcast_regularly(self) -> None:
        self.broadcast_node_info()
        self._core.mesh.schedule(self._until_next_node_info(), self._broadcast_regularly)

    def _until_next_node_info(self) -> float:
        return NODE_INFO_S * (0.9 + 0.2 * self._core.mesh.chance.random())

    def _report(self) -> None:
        self._core.mesh.schedule(TELEMETRY_S, self._report)
        if self._core.outbox.has_packets:
            return  # firmware: only while the client takes what there is
        self._report_to_client(Telemetry(device_metrics=self.device_metrics()))
        if self._reports % STATS_EVERY == 0:
            self._report_to_client(Telemetry(local_stats=self._local_stats()))
        self._reports += 1

    def _report_to_client(self, telemetry: Telemetry) -> None:
        packet = self._packet(telemetry)
        packet.to = BROADCAST
        packet.hop_limit = self._core.state.config.lora.hop_limit
        packet.priority = MeshPacket.Priority.BACKGROUND
        self._core.outbox.add_packet(packet)

    def _packet(self, telemetry: Telemetry) -> MeshPacket:
        telemetry.time = self._core.unix_now() or self._core.uptime_s
        return self._core.own_packet(PortNum.TELEMETRY_APP, telemetry.SerializeToString())

    def _local_stats(self) -> LocalStats:
        counts = self._core.radio.counts
        return LocalStats(
            uptime_seconds=self._core.uptime_s,
            channel_utilization=100 * self._core.radio.channel_utilisation,
            air_util_tx=100 * self._core.radio.duty,
            num_packets_tx=counts.frames,
            num_packets_rx=counts.heard,
            num_packets_rx_bad=counts.collisions,
            num_online_nodes=1,
            num_total_nodes=len(self._core.state.known) + 1,
            num_tx_relay=counts.relayed,
            num_tx_dropped=counts.queue_drops,
            noise_floor=NOISE_FLOOR_DBM,
        )
