"""What a node answers to packets for itself: admin messages, and telemetry asked by its own client."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from google.protobuf.message import DecodeError
from meshtastic.protobuf.admin_pb2 import AdminMessage
from meshtastic.protobuf.channel_pb2 import Channel
from meshtastic.protobuf.connection_status_pb2 import DeviceConnectionStatus
from meshtastic.protobuf.mesh_pb2 import MeshPacket, Routing
from meshtastic.protobuf.portnums_pb2 import PortNum

from meshboard.link import NodeNumber
from meshboard.sim.device import defaults
from meshboard.sim.device.core import NodeCore
from meshboard.sim.device.handshake import CONFIG_SECTIONS, config_section, module_section
from meshboard.sim.device.reporting import Reporter
from meshboard.sim.device.settings import (
    CHANNEL_NAME_BYTES,
    CHANNELS,
    LONG_NAME_BYTES,
    SHORT_NAME_BYTES,
    Firmware,
)
from meshboard.sim.mesh import Timer

RESTART_S = 7.0  # recorded: the node closes the connection so long after a change that needs a restart
NODE_INFO_AFTER_START_S = 30.0  # firmware NodeInfoModule: the first broadcast after a start
NODE_INFO_AFTER_CHANGE_S = 0.1  # a changed owner is told to everybody, after the answer to the client
MAX_PSK_BYTES = 32
LOCAL_QUEUE = 4  # 2.7: local messages beyond so many at once are lost (MAX_RX_FROMRADIO)
RADIO_FIELDS = (
    "use_preset",
    "modem_preset",
    "bandwidth",
    "spread_factor",
    "coding_rate",
    "frequency_offset",
    "region",
    "channel_num",
    "override_frequency",
    "tx_power",
    "sx126x_rx_boosted_gain",
)
"""LoRa settings whose change restarts the node; the others take effect at once."""


@dataclass(frozen=True, slots=True)
class Refused:
    """An admin message that cannot be done."""

    error: Routing.Error.ValueType


Answer = AdminMessage | Refused | None


class Admin:
    """The local administration of one node."""

    def __init__(self, core: NodeCore, reporter: Reporter) -> None:
        self._core = core
        self._reporter = reporter
        self.on_restart: Callable[[], None] = _nothing
        self._editing = False
        self._at_once = 0
        self._starts = 0
        self._restart_timer: Timer | None = None

    def answer_client(self, packet: MeshPacket) -> None:
        """Answer a packet that the client addressed to its own node."""
        match packet.decoded.portnum:
            case PortNum.ADMIN_APP:
                self._answer_admin(packet)
            case PortNum.TELEMETRY_APP if packet.decoded.want_response:
                self._reply(packet, self._reporter.telemetry_answer(packet.decoded.payload))
            case _:
                self._core.report_queue(packet.id)
                self._confirm(packet)

    def breathe(self) -> None:
        """Take note that the node has worked off its queue of local messages."""
        self._at_once = 0

    def restart_in(self, delay_s: float) -> None:
        """Restart later, as after a change of configuration; a restart planned before is forgotten."""
        self.stay_up()
        self._restart_timer = self._core.mesh.schedule(delay_s, self._restart)

    def stay_up(self) -> None:
        """Call a planned restart off."""
        if self._restart_timer is not None:
            self._restart_timer.cancel()

    def _restart(self) -> None:
        self._starts += 1
        self._core.restart()
        self.on_restart()
        self._core.mesh.schedule(NODE_INFO_AFTER_START_S, self._reporter.broadcast_node_info)

    @property
    def _session_passkey(self) -> bytes:
        """The eight bytes that admin responses carry; new after each start."""
        return sha256(self._core.state.settings.public_key + bytes((self._starts & 0xFF,))).digest()[:8]

    def _answer_admin(self, packet: MeshPacket) -> None:
        self._at_once += 1
        message = _decode(packet.decoded.payload)
        if message is None or (self._core.state.firmware is Firmware.V2_7 and self._at_once > LOCAL_QUEUE):
            self._core.report_queue(packet.id)
            return
        answer = self._apply(message)
        if isinstance(answer, AdminMessage) and packet.decoded.want_response:
            answer.session_passkey = self._session_passkey
            self._reply(packet, self._core.own_packet(PortNum.ADMIN_APP, answer.SerializeToString()))
        elif isinstance(answer, Refused):
            payload = Routing(error_reason=answer.error).SerializeToString()
            reply = self._core.own_packet(PortNum.ROUTING_APP, payload)
            reply.priority = MeshPacket.Priority.ACK
            self._reply(packet, reply)
        else:
            self._core.report_queue(packet.id)
            self._confirm(packet)

    def _reply(self, packet: MeshPacket, reply: MeshPacket | None) -> None:
        if reply is None:
            self._core.report_queue(packet.id)
            return
        reply.to = self._core.state.number
        reply.decoded.request_id = packet.id
        reply.hop_limit = self._core.state.config.lora.hop_limit
        reply.priority = reply.priority or MeshPacket.Priority.RELIABLE
        # recorded: 2.8 reports its answer first, 2.7.26 the question
        is_new = self._core.state.firmware is Firmware.V2_8
        for packet_id in (reply.id, packet.id) if is_new else (packet.id, reply.id):
            self._core.report_queue(packet_id)
        self._core.deliver(reply)

    def _confirm(self, packet: MeshPacket) -> None:
        if packet.want_ack:
            hop_limit = self._core.state.config.lora.hop_limit
            self._core.report_routing(packet.id, Routing.Error.NONE, hop_limit)

    def _apply(self, message: AdminMessage) -> Answer:
        match message.WhichOneof("payload_variant"):
            case "get_owner_request":
                return AdminMessage(get_owner_response=self._core.state.owner)
            case "get_channel_request":
                return self._get_channel(message.get_channel_request)
            case "get_config_request":
                return self._get_config(message.get_config_request)
            case "get_module_config_request":
                return self._get_module_config(message.get_module_config_request)
            case "get_device_metadata_request":
                return AdminMessage(get_device_metadata_response=defaults.metadata(self._core.state.settings))
            case "get_device_connection_status_request":
                return AdminMessage(get_device_connection_status_response=DeviceConnectionStatus())
            case "get_canned_message_module_messages_request":
                return AdminMessage(get_canned_message_module_messages_response="")
            case "get_ringtone_request":
                return AdminMessage(get_ringtone_response="")
            case "get_ui_config_request":
                return AdminMessage(get_ui_config_response=defaults.device_ui())
            case _:
                return self._change(message)

    def _change(self, message: AdminMessage) -> Answer:
        match message.WhichOneof("payload_variant"):
            case "set_owner":
                self._set_owner(message)
            case "set_channel":
                return self._set_channel(message.set_channel)
            case "set_config":
                self._set_config(message)
            case "set_module_config":
                self._set_module_config(message)
            case _:
                self._do(message)
        return None

    def _do(self, message: AdminMessage) -> None:
        match message.WhichOneof("payload_variant"):
            case "set_time_only":
                self._core.set_clock(message.set_time_only)
            case "begin_edit_settings":
                self._editing = True
            case "commit_edit_settings":
                self._editing = False
                self.restart_in(RESTART_S)
            case "reboot_seconds":
                self._restart_after(message.reboot_seconds)
            case "shutdown_seconds":
                self._restart_after(message.shutdown_seconds)
            case "remove_by_nodenum":
                self._core.state.known.pop(NodeNumber(message.remove_by_nodenum), None)
            case "nodedb_reset":
                self._core.state.known.clear()
                self.restart_in(RESTART_S)
            case _:
                pass

    def _get_channel(self, index_and_one: int) -> Answer:
        if not 1 <= index_and_one <= CHANNELS:
            return Refused(Routing.Error.BAD_REQUEST)
        return AdminMessage(get_channel_response=self._core.state.channels[index_and_one - 1])

    def _get_config(self, kind: AdminMessage.ConfigType.ValueType) -> Answer:
        if kind not in AdminMessage.ConfigType.values():
            return Refused(Routing.Error.BAD_REQUEST)
        name = _lower_name(AdminMessage.ConfigType.Name(kind))
        return AdminMessage(get_config_response=config_section(self._core.state, name))

    def _get_module_config(self, kind: AdminMessage.ModuleConfigType.ValueType) -> Answer:
        if kind not in AdminMessage.ModuleConfigType.values():
            return Refused(Routing.Error.BAD_REQUEST)
        name = _lower_name(AdminMessage.ModuleConfigType.Name(kind))
        name = MODULE_NAMES.get(name, name)
        return AdminMessage(get_module_config_response=module_section(self._core.state, name))

    def _set_owner(self, message: AdminMessage) -> None:
        owner = self._core.state.owner
        owner.long_name = message.set_owner.long_name or owner.long_name
        owner.short_name = message.set_owner.short_name or owner.short_name
        self._core.mesh.schedule(NODE_INFO_AFTER_CHANGE_S, self._reporter.broadcast_node_info)
        self._restart_unless_editing()

    def _set_channel(self, channel: Channel) -> Answer:
        if not 0 <= channel.index < CHANNELS:
            return Refused(Routing.Error.BAD_REQUEST)
        self._core.state.channels[channel.index].CopyFrom(channel)
        self._core.tune()
        return None

    def _set_module_config(self, message: AdminMessage) -> None:
        name = message.set_module_config.WhichOneof("payload_variant")
        if name:
            kept = getattr(self._core.state.modules, name)
            kept.CopyFrom(getattr(message.set_module_config, name))
        self._restart_unless_editing()

    def _set_config(self, message: AdminMessage) -> None:
        name = message.set_config.WhichOneof("payload_variant")
        if name not in CONFIG_SECTIONS:
            return
        kept, wanted = getattr(self._core.state.config, name), getattr(message.set_config, name)
        needs_restart = kept != wanted
        if name == "lora":
            needs_restart = any(getattr(kept, field) != getattr(wanted, field) for field in RADIO_FIELDS)
        kept.CopyFrom(wanted)
        if needs_restart:
            self._restart_unless_editing()

    def _restart_after(self, seconds: int) -> None:
        if seconds < 0:  # firmware: a negative number calls a restart off
            self.stay_up()
        else:
            self.restart_in(seconds)

    def _restart_unless_editing(self) -> None:
        if not self._editing:
            self.restart_in(RESTART_S)


MODULE_NAMES = {
    "extnotif": "external_notification",
    "storeforward": "store_forward",
    "rangetest": "range_test",
    "cannedmsg": "canned_message",
    "remotehardware": "remote_hardware",
    "neighborinfo": "neighbor_info",
    "ambientlighting": "ambient_lighting",
    "detectionsensor": "detection_sensor",
    "paxcounter": "paxcounter",
    "trafficmanagement": "traffic_management",
}
"""Names of `ModuleConfigType` that differ from the field they mean."""


def _lower_name(enum_name: str) -> str:
    return enum_name.removesuffix("_CONFIG").lower().replace("deviceui", "device_ui")


def _decode(payload: bytes) -> AdminMessage | None:
    """Return the message, None when the firmware's decoder would refuse it: fields over their size."""
    try:
        message = AdminMessage.FromString(payload)
    except DecodeError:
        return None
    owner, channel = message.set_owner, message.set_channel.settings
    fits = (
        len(owner.long_name.encode()) <= LONG_NAME_BYTES
        and len(owner.short_name.encode()) <= SHORT_NAME_BYTES
        and len(channel.name.encode()) <= CHANNEL_NAME_BYTES
        and len(channel.psk) <= MAX_PSK_BYTES
    )
    return message if fits else None


def _nothing() -> None:
    """Stand in until somebody listens."""
