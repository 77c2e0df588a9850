"""A person with only a node and its tiny keyboard: plain texts to and from other nodes, no client."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from meshtastic.protobuf.mesh_pb2 import MeshPacket
from meshtastic.protobuf.portnums_pb2 import PortNum

from meshboard.link import TEXT_SPACING_S, NodeNumber
from meshboard.sim.device.node import VirtualNode
from meshboard.sim.device.server import Driver
from meshboard.sim.lora_frame import BROADCAST


@dataclass(frozen=True, slots=True)
class HandheldText:
    """A text that arrived on a handheld."""

    text: str
    sender: NodeNumber
    direct: bool
    """True when it was for this node alone, and so public-key authenticated."""
    packet_id: int


class Handheld:
    """Send and receive texts as a person does on a bare node."""

    def __init__(self, node: VirtualNode, driver: Driver) -> None:
        self.texts: asyncio.Queue[HandheldText] = asyncio.Queue()
        self.on_text: Callable[[HandheldText], None] = self.texts.put_nowait
        self._node = node
        self._driver = driver
        self._free_at = 0.0
        node.core.on_packet = self._take

    @property
    def number(self) -> NodeNumber:
        """The node's number."""
        return self._node.state.number

    def send_text(self, text: str, to: NodeNumber) -> None:
        """Send a text, acknowledged if it is for one node; texts are kept 2.1 s apart as nodes demand."""
        self._driver.act(lambda: self._queue(text, to))

    def _queue(self, text: str, to: NodeNumber) -> None:
        wait_s = max(0.0, self._free_at - self._node.mesh.now)
        self._free_at = self._node.mesh.now + wait_s + TEXT_SPACING_S
        self._node.mesh.schedule(wait_s, lambda: self._send(text, to))

    def _send(self, text: str, to: NodeNumber) -> None:
        packet = self._node.core.own_packet(PortNum.TEXT_MESSAGE_APP, text.encode())
        packet.to = to
        packet.hop_limit = self._node.state.config.lora.hop_limit
        packet.want_ack = to != BROADCAST
        self._node.from_client(packet)

    def _take(self, packet: MeshPacket) -> None:
        if packet.decoded.portnum != PortNum.TEXT_MESSAGE_APP:
            return
        text = packet.decoded.payload.decode(errors="replace")
        sender = NodeNumber(getattr(packet, "from"))
        self.on_text(HandheldText(text, sender, packet.to == self._node.state.number, packet.id))
