"""Virtual nodes in virtual time: what they keep for an absent client, learn of each other and refuse."""

import pytest
from meshtastic.protobuf.mesh_pb2 import FromRadio, MeshPacket
from meshtastic.protobuf.portnums_pb2 import PortNum

from meshboard.link import NodeNumber
from meshboard.sim.device.node import VirtualNode
from meshboard.sim.device.state import KnownNode
from meshboard.sim.lora_frame import BROADCAST
from meshboard.sim.mesh import Mesh, edges_of_cell
from meshboard.sim.scenario import Scenario
from meshboard.sim.virtual_mesh import node_settings
from meshboard.sync.air.budget import REGION_DUTY_SHARE
from meshboard.sync.air.time_on_air import PRESETS


def pair(**scenario: object) -> tuple[Mesh, VirtualNode, VirtualNode]:
    """Return two nodes that hear each other and have not met."""
    settings = Scenario.model_validate({"nodes": 2, "preset": "SHORT_FAST", **scenario})
    mesh = Mesh(2, edges_of_cell(2), PRESETS[settings.preset], seed=1)
    one, other = (VirtualNode(node_settings(settings, index), mesh, index) for index in range(2))
    return mesh, one, other


def packet(to: NodeNumber, payload: bytes, port: int = PortNum.PRIVATE_APP) -> MeshPacket:
    result = MeshPacket(to=to, hop_limit=0)
    result.decoded.portnum = port  # type: ignore[assignment]
    result.decoded.payload = payload
    return result


def waiting_in(node: VirtualNode) -> list[MeshPacket]:
    messages = [FromRadio.FromString(raw) for raw in node.outbox.take()]
    return [message.packet for message in messages if message.HasField("packet")]


def test_an_absent_client_finds_one_report_and_not_an_hour_of_them() -> None:
    mesh, one, _ = pair()

    mesh.advance(3600.0)

    ports = [waiting.decoded.portnum for waiting in waiting_in(one)]
    assert ports == [PortNum.TELEMETRY_APP, PortNum.TELEMETRY_APP]  # device metrics and local stats


def test_the_thirty_third_packet_is_lost_but_a_text_pushes_out_the_oldest() -> None:
    mesh, one, other = pair()
    one.state.learn(other.state.number, other.state.owner)
    other.state.learn(one.state.number, one.state.owner)
    for number in range(33):
        one.from_client(packet(BROADCAST, bytes((number,))))
        mesh.advance(mesh.now + 0.5)
    one.from_client(packet(BROADCAST, b"text", PortNum.TEXT_MESSAGE_APP))
    mesh.advance(mesh.now + 1.0)

    payloads = [waiting.decoded.payload for waiting in waiting_in(other)]
    assert payloads == [*(bytes((number,)) for number in range(1, 32)), b"text"]


def test_nodes_that_hear_each_other_for_the_first_time_exchange_names_and_keys() -> None:
    mesh, one, other = pair()

    one.from_client(packet(BROADCAST, b"hello"))
    mesh.advance(30.0)

    assert other.state.known[one.state.number].user.public_key == one.state.owner.public_key
    assert one.state.known[other.state.number].user.long_name == "Virtual node 1"


def test_a_known_node_with_another_key_is_not_believed() -> None:
    mesh, one, other = pair()
    impostor = type(one.state.owner)(id=one.state.owner.id, long_name="Impostor", public_key=b"\x01" * 32)
    other.state.known[one.state.number] = KnownNode(impostor)

    one.reporter.broadcast_node_info()
    mesh.advance(5.0)

    assert other.state.known[one.state.number].user.long_name == "Impostor"


@pytest.mark.parametrize(("region", "share"), sorted(REGION_DUTY_SHARE.items()))
def test_a_node_over_its_share_of_the_hour_refuses_with_the_duty_cycle_error(
    region: str, share: float
) -> None:
    mesh, one, _ = pair(region=region, preset="LONG_FAST")
    frame_s = 2.16  # the largest frame's
    going_out = int(share * 3600 / frame_s) + 1  # what is sent already decides: the last goes beyond
    results = []
    for _ in range(going_out + 3):
        one.from_client(packet(BROADCAST, bytes(231)))
        mesh.advance(mesh.now + 10.0)
        statuses = [FromRadio.FromString(raw).queueStatus for raw in one.outbox.take()]
        results += [status.res for status in statuses if status.mesh_packet_id]

    assert results == [0] * going_out + [9] * 3


def test_the_clock_is_unknown_until_told_and_then_goes_on() -> None:
    mesh, one, _ = pair()
    before = one.core.unix_now()

    one.core.set_clock(1_795_000_000)
    mesh.advance(60.0)

    assert (before, one.core.unix_now()) == (None, 1_795_000_060)
