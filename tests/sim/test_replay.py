"""What recorded nodes answered, virtual nodes answer too.

Each recording is played to virtual nodes with the recorded numbers, names and keys, and both answers are
lined up. What is rightly different each time is taken out first (`replay.comparable`): ids a node draws,
times, telemetry numbers, signal strengths (only their presence counts), session passkeys, and a node's own
telemetry and NodeInfo broadcasts. Left out as well is what only a simulated radio says: the second
QueueStatus for an id and those with foreign ids. Free places in the queue are compared where other traffic
cannot touch them.

| recording | replayed | what is left out, and why |
| --- | --- | --- |
| admin_read, admin_transaction, admin_write | fully | |
| broadcast_noack, broadcast_wantack, broadcast_wantack_nobody | fully | |
| burst20_ignore_queuestatus | fully | |
| burst20_obey_queuestatus | partly | the clients wait for our statuses: relays make the seconds different |
| dm_one_relay, dm_reachable, dm_unknown_key, dm_unreachable | fully | `next_hop` on 2.8 |
| handshake, handshake_config_only_69420, handshake_nodes_only_69421 | fully | sizes and number of files |
| handshake_factory_fresh | partly | the three sends: they work only because the recorded radio is simulated |
| handshake_none | partly | `free`, which the simulated radio's second status changed |
| handshake_twice | partly | the recording leaves most lines out |
| heartbeat, malformed, sizes | fully | |
| idle_130s | partly | telemetry numbers, and the second of the minute |
| receive_broadcast_direct | partly | the repeated id, which only a simulated radio sends again |
| receive_broadcast_one_relay, receive_channels, receive_with_clock | fully | |
| reboot | partly | recorded lines only; 2.8's replay of stored telemetry is not imitated |
| reconnect_abrupt, reconnect_queue, second_client | in test_server | they are about sockets |
| telemetry | fully | |
| text_rate_limit, text_reply_tapback | fully | |
"""

from dataclasses import dataclass, field

import pytest
from meshtastic.protobuf.mesh_pb2 import FromRadio, MeshPacket, ToRadio
from meshtastic.protobuf.portnums_pb2 import PortNum
from meshtastic.protobuf.telemetry_pb2 import Telemetry

from meshboard.sim.device.client_stream import encode_frame
from meshboard.sim.device.settings import Firmware
from meshboard.sim.lora_frame import BROADCAST
from meshboard.sim.mesh import Edges
from tests.sim.replay import (
    ALONE,
    CELL,
    LINE,
    PAIR,
    Client,
    Line,
    Stage,
    packets_of,
    recorded,
    recording,
    statuses_of,
    tidied,
    told,
)

BOTH = tuple(Firmware)


@dataclass(frozen=True)
class Scene:
    """How to set the stage for a recording."""

    name: str
    edges: Edges = field(default_factory=lambda: CELL)
    kitchen_at: str = ""
    """Nodes that have the Kitchen channel."""
    ways: tuple[tuple[str, str], ...] = ()
    """Who had learnt the way to whom before the recording began (2.7)."""
    ignored: tuple[str, ...] = ()
    """Packet fields that are not compared."""


FULLY = (
    Scene("admin_read"),
    Scene("admin_transaction"),
    Scene("admin_write"),
    Scene("broadcast_noack"),
    Scene("broadcast_wantack"),
    Scene("broadcast_wantack_nobody", ALONE),
    Scene("dm_one_relay", LINE),
    Scene("dm_reachable", ways=(("B", "A"),)),
    Scene("dm_unknown_key"),
    Scene("dm_unreachable", ALONE),
    Scene("handshake"),
    Scene("handshake_config_only_69420"),
    Scene("handshake_nodes_only_69421"),
    Scene("heartbeat"),
    Scene("malformed"),
    Scene("receive_broadcast_one_relay", LINE),
    Scene("receive_channels", kitchen_at="AB"),
    Scene("receive_with_clock", ways=(("A", "B"), ("B", "A"))),
    Scene("sizes"),
    Scene("telemetry", ways=(("A", "B"), ("B", "A"))),
    Scene("text_rate_limit"),
    Scene("text_reply_tapback"),
)


def set_stage(scene: Scene, firmware: Firmware) -> Stage:
    stage = Stage(firmware, scene.edges, scene.kitchen_at)
    if firmware is Firmware.V2_7:
        for one, other in scene.ways:
            stage.know_way(one, other)
    return stage


