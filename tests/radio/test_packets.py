import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from meshtastic.protobuf import mesh_pb2, portnums_pb2, telemetry_pb2

from meshboard.link import FrameHeard, NodeNumber, PacketOverheard, TextHeard
from meshboard.radio.packets import BROADCAST, ChannelUse, PacketReader, RoutingTold, share_of

OWN, OTHER = NodeNumber(0x11), NodeNumber(0x22)
READER = PacketReader(OWN, 256, answer_mqtt=False, name_of=lambda node: f"node {node}", places={3: 0, 1: 1})


def packet(port: int, payload: bytes, sender: int = OTHER, **fields: object) -> mesh_pb2.MeshPacket:
    made = mesh_pb2.MeshPacket(**{"from": sender, "to": OWN, "id": 7, **fields})  # type: ignore[arg-type]
    made.decoded.portnum = portnums_pb2.PortNum.ValueType(port)
    made.decoded.payload = payload
    return made


def test_packets_through_the_internet_are_left_out_unless_configured() -> None:
    from_mqtt = packet(256, b"frame", via_mqtt=True)
    willing = PacketReader(OWN, 256, answer_mqtt=True, name_of=str, places={})

    assert READER.read(from_mqtt) is None
    assert willing.read(from_mqtt) == FrameHeard(b"frame", OTHER, hops=None, snr_db=None, channel=None)


def test_another_private_port_is_not_ours() -> None:
    assert READER.read(packet(257, b"somebody else's")) is None


def test_a_packet_that_stayed_encrypted_is_none_of_our_business() -> None:
    assert READER.read(mesh_pb2.MeshPacket(**{"from": OTHER}, encrypted=b"???")) is None  # type: ignore[arg-type]


def test_what_others_send_over_the_air_is_told_by_its_size_alone() -> None:
    theirs = packet(portnums_pb2.POSITION_APP, bytes(20), rx_snr=5.0, rx_rssi=-80, hop_limit=2)
    sealed = mesh_pb2.MeshPacket(**{"from": OTHER}, encrypted=bytes(50), rx_rssi=-80)  # type: ignore[arg-type]
    own = packet(portnums_pb2.POSITION_APP, bytes(20), sender=OWN, rx_snr=5.0)

    assert READER.read(theirs) == PacketOverheard(16 + theirs.decoded.ByteSize(), 2)
    assert READER.read(sealed) == PacketOverheard(16 + 50, 0)
    assert READER.read(own) is None


@pytest.mark.parametrize(
    ("hop_start", "hop_limit", "bitfield", "hops"),
    [
        (3, 3, 0, 0),
        (3, 1, 0, 2),
        (3, 0, 0, 3),
        (0, 0, 0, 0),
        (0, 0, None, None),
        (0, 3, None, None),
        (2, 3, 0, None),
    ],
)
def test_hops_are_counted_from_the_limits(
    hop_start: int, hop_limit: int, bitfield: int | None, hops: int | None
) -> None:
    heard = packet(256, b"f", hop_start=hop_start, hop_limit=hop_limit)
    if bitfield is not None:
        heard.decoded.bitfield = bitfield

    frame = READER.read(heard)

    assert isinstance(frame, FrameHeard)
    assert hops == frame.hops


@pytest.mark.parametrize(("index", "place"), [(3, 0), (1, 1), (0, None), (2, None)])
def test_a_frame_says_which_of_the_links_channels_it_came_on(index: int, place: int | None) -> None:
    frame = READER.read(packet(256, b"f", channel=index))

    assert isinstance(frame, FrameHeard)
    assert place == frame.channel


def test_a_frame_under_public_key_encryption_came_on_no_channel() -> None:
    willing = PacketReader(OWN, 256, answer_mqtt=False, name_of=str, places={0: 0})
    frame = willing.read(packet(256, b"f", public_key=b"k" * 32, pki_encrypted=True))

    assert isinstance(frame, FrameHeard)
    assert frame.channel is None


def test_a_signal_of_exactly_zero_is_a_signal() -> None:
    frame = READER.read(packet(256, b"f", rx_snr=0.0, rx_rssi=-90))

    assert isinstance(frame, FrameHeard)
    assert frame.snr_db == 0.0


def test_a_key_counts_only_on_a_message_encrypted_with_it() -> None:
    proven = READER.read(packet(1, b"hi", public_key=b"k" * 32, pki_encrypted=True))
    claimed = READER.read(packet(1, b"hi", public_key=b"k" * 32))

    assert isinstance(proven, TextHeard)
    assert isinstance(claimed, TextHeard)
    assert (proven.sender_key, claimed.sender_key) == (b"k" * 32, None)


