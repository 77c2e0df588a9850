"""A flood of packets through the real client costs little, leaves nothing behind and ends when it ends."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from meshtastic.protobuf import mesh_pb2, portnums_pb2, telemetry_pb2

from meshboard.figures import MAX_NAMES
from meshboard.link import FrameHeard, NodeNumber
from meshboard.radio.addresses import TcpAddress
from meshboard.radio.client import ClientEars
from meshboard.radio.clients import QuietTcpClient
from meshboard.radio.link_config import LinkConfig
from meshboard.radio.packets import sender_of
from tests.support.radios.listening import KITCHEN, QUICK, eventually, opened, ready
from tests.support.radios.tape import OWN_NUMBER, TapeNode, queue_status, recorded_handshake, with_channel

VERSION = "v2.7.26"
OWN = OWN_NUMBER[VERSION]


@asynccontextmanager
async def playing() -> AsyncIterator[TapeNode]:
    said = recorded_handshake(VERSION)
    with_channel(said, "Kitchen")
    node = TapeNode(said, on_packet=lambda packet: [queue_status(packet.id)])
    await node.start()
    try:
        yield node
    finally:
        await node.stop()


@asynccontextmanager
async def connected(node: TapeNode) -> AsyncIterator[tuple[QuietTcpClient, list[mesh_pb2.MeshPacket]]]:
    """Connect the client alone; with it comes what it hears."""
    heard: list[mesh_pb2.MeshPacket] = []
    ears = ClientEars(lambda: None, lambda _: None, heard.append, lambda: None)
    client = QuietTcpClient(TcpAddress("127.0.0.1", node.port), ears, QUICK)
    starter = threading.Thread(target=client.connect)
    starter.start()
    await eventually(lambda: not starter.is_alive())
    try:
        yield client, heard
    finally:
        ender = threading.Thread(target=client.hang_up)
        ender.start()
        await eventually(lambda: not ender.is_alive())


def packet(payload: bytes, sender: int, port: int = 256, to: int = 0xFFFFFFFF) -> mesh_pb2.FromRadio:
    one = mesh_pb2.MeshPacket(to=to, id=sender, channel=1, rx_snr=5.0, rx_rssi=-60)
    setattr(one, "from", sender)
    one.decoded.portnum = portnums_pb2.PortNum.ValueType(port)
    one.decoded.payload = payload
    return mesh_pb2.FromRadio(packet=one)


def node_info(sender: int, name: str) -> mesh_pb2.FromRadio:
    user = mesh_pb2.User(id=f"!{sender:08x}", long_name=name)
    return packet(user.SerializeToString(), sender, portnums_pb2.NODEINFO_APP)


async def test_a_frame_after_a_flood_is_heard_and_the_flood_was_bounded() -> None:
    async with playing() as node, opened(LinkConfig(node.address, (KITCHEN,), timing=QUICK)) as (link, ears):
        await ready(link, ears)
        for number in range(10_001, 15_001):
            node.say(packet(b"junk %d" % number, number))
        node.say(packet(b"news", 15_001))
        await ears.until(lambda: bool(ears.frames()) and ears.frames()[-1].payload == b"news")

        numbers = [frame.sender for frame in ears.frames()]
        assert numbers == sorted(numbers)
        assert link.status.left_out == 5001 - len(numbers)


async def test_of_invented_nodes_no_more_names_are_kept_than_a_node_keeps() -> None:
    async with playing() as node, connected(node) as (client, heard):
        known = len(client.nodesByNum or {})
        for number in range(10_000, 11_000):
            node.say(node_info(number, f"Invented {number}"))
            node.say(packet(b"\x08\x01", number, portnums_pb2.POSITION_APP))
        await eventually(lambda: len(heard) == 2000)

        assert len(client.nodesByNum or {}) == known
        assert len(client._names) == MAX_NAMES
        assert client.name_of(NodeNumber(10_999)) == "Invented 10999"
        assert client.name_of(NodeNumber(10_000)) == "!00002710"


async def test_nobody_names_our_node_or_says_how_busy_it_is_over_the_air() -> None:
    metrics = telemetry_pb2.Telemetry(
        device_metrics=telemetry_pb2.DeviceMetrics(channel_utilization=99.0)
    ).SerializeToString()
    async with playing() as node, connected(node) as (client, heard):
        before = client.settings()
        node.say(node_info(OWN, "Forged"))
        node.say(packet(metrics, OWN, portnums_pb2.TELEMETRY_APP))
        node.say(packet(metrics, 0x77, portnums_pb2.TELEMETRY_APP))
        await eventually(lambda: bool(heard))

        assert [sender_of(packet) for packet in heard] == [0x77]
        assert client.settings() == before


async def test_what_our_node_says_of_itself_is_known() -> None:
    metrics = telemetry_pb2.Telemetry(
        device_metrics=telemetry_pb2.DeviceMetrics(channel_utilization=12.5)
    ).SerializeToString()
    own = packet(metrics, OWN, portnums_pb2.TELEMETRY_APP)
    own.packet.rx_snr, own.packet.rx_rssi = 0.0, 0
    async with playing() as node, connected(node) as (client, heard):
        node.say(own)
        await eventually(lambda: bool(heard))

        assert client.settings().channel_use == 0.125


async def test_who_writes_is_called_as_they_were_heard_to_be_called() -> None:
    async with playing() as node, opened(LinkConfig(node.address, (KITCHEN,), timing=QUICK)) as (link, ears):
        await ready(link, ears)
        node.say(node_info(0x77, "Bea"))
        node.say(packet(b"help", 0x77, portnums_pb2.TEXT_MESSAGE_APP, OWN))
        await ears.until(lambda: bool(ears.texts()))

        assert [text.sender_name for text in ears.texts()] == ["Bea"]
        assert not any(isinstance(event, FrameHeard) for event in ears.events)


async def test_a_node_that_says_it_restarted_is_connected_to_anew() -> None:
    async with playing() as node, opened(LinkConfig(node.address, (KITCHEN,), timing=QUICK)) as (link, ears):
        await ready(link, ears)
        node.say(mesh_pb2.FromRadio(rebooted=True))
        await eventually(lambda: node.connections == 2)
        await ready(link, ears)
