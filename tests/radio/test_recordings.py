"""What real nodes said, played to our link through the real client."""

import asyncio
import base64
from contextlib import AsyncExitStack

import pytest

from meshboard.link import FrameHeard, NodeNumber
from meshboard.radio.link_config import LinkConfig
from tests.support.radios.listening import KITCHEN, PATIENCE_S, QUICK, eventually, opened, ready, up
from tests.support.radios.tape import (
    OWN_NUMBER,
    VERSIONS,
    Line,
    TapeNode,
    as_node,
    is_handshake_part,
    read_recording,
    recorded_handshake,
    recording_names,
    with_channel,
)


def node_on_tape(version: str, name: str, client: str = "A") -> TapeNode:
    lines = [line for line in read_recording(version, name) if line.client == client]
    said = recorded_handshake(version)
    with_channel(said, "Kitchen")
    as_node(said, _number_in(lines) or OWN_NUMBER[version])
    return TapeNode(said, lines)


def _number_in(lines: list[Line]) -> int | None:
    marks = [line.note.split("this node: !")[1] for line in lines if "this node: !" in line.note]
    return int(marks[0].rstrip(")"), 16) if marks else None


def config_for(node: TapeNode, port_number: int = 256) -> LinkConfig:
    return LinkConfig(node.address, port_number=port_number, channels=(KITCHEN,), timing=QUICK)


def _listened_to(version: str) -> list[tuple[str, str]]:
    """Name each recording and each of its clients that heard something after a handshake."""
    pairs = {
        (name, line.client)
        for name in recording_names(version)
        for line in read_recording(version, name)
        if line.direction == "from_radio" and not is_handshake_part(line)
    }
    return sorted(pairs)


def _expected(lines: list[Line], port: str = "PRIVATE_APP") -> list[bytes]:
    packets = [line.json.get("packet", {}) for line in lines if line.direction == "from_radio"]
    decoded = [packet.get("decoded", {}) for packet in packets]
    return [
        base64.b64decode(one["payload"])
        for one in decoded
        if one.get("portnum") == port and "emoji" not in one
    ]


@pytest.mark.parametrize("version", VERSIONS)
async def test_every_recording_gives_its_frames_and_texts_to_its_own_link_and_nothing_else(
    version: str,
) -> None:
    async with AsyncExitStack() as stack, asyncio.TaskGroup() as plays:
        for name, client in _listened_to(version):
            plays.create_task(_play_passively(stack, version, name, client))


async def _play_passively(stack: AsyncExitStack, version: str, name: str, client: str) -> None:
    node = node_on_tape(version, name, client)
    lines = [line for line in node.script if line.direction != "to_radio"]
    node.script = list(lines)
    await node.start()
    stack.push_async_callback(node.stop)
    async with opened(config_for(node)) as (link, ears):
        await asyncio.wait_for(node.played.wait(), PATIENCE_S)
        frames, texts = _expected(lines), _expected(lines, "TEXT_MESSAGE_APP")
        await ears.until(lambda: len(ears.frames()) >= len(frames) and len(ears.texts()) >= len(texts))
        await up(link, ears)

        situation = f"{version} {name} {client}"
        assert (situation, frames) == (situation, [frame.payload for frame in ears.frames()])
        assert (situation, texts) == (situation, [text.text.encode() for text in ears.texts()])
        assert (situation, []) == (situation, ears.refusals())


@pytest.mark.parametrize("version", VERSIONS)
async def test_the_handshake_tells_node_name_firmware_and_channel(version: str) -> None:
    node = node_on_tape(version, "handshake")
    await node.start()
    async with opened(config_for(node)) as (link, ears):
        await up(link, ears)

        assert link.status.node == OWN_NUMBER[version]
        assert link.status.node_name == "Held node 1"
        assert link.status.firmware.startswith(version[1:])
        assert link.status.detail == ""
        assert link.ready_for_frame()
    await node.stop()


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_factory_fresh_node_is_said_to_lack_channel_then_region(version: str) -> None:
    node = TapeNode(recorded_handshake(version, "handshake_factory_fresh"))
    await node.start()
    async with opened(config_for(node)) as (link, ears):
        await up(link, ears)
        assert "no channel “Kitchen”" in link.status.detail
        assert not link.ready_for_frame()
    with_channel(node.said, "Kitchen")
    async with opened(config_for(node)) as (link, ears):
        await up(link, ears)
        assert "no region" in link.status.detail
    await node.stop()


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("port", [287, 300])
async def test_ports_without_a_name_are_heard(version: str, port: int) -> None:
    node = node_on_tape(version, "receive_broadcast_direct")
    node.script = [line for line in node.script if line.direction != "to_radio"]
    await node.start()
    async with opened(config_for(node, port)) as (_, ears):
        await ears.until(lambda: bool(ears.frames()))

        assert [f"port {port}".encode()] == [frame.payload for frame in ears.frames()]
    await node.stop()