def test_a_text_that_is_no_utf_8_is_still_a_text() -> None:
    text = READER.read(packet(1, b"caf\xe9"))

    assert isinstance(text, TextHeard)
    assert text.text == "caf�"


def test_an_empty_text_says_nothing() -> None:
    assert READER.read(packet(1, b" \n")) is None


def routing(error: int, sender: int = OTHER, **fields: object) -> mesh_pb2.MeshPacket:
    reason = mesh_pb2.Routing.Error.ValueType(error)
    payload = mesh_pb2.Routing(error_reason=reason).SerializeToString()
    made = packet(portnums_pb2.ROUTING_APP, payload, sender, **fields)
    made.decoded.request_id = 99
    return made


@pytest.mark.parametrize("error", [0, 5])
def test_who_tells_how_a_packet_fared_is_told_with_it(error: int) -> None:
    heard = routing(error, rx_rssi=-80)
    air = PacketOverheard(16 + heard.decoded.ByteSize(), 0)

    assert READER.read(heard) == RoutingTold(99, error, OTHER, is_own=False, overheard=air)
    assert READER.read(routing(error, OWN)) == RoutingTold(99, error, OWN, is_own=True)


def test_how_somebody_elses_packet_fared_is_none_of_our_business() -> None:
    theirs = routing(9, rx_rssi=-80)
    theirs.to = 0x33

    assert isinstance(READER.read(theirs), PacketOverheard)


OUTSIDE = [
    {"rx_snr": 5.0},
    {"rx_rssi": -80},
    {"via_mqtt": True},
    {"transport_mechanism": mesh_pb2.MeshPacket.TransportMechanism.TRANSPORT_LORA},
    {"transport_mechanism": mesh_pb2.MeshPacket.TransportMechanism.TRANSPORT_MQTT},
    {"transport_mechanism": mesh_pb2.MeshPacket.TransportMechanism.TRANSPORT_MULTICAST_UDP},
]


@pytest.mark.parametrize("way", OUTSIDE)
@pytest.mark.parametrize("port", [1, 5, 67, 256])
def test_nothing_that_came_from_outside_is_our_own_nodes_word(way: dict[str, object], port: int) -> None:
    willing = PacketReader(OWN, 256, answer_mqtt=True, name_of=str, places={})

    assert willing.read(packet(port, b"\x18\x09", OWN, **way)) is None


@pytest.mark.parametrize("sender", [0, BROADCAST])
def test_who_has_a_number_that_no_node_has_is_not_heard(sender: int) -> None:
    assert READER.read(packet(1, b"need water", sender, rx_rssi=-80)) is None


def test_relays_that_a_packet_claims_count_as_usual_at_most_and_its_size_as_the_largest_there_is() -> None:
    theirs = mesh_pb2.MeshPacket(**{"from": OTHER}, encrypted=bytes(400), rx_rssi=-80, hop_limit=7)  # type: ignore[arg-type]

    assert READER.read(theirs) == PacketOverheard(255, 3)


def test_a_key_that_came_by_the_internet_alone_proves_nothing() -> None:
    willing = PacketReader(OWN, 256, answer_mqtt=True, name_of=str, places={})
    keyed = packet(1, b"hi", public_key=b"k" * 32, pki_encrypted=True, via_mqtt=True)
    by_internet = willing.read(keyed)
    keyed.rx_rssi = -80
    by_radio = willing.read(keyed)

    assert isinstance(by_internet, TextHeard)
    assert isinstance(by_radio, TextHeard)
    assert (by_internet.sender_key, by_radio.sender_key) == (None, b"k" * 32)


def test_only_our_own_node_tells_how_busy_our_air_is() -> None:
    metrics = telemetry_pb2.DeviceMetrics(channel_utilization=12.5)
    payload = telemetry_pb2.Telemetry(device_metrics=metrics).SerializeToString()

    assert READER.read(packet(portnums_pb2.TELEMETRY_APP, payload, sender=OWN)) == ChannelUse(0.125)
    assert READER.read(packet(portnums_pb2.TELEMETRY_APP, payload)) is None


@pytest.mark.parametrize(("percent", "share"), [(-1.0, 0.0), (250.0, 1.0), (math.nan, 0.0), (math.inf, 1.0)])
def test_a_nonsense_share_stays_between_none_and_all(percent: float, share: float) -> None:
    assert share == share_of(percent)


@given(st.binary(max_size=64), st.sampled_from([1, 5, 67, 256, 300]), st.sampled_from([OWN, OTHER]))
def test_any_payload_on_any_port_gives_a_value_or_none(payload: bytes, port: int, sender: NodeNumber) -> None:
    READER.read(packet(port, payload, sender))
