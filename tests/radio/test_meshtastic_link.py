"""The link against scripted nodes, through the real client."""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from meshtastic.protobuf import mesh_pb2, portnums_pb2

from meshboard.link import MAX_FRAME_BYTES, LinkState, NodeNumber
from meshboard.radio.link_config import LinkConfig, LinkTiming
from meshboard.radio.troubles import FOUGHT_OVER, SILENT
from tests.support.radios.listening import (
    AT_ONCE_S,
    KITCHEN,
    QUICK,
    SLOW,
    SOON_DEAD,
    eventually,
    opened,
    radio_threads,
    ready,
    up,
)
from tests.support.radios.tape import TapeNode, queue_status, recorded_handshake, with_channel


@asynccontextmanager
async def playing(channel: str = "Kitchen", version: str = "v2.8.0") -> AsyncIterator[TapeNode]:
    said = recorded_handshake(version)
    with_channel(said, channel)
    node = TapeNode(said, on_packet=lambda packet: [queue_status(packet.id)])
    await node.start()
    try:
        yield node
    finally:
        await node.stop()


def config_for(node: TapeNode, timing: LinkTiming = QUICK) -> LinkConfig:
    return LinkConfig(node.address, (KITCHEN,), timing=timing)


async def test_a_frame_goes_on_the_circles_channel_and_port_with_its_hop_limit() -> None:
    async with playing() as node, opened(config_for(node)) as (link, ears):
        await ready(link, ears)
        link.send_frame(b"frame", hop_limit=0)
        await eventually(lambda: bool(node.packets()) and link.ready_for_frame())

        sent = node.packets()[0]
        assert (sent.to, sent.channel, sent.hop_limit, sent.want_ack) == (0xFFFFFFFF, 1, 0, False)
        assert (sent.decoded.portnum, sent.decoded.payload) == (256, b"frame")


async def test_a_text_goes_to_one_node_and_asks_for_an_acknowledgement() -> None:
    async with playing() as node, opened(config_for(node)) as (link, ears):
        await up(link, ears)
        link.send_text("¿qué tal?", NodeNumber(0x22))
        await eventually(lambda: bool(node.packets()))

        sent = node.packets()[0]
        assert (sent.to, sent.want_ack, sent.hop_limit) == (0x22, True, 3)
        assert link.status.hop_limit == sent.hop_limit
        assert (sent.decoded.portnum, sent.decoded.payload.decode()) == (
            portnums_pb2.TEXT_MESSAGE_APP,
            "¿qué tal?",
        )


async def test_texts_keep_their_distance_and_frames_do_not_wait_for_them() -> None:
    spaced = replace(QUICK, text_spacing_s=0.4)
    arrivals: list[tuple[float, int]] = []

    def note(packet: mesh_pb2.MeshPacket) -> list[mesh_pb2.FromRadio]:
        arrivals.append((time.monotonic(), packet.decoded.portnum))
        return [queue_status(packet.id)]

    async with playing() as node, opened(config_for(node, spaced)) as (link, ears):
        node.on_packet = note
        await ready(link, ears)
        for word in ("one", "two", "three"):
            link.send_text(word, NodeNumber(5))
        link.send_frame(b"frame", 0)
        await eventually(lambda: len(arrivals) == 4)

        times = [at for at, port in arrivals if port == portnums_pb2.TEXT_MESSAGE_APP]
        assert all(later - earlier >= 0.39 for earlier, later in pairwise(times))
        assert [port for _, port in arrivals].index(256) <= 1


async def test_no_frame_is_taken_while_the_nodes_queue_is_full() -> None:
    async with playing() as node, opened(config_for(node)) as (link, ears):
        await ready(link, ears)
        node.on_packet, node.room = lambda packet: [queue_status(packet.id, free=0)], 0
        link.send_frame(b"one", 0)
        await eventually(lambda: link.status.queue_free == 0 and not link.ready_for_frame())
        link.send_frame(b"two", 0)
        node.room = 16
        await ready(link, ears)  # a heartbeat's answer says that there is room again

        assert ears.refusals() == ["the node's queue is full"]
        assert len(node.packets()) == 1


async def test_only_two_frames_are_on_their_way_to_the_node_at_once() -> None:
    async with playing() as node, opened(config_for(node)) as (link, ears):
        await ready(link, ears)
        await eventually(lambda: link.status.queue_free > 2)
        node.on_packet = lambda _: []
        link.send_frame(b"one", 0)
        link.send_frame(b"two", 0)

        assert not link.ready_for_frame()


