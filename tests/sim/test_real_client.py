"""The stock client and its command line work against virtual nodes unchanged."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from meshtastic.protobuf.channel_pb2 import Channel
from meshtastic.protobuf.portnums_pb2 import PortNum
from meshtastic.tcp_interface import TCPInterface
from pubsub import pub

from meshboard.sim.scenario import Scenario
from meshboard.sim.virtual_mesh import VirtualMesh

COMMAND = Path(sys.executable).parent / "meshtastic"
FAST = 20.0
Packet = dict[str, Any]


@pytest.fixture(params=["2.7", "2.8"])
async def trio(request: pytest.FixtureRequest) -> AsyncIterator[VirtualMesh]:
    scenario = Scenario(nodes=3, base_port=0, speed=FAST, preset="SHORT_FAST", firmware=request.param)
    virtual_mesh = VirtualMesh(scenario)
    await virtual_mesh.start()
    yield virtual_mesh
    await virtual_mesh.stop()


class Listener:
    """Collect what the client package publishes, on the test's loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.packets: asyncio.Queue[tuple[int, Packet]] = asyncio.Queue()
        self._passed: list[tuple[int, Packet]] = []
        pub.subscribe(self.take, "meshtastic.receive")

    def take(self, packet: Packet, interface: TCPInterface) -> None:
        self._loop.call_soon_threadsafe(self.packets.put_nowait, (interface.portNumber, packet))

    async def until(self, port: int, wanted: Callable[[Packet], bool]) -> Packet:
        """Return the first packet on a node's port that is wanted, also one that came before another's."""
        looked_through, self._passed = self._passed, []
        async with asyncio.timeout(60.0):
            while True:
                at, packet = looked_through.pop(0) if looked_through else await self.packets.get()
                if at == port and wanted(packet):
                    self._passed += looked_through
                    return packet
                self._passed.append((at, packet))

    def close(self) -> None:
        pub.unsubscribe(self.take, "meshtastic.receive")


async def connect(virtual_mesh: VirtualMesh, node: int) -> TCPInterface:
    host, port = virtual_mesh.addresses[node]
    return await asyncio.to_thread(TCPInterface, host, portNumber=port)


def channel_of(interface: TCPInterface, index: int) -> Channel:
    channels = interface.localNode.channels
    assert channels is not None
    return channels[index]


async def command(virtual_mesh: VirtualMesh, *words: str, node: int = 0) -> str:
    """Run the stock command line on a node and return what it says."""
    host, port = virtual_mesh.addresses[node]
    process = await asyncio.create_subprocess_exec(
        str(COMMAND), "--host", f"{host}:{port}", *words, stdout=-1, stderr=-2
    )
    output, _ = await asyncio.wait_for(process.communicate(), timeout=60.0)
    assert process.returncode == 0, output.decode()
    return output.decode()


async def test_the_real_client_exchanges_broadcasts_and_acknowledged_direct_texts(trio: VirtualMesh) -> None:
    listener = Listener()
    ports = [port for _, port in trio.addresses]
    one, other = await connect(trio, 0), await connect(trio, 1)

    await asyncio.to_thread(
        one.sendData, b"\x01frame", portNum=PortNum.PRIVATE_APP, channelIndex=0, hopLimit=0
    )
    frame = await listener.until(ports[1], lambda packet: packet["decoded"]["portnum"] == "PRIVATE_APP")
    await asyncio.to_thread(one.sendText, "take 2 portions", trio.number(1), True)
    text = await listener.until(ports[1], lambda packet: packet["decoded"].get("text") == "take 2 portions")
    acknowledgement = await listener.until(
        ports[0], lambda packet: packet["decoded"]["portnum"] == "ROUTING_APP"
    )

    assert frame["decoded"]["payload"] == b"\x01frame"
    assert (text["pkiEncrypted"], text["from"]) == (True, trio.number(0))
    assert acknowledgement["from"] == trio.number(1)
    assert acknowledgement["decoded"]["routing"]["errorReason"] == "NONE"
    await asyncio.to_thread(one.close)
    await asyncio.to_thread(other.close)
    listener.close()


