"""Play a recording of a real node's client to virtual nodes, in virtual time, and line both up to compare."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import DecodeError, Message
from meshtastic.protobuf.mesh_pb2 import FromRadio, MeshPacket, ToRadio
from meshtastic.protobuf.portnums_pb2 import PortNum

from meshboard.link import NodeNumber
from meshboard.sim.device.client_stream import FrameReader, encode_frame
from meshboard.sim.device.node import VirtualNode
from meshboard.sim.device.session import ClientSession
from meshboard.sim.device.settings import PUBLIC_CHANNEL, ChannelSettings, DeviceSettings, Firmware
from meshboard.sim.device.state import KnownNode
from meshboard.sim.lora_frame import BROADCAST
from meshboard.sim.mesh import Edges, Mesh
from meshboard.sync.air.time_on_air import PRESETS

RECORDINGS = Path(__file__).parent.parent / "recordings"
FOLDERS = {Firmware.V2_7: "v2.7.26", Firmware.V2_8: "v2.8.0"}
RECORDED_PRESETS = {Firmware.V2_7: "SHORT_FAST", Firmware.V2_8: "LONG_FAST"}
RECORDED_SNR_DB = 6.25
KITCHEN = ChannelSettings("Kitchen", bytes(range(32)))
CELL: Edges = {(0, 1): RECORDED_SNR_DB, (0, 2): RECORDED_SNR_DB, (1, 2): RECORDED_SNR_DB}
PAIR: Edges = {(0, 1): RECORDED_SNR_DB}
LINE: Edges = {(0, 1): RECORDED_SNR_DB, (1, 2): RECORDED_SNR_DB}
ALONE: Edges = {}
GATHER_S = 0.005
SETTLED_S = 50.0  # the recorded nodes had been up a while and had told who they are
NODES = "ABC"

Line = dict[str, Any]


@cache
def recording(firmware: Firmware, name: str) -> tuple[Line, ...]:
    """Return the lines of a recording."""
    path = RECORDINGS / FOLDERS[firmware] / f"{name}.jsonl"
    return tuple(json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())


def recorded_settings(firmware: Firmware, kitchen_at: str) -> list[DeviceSettings]:
    """Return nodes A, B and C with the numbers, names and keys of the recording."""
    infos = {}
    for line in recording(firmware, "handshake"):
        info = line.get("json", {}).get("node_info")
        if info:
            message = FromRadio.FromString(bytes.fromhex(line["hex"])).node_info
            infos[info["user"]["short_name"]] = message
    return [
        DeviceSettings(
            number=NodeNumber(infos[f"H0{place}"].num),
            mac=bytes.fromhex("02a5000011") + bytes((0x32 + place,)),
            public_key=infos[f"H0{place}"].user.public_key,
            long_name=infos[f"H0{place}"].user.long_name,
            short_name=f"H0{place}",
            firmware=firmware,
            preset=RECORDED_PRESETS[firmware],
            channels=(PUBLIC_CHANNEL, KITCHEN) if NODES[place - 1] in kitchen_at else (PUBLIC_CHANNEL,),
        )
        for place in (1, 2, 3)
    ]


@dataclass
class Client:
    """One client of one node, and all it was told."""

    node: VirtualNode
    heard: list[FromRadio] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    closed_at: list[float] = field(default_factory=list)
    session: ClientSession | None = None

    def open(self) -> None:
        """Connect; the node says nothing until asked."""
        reader = FrameReader()

        def write(stream: bytes) -> None:
            for frame in reader.feed(stream):
                self.raw.append(frame)
                self.heard.append(FromRadio.FromString(frame))

        self.session = ClientSession(self.node, write, self.close)
        self.node.outbox.on_change = self.flush_soon
        self.node.admin.on_restart = self.close

    def close(self) -> None:
        """Take note that the node closed the connection."""
        if self.session is not None:
            self.session = None
            self.closed_at.append(self.node.mesh.now)

    def send(self, stream: bytes) -> None:
        """Write to the node."""
        if self.session is not None:
            self.session.feed(stream)
            self.flush_soon()

    def flush_soon(self) -> None:
        """Let the node answer a few milliseconds later, as the server does."""
        self.node.mesh.schedule(GATHER_S, lambda: self.session.flush() if self.session else None)

    def shake_hands(self) -> None:
        """Connect, do the handshake and forget it."""
        self.open()
        self.send(encode_frame(ToRadio(want_config_id=1).SerializeToString()))
        self.node.mesh.advance(self.node.mesh.now + 2 * GATHER_S)
        self.heard.clear()
        self.raw.clear()


class Stage:
    """Three virtual nodes set up like the recorded ones."""

    def __init__(self, firmware: Firmware, edges: Edges = CELL, kitchen_at: str = "", seed: int = 3) -> None:
        self.firmware = firmware
        self.mesh = Mesh(3, edges, PRESETS[RECORDED_PRESETS[firmware]], seed=seed, collisions=False)
        settings = recorded_settings(firmware, kitchen_at)
        self.nodes = {
            name: VirtualNode(settings[index], self.mesh, index) for index, name in enumerate(NODES)
        }
        for node in self.nodes.values():
            node.state.config.network.enabled_protocols = 1  # how the recorded nodes had been set up
            for other in self.nodes.values():
                if other is not node:
                    node.state.known[other.state.number] = KnownNode(other.state.owner, RECORDED_SNR_DB, 0)
            node.reporter.broadcast_node_info()
        self.mesh.advance(SETTLED_S)
        self.clients: dict[str, Client] = {}

    @staticmethod
    def recordings(firmware: Firmware) -> list[Path]:
        """Return all recordings of a firmware."""
        return sorted((RECORDINGS / FOLDERS[firmware]).glob("*.jsonl"))

    @staticmethod
    def factory_fresh(firmware: Firmware, lines: tuple[Line, ...]) -> VirtualNode:
        """Return node D, which nobody has set up yet."""
        messages = [FromRadio.FromString(raw) for raw in _from_radio(lines, "D")]
        info = next(message.node_info for message in messages if message.HasField("node_info"))
        settings = DeviceSettings(
            number=NodeNumber(info.num),
            mac=bytes.fromhex("02a500001136"),
            public_key=info.user.public_key,
            long_name=info.user.long_name,
            short_name=info.user.short_name,
            firmware=firmware,
            region="UNSET",
        )
        return VirtualNode(settings, Mesh(1, ALONE, PRESETS["LONG_FAST"]), 0)

    def know_way(self, one: str, other: str) -> None:
        """Let a node have learnt the way to another, as from earlier answers."""
        asker, answerer = self.nodes[one], self.nodes[other]
        packet = asker.core.own_packet(PortNum.PRIVATE_APP, b"")
        packet.to = answerer.state.number
        packet.want_ack = True
        asker.sender.originate(packet)
        self.mesh.advance(self.mesh.now + SETTLED_S)

    def play(self, lines: tuple[Line, ...]) -> float:
        """Write what the recorded clients wrote, when they wrote it; return when the scene began."""
        scene = list(lines)
        while "handshake left out" in scene[0].get("note", ""):  # before the scene's clock starts
            self._follow(scene[0]["client"][:1], scene.pop(0)["note"])
        begin = self.mesh.now
        for line in scene:
            self.mesh.advance(max(self.mesh.now, begin + line["t"]))
            name = line.get("client", "")
            if line["dir"] == "note":
                self._follow(name[:1], line["note"])
            elif line["dir"] == "to_radio":
                self.clients[name[:1]].send(encode_frame(bytes.fromhex(line["hex"])))
            elif line["dir"] == "raw_to_radio":
                self.clients[name[:1]].send(bytes.fromhex(line["stream_hex"]))
        self.mesh.advance(self.mesh.now + 30.0)
        return begin

    def _follow(self, name: str, note: str) -> None:
        if name and ("handshake left out" in note or note == "TCP connection opened"):
            client = self.clients.setdefault(name, Client(self.nodes[name]))
            if note == "TCP connection opened":
                client.open()
            else:
                kept, kept_raw = list(client.heard), list(client.raw)
                client.shake_hands()
                client.heard[:0], client.raw[:0] = kept, kept_raw


def told(client: Client, lines: tuple[Line, ...]) -> list[Line]:
    """Return what a virtual node told its client, in comparable form."""
    sent = _sent_ids(lines)
    return [line for raw in client.raw if (line := comparable(raw, sent)) is not None]


def recorded(lines: tuple[Line, ...], name: str) -> list[Line]:
    """Return what the recorded node told its client, without what only a simulated radio says."""
    sent = _sent_ids(lines)
    unreported = _asked_ids(lines, name)
    asks_for_an_id = False
    result = []
    for source in lines:
        if source.get("client") != name or source["dir"] not in ("to_radio", "from_radio"):
            continue
        raw = bytes.fromhex(source["hex"])
        if source["dir"] == "to_radio":
            asks_for_an_id = (
                ToRadio.FromString(raw).HasField("packet") and not ToRadio.FromString(raw).packet.id
            )
            continue
        packet_id = FromRadio.FromString(raw).queueStatus.mesh_packet_id
        if packet_id and packet_id not in unreported and not asks_for_an_id:
            continue
        asks_for_an_id = asks_for_an_id and not packet_id
        unreported.discard(packet_id)
        line = comparable(raw, sent)
        if line is not None:
            result.append(line)
    return result


def _from_radio(lines: tuple[Line, ...], name: str) -> Iterator[bytes]:
    return (
        bytes.fromhex(line["hex"]) for line in lines if line["dir"] == "from_radio" and line["client"] == name
    )


def _asked_ids(lines: tuple[Line, ...], name: str, *, answers: bool = True) -> set[int]:
    """Return the ids of the client's packets, and of the node's answers to itself, which it reports too."""
    asked = set()
    for line in lines:
        if line["dir"] == "to_radio" and line.get("client") == name:
            asked.add(ToRadio.FromString(bytes.fromhex(line["hex"])).packet.id)
        elif line["dir"] == "raw_to_radio":
            for frame in FrameReader().feed(bytes.fromhex(line["stream_hex"])):
                asked |= _packet_ids(frame)
    for raw in _from_radio(lines, name) if answers else ():
        packet = FromRadio.FromString(raw).packet
        if packet.decoded.request_id and getattr(packet, "from") == packet.to:
            asked.add(packet.id)
    return asked


def _sent_ids(lines: tuple[Line, ...]) -> set[int]:
    """Return the ids that clients chose; all others are drawn anew each time."""
    return set().union(*(_asked_ids(lines, name, answers=False) for name in NODES))


def _packet_ids(frame: bytes) -> set[int]:
    try:
        return {ToRadio.FromString(frame).packet.id}
    except DecodeError:  # garbage is what some recordings are about
        return set()


def comparable(raw: bytes, sent: set[int]) -> Line | None:
    """Return a message without what is rightly different each time; None for a node's own chatter."""
    message = FromRadio.FromString(raw)
    if message.HasField("packet"):
        return _comparable_packet(message.packet, sent)
    result: Line = MessageToDict(message, preserving_proto_field_name=True)
    result["unknown_bytes"] = _unknown_bytes(message)
    if "node_info" in result:
        result["node_info"]["user"].pop("macaddr", None)
        result["node_info"]["user"].pop("is_unmessagable", None)
        result["node_info"].pop("device_metrics", None)
    if "fileInfo" in result:
        result["fileInfo"] = "a file"
    if "queueStatus" in result:
        result["queueStatus"] = {key: result["queueStatus"].get(key) for key in ("res", "free", "maxlen")}
    return result


