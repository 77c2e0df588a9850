"""Whatever a client writes, a node stays up, and its mesh goes on."""

from hypothesis import given, settings
from hypothesis import strategies as st
from meshtastic.protobuf.admin_pb2 import AdminMessage
from meshtastic.protobuf.mesh_pb2 import FromRadio, MeshPacket, ToRadio
from meshtastic.protobuf.portnums_pb2 import PortNum

from meshboard.sim.device.client_stream import FrameReader, encode_frame
from meshboard.sim.device.node import VirtualNode
from meshboard.sim.device.session import ClientSession
from meshboard.sim.lora_frame import BROADCAST
from meshboard.sim.mesh import Mesh, edges_of_cell
from meshboard.sim.scenario import Scenario
from meshboard.sim.virtual_mesh import node_settings
from meshboard.sync.air.time_on_air import PRESETS

SCENARIO = Scenario(nodes=3, preset="SHORT_FAST", firmware="2.8")
NUMBERS = [node_settings(SCENARIO, index).number for index in range(3)]

admin_messages = st.one_of(
    st.integers(0, 40).map(
        lambda kind: bytes((0x28, kind))
    ),  # get_config_request, also of kinds there are not
    st.integers(0, 40).map(lambda kind: bytes((0x38, kind))),  # get_module_config_request
    st.integers(-3, 20).map(lambda index: AdminMessage(get_channel_request=index & 0xFF).SerializeToString()),
    st.integers(-5, 5).map(lambda seconds: AdminMessage(reboot_seconds=seconds).SerializeToString()),
    st.binary(max_size=60),
)
ports = st.one_of(st.sampled_from([value for value in PortNum.values() if value < 512]), st.integers(0, 511))


@st.composite
def packets(draw: st.DrawFn) -> bytes:
    """A packet that decodes, with anything inside."""
    port = draw(ports)
    packet = MeshPacket(
        to=draw(st.sampled_from([BROADCAST, *NUMBERS, 0, 0x12345678])),
        id=draw(st.integers(0, 0xFFFFFFFF)),
        channel=draw(st.integers(0, 300)),
        hop_limit=draw(st.integers(0, 20)),
        want_ack=draw(st.booleans()),
        pki_encrypted=draw(st.booleans()),
    )
    packet.decoded.portnum = port  # type: ignore[assignment]
    packet.decoded.payload = draw(admin_messages if port == PortNum.ADMIN_APP else st.binary(max_size=240))
    packet.decoded.want_response = draw(st.booleans())
    packet.decoded.request_id = draw(st.integers(0, 3))
    message: bytes = ToRadio(packet=packet).SerializeToString()
    return message


def three_nodes() -> tuple[Mesh, list[VirtualNode]]:
    mesh = Mesh(3, edges_of_cell(3), PRESETS[SCENARIO.preset], seed=1)
    return mesh, [VirtualNode(node_settings(SCENARIO, index), mesh, index) for index in range(3)]


@settings(max_examples=150, deadline=None)
@given(st.lists(packets(), max_size=12))
def test_any_packets_leave_a_node_that_answers_a_handshake(written: list[bytes]) -> None:
    mesh, nodes = three_nodes()
    said: list[bytes] = []
    session = ClientSession(nodes[0], said.append, lambda: None)

    for message in written:
        session.feed(encode_frame(message))
        mesh.advance(mesh.now + 11.0)
    session.feed(encode_frame(ToRadio(want_config_id=3).SerializeToString()))
    session.flush()

    messages = [FromRadio.FromString(frame) for frame in FrameReader().feed(b"".join(said))]
    assert any(message.config_complete_id == 3 for message in messages)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=600))
def test_any_bytes_leave_a_node_that_runs(written: bytes) -> None:
    mesh, nodes = three_nodes()
    session = ClientSession(nodes[0], lambda _stream: None, lambda: None)

    session.feed(written)
    session.flush()
    mesh.advance(30.0)


@given(st.lists(st.binary(max_size=80), max_size=6), st.data())
def test_frames_come_through_however_the_stream_is_cut(bodies: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(encode_frame(body) for body in bodies)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    portions = [stream[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    reader = FrameReader()

    assert [frame for portion in portions for frame in reader.feed(portion)] == bodies
