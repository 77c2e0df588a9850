"""Connections to virtual nodes: one client at a time, goodbyes, cuts, restarts, closed ports."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from meshtastic.protobuf.admin_pb2 import AdminMessage
from meshtastic.protobuf.channel_pb2 import Channel
from meshtastic.protobuf.mesh_pb2 import MeshPacket, ToRadio
from meshtastic.protobuf.portnums_pb2 import PortNum

from meshboard.errors import ConfigError
from meshboard.sim.scenario import ChannelTable, NodeTable, Scenario
from meshboard.sim.virtual_mesh import VirtualMesh
from tests.sim.wire_client import WireClient, payloads

FAST = 50.0  # a second of the mesh in 20 ms
SLOWER = 4.0  # where something must happen within seconds of the mesh, also on a busy machine


@pytest.fixture
async def pair() -> AsyncIterator[VirtualMesh]:
    virtual_mesh = VirtualMesh(Scenario(nodes=2, base_port=0, speed=FAST, preset="SHORT_FAST"))
    await virtual_mesh.start()
    yield virtual_mesh
    await virtual_mesh.stop()


async def sent(client: WireClient, payload: bytes, packet_id: int) -> None:
    """Broadcast, and wait until the node has it on the air."""
    client.broadcast(payload, packet_id)
    await client.until(lambda message: message.queueStatus.mesh_packet_id == packet_id)


async def test_a_node_says_nothing_on_connecting_and_answers_a_heartbeat(pair: VirtualMesh) -> None:
    client = await WireClient.connect(pair.addresses[0])

    client.heartbeat()
    status = (await client.until(lambda _message: True)).queueStatus

    assert (status.free, status.maxlen, status.mesh_packet_id, len(client.heard)) == (16, 16, 0, 1)
    await client.close()


async def test_a_broadcast_reaches_the_other_nodes_client(pair: VirtualMesh) -> None:
    one, other = [await WireClient.greet(address) for address in pair.addresses]

    one.broadcast(b"soup at six")
    packet = await other.until_payload(b"soup at six")

    assert (getattr(packet, "from"), packet.rx_snr, packet.rx_rssi) == (pair.number(0), 5.0, -115)
    await one.close()
    await other.close()


async def test_a_second_client_closes_the_first(pair: VirtualMesh) -> None:
    first = await WireClient.greet(pair.addresses[0])

    second = await WireClient.greet(pair.addresses[0])
    await first.until_closed()

    second.heartbeat()
    await second.until(lambda message: message.HasField("queueStatus"))
    await second.close()


async def test_a_goodbye_closes_the_connection_at_once(pair: VirtualMesh) -> None:
    client = await WireClient.greet(pair.addresses[0])

    client.send(ToRadio(disconnect=True))

    await client.until_closed()


async def test_a_silent_client_is_disconnected_and_one_that_writes_is_not() -> None:
    virtual_mesh = VirtualMesh(Scenario(nodes=2, base_port=0), silent_s=0.5)
    await virtual_mesh.start()
    silent, awake = [await WireClient.greet(address) for address in virtual_mesh.addresses]
    for _ in range(8):
        awake.heartbeat()
        await asyncio.sleep(0.1)

    await silent.until_closed()
    assert [virtual_mesh.has_client(node) for node in (0, 1)] == [False, True]
    await virtual_mesh.stop()


async def test_fifteen_minutes_of_a_fast_mesh_are_no_silence_of_its_client() -> None:
    virtual_mesh = VirtualMesh(Scenario(nodes=1, base_port=0, speed=10_000.0))
    await virtual_mesh.start()
    client = await WireClient.greet(virtual_mesh.addresses[0])
    while virtual_mesh.mesh.now < 2000.0:  # noqa: ASYNC110 -- a mesh wakes nobody
        await asyncio.sleep(0.05)

    assert virtual_mesh.has_client(0)
    await client.close()
    await virtual_mesh.stop()


async def test_what_arrives_after_a_goodbye_waits_in_order(pair: VirtualMesh) -> None:
    away, sender = [await WireClient.greet(address) for address in pair.addresses]
    away.send(ToRadio(disconnect=True))
    await away.until_closed()

    for number in range(5):
        await sent(sender, bytes((number,)), number + 1)
    await heard_by(pair, 0, 5)
    back = await WireClient.connect(pair.addresses[0])
    back.send(ToRadio(want_config_id=9))
    await back.until_payload(b"\x04")

    kinds = [message.WhichOneof("payload_variant") for message in back.heard]
    assert [bytes((number,)) for number in range(5)] == payloads(back)
    assert kinds.index("config_complete_id") < kinds.index("packet")
    await back.close()
    await sender.close()


async def test_what_arrives_right_after_a_cut_is_lost() -> None:
    pair = VirtualMesh(Scenario(nodes=2, base_port=0, speed=SLOWER, preset="SHORT_FAST"))
    await pair.start()
    cut, sender = [await WireClient.greet(address) for address in pair.addresses]
    await cut.close()
    await asyncio.wait_for(pair.until(lambda: not pair.has_client(0)), timeout=60.0)
    await sent(sender, b"lost", 1)
    await heard_by(pair, 0, 1)

    back = await WireClient.greet(pair.addresses[0])
    await sent(sender, b"kept", 2)
    await back.until_payload(b"kept")

    assert payloads(back) == [b"kept"]
    await pair.stop()


async def test_a_restart_closes_the_connection_and_the_node_is_back(pair: VirtualMesh) -> None:
    client = await WireClient.greet(pair.addresses[0])
    packet = MeshPacket(to=pair.number(0), id=3, want_ack=True)
    packet.decoded.portnum = PortNum.ADMIN_APP
    packet.decoded.payload = AdminMessage(reboot_seconds=2).SerializeToString()

    client.send(ToRadio(packet=packet))
    await client.until_closed()

    back = await WireClient.greet(pair.addresses[0])
    await back.close()


async def test_an_unplugged_node_refuses_clients_until_it_is_plugged_in_again(pair: VirtualMesh) -> None:
    client = await WireClient.greet(pair.addresses[0])

    await pair.unplug(0)
    await client.until_closed()
    with pytest.raises(ConnectionRefusedError):
        await WireClient.connect(pair.addresses[0])
    await pair.plug(0)

    back = await WireClient.greet(pair.addresses[0])
    await back.close()


async def test_a_channel_is_readable_only_with_its_name_and_key() -> None:
    kitchen, impostor = (
        ChannelTable(name="Kitchen", psk="00" * 32),
        ChannelTable(name="Kitchen", psk="11" * 32),
    )
    scenario = Scenario(
        nodes=3,
        base_port=0,
        speed=FAST,
        preset="SHORT_FAST",
        firmware="2.8",
        channels=(kitchen,),
        node=(NodeTable(number=2, channels=(impostor,)),),
    )
    virtual_mesh = VirtualMesh(scenario)
    await virtual_mesh.start()
    cook, helper, outsider = [await WireClient.greet(address) for address in virtual_mesh.addresses]

    cook.broadcast(b"for the kitchen", channel=1)
    packet = await helper.until_payload(b"for the kitchen")
    cook.broadcast(b"for everybody", channel=0)
    await outsider.until_payload(b"for everybody")

    assert packet.channel == 1
    assert payloads(outsider) == [b"for everybody"]
    await virtual_mesh.stop()


async def test_a_primary_channel_of_another_name_leaves_the_local_mesh(pair: VirtualMesh) -> None:
    client = await WireClient.greet(pair.addresses[0])
    packet = MeshPacket(to=pair.number(0), id=3, want_ack=True)
    packet.decoded.portnum = PortNum.ADMIN_APP
    message = AdminMessage()
    message.set_channel.settings.name = "Kitchen"
    message.set_channel.role = Channel.Role.PRIMARY
    packet.decoded.payload = message.SerializeToString()

    before = pair.mesh.neighbours(0)
    client.send(ToRadio(packet=packet))
    await client.until(lambda told: told.packet.decoded.request_id == 3)

    assert (before, pair.mesh.neighbours(0)) == ({1: 5.0}, {})
    await client.close()


async def test_a_partition_cuts_and_healing_mends(pair: VirtualMesh) -> None:
    one, other = [await WireClient.greet(address) for address in pair.addresses]

    pair.partition([[0], [1]])
    await sent(one, b"unheard", 1)
    await transmitted(pair, 0, 1)
    pair.heal()
    await sent(one, b"heard", 2)
    await other.until_payload(b"heard")

    assert payloads(other) == [b"heard"]
    await one.close()
    await other.close()


async def test_handhelds_write_to_each_other_and_to_clients() -> None:
    virtual_mesh = VirtualMesh(Scenario(nodes=3, base_port=0, speed=FAST, layout="line"))
    await virtual_mesh.start()
    ana, ben = virtual_mesh.handheld(0), virtual_mesh.handheld(2)
    station = await WireClient.greet(virtual_mesh.addresses[1])

    ana.send_text("need water 5 gal", virtual_mesh.number(1))
    ana.send_text("are you there?", ben.number)
    packet = await station.until_payload(b"need water 5 gal")
    text = await asyncio.wait_for(ben.texts.get(), timeout=60.0)

    assert packet.pki_encrypted
    assert packet.public_key == virtual_mesh.nodes[0].state.owner.public_key
    assert (text.text, text.sender, text.direct) == ("are you there?", ana.number, True)
    await virtual_mesh.stop()


async def test_a_taken_port_is_a_clear_sentence(pair: VirtualMesh) -> None:
    taken = pair.addresses[0][1]
    second = VirtualMesh(Scenario(nodes=1, base_port=taken))

    with pytest.raises(ConfigError, match=f"Port {taken} on 127.0.0.1 cannot be opened"):
        await second.start()


async def test_a_host_that_can_be_none_is_a_clear_sentence() -> None:
    nowhere = VirtualMesh(Scenario(nodes=1, base_port=0, host="a\0b"))

    with pytest.raises(ConfigError, match="is no address or name of a machine"):
        await nowhere.start()


async def heard_by(virtual_mesh: VirtualMesh, node: int, frames: int) -> None:
    """Wait until a node's radio has heard so many frames."""
    radio = virtual_mesh.mesh.radios[node]
    await asyncio.wait_for(virtual_mesh.until(lambda: radio.counts.heard >= frames), timeout=60.0)


async def transmitted(virtual_mesh: VirtualMesh, node: int, frames: int) -> None:
    """Wait until a node's radio has sent so many frames and the last one is over."""
    radio = virtual_mesh.mesh.radios[node]
    await asyncio.wait_for(
        virtual_mesh.until(lambda: radio.counts.frames >= frames and not radio.is_transmitting), timeout=60.0
    )
