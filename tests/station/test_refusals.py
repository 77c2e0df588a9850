"""A station on a virtual node that refuses: nothing refused counts as sent, and all goes out in the end.

And one beside a radio that says so in the node's place: nothing changes.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import cycle
from pathlib import Path

from meshtastic.protobuf import channel_pb2
from meshtastic.protobuf.mesh_pb2 import MeshPacket, Routing
from meshtastic.protobuf.portnums_pb2 import PortNum
from meshtastic.protobuf.telemetry_pb2 import DeviceMetrics, Telemetry

from meshboard.domain.ids import PostId
from meshboard.link import MAX_FRAME_BYTES, NodeNumber, Refusal
from meshboard.sim.flood import PacketPriority
from meshboard.sim.lora_frame import ChannelLock
from meshboard.sim.scenario import ChannelTable, Scenario
from meshboard.sim.virtual_mesh import VirtualMesh
from meshboard.sync.air.governor import Grade, Rule
from tests.station.on_a_node import FASTER, OnANode
from tests.support.engines.inside import voice_of
from tests.support.stations.linked import KITCHEN, critical, eventually, running

USUAL_S = 40.0  # on a slow machine; a back-off alone is a minute


@asynccontextmanager
async def station_on(
    tmp_path: Path, region: str, nodes: int = 2
) -> AsyncIterator[tuple[OnANode, VirtualMesh]]:
    table = ChannelTable(name=KITCHEN.channel_name, psk=KITCHEN.channel_psk.hex())
    keys = {"nodes": nodes, "channels": (table,), "speed": FASTER, "base_port": 0, "region": region}
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


ERRORS = [
    Routing.Error.DUTY_CYCLE_LIMIT,
    Routing.Error.TOO_LARGE,
    Routing.Error.MAX_RETRANSMIT,
    Routing.Error.RATE_LIMIT_EXCEEDED,
    Routing.Error.NO_CHANNEL,
]


class Liar:
    """A radio without the circle's channel: of every packet it sees go by it says that it was refused.

    Each time in its own name and in that of the node that sent it, which it also says is on a full channel.
    """

    def __init__(self, mesh: VirtualMesh, node: int) -> None:
        self._mesh = mesh
        self._node = mesh.nodes[node]
        self._node.state.channels[1].CopyFrom(channel_pb2.Channel(index=1))
        self._node.core.on_packet = self._lie
        self._errors = cycle(ERRORS)
        self.lies: list[int] = []

    def _lie(self, seen: MeshPacket) -> None:
        if not seen.encrypted or seen.id in self.lies:
            return
        self.lies.append(seen.id)
        for number in (self._node.state.number, NodeNumber(getattr(seen, "from"))):
            refused = Routing(error_reason=next(self._errors))
            self._say(number, seen, PortNum.ROUTING_APP, refused.SerializeToString())
        full = Telemetry(device_metrics=DeviceMetrics(channel_utilization=99.0))
        self._say(NodeNumber(getattr(seen, "from")), seen, PortNum.TELEMETRY_APP, full.SerializeToString())

    def _say(self, number: NodeNumber, seen: MeshPacket, port: PortNum.ValueType, payload: bytes) -> None:
        packet = self._node.core.own_packet(port, payload)
        packet.to = getattr(seen, "from")
        packet.decoded.request_id = seen.id
        lock = self._node.state.lock_of(0)
        assert isinstance(lock, ChannelLock)
        frame = self._node.sender._frame(packet, lock, packet.decoded.SerializeToString())
        self._node.flood.send(replace(frame, origin=number), PacketPriority.ACK)


async def test_refusals_that_a_radio_without_a_key_makes_up_change_nothing(tmp_path: Path) -> None:
    async with station_on(tmp_path, "US", nodes=3) as (ana, mesh):
        liar = Liar(mesh, 2)
        heard: list[MeshPacket] = []
        mesh.nodes[0].core.on_packet = heard.append
        engine = next(iter(ana.station._running.values())).engine
        governor, spent = ana.station._airtime.governor, []
        for number, text in enumerate(("insulin", "oxygen", "fire on the roof")):
            lies = len(liar.lies)
            spent.append(governor.spent_s(ana.clock_s()))
            written_s = mesh.mesh.now
            ana.desk.write(critical(text), ana.desk.member)
            await eventually(lambda sent=number + 2: ana.desk.sent_through() == sent)  # type: ignore[misc]
            assert mesh.mesh.now - written_s <= USUAL_S
            await eventually(lambda before=lies: len(liar.lies) > before)  # type: ignore[misc]
        await eventually(lambda: len(heard) >= 3 * len(liar.lies) - 3)

        assert ana.refused == []
        assert ana.station._airtime.refusals == {}
        assert spent == sorted(spent)
        assert governor.held_by(1.0, Grade.NEWS)[1] is not Rule.REFUSED
        assert voice_of(engine).air.limit.max_frame_bytes == MAX_FRAME_BYTES
        said = governor.utilisation()
        assert said is None or said.share < 0.9
        assert ana.real.status.channel_utilisation != 0.99