async def test_a_full_queue_is_told_once_in_words() -> None:
    async with playing() as node, opened(config_for(node)) as (link, ears):
        await ready(link, ears)
        node.on_packet = lambda packet: [
            queue_status(packet.id, free=0, res=32),
            queue_status(packet.id, res=32),
        ]
        link.send_frame(b"one", 0)
        await ears.until(lambda: bool(ears.refusals()))
        await ready(link, ears)

        assert ears.refusals() == ["the node's queue is full"]


async def test_a_node_without_region_says_so_when_it_refuses() -> None:
    async with playing() as node, opened(config_for(node)) as (link, ears):
        await ready(link, ears)
        node.on_packet = lambda packet: [queue_status(packet.id, free=16, res=34)]
        link.send_frame(b"one", 0)
        await ears.until(lambda: bool(ears.refusals()))

        assert "region" in ears.refusals()[0]


async def test_a_frame_too_large_never_reaches_the_node() -> None:
    async with playing() as node, opened(config_for(node)) as (link, ears):
        await ready(link, ears)
        link.send_frame(b"x" * (MAX_FRAME_BYTES + 1), 0)
        link.send_text("x" * 201, NodeNumber(5))
        await ears.until(lambda: len(ears.refusals()) == 2)

        assert node.packets() == []


async def test_what_is_sent_while_disconnected_is_refused() -> None:
    async with opened(LinkConfig(f"tcp://127.0.0.1:{_free_port()}", (KITCHEN,), timing=QUICK)) as (
        link,
        ears,
    ):
        link.send_frame(b"frame", 0)
        link.send_text("text", NodeNumber(5))
        await ears.until(lambda: len(ears.refusals()) == 2)

        assert ears.refusals() == [
            "the radio is not connected",
            "this station could not deliver the text to !00000005: the radio is not connected",
        ]


async def test_a_missing_channel_is_said_and_noticed_when_it_comes() -> None:
    watchful = replace(QUICK, reread_when_amiss_s=0.2)
    async with playing("Other") as node, opened(config_for(node, watchful)) as (link, ears):
        await up(link, ears)
        assert "no channel “Kitchen”; add it with `meshboard radio setup`" in link.status.detail
        with_channel(node.said, "Kitchen")
        await ready(link, ears)

        assert link.status.detail == ""
        assert node.connections == 1


async def test_a_channel_that_moved_is_found_again_after_a_refusal() -> None:
    async with playing() as node, opened(config_for(node)) as (link, ears):
        await ready(link, ears)
        node.on_packet = lambda packet: [queue_status(packet.id, free=16, res=6)]
        with_channel(node.said, "Other")
        link.send_frame(b"frame", 0)
        await ears.until(lambda: "no channel" in link.status.detail)

        assert not link.ready_for_frame()


async def test_a_node_that_falls_silent_is_noticed_and_found_again(capfd: pytest.CaptureFixture[str]) -> None:
    async with playing() as node, opened(config_for(node, SOON_DEAD)) as (link, ears):
        await up(link, ears)
        node.deaf = True
        await ears.until(lambda: SILENT in ears.details())
        node.deaf = False
        await ready(link, ears)

        assert LinkState.LOST in ears.states()
    assert capfd.readouterr() == ("", "")


async def test_a_node_unplugged_and_plugged_in_again_is_found(capfd: pytest.CaptureFixture[str]) -> None:
    async with playing() as node, opened(config_for(node)) as (link, ears):
        await up(link, ears)
        await node.stop()
        await ears.until(lambda: "Nothing answers" in link.status.detail)
        await node.start()
        await ready(link, ears)

        assert link.status.detail == ""
    assert capfd.readouterr() == ("", "")


async def test_two_programs_on_one_node_are_told_of_each_other() -> None:
    async with (
        playing() as node,
        opened(config_for(node)) as (_, ears),
        opened(config_for(node)) as (_, rival_ears),
    ):
        await ears.until(lambda: FOUGHT_OVER in ears.details())
        await rival_ears.until(lambda: FOUGHT_OVER in rival_ears.details())


async def test_one_passer_by_is_not_called_a_rival() -> None:
    async with playing() as node, opened(config_for(node)) as (link, ears):
        await up(link, ears)
        _, passer_by = await asyncio.open_connection("127.0.0.1", node.port)
        await ears.until(lambda: LinkState.LOST in ears.states())
        await up(link, ears)
        passer_by.close()

        assert FOUGHT_OVER not in ears.details()


