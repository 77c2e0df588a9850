"""Several circles, each with its channel, over one link: virtual nodes, through the real client."""

import asyncio
import logging
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

import pytest
from meshtastic.protobuf import channel_pb2

from meshboard.link import Channel, LinkState
from meshboard.radio.link_config import LinkConfig
from meshboard.sim.scenario import ChannelTable, NodeTable, Scenario
from meshboard.sim.virtual_mesh import VirtualMesh
from tests.support.radios.listening import (
    AT_ONCE_S,
    QUICK,
    SLOW,
    Ears,
    eventually,
    opened,
    radio_threads,
    ready,
    up,
)
from tests.support.radios.tape import VERSIONS, TapeNode, read_recording, recorded_handshake, with_channel

KITCHEN = Channel("Kitchen", bytes(range(32)))
GARDEN = Channel("Garden", bytes(range(16)))
WATCHFUL = replace(QUICK, reread_when_amiss_s=0.1, reread_s=0.1)
FIRMWARES = pytest.mark.parametrize("firmware", ["2.7", "2.8"])


def on_node(channel: Channel) -> ChannelTable:
    assert channel.key is not None
    return ChannelTable(name=channel.name, psk=channel.key.hex())


@asynccontextmanager
async def nodes_with(*channels: tuple[Channel, ...], firmware: str = "2.7") -> AsyncIterator[VirtualMesh]:
    tables = tuple(
        NodeTable(number=number, channels=tuple(on_node(channel) for channel in held))
        for number, held in enumerate(channels)
    )
    scenario = {"nodes": len(tables), "node": tables, "speed": 20.0, "base_port": 0, "firmware": firmware}
    mesh = VirtualMesh(Scenario.model_validate(scenario))
    await mesh.start()
    try:
        yield mesh
    finally:
        await mesh.stop()


def config_for(mesh: VirtualMesh, node: int, *channels: Channel) -> LinkConfig:
    host, port = mesh.addresses[node]
    return LinkConfig(f"tcp://{host}:{port}", channels, timing=WATCHFUL)


def take_away(mesh: VirtualMesh, node: int, index: int) -> None:
    """Delete a channel as a phone beside us does over Bluetooth: the link is told nothing."""
    mesh.nodes[node].state.channels[index].CopyFrom(channel_pb2.Channel(index=index))


def held_by(mesh: VirtualMesh, node: int) -> list[str]:
    channels = mesh.nodes[node].state.channels
    return [channel.settings.name for channel in channels if channel.role == channel_pb2.Channel.SECONDARY]


def channels_heard(ears: Ears) -> list[tuple[bytes, int | None]]:
    return [(heard.payload, heard.channel) for heard in ears.frames()]


@FIRMWARES
async def test_a_frame_is_heard_at_the_place_its_channel_has_for_the_hearer(firmware: str) -> None:
    async with AsyncExitStack() as stack:
        mesh = await stack.enter_async_context(nodes_with((KITCHEN, GARDEN), (GARDEN, KITCHEN)))
        link, ears = await stack.enter_async_context(opened(config_for(mesh, 0, KITCHEN, GARDEN)))
        other = config_for(mesh, 1, KITCHEN, GARDEN)
        other_link, other_ears = await stack.enter_async_context(opened(other))
        await ready(link, ears)
        await up(other_link, other_ears)
        link.send_frame(b"soup", 0, channel=0)
        await other_ears.until(lambda: len(other_ears.frames()) == 1)
        await ears.until(lambda: link.ready_for_frame(1))
        link.send_frame(b"beans", 0, channel=1)
        await other_ears.until(lambda: len(other_ears.frames()) == 2)

        assert channels_heard(other_ears) == [(b"soup", 0), (b"beans", 1)]
        assert link.status.channels == other_link.status.channels == (True, True)


async def test_a_frame_on_a_channel_that_is_none_of_the_links_is_heard_all_the_same() -> None:
    async with AsyncExitStack() as stack:
        mesh = await stack.enter_async_context(nodes_with((KITCHEN, GARDEN), (KITCHEN, GARDEN)))
        link, ears = await stack.enter_async_context(opened(config_for(mesh, 0, KITCHEN, GARDEN)))
        kitchen_only = config_for(mesh, 1, KITCHEN)
        other_link, other_ears = await stack.enter_async_context(opened(kitchen_only))
        await ready(link, ears)
        await up(other_link, other_ears)
        link.send_frame(b"beans", 0, channel=1)
        await other_ears.until(lambda: bool(other_ears.frames()))

        assert channels_heard(other_ears) == [(b"beans", None)]