def without(lines: list[Line], fields: tuple[str, ...]) -> list[Line]:
    return [{key: value for key, value in line.items() if key not in fields} for line in lines]


def without_free(statuses: list[Line]) -> list[Line]:
    return [{"res": status["res"]} for status in statuses]


def others_of(lines: list[Line]) -> list[Line]:
    return [line for line in tidied(lines) if "packet" not in line and "queueStatus" not in line]


@pytest.mark.parametrize("firmware", BOTH)
@pytest.mark.parametrize("scene", FULLY, ids=lambda scene: scene.name)
def test_virtual_nodes_answer_as_the_recorded_ones_did(scene: Scene, firmware: Firmware) -> None:
    lines = recording(firmware, scene.name)
    stage = set_stage(scene, firmware)
    not_modelled = ("next_hop",) if firmware is Firmware.V2_8 else ()

    stage.play(lines)

    for name, client in stage.clients.items():
        expected, actual = recorded(lines, name), told(client, lines)
        assert without(packets_of(expected), not_modelled) == without(packets_of(actual), not_modelled)
        assert without_free(statuses_of(expected)) == without_free(statuses_of(actual))
        assert others_of(expected) == others_of(actual)


@pytest.mark.parametrize("firmware", BOTH)
@pytest.mark.parametrize(
    "name", ["broadcast_noack", "broadcast_wantack", "dm_unknown_key", "heartbeat", "sizes"]
)
def test_a_lone_packet_leaves_fifteen_places_in_the_queue(name: str, firmware: Firmware) -> None:
    lines = recording(firmware, name)
    stage = Stage(firmware)

    stage.play(lines)

    assert statuses_of(recorded(lines, "A")) == statuses_of(told(stage.clients["A"], lines))


@pytest.mark.parametrize("firmware", BOTH)
@pytest.mark.parametrize("name", ["admin_read", "admin_write", "dm_unknown_key", "malformed", "sizes"])
def test_answers_come_in_the_recorded_order(name: str, firmware: Firmware) -> None:
    lines = recording(firmware, name)
    stage = Stage(firmware)

    stage.play(lines)

    assert [set(line) for line in recorded(lines, "A")] == [
        set(line) for line in told(stage.clients["A"], lines)
    ]


@pytest.mark.parametrize("firmware", BOTH)
@pytest.mark.parametrize("name", ["admin_write", "admin_transaction", "reboot"])
def test_the_connection_closes_when_the_recorded_one_did(name: str, firmware: Firmware) -> None:
    lines = recording(firmware, name)
    stage = Stage(firmware)

    begin = stage.play(lines)

    expected = [line["t"] for line in lines if line.get("note") == "connection closed by the node"]
    actual = [at - begin for at in stage.clients["A"].closed_at]
    assert expected == pytest.approx(actual, abs=0.3)


@pytest.mark.parametrize("firmware", BOTH)
def test_a_heartbeat_is_answered_before_the_handshake_and_packets_after_it(firmware: Firmware) -> None:
    lines = recording(firmware, "handshake_none")
    stage = Stage(firmware)

    stage.play(lines)

    expected, actual = recorded(lines, "A"), told(stage.clients["A"], lines)
    assert without_free(statuses_of(expected)) == without_free(statuses_of(actual))
    assert others_of(expected) == others_of(actual)
    assert [set(line) for line in tidied(expected)] == [set(line) for line in tidied(actual)]


@pytest.mark.parametrize("firmware", BOTH)
def test_a_second_handshake_tells_everything_again(firmware: Firmware) -> None:
    lines = recording(firmware, "handshake_twice")
    stage = Stage(firmware)

    stage.play(lines)

    expected = [line for line in recorded(lines, "A") if "packet" not in line]
    actual = tidied(told(stage.clients["A"], lines))
    assert [line for line in tidied(expected) if line in actual] == tidied(expected)


@pytest.mark.parametrize("firmware", BOTH)
def test_a_factory_fresh_node_says_who_it_is_without_a_region(firmware: Firmware) -> None:
    lines = recording(firmware, "handshake_factory_fresh")
    client = Client(Stage.factory_fresh(firmware, lines))

    client.open()
    client.send(encode_frame(bytes.fromhex(next(line["hex"] for line in lines if line["dir"] == "to_radio"))))
    client.node.mesh.advance(1.0)

    complete = next(i for i, line in enumerate(recorded(lines, "D")) if "config_complete_id" in line)
    expected = tidied(recorded(lines, "D")[: complete + 1])
    assert expected == tidied(told(client, lines))