@pytest.mark.parametrize("version", VERSIONS)
async def test_hops_and_signal_are_told_also_when_the_limits_are_absent(version: str) -> None:
    node = node_on_tape(version, "receive_broadcast_direct")
    node.script = [line for line in node.script if line.direction != "to_radio"]
    sender = next(line.json["packet"]["from"] for line in node.script if "packet" in line.json)
    await node.start()
    async with opened(config_for(node)) as (_, ears):
        await ears.until(lambda: len(ears.frames()) >= 6)

        sent_with_hop_limit_0 = ears.frames()[2]
        assert sent_with_hop_limit_0 == FrameHeard(
            b"hop limit 0", NodeNumber(sender), hops=0, snr_db=6.25, channel=None
        )
        assert {0} == {frame.hops for frame in ears.frames()}
    await node.stop()


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_relayed_packet_passed_one_relay(version: str) -> None:
    node = node_on_tape(version, "receive_broadcast_one_relay")
    node.script = [line for line in node.script if line.direction != "to_radio"]
    await node.start()
    async with opened(config_for(node)) as (_, ears):
        await ears.until(lambda: len(ears.frames()) >= 3)

        assert ears.frames()[0].hops == 1
    await node.stop()


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_direct_text_brings_the_senders_key_a_channel_text_does_not(version: str) -> None:
    direct = node_on_tape(version, "dm_reachable", "B")
    direct.script = [line for line in direct.script if line.direction != "to_radio"]
    public = node_on_tape(version, "receive_channels")
    public.script = [line for line in public.script if line.direction != "to_radio"]
    key = next(
        base64.b64decode(line.json["packet"]["public_key"])
        for line in direct.script
        if "public_key" in line.json.get("packet", {})
    )
    await direct.start()
    await public.start()
    async with opened(config_for(direct)) as (_, direct_ears), opened(config_for(public)) as (_, public_ears):
        await direct_ears.until(lambda: bool(direct_ears.texts()))
        await public_ears.until(lambda: bool(public_ears.texts()))

        text = direct_ears.texts()[0]
        assert (text.direct, text.sender_key, text.sender) == (True, key, OWN_NUMBER[version])
        assert (public_ears.texts()[0].direct, public_ears.texts()[0].sender_key) == (False, None)
    await direct.stop()
    await public.stop()


@pytest.mark.parametrize("version", VERSIONS)
async def test_the_senders_name_is_the_one_our_node_knows(version: str) -> None:
    node = node_on_tape(version, "receive_channels")
    node.script = [line for line in node.script if line.direction != "to_radio"]
    await node.start()
    async with opened(config_for(node)) as (_, ears):
        await ears.until(lambda: bool(ears.texts()))

        assert ears.texts()[0].sender_name == "Held node 2"
    await node.stop()


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_tapback_is_not_a_text(version: str) -> None:
    node = node_on_tape(version, "text_reply_tapback")
    node.script = [line for line in node.script if line.direction != "to_radio"]
    assert any("emoji" in line.json.get("packet", {}).get("decoded", {}) for line in node.script)
    await node.start()
    async with opened(config_for(node)) as (_, ears):
        await asyncio.wait_for(node.played.wait(), PATIENCE_S)
        await ears.until(lambda: bool(ears.texts()))

        assert len(ears.texts()) == 1
    await node.stop()


@pytest.mark.parametrize("version", VERSIONS)
async def test_own_telemetry_tells_how_busy_the_air_is_and_that_of_others_does_not(version: str) -> None:
    node = node_on_tape(
        version,
        "admin_write" if version == "v2.8.0" else "receive_channels",
        "C" if version == "v2.7.26" else "A",
    )
    node.script = [line for line in node.script if line.direction != "to_radio" and "closed" not in line.note]
    percent = [
        line.payload["device_metrics"]["channel_utilization"]
        for line in node.script
        if "channel_utilization" in line.payload.get("device_metrics", {})
    ]
    await node.start()
    async with opened(config_for(node)) as (link, ears):
        await ears.until(
            lambda: link.status.channel_utilisation == pytest.approx(percent[-1] / 100, abs=1e-4)
        )
    await node.stop()


async def test_old_telemetry_of_others_replayed_after_a_reboot_changes_nothing() -> None:
    node = node_on_tape("v2.8.0", "reboot")
    lines = [line for line in node.script if line.direction == "from_radio"]
    own = OWN_NUMBER["v2.8.0"]
    node.script = [line for line in lines if line.json.get("packet", {}).get("from", own) != own]
    assert node.script
    await node.start()
    async with opened(config_for(node)) as (link, ears):
        await asyncio.wait_for(node.played.wait(), PATIENCE_S)
        await ready(link, ears)

        assert link.status.channel_utilisation is None
        assert ears.frames() + ears.texts() == []
    await node.stop()


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_reboot_is_survived(version: str) -> None:
    node = node_on_tape(version, "reboot")
    node.script = [line for line in node.script if line.direction != "to_radio"]
    await node.start()
    async with opened(config_for(node)) as (link, ears):
        await eventually(lambda: node.connections == 2)
        await ready(link, ears)
    await node.stop()


async def _refused_text(version: str, name: str) -> list[str]:
    """Send one text where the recording has its first packet; return what was refused."""
    node = node_on_tape(version, name)
    await node.start()
    async with opened(config_for(node)) as (link, ears):
        await up(link, ears)
        link.send_text("hello", NodeNumber(5))
        await ears.until(lambda: bool(ears.refusals()))
    await node.stop()
    return ears.refusals()


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_receiver_with_unknown_key_is_refused_once_in_words(version: str) -> None:
    refusals = await _refused_text(version, "dm_unknown_key")

    assert refusals == [
        "our node could not deliver the text to !00000005: "
        "our node does not know the receiver's key until it announces itself"
    ]


@pytest.mark.parametrize("version", VERSIONS)
async def test_an_unreachable_receiver_is_told(version: str) -> None:
    refusals = await _refused_text(version, "dm_unreachable")

    assert len(refusals) == 1
    assert "did not confirm after three attempts" in refusals[0]


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_packet_too_large_for_the_node_is_refused_in_words(version: str) -> None:
    node = node_on_tape(version, "sizes")
    await node.start()
    async with opened(config_for(node)) as (link, ears):
        while not ears.refusals():
            await ready(link, ears)
            link.send_frame(b"x" * 231, hop_limit=3)
            await ears.until(lambda: link.ready_for_frame() or bool(ears.refusals()))

        assert ears.refusals()[0] == "the message is too large for one packet"
    await node.stop()