def _comparable_packet(packet: MeshPacket, sent: set[int]) -> Line | None:
    own = packet.decoded.portnum == PortNum.TELEMETRY_APP and packet.to == BROADCAST
    if own or (packet.decoded.portnum == PortNum.NODEINFO_APP and packet.to == BROADCAST):
        return None
    fields: Line = MessageToDict(packet, preserving_proto_field_name=True)
    fields["unknown_bytes"] = _unknown_bytes(packet)
    for changing in ("id", "rx_time"):
        fields.pop(changing, None)
    for radio_number in ("rx_snr", "rx_rssi"):
        fields[radio_number] = radio_number in fields
    if packet.decoded.portnum == PortNum.ADMIN_APP:
        fields["decoded"]["payload"] = packet.decoded.payload[:-10].hex()  # the session passkey ends it
    if packet.decoded.portnum == PortNum.TELEMETRY_APP:
        fields["decoded"]["payload"] = "numbers"
    if packet.decoded.request_id and packet.decoded.request_id not in sent:
        fields["decoded"]["request_id"] = "an id of a node's own"
    return {"packet": fields}


def _unknown_bytes(message: Message) -> int:
    known = type(message)()
    known.CopyFrom(message)
    known.DiscardUnknownFields()
    return int(message.ByteSize() - known.ByteSize())


def packets_of(lines: list[Line]) -> list[Line]:
    """Return the packets among the lines."""
    return [line["packet"] for line in lines if "packet" in line]


def statuses_of(lines: list[Line]) -> list[Line]:
    """Return the queue statuses among the lines."""
    return [line["queueStatus"] for line in lines if "queueStatus" in line]


def tidied(lines: list[Line]) -> list[Line]:
    """Return a handshake's lines with other nodes in the order of their numbers and files counted as one."""
    result: list[Line] = []
    others: list[Line] = []
    for line in lines:
        if "node_info" in line and "is_favorite" not in line["node_info"]:
            others.append(line)
            continue
        result += sorted(others, key=lambda other: int(other["node_info"]["num"]))
        others = []
        if "fileInfo" not in line or "fileInfo" not in result[-1]:
            result.append(line)
    return result + others