@FIRMWARES
async def test_all_missing_channels_are_put_on_the_node_when_their_keys_are_known(firmware: str) -> None:
    async with (
        nodes_with((), firmware=firmware) as mesh,
        opened(config_for(mesh, 0, KITCHEN, GARDEN)) as (link, ears),
    ):
        await ready(link, ears)

        assert held_by(mesh, 0) == ["Kitchen", "Garden"]
        assert (link.status.channels, link.status.detail) == ((True, True), "")


async def test_a_channel_that_is_missing_does_not_stop_the_others() -> None:
    unwritten = replace(GARDEN, key=None)
    async with nodes_with((KITCHEN,), (KITCHEN,)) as mesh, AsyncExitStack() as stack:
        link, ears = await stack.enter_async_context(opened(config_for(mesh, 0, unwritten, KITCHEN)))
        hearer, hearer_ears = await stack.enter_async_context(opened(config_for(mesh, 1, KITCHEN)))
        await up(hearer, hearer_ears)
        await ears.until(lambda: link.ready_for_frame(1))
        link.send_frame(b"beans", 0, channel=0)
        link.send_frame(b"soup", 0, channel=1)
        await hearer_ears.until(lambda: bool(hearer_ears.frames()))

        assert link.status.channels == (False, True)
        assert not link.ready_for_frame(0)
        assert "no channel “Garden”" in link.status.detail
        assert "Kitchen" not in link.status.detail
        assert ["no channel “Garden”" in reason for reason in ears.refusals()] == [True]
        assert channels_heard(hearer_ears) == [(b"soup", 0)]
        assert held_by(mesh, 0) == ["Kitchen"]


async def test_a_channel_with_another_key_is_left_alone_and_the_others_work() -> None:
    strange = replace(GARDEN, key=bytes(16))
    async with (
        nodes_with((KITCHEN, strange)) as mesh,
        opened(config_for(mesh, 0, KITCHEN, GARDEN)) as (link, ears),
    ):
        await ready(link, ears)

        assert link.status.channels == (True, False)
        assert "a channel “Garden” with another key" in link.status.detail
        assert held_by(mesh, 0) == ["Kitchen", "Garden"]


async def test_a_channel_taken_away_by_phone_is_noticed_and_stays_away_while_the_other_goes_on() -> None:
    async with (
        nodes_with((KITCHEN, GARDEN)) as mesh,
        opened(config_for(mesh, 0, KITCHEN, GARDEN)) as (link, ears),
    ):
        await ready(link, ears)
        take_away(mesh, 0, index=1)
        await ears.until(lambda: link.status.channels == (False, True))
        await ears.until(lambda: link.ready_for_frame(1))

        assert not link.ready_for_frame(0)
        assert "no channel “Kitchen”" in link.status.detail
        assert held_by(mesh, 0) == ["Garden"]


async def test_a_channel_that_moved_is_found_at_its_new_index() -> None:
    async with nodes_with((KITCHEN, GARDEN), (GARDEN,)) as mesh, AsyncExitStack() as stack:
        link, ears = await stack.enter_async_context(opened(config_for(mesh, 0, KITCHEN, GARDEN)))
        hearer, hearer_ears = await stack.enter_async_context(opened(config_for(mesh, 1, GARDEN)))
        await up(hearer, hearer_ears)
        await ready(link, ears)
        moved = mesh.nodes[0].state.channels[2]
        mesh.nodes[0].state.channels[1].CopyFrom(
            channel_pb2.Channel(index=1, role=moved.role, settings=moved.settings)
        )
        take_away(mesh, 0, index=2)
        await ears.until(lambda: link.status.channels == (False, True))
        await ears.until(lambda: link.ready_for_frame(1))
        link.send_frame(b"beans", 0, channel=1)
        await hearer_ears.until(lambda: bool(hearer_ears.frames()))

        assert channels_heard(hearer_ears) == [(b"beans", 0)]


