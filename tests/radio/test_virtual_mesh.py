"""Our links and the virtual nodes, each through the real client, on one simulated mesh."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from meshboard.link import MAX_FRAME_BYTES, Channel, Link, LinkState, LinkStatus, Refusal, SendRefused
from meshboard.radio.channel_setup import ensure_channels
from meshboard.radio.link_config import LinkConfig, LinkTiming
from meshboard.radio.troubles import FOUGHT_OVER
from meshboard.sim.scenario import ChannelTable, Scenario
from meshboard.sim.virtual_mesh import VirtualMesh
from meshboard.sync.air.time_on_air import SIGNED_BYTES
from tests.support.radios.listening import KITCHEN, PATIENCE_S, QUICK, Ears, opened, ready, up

KITCHEN_TABLE = ChannelTable(name="Kitchen", psk=bytes(range(32)).hex())
Connected = tuple[Link, Ears]
FIRMWARES = pytest.mark.parametrize("firmware", ["2.7", "2.8"])


@asynccontextmanager
async def mesh_of(nodes: int, **settings: object) -> AsyncIterator[VirtualMesh]:
    chosen = {"channels": (KITCHEN_TABLE,), "speed": 20.0, "base_port": 0, **settings}
    mesh = VirtualMesh(Scenario.model_validate({"nodes": nodes, **chosen}))
    await mesh.start()
    try:
        yield mesh
    finally:
        await mesh.stop()


def config_for(mesh: VirtualMesh, node: int, timing: LinkTiming = QUICK) -> LinkConfig:
    host, port = mesh.addresses[node]
    return LinkConfig(f"tcp://{host}:{port}", (KITCHEN,), timing=timing)


@asynccontextmanager
async def two_links(
    mesh: VirtualMesh, first: int = 0, second: int = 1
) -> AsyncIterator[tuple[Connected, Connected]]:
    """Connect to two nodes, or twice to one."""
    a, b = config_for(mesh, first), config_for(mesh, second)
    async with opened(a) as link_a, opened(b) as link_b:
        yield link_a, link_b


@FIRMWARES
async def test_two_links_hear_each_others_frames(firmware: str) -> None:
    async with mesh_of(2, firmware=firmware) as mesh, two_links(mesh) as ((a, ears_a), (b, ears_b)):
        await ready(a, ears_a)
        await ready(b, ears_b)
        a.send_frame(b"from a", hop_limit=0)
        b.send_frame(bytes(231), hop_limit=3)
        await ears_a.until(lambda: bool(ears_a.frames()))
        await ears_b.until(lambda: bool(ears_b.frames()))

        assert [(frame.payload, frame.sender, frame.hops) for frame in ears_b.frames()] == [
            (b"from a", mesh.number(0), 0)
        ]
        assert [len(frame.payload) for frame in ears_a.frames()] == [231]
        assert a.status.firmware.startswith(firmware)
        assert a.status.node_name == "Virtual node 0"
        assert ears_a.refusals() + ears_b.refusals() == []


async def test_where_only_signed_packets_pass_the_largest_frame_has_165_bytes() -> None:
    async with mesh_of(2, firmware="2.8", strict=True) as mesh, two_links(mesh) as ((a, ears_a), (b, ears_b)):
        for link, ears in ((a, ears_a), (b, ears_b)):
            await ready(link, ears)
            assert link.status.drops_unsigned
        for size in (SIGNED_BYTES + 1, MAX_FRAME_BYTES, SIGNED_BYTES):
            await ready(a, ears_a)
            a.send_frame(bytes(size), hop_limit=0)
        await ears_b.until(lambda: bool(ears_b.frames()))

        assert [len(frame.payload) for frame in ears_b.frames()] == [SIGNED_BYTES]
        assert ears_a.refusals() == []


@FIRMWARES
async def test_a_node_with_the_usual_policy_is_not_taken_for_a_strict_one(firmware: str) -> None:
    async with mesh_of(1, firmware=firmware) as mesh, opened(config_for(mesh, 0)) as (link, ears):
        await up(link, ears)

        assert not link.status.drops_unsigned


@FIRMWARES
async def test_twenty_frames_sent_as_room_allows_all_arrive_in_order(firmware: str) -> None:
    crowd = mesh_of(2, firmware=firmware, speed=100.0)
    async with crowd as mesh, two_links(mesh) as ((a, ears_a), (b, ears_b)):
        await up(b, ears_b)
        frames = [bytes([number]) * 50 for number in range(20)]
        for frame in frames:
            await ready(a, ears_a)
            a.send_frame(frame, hop_limit=0)
        await ears_b.until(lambda: len(ears_b.frames()) == 20)

        assert frames == [heard.payload for heard in ears_b.frames()]
        assert ears_a.refusals() == []


@FIRMWARES
async def test_a_handheld_and_a_station_text_each_other(firmware: str) -> None:
    async with mesh_of(2, firmware=firmware) as mesh, opened(config_for(mesh, 0)) as (link, ears):
        await up(link, ears)
        person = mesh.handheld(1)
        person.send_text("need water 5 gal", mesh.number(0))
        await ears.until(lambda: bool(ears.texts()))
        link.send_text("posted K7Q2", ears.texts()[0].sender)
        answer = await asyncio.wait_for(person.texts.get(), PATIENCE_S)

        assert (answer.text, answer.direct) == ("posted K7Q2", True)
        text = ears.texts()[0]
        assert (text.text, text.direct, text.sender) == ("need water 5 gal", True, mesh.number(1))
        assert text.sender_name == "Virtual node 1"
        assert text.sender_key is not None
        assert len(text.sender_key) == 32


@pytest.mark.slow
async def test_texts_handed_over_at_once_all_pass_the_nodes_limit_of_two_seconds() -> None:
    async with (
        mesh_of(2, speed=1.0, preset="SHORT_FAST") as mesh,
        opened(config_for(mesh, 0)) as (link, ears),
    ):
        await up(link, ears)
        person = mesh.handheld(1)
        began = time.monotonic()
        for word in ("one", "two", "three"):
            link.send_text(word, mesh.number(1))
        arrived = [(await asyncio.wait_for(person.texts.get(), PATIENCE_S)).text for _ in range(3)]

        assert arrived == ["one", "two", "three"]
        assert time.monotonic() - began >= 2 * 2.1
        assert ears.refusals() == []


@FIRMWARES
async def test_a_receiver_out_of_reach_is_told(firmware: str) -> None:
    async with (
        mesh_of(2, firmware=firmware, speed=100.0) as mesh,
        opened(config_for(mesh, 0)) as (link, ears),
    ):
        await up(link, ears)
        mesh.partition([[0], [1]])
        link.send_text("are you there?", mesh.number(1))
        await ears.until(lambda: bool(ears.refusals()))

        assert "did not confirm" in ears.refusals()[0]
        (refused,) = [event for event in ears.events if isinstance(event, SendRefused)]
        assert (refused.why, refused.frame, refused.text_bytes) == (Refusal.UNANSWERED, None, 14)


@FIRMWARES
async def test_a_link_unplugged_and_plugged_in_again_hears_on(
    firmware: str, capfd: pytest.CaptureFixture[str]
) -> None:
    async with mesh_of(2, firmware=firmware) as mesh, two_links(mesh) as ((a, ears_a), (b, ears_b)):
        await ready(a, ears_a)
        await ready(b, ears_b)
        await mesh.unplug(1)
        await ears_b.until(lambda: b.status.state is LinkState.LOST)
        await mesh.plug(1)
        await ready(b, ears_b)
        a.send_frame(b"after", hop_limit=0)
        await ears_b.until(lambda: bool(ears_b.frames()))
    assert capfd.readouterr() == ("", "")


@FIRMWARES
async def test_a_node_that_restarts_is_found_again(firmware: str) -> None:
    async with mesh_of(1, firmware=firmware) as mesh, opened(config_for(mesh, 0)) as (link, ears):
        await up(link, ears)
        mesh.restart(0)
        await ears.until(lambda: LinkState.LOST in ears.states())
        await ready(link, ears)


async def test_two_stations_on_one_node_are_told_of_each_other() -> None:
    async with mesh_of(1) as mesh, two_links(mesh, 0, 0) as ((_, ears), (_, rival_ears)):
        await ears.until(lambda: FOUGHT_OVER in ears.details())
        await rival_ears.until(lambda: FOUGHT_OVER in rival_ears.details())


@FIRMWARES
async def test_a_missing_channel_is_put_on_the_node_when_the_key_is_configured(firmware: str) -> None:
    async with mesh_of(1, firmware=firmware, channels=()) as mesh:
        host, port = mesh.addresses[0]
        key = bytes(range(32))
        config = LinkConfig(f"tcp://{host}:{port}", (Channel("Kitchen", key),), timing=QUICK)
        async with opened(config) as (link, ears):
            await ready(link, ears)

            assert link.status.detail == ""
        (again,) = await asyncio.to_thread(ensure_channels, config.address, config.channels, QUICK)

        assert (again.index, again.added, again.node_name) == (1, False, "Virtual node 0")


async def test_links_tell_the_state_the_node_is_in() -> None:
    async with mesh_of(1) as mesh, opened(config_for(mesh, 0)) as (link, ears):
        await ready(link, ears)

        status = link.status
        assert isinstance(status, LinkStatus)
        assert (status.state, status.node, status.queue_free > 0) == (LinkState.UP, mesh.number(0), True)