async def test_garbage_from_the_node_is_survived_in_silence(capfd: pytest.CaptureFixture[str]) -> None:
    async with playing() as node, opened(config_for(node)) as (link, ears):
        await ready(link, ears)
        nobody = mesh_pb2.FromRadio()
        nobody.packet.decoded.portnum = portnums_pb2.PRIVATE_APP
        broken_routing = mesh_pb2.FromRadio()
        setattr(broken_routing.packet, "from", 5)
        broken_routing.packet.decoded.portnum = portnums_pb2.ROUTING_APP
        broken_routing.packet.decoded.payload = b"\xff\xff\xff"
        frame = mesh_pb2.FromRadio()
        setattr(frame.packet, "from", 5)
        frame.packet.decoded.portnum = portnums_pb2.PRIVATE_APP
        frame.packet.decoded.payload = b"after all that"
        for message in (nobody, broken_routing):
            node.say(message)
        for writer in node._writers:
            writer.write(b"\x94\xc3\x00\x05\xff\xff\xff\xff\xff" + b"junk \x94\xc3\xff\xff" + b"\x94\x00")
        node.say(frame)
        await ears.until(lambda: bool(ears.frames()))

        assert [heard.payload for heard in ears.frames()] == [b"after all that"]
        assert ears.states() == [LinkState.UP]
    assert capfd.readouterr() == ("", "")


async def test_stopping_says_goodbye_and_leaves_no_thread(capfd: pytest.CaptureFixture[str]) -> None:
    async with playing() as node, opened(config_for(node)) as (link, ears):
        await ready(link, ears)
        link.send_frame(b"last words", 0)
        await link.stop()
        await eventually(lambda: any(message.disconnect for message in node.received))

        assert [packet.decoded.payload for packet in node.packets()] == [b"last words"]
        assert radio_threads() == []
        assert link.status.state is LinkState.ABSENT
    assert capfd.readouterr() == ("", "")


async def test_stopping_takes_no_longer_when_the_node_is_dead() -> None:
    async with playing() as node, opened(config_for(node, SLOW)) as (link, ears):
        await up(link, ears)
        node.deaf = True
        await _stops_at_once(link.stop())


async def test_stopping_in_the_middle_of_a_handshake_does_not_wait_for_it() -> None:
    async with playing() as node, opened(config_for(node, SLOW)) as (link, _):
        node.deaf = True
        await eventually(lambda: bool(node.received))
        await _stops_at_once(link.stop())


async def test_stopping_between_two_attempts_does_not_wait_for_the_next() -> None:
    config = LinkConfig(f"tcp://127.0.0.1:{_free_port()}", (KITCHEN,), timing=SLOW)
    async with opened(config) as (link, ears):
        await ears.until(lambda: "Nothing answers" in link.status.detail)
        await _stops_at_once(link.stop())


async def test_stopping_while_a_connection_hangs_does_not_wait_for_it() -> None:
    with _full_listener() as port:
        async with opened(LinkConfig(f"tcp://127.0.0.1:{port}", (KITCHEN,), timing=SLOW)) as (link, _):
            await asyncio.sleep(0.05)  # the connect hangs from here on; nothing tells when it has begun
            await _stops_at_once(link.stop())


async def test_a_connection_that_hangs_is_given_up_in_words() -> None:
    with _full_listener() as port:
        config = LinkConfig(f"tcp://127.0.0.1:{port}", (KITCHEN,), timing=replace(QUICK, connect_s=0.2))
        async with opened(config) as (link, ears):
            await ears.until(lambda: "does not answer; check that the node is on" in link.status.detail)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("tcp://no-such-host.invalid", "is not known on this network"),
        ("/dev/ttyACM987", "There is no /dev/ttyACM987; plug the node in"),
        ("/dev/null", "/dev/null is not a serial port"),
    ],
)
async def test_what_cannot_be_reached_is_said_and_tried_again(
    address: str, words: str, capfd: pytest.CaptureFixture[str]
) -> None:
    async with opened(LinkConfig(address, (KITCHEN,), timing=QUICK)) as (link, ears):
        await ears.until(lambda: words in link.status.detail)

        assert link.status.state is LinkState.CONNECTING
    assert capfd.readouterr() == ("", "")


async def test_a_file_that_is_no_port_is_said(tmp_path: Path) -> None:
    file = tmp_path / "radio"
    file.write_text("")
    async with opened(LinkConfig(f"serial://{file}", (KITCHEN,), timing=QUICK)) as (link, ears):
        await ears.until(lambda: "is not a serial port" in link.status.detail)


async def _stops_at_once(stopping: Coroutine[None, None, None]) -> None:
    async with asyncio.timeout(AT_ONCE_S):
        await stopping
    assert radio_threads() == []


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def _full_listener() -> Iterator[int]:
    """Listen with a backlog that is full, so that further connections hang."""
    with socket.socket() as listener, contextlib.ExitStack() as stack:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]
