"""A bare client of the Meshtastic stream protocol, for tests about connections."""

import asyncio
from collections.abc import Callable

from meshtastic.protobuf.mesh_pb2 import FromRadio, Heartbeat, MeshPacket, ToRadio
from meshtastic.protobuf.portnums_pb2 import PortNum

from meshboard.sim.device.client_stream import FrameReader, encode_frame
from meshboard.sim.lora_frame import BROADCAST
from meshboard.sim.virtual_mesh import Address

PATIENCE_S = 60.0


class WireClient:
    """One TCP connection to a node."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._frames = FrameReader()
        self.heard: list[FromRadio] = []

    @classmethod
    async def connect(cls, address: Address) -> "WireClient":
        """Open a connection and say nothing."""
        return cls(*await asyncio.open_connection(*address))

    @classmethod
    async def greet(cls, address: Address) -> "WireClient":
        """Open a connection and shake hands."""
        client = await cls.connect(address)
        client.send(ToRadio(want_config_id=5))
        await client.until(lambda message: message.config_complete_id == 5)
        return client

    def send(self, message: ToRadio) -> None:
        """Write a message."""
        self._writer.write(encode_frame(message.SerializeToString()))

    def heartbeat(self) -> None:
        """Ask for a sign of life."""
        self.send(ToRadio(heartbeat=Heartbeat()))

    def broadcast(self, payload: bytes, packet_id: int = 0, hop_limit: int = 0, channel: int = 0) -> None:
        """Send to everybody on a private port."""
        packet = MeshPacket(to=BROADCAST, id=packet_id, hop_limit=hop_limit, channel=channel)
        packet.decoded.portnum = PortNum.PRIVATE_APP
        packet.decoded.payload = payload
        self.send(ToRadio(packet=packet))

    async def until(self, wanted: Callable[[FromRadio], bool]) -> FromRadio:
        """Read until a message is the wanted one, and return it."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                for message in await self._read():
                    if wanted(message):
                        return message

    async def until_payload(self, payload: bytes) -> MeshPacket:
        """Read until a packet with this payload has come."""
        return (await self.until(lambda message: message.packet.decoded.payload == payload)).packet

    async def until_closed(self) -> None:
        """Read until the node closes the connection."""
        async with asyncio.timeout(PATIENCE_S):
            while stream := await self._reader.read(4096):
                self._keep(stream)

    async def close(self) -> None:
        """Close without a word."""
        self._writer.close()
        await self._writer.wait_closed()

    async def _read(self) -> list[FromRadio]:
        stream = await self._reader.read(4096)
        if not stream:
            raise ConnectionResetError
        return self._keep(stream)

    def _keep(self, stream: bytes) -> list[FromRadio]:
        messages = [FromRadio.FromString(frame) for frame in self._frames.feed(stream)]
        self.heard += messages
        return messages


def payloads(client: WireClient) -> list[bytes]:
    """Return the payloads of the private packets a client got, in order."""
    packets = [message.packet for message in client.heard if message.HasField("packet")]
    return [packet.decoded.payload for packet in packets if packet.decoded.portnum == PortNum.PRIVATE_APP]
