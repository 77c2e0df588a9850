"""A tape player: a TCP server that says to the real client what a real node once said.

It plays the node's side of a recording in tests/recordings. Handshakes are those of the recording
`handshake` of the same firmware; heartbeats are answered as recorded; timing is left out.
"""

import asyncio
import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from meshtastic.protobuf import channel_pb2, mesh_pb2

RECORDINGS = Path(__file__).parents[2] / "recordings"
VERSIONS = ("v2.7.26", "v2.8.0")
MAGIC = b"\x94\xc3"
KITCHEN_KEY = bytes(range(32))
OWN_NUMBER = {"v2.7.26": 0x1133, "v2.8.0": 0x925E6B8E}
CONFIG_ONLY, NODES_ONLY = 69420, 69421

_HANDSHAKE_PARTS = {
    "my_info", "deviceuiConfig", "node_info", "metadata", "channel", "config", "moduleConfig", "fileInfo",
    "config_complete_id",
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One line of a recording."""

    client: str
    direction: str
    message: bytes
    json: dict[str, Any]
    note: str
    payload: dict[str, Any]


def read_recording(version: str, name: str) -> list[Line]:
    lines = []
    for text in (RECORDINGS / version / f"{name}.jsonl").read_text().splitlines():
        entry = json.loads(text)
        lines.append(
            Line(
                client=entry.get("client", ""),
                direction=entry["dir"],
                message=bytes.fromhex(entry.get("hex", "")),
                json=entry.get("json", {}),
                note=entry.get("note", ""),
                payload=entry.get("payload", {}),
            )
        )
    return lines


def recording_names(version: str) -> list[str]:
    return sorted(path.stem for path in (RECORDINGS / version).glob("*.jsonl"))


def is_handshake_part(line: Line) -> bool:
    return bool(_HANDSHAKE_PARTS & line.json.keys()) or not line.json


def recorded_handshake(version: str, name: str = "handshake") -> list[mesh_pb2.FromRadio]:
    """Return what the node said up to the nonce, which is left out, unknown fields kept."""
    said = []
    for line in read_recording(version, name):
        if "config_complete_id" in line.json:
            break
        if line.direction == "from_radio":
            said.append(mesh_pb2.FromRadio.FromString(line.message))
    return said


def with_channel(said: list[mesh_pb2.FromRadio], name: str, key: bytes = KITCHEN_KEY) -> None:
    """Put a secondary channel into slot 1 of a handshake."""
    for message in said:
        if message.HasField("channel") and message.channel.index == 1:
            message.channel.settings.name = name
            message.channel.settings.psk = key
            message.channel.role = channel_pb2.Channel.SECONDARY


def as_node(said: list[mesh_pb2.FromRadio], number: int) -> None:
    """Make a handshake that of another node of the same recording session."""
    for message in said:
        if message.HasField("my_info"):
            message.my_info.my_node_num = number


@dataclass
class TapeNode:
    """One node on a tape; `said` is its handshake, `script` what it says after the first one."""

    said: list[mesh_pb2.FromRadio]
    script: list[Line] = field(default_factory=list)
    deaf: bool = False
    """Keeps the connection, answers nothing."""
    room: int = 16
    """What the answer to a heartbeat says is free in the queue."""
    on_packet: Callable[[mesh_pb2.MeshPacket], list[mesh_pb2.FromRadio]] | None = None
    port: int = 0
    connections: int = 0
    received: list[mesh_pb2.ToRadio] = field(default_factory=list)
    played: asyncio.Event = field(default_factory=asyncio.Event)
    _server: asyncio.Server | None = None
    _writers: list[asyncio.StreamWriter] = field(default_factory=list)
    _ids: dict[int, int] = field(default_factory=dict)
    _waiting: int | None = None

    @property
    def address(self) -> str:
        return f"tcp://127.0.0.1:{self.port}"

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        self.hang_up()
        await self._server.wait_closed()

    def hang_up(self) -> None:
        for writer in self._writers:
            writer.close()
        self._writers.clear()

    def packets(self) -> list[mesh_pb2.MeshPacket]:
        return [message.packet for message in self.received if message.HasField("packet")]

    def say(self, message: mesh_pb2.FromRadio) -> None:
        self.say_framed(framed(message.SerializeToString()))

    def say_framed(self, stream: bytes) -> None:
        """Say messages that are framed already: any number of them."""
        for writer in self._writers:
            if not writer.is_closing():
                writer.write(stream)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.hang_up()  # as a real node: a new client closes the connection of the old one
        self._writers.append(writer)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                self._take(await _read(reader), writer)
        writer.close()

    def _take(self, message: mesh_pb2.ToRadio, writer: asyncio.StreamWriter) -> None:
        self.received.append(message)
        if self.deaf:
            return
        match message.WhichOneof("payload_variant"):
            case "want_config_id":
                self._shake_hands(message.want_config_id, writer)
                self._play(writer)
            case "heartbeat":
                _write(writer, queue_status(0, self.room).SerializeToString())  # as recorded in `heartbeat`
            case "disconnect":
                writer.close()
            case "packet":
                self._answer(message.packet, writer)

    def _shake_hands(self, nonce: int, writer: asyncio.StreamWriter) -> None:
        for message in self.said:
            if nonce != CONFIG_ONLY or not message.HasField("node_info"):
                _write(writer, message.SerializeToString())
        _write(writer, mesh_pb2.FromRadio(config_complete_id=nonce).SerializeToString())

    def _answer(self, packet: mesh_pb2.MeshPacket, writer: asyncio.StreamWriter) -> None:
        if self.on_packet is not None:
            for message in self.on_packet(packet):
                _write(writer, message.SerializeToString())
        elif self._waiting is not None:
            self._ids[self._waiting] = packet.id
            self._waiting = None
            self._play(writer)

    def _play(self, writer: asyncio.StreamWriter) -> None:
        """Play up to the next packet the client sent in the recording, or the next closing."""
        while self.script and self._waiting is None:
            line = self.script.pop(0)
            if line.direction == "to_radio" and "packet" in line.json:
                self._waiting = line.json["packet"].get("id", 0)
            elif line.note == "connection closed by the node":
                writer.close()
                break
            elif line.direction == "from_radio" and not is_handshake_part(line):
                _write(writer, self._with_ids(line.message))
        if not self.script and self._waiting is None:
            self.played.set()

    def _with_ids(self, recorded: bytes) -> bytes:
        message = mesh_pb2.FromRadio.FromString(recorded)
        status, decoded = message.queueStatus, message.packet.decoded
        if status.mesh_packet_id in self._ids:
            message.queueStatus.mesh_packet_id = self._ids[status.mesh_packet_id]
        if decoded.request_id in self._ids:
            message.packet.decoded.request_id = self._ids[decoded.request_id]
        return bytes(message.SerializeToString())


def _write(writer: asyncio.StreamWriter, message: bytes) -> None:
    if not writer.is_closing():
        writer.write(framed(message))


def framed(message: bytes) -> bytes:
    return MAGIC + len(message).to_bytes(2, "big") + message


async def _read(reader: asyncio.StreamReader) -> mesh_pb2.ToRadio:
    seen = b""
    while seen != MAGIC:
        seen = (seen + await reader.readexactly(1))[-2:]
    length = int.from_bytes(await reader.readexactly(2), "big")
    message = mesh_pb2.ToRadio()
    message.ParseFromString(await reader.readexactly(length))
    return message


def queue_status(packet_id: int, free: int = 15, res: int = 0) -> mesh_pb2.FromRadio:
    status = mesh_pb2.QueueStatus(free=free, maxlen=16, res=res, mesh_packet_id=packet_id)
    return mesh_pb2.FromRadio(queueStatus=status)
