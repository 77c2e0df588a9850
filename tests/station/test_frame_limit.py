"""A mesh that takes only signed packets: frames of at most 165 bytes, and what is longer is told."""

import random
import string
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from meshboard.config import Settings
from meshboard.domain.entries import PostPublished
from meshboard.domain.posts import Category, PostContent, PostKind, Urgency
from meshboard.errors import LedgerError, RuleError
from meshboard.link import MAX_FRAME_BYTES, LinkChanged, LinkState, LinkStatus
from meshboard.sim.scenario import ChannelTable, Scenario
from meshboard.sim.virtual_mesh import VirtualMesh
from meshboard.station.air.frame_limit import NodePolicy, drops_unsigned, frame_limit
from meshboard.station.board.service import Service
from meshboard.station.circle.desk import Desk
from meshboard.station.home.wiring import build_engine
from meshboard.station.running.parts import Parts
from meshboard.station.running.running import RunningStation
from meshboard.sync.air.governor import Governor, Rule
from meshboard.sync.air.time_on_air import SIGNED_BYTES
from meshboard.sync.engine import Engine
from meshboard.wire.packer import measure_post
from tests.station.beside import Beside
from tests.station.on_a_node import FASTER, OnANode
from tests.support.stations.linked import KITCHEN, Air, Alone, Linked, MemoryLink, eventually, running

STRICT = LinkStatus(LinkState.UP, firmware="2.8.0", channels=(True,), drops_unsigned=True)
LENIENT = LinkStatus(LinkState.UP, firmware="2.8.0", channels=(True,))


def long_post() -> PostContent:
    """Return a post that fits a frame, and none of 165 bytes: letters that no model foresees."""
    chance, text = random.Random(1), ""
    while True:
        content = PostContent(PostKind.NEED, Category.MEDICAL, Urgency.CRITICAL, text or "a")
        if measure_post(content).frame_bytes > SIGNED_BYTES + 20:
            return content
        text += chance.choice(string.ascii_letters + string.digits)


SHORT = PostContent(PostKind.NEED, Category.MEDICAL, Urgency.CRITICAL, "insulin")


class Sizes(MemoryLink):
    """A link that notes how long frames are."""

    def __init__(self, air: Air) -> None:
        super().__init__(air)
        self.sizes: list[int] = []

    def send_frame(self, payload: bytes, hop_limit: int, channel: int = 0) -> None:
        self.sizes.append(len(payload))
        super().send_frame(payload, hop_limit, channel)

    def become(self, status: LinkStatus) -> None:
        self.status = status
        self.hear(LinkChanged(status))


@pytest.fixture
def ana(tmp_path: Path) -> Linked:
    return Linked(tmp_path, "Ana", Air())


def test_what_the_node_tells_holds_until_it_tells_otherwise_also_while_no_station_runs(ana: Linked) -> None:
    policy = NodePolicy(ana.ledger)
    assert policy.remember(STRICT)
    policy.note(STRICT)
    assert not policy.remember(STRICT)
    assert not policy.remember(LinkStatus(LinkState.LOST))
    assert (frame_limit(ana.ledger, 231), frame_limit(ana.ledger, 200)) == (165, 165)

    assert NodePolicy(ana.ledger).remember(LENIENT)
    assert (frame_limit(ana.ledger, 231), frame_limit(ana.ledger, 200)) == (231, 200)
    ana.ledger.close()


@pytest.mark.parametrize("is_strict", [True, False])
def test_what_does_not_fit_is_refused_before_it_is_written(ana: Linked, is_strict: bool) -> None:
    if is_strict:
        NodePolicy(ana.ledger).remember(STRICT)
    configured = MAX_FRAME_BYTES if is_strict else SIGNED_BYTES
    board = Service(Desk(ana.ledger, KITCHEN, ana.clock, configured), Alone())
    seen = board.measure(long_post())
    assert (seen.limit_bytes, seen.over_bytes > 0) == (SIGNED_BYTES, True)

    with pytest.raises(RuleError, match="too long for one radio frame"):
        board.publish(long_post())
    assert board.publish(SHORT).content == SHORT
    ana.ledger.close()


async def test_long_posts_wait_and_are_told_while_the_node_is_strict(
    ana: Linked,
) -> None:
    link = ana.link = Sizes(ana.air)
    async with running(ana):
        link.become(STRICT)
        await eventually(lambda: drops_unsigned(ana.ledger))
        ana.desk.write(PostPublished(long_post()), ana.desk.member)
        ana.desk.write(PostPublished(SHORT), ana.desk.member)
        board = Service(ana.desk, Beside())
        await eventually(lambda: any(one.rule == Rule.TOO_LONG.value for one in board.airtime().waiting))
        await eventually(lambda: bool(link.sizes))
        told = next(one for one in board.airtime().waiting if one.rule == Rule.TOO_LONG.value)
        assert (told.counted, told.wait_s) == ("1 entry that fits no frame", None)
        assert "policy STRICT" in board.status().frame_detail
        assert ana.desk.sent_through() == 1
        assert max(link.sizes) <= SIGNED_BYTES

        link.become(LENIENT)
        await eventually(lambda: ana.desk.sent_through() == 3)
        assert max(link.sizes) > SIGNED_BYTES
        assert board.status().frame_detail == ""


@asynccontextmanager
async def on_a_strict_node(tmp_path: Path) -> AsyncIterator[tuple[OnANode, VirtualMesh]]:
    table = ChannelTable(name=KITCHEN.channel_name, psk=KITCHEN.channel_psk.hex())
    told = {
        "nodes": 2,
        "channels": (table,),
        "speed": FASTER,
        "base_port": 0,
        "firmware": "2.8",
        "strict": True,
    }
    mesh = VirtualMesh(Scenario.model_validate(told))
    await mesh.start()
    ana = OnANode(tmp_path, mesh)
    try:
        async with running(ana):
            yield ana, mesh
    finally:
        await mesh.stop()


async def test_a_stations_node_tells_its_policy_and_that_it_has_another_one(tmp_path: Path) -> None:
    async with on_a_strict_node(tmp_path) as (ana, mesh):
        await eventually(lambda: ana.desk.read_frame_limit() == SIGNED_BYTES)
        assert ana.real.status.drops_unsigned

        mesh.nodes[0].state.config.security.MergeFromString(b"\x48\x00")  # field 9, COMPATIBLE
        ana.real._keeper.reread_settings()  # type: ignore[attr-defined]
        await eventually(lambda: ana.desk.read_frame_limit() == MAX_FRAME_BYTES)


async def test_a_ledger_that_fails_while_the_policy_changes_stops_nothing(ana: Linked) -> None:
    made = 0

    def engine(desk: Desk, governor: Governor) -> Engine:
        nonlocal made
        made += 1
        if 2 <= made <= 4:
            raise LedgerError("The disk cannot be read.")
        return build_engine(Settings(), desk, governor)

    link = ana.link = Sizes(ana.air)
    ana.station = RunningStation(ana.ledger, ana.clock, Parts(ana._make_link, engine), ana._changed)
    async with running(ana):
        await eventually(lambda: made == 1)
        link.become(STRICT)
        ana.desk.write(PostPublished(SHORT), ana.desk.member)
        await eventually(lambda: made == 5 and ana.desk.sent_through() == 2)
        assert ana.desk.read_frame_limit() == SIGNED_BYTES