@pytest.mark.parametrize("firmware", BOTH)
def test_a_node_without_a_region_refuses_to_send(firmware: Firmware) -> None:
    lines = recording(firmware, "handshake_factory_fresh")
    client = Client(Stage.factory_fresh(firmware, lines))
    client.shake_hands()

    packet = MeshPacket(to=BROADCAST, id=77)
    packet.decoded.portnum = PortNum.PRIVATE_APP
    client.send(encode_frame(ToRadio(packet=packet).SerializeToString()))
    client.node.mesh.advance(2.0)

    refusals = [message.queueStatus.res for message in client.heard]
    assert refusals == [34]


@pytest.mark.parametrize("firmware", BOTH)
def test_of_a_burst_sixteen_go_out_and_two_refusals_come_back(firmware: Firmware) -> None:
    lines = recording(firmware, "burst20_ignore_queuestatus")
    stage = Stage(firmware, PAIR)

    stage.play(lines)

    expected_arrivals = [int(word) for word in lines[-1]["note"].rpartition(": ")[2].split()]
    expected_statuses = statuses_of(recorded(lines, "A"))[:2]
    actual = told(stage.clients["A"], lines)
    assert expected_arrivals == arrivals_at_b(stage)
    assert expected_statuses == statuses_of(actual)[:2]


@pytest.mark.parametrize("firmware", BOTH)
def test_whoever_waits_while_free_is_zero_loses_nothing(firmware: Firmware) -> None:
    lines = recording(firmware, "burst20_obey_queuestatus")
    stage = Stage(firmware, PAIR)
    sender, receiver = (stage.clients.setdefault(name, Client(stage.nodes[name])) for name in "AB")
    sender.shake_hands()
    receiver.shake_hands()

    for line in lines:
        if line["dir"] == "to_radio":
            while sender.heard and sender.heard[-1].queueStatus.free == 0:
                stage.mesh.advance(stage.mesh.now + 0.25)
            sender.send(encode_frame(bytes.fromhex(line["hex"])))
            stage.mesh.advance(stage.mesh.now + 0.02)
    stage.mesh.advance(stage.mesh.now + 120.0)

    assert list(range(20)) == arrivals_at_b(stage)


def arrivals_at_b(stage: Stage) -> list[int]:
    """Return the first payload byte of each private packet that B's client got: its place in the burst."""
    packets = [message.packet for message in stage.clients["B"].heard if message.HasField("packet")]
    return [packet.decoded.payload[0] for packet in packets if packet.decoded.portnum == PortNum.PRIVATE_APP]


def test_a_silent_client_gets_the_nodes_telemetry_every_minute() -> None:
    lines = recording(Firmware.V2_8, "idle_130s")
    stage = Stage(Firmware.V2_8)

    stage.play(lines)

    expected = [telemetry_fields(bytes.fromhex(line["hex"])) for line in lines if line["dir"] == "from_radio"]
    actual = [telemetry_fields(raw) for raw in stage.clients["A"].raw]
    assert expected[:2] == actual[:2]
    assert expected[2] == actual[2]


def telemetry_fields(raw: bytes) -> tuple[object, ...]:
    packet = FromRadio.FromString(raw).packet
    telemetry = Telemetry.FromString(packet.decoded.payload)
    metrics = {listed.name for listed, _ in telemetry.device_metrics.ListFields()}
    return (
        packet.to,
        packet.hop_limit,
        packet.priority,
        packet.rx_time,
        packet.decoded.HasField("bitfield"),
        telemetry.WhichOneof("variant"),
        metrics,
    )


@pytest.mark.parametrize("firmware", BOTH)
def test_the_repeated_id_alone_is_answered_differently_from_the_simulated_radio(firmware: Firmware) -> None:
    lines = recording(firmware, "receive_broadcast_direct")
    stage = Stage(firmware)

    stage.play(lines)

    assert packets_of(recorded(lines, "A")) == packets_of(told(stage.clients["A"], lines))
    expected, actual = recorded(lines, "B"), told(stage.clients["B"], lines)
    assert packets_of(expected) == packets_of(actual)
    assert without_free(statuses_of(expected)) == without_free(statuses_of(actual))


def test_every_recording_is_in_the_table() -> None:
    table = __doc__ or ""
    for firmware in BOTH:
        for path in Stage.recordings(firmware):
            assert path.stem in table