@FIRMWARES
async def test_a_full_node_is_said_by_name_and_room_made_later_is_used(firmware: str) -> None:
    others = tuple(Channel(f"c{number}", bytes(16)) for number in range(6))
    async with (
        nodes_with((*others, KITCHEN), firmware=firmware) as mesh,
        opened(config_for(mesh, 0, GARDEN, KITCHEN)) as (link, ears),
    ):
        await ears.until(lambda: link.ready_for_frame(1))
        full = link.status
        take_away(mesh, 0, index=3)
        await ears.until(lambda: link.ready_for_frame(0))

        assert full.channels == (False, True)
        assert "All channels of the node are in use; delete one" in full.detail
        assert "“Garden”" in full.detail
        assert (link.status.channels, link.status.detail) == ((True, True), "")
        assert held_by(mesh, 0) == ["c0", "c1", "Garden", "c3", "c4", "c5", "Kitchen"]


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_real_nodes_frame_is_heard_at_the_place_of_its_channel(version: str) -> None:
    lines = [line for line in read_recording(version, "receive_channels") if line.client == "A"]
    said = recorded_handshake(version)
    with_channel(said, "Kitchen")
    node = TapeNode(said, [line for line in lines if line.direction != "to_radio"])
    await node.start()
    config = LinkConfig(node.address, (replace(GARDEN, key=None), KITCHEN), timing=QUICK)
    async with opened(config) as (_, ears):
        await ears.until(lambda: bool(ears.frames()))

        assert channels_heard(ears) == [(b"on the Kitchen channel", 1)]
    await node.stop()


async def test_no_key_is_told_to_the_journal_or_the_screen(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    secret, shared = Channel("Kitchen", b"k" * 32), Channel("Garden", b"g" * 32)
    held = tuple(Channel(f"c{number}", b"k" * 32) for number in range(5))
    async with (
        nodes_with((*held, Channel("Garden", b"k" * 32))) as mesh,
        opened(config_for(mesh, 0, secret, shared)) as (link, ears),
    ):
        await ready(link, ears)
        await mesh.unplug(0)
        await ears.until(lambda: link.status.state is LinkState.LOST)

        told = caplog.text + repr(ears.events) + repr(config_for(mesh, 0, secret, shared))
        told += "".join(capfd.readouterr())
    assert "with another key" in told
    for key in (b"k" * 32, b"g" * 32):
        # six letters in a row, as text, hexadecimal or base 64, are a key and nothing else
        assert not [form for form in (key.decode(), key.hex(), b64encode(key).decode()) if form[:6] in told]


async def test_stopping_does_not_wait_until_every_channel_is_written() -> None:
    seven = tuple(Channel(f"c{number}", bytes(16)) for number in range(7))
    node = TapeNode(recorded_handshake("v2.7.26"))
    await node.start()
    async with opened(LinkConfig(node.address, seven, timing=SLOW)) as (link, _):
        await eventually(lambda: bool(node.packets()))
        async with asyncio.timeout(AT_ONCE_S):
            await link.stop()

        assert len(node.packets()) < 7
        assert radio_threads() == []
    await node.stop()


async def test_there_is_no_channel_beyond_the_links_list() -> None:
    async with nodes_with((KITCHEN,)) as mesh, opened(config_for(mesh, 0, KITCHEN)) as (link, ears):
        await ready(link, ears)
        link.send_frame(b"frame", 0, channel=1)
        await ears.until(lambda: bool(ears.refusals()))

        assert not link.ready_for_frame(1)
        assert not link.ready_for_frame(-1)


async def test_no_channel_is_there_while_the_node_is_gone() -> None:
    async with nodes_with((KITCHEN, GARDEN)) as mesh:
        async with opened(config_for(mesh, 0, KITCHEN, GARDEN)) as (link, ears):
            assert link.status.channels == (False, False)
            await ready(link, ears)
            await mesh.unplug(0)
            await ears.until(lambda: link.status.channels == (False, False))
            await mesh.plug(0)
            await ears.until(lambda: link.status.channels == (True, True))
        assert len(link.status.channels) == 0
