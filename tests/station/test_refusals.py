"""A station on a virtual node that refuses: nothing refused counts as sent, and all goes out in the end."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from meshboard.domain.ids import PostId
from meshboard.domain.timekeeping import CommonClock
from meshboard.link import Channel, LinkEvent, Refusal, SendRefused
from meshboard.radio.factory import open_link
from meshboard.radio.link_config import LinkConfig
from meshboard.sim.scenario import ChannelTable, Scenario
from meshboard.sim.virtual_mesh import VirtualMesh
from tests.radio.listening import QUICK
from tests.station.linked import KITCHEN, Air, Linked, eventually, running
from tests.station.test_running import critical

FASTER = 30.0  # times: a back-off of a minute is over in two seconds


class FastClock:
    """A machine on which time runs as fast as on its mesh."""

    def monotonic_s(self) -> float:
        return time.monotonic() * FASTER

    def wall_s(self) -> int | None:
        return int(time.time())


class OnANode(Linked):
    """A station behind a virtual node, through the real client; it counts what the node refused."""

    def __init__(self, home: Path, mesh: VirtualMesh) -> None:
        super().__init__(home, "Ana", Air())
        host, port = mesh.addresses[0]
        channels = (Channel(KITCHEN.channel_name, KITCHEN.channel_psk),)
        self.real = open_link(LinkConfig(f"tcp://{host}:{port}", channels, timing=QUICK))
        self.refused: list[Refusal] = []
        station = self.station
        station._clock = CommonClock(FastClock())
        station._parts = type(station._parts)(lambda _circles: self.real, station._parts.engine)
        take = station._on_link_event

        def note(event: LinkEvent) -> None:
            if isinstance(event, SendRefused) and event.frame is not None:
                self.refused.append(event.why)
            take(event)

        station._on_link_event = note  # type: ignore[method-assign]


@asynccontextmanager
async def station_on(tmp_path: Path, region: str) -> AsyncIterator[tuple[OnANode, VirtualMesh]]:
    table = ChannelTable(name=KITCHEN.channel_name, psk=KITCHEN.channel_psk.hex())
    keys = {"nodes": 2, "channels": (table,), "speed": FASTER, "base_port": 0, "region": region}
    mesh = VirtualMesh(Scenario.model_validate(keys))
    await mesh.start()
    ana = OnANode(tmp_path, mesh)
    try:
        async with running(ana):
            await eventually(lambda: ana.desk.sent_through() == 1)
            yield ana, mesh
    finally:
        await mesh.stop()


async def test_a_post_the_node_has_no_airtime_for_goes_out_when_it_has(tmp_path: Path) -> None:
    async with station_on(tmp_path, "EU_868") as (ana, mesh):
        node = mesh.nodes[0]
        node.radio._own.add(mesh.mesh.now, 400.0)
        post = PostId(ana.desk.write(critical("insulin"), ana.desk.member).entry.id)
        await eventually(lambda: Refusal.HOUR_SPENT in ana.refused)
        await eventually(
            lambda: ana.desk.sent_through() < 2
        )  # the introduction may still have been on its way
        assert not ana.board().post(post).is_sent

        node.radio._own._spans.clear()
        await eventually(lambda: ana.desk.sent_through() == 2)
        assert ana.board().post(post).is_sent


async def test_a_post_that_met_a_full_queue_goes_out_when_there_is_room(tmp_path: Path) -> None:
    async with station_on(tmp_path, "US") as (ana, mesh):
        flood = mesh.nodes[0].flood
        send, flood.send = flood.send, lambda _frame, _priority: False  # type: ignore[method-assign,assignment]
        ana.desk.write(critical("insulin"), ana.desk.member)
        await eventually(lambda: Refusal.QUEUE_FULL in ana.refused)
        await eventually(
            lambda: ana.desk.sent_through() < 2
        )  # the introduction may still have been on its way

        flood.send = send  # type: ignore[method-assign]
        await eventually(lambda: ana.desk.sent_through() == 2)