async def test_the_real_client_sets_a_channel_and_reads_it_back(trio: VirtualMesh) -> None:
    interface = await connect(trio, 0)
    channel = channel_of(interface, 1)
    channel.settings.name, channel.settings.psk = "Kitchen", bytes(range(32))
    channel.role = Channel.Role.SECONDARY

    await asyncio.to_thread(interface.localNode.writeChannel, 1)
    await asyncio.to_thread(interface.close)
    again = await connect(trio, 0)

    kept = channel_of(again, 1)
    assert (kept.settings.name, kept.settings.psk, kept.role) == ("Kitchen", bytes(range(32)), 2)
    await asyncio.to_thread(again.close)


async def test_the_command_line_reads_a_node(trio: VirtualMesh) -> None:
    info = await command(trio, "--info")
    nodes = await command(trio, "--nodes")
    hop_limit = await command(trio, "--get", "lora.hop_limit")

    assert "Owner: Virtual node 0 (V000)" in info
    assert '"modemPreset": "SHORT_FAST"' in info
    assert all(f"Virtual node {number}" in nodes for number in range(3))
    assert "lora.hop_limit: 3" in hop_limit


async def test_the_command_line_writes_to_everybody_and_to_one(trio: VirtualMesh) -> None:
    ana = trio.handheld(1)

    await command(trio, "--sendtext", "Soup is ready at 14B.")
    first = await asyncio.wait_for(ana.texts.get(), timeout=60.0)
    said = await command(trio, "--sendtext", "for you", "--dest", f"!{ana.number:08x}", "--ack")
    second = await asyncio.wait_for(ana.texts.get(), timeout=60.0)

    assert (first.text, first.direct) == ("Soup is ready at 14B.", False)
    assert (second.text, second.direct) == ("for you", True)
    assert "Received an ACK." in said


async def test_the_command_line_adds_and_changes_a_channel(trio: VirtualMesh) -> None:
    state = trio.nodes[0].state

    await command(trio, "--ch-add", "Kitchen")
    added = state.channels[1].settings.name
    await command(trio, "--ch-index", "1", "--ch-set", "psk", "0x" + "ab" * 32)
    await command(trio, "--ch-index", "1", "--ch-set", "name", "Hall")

    assert added == "Kitchen"
    assert (state.channels[1].settings.name, state.channels[1].settings.psk) == ("Hall", b"\xab" * 32)


async def test_the_command_line_names_the_owner_and_the_others_hear_of_it(trio: VirtualMesh) -> None:
    await command(trio, "--set-owner", "Hall board", "--set-owner-short", "HALL")
    known = trio.nodes[1].state.known
    await asyncio.wait_for(
        trio.until(lambda: known[trio.number(0)].user.long_name == "Hall board"), timeout=60.0
    )

    assert "Hall board" in await command(trio, "--nodes", node=1)


async def test_the_command_line_changes_the_hop_limit_without_a_restart(trio: VirtualMesh) -> None:
    started_at = trio.nodes[0].core.started_at

    await command(trio, "--set", "lora.hop_limit", "4")

    assert (trio.nodes[0].state.config.lora.hop_limit, trio.nodes[0].core.started_at) == (4, started_at)


async def test_the_command_line_traces_a_route_and_asks_for_telemetry(trio: VirtualMesh) -> None:
    trio.set_edges({(0, 1): 6.25, (1, 2): 6.25})
    target = f"!{trio.number(2):08x}"

    route = await command(trio, "--traceroute", target)
    telemetry = await command(trio, "--request-telemetry", "--dest", target)

    assert f"!{trio.number(1):08x} (6.25dB) --> {target} (6.25dB)" in route
    assert "Battery level: 101.00%" in telemetry


async def test_the_command_line_restarts_a_node(trio: VirtualMesh) -> None:
    started_at = trio.nodes[0].core.started_at

    await command(trio, "--reboot")
    await asyncio.wait_for(trio.until(lambda: trio.nodes[0].core.started_at > started_at), timeout=60.0)

    assert trio.nodes[0].core.uptime_s < 60
