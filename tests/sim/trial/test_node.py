"""The plain node of a trial, on meshes small enough to count by hand."""

import pytest

from meshboard.link import NodeNumber
from meshboard.sim.lora_frame import ChannelLock
from meshboard.sim.mesh import Edges, Mesh, edges_of_cell, edges_of_line
from meshboard.sim.trial.plain_node import PlainNode
from meshboard.sync.air.budget import REGION_DUTY_SHARE
from meshboard.sync.air.time_on_air import PRESETS
from tests.sim.trial.running import QUIET_CELL, run

CIRCLE = ChannelLock("Circle", bytes(16))


class Nodes:
    """Nodes of which all but strangers have the circle's channel."""

    def __init__(
        self, count: int, edges: Edges, *, signs: bool = False, strangers: tuple[int, ...] = ()
    ) -> None:
        self.mesh = Mesh(count, edges, PRESETS["SHORT_FAST"])
        self.nodes = [PlainNode(index, self.mesh, signs=signs, hop_limit=3) for index in range(count)]
        self.heard: list[tuple[int, bytes, int]] = []
        self.ends: list[bool] = []
        for index, node in enumerate(self.nodes):
            node.reads_all = index not in strangers
            node.on_payload = lambda payload, _sender, hops, index=index: self.heard.append(  # type: ignore[misc]
                (index, payload, hops)
            )
            node.on_end = lambda _packet, arrived: self.ends.append(arrived)

    def frames(self) -> list[int]:
        return [node.radio.counts.frames for node in self.nodes]


def test_a_broadcast_is_handed_to_everybody_with_the_channel_and_relayed_by_all() -> None:
    line = Nodes(4, edges_of_line(4), strangers=(2,))

    line.nodes[0].broadcast(b"soup", CIRCLE, 3)
    line.mesh.advance(10.0)

    assert line.heard == [(1, b"soup", 0), (3, b"soup", 2)]
    assert line.frames() == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("payload_bytes", "frame_bytes"), [(50, 73 + 66), (165, 189 + 66), (166, 190), (231, 255)]
)
def test_firmware_2_8_signs_what_still_fits(payload_bytes: int, frame_bytes: int) -> None:
    signing, plain = (Nodes(1, {}, signs=signs).nodes[0] for signs in (True, False))

    assert signing.frame_bytes(payload_bytes) == frame_bytes
    assert plain.frame_bytes(payload_bytes) == frame_bytes - 66 * (payload_bytes < 166)


def test_a_direct_text_is_acknowledged_and_the_acknowledgement_too() -> None:
    two = Nodes(2, edges_of_cell(2))

    two.nodes[0].text(two.nodes[1], b"soup")
    two.mesh.advance(60.0)

    assert two.frames() == [2, 1]  # the text, its acknowledgement, and that one's
    assert two.ends == [True]


def test_an_answer_that_came_over_a_relay_is_not_acknowledged() -> None:
    line = Nodes(3, edges_of_line(3))

    line.nodes[0].text(line.nodes[2], b"soup")
    line.mesh.advance(60.0)

    assert line.frames() == [1, 2, 1]  # the text, its answer, and a relay of each
    assert line.ends == [True]


def test_an_answer_goes_two_hops_further_than_its_text_came_and_the_acknowledgement_of_it_none() -> None:
    line = Nodes(6, edges_of_line(6))

    line.nodes[1].text(line.nodes[2], b"soup")
    line.mesh.advance(60.0)

    # node 0 relays the text and no more; nodes 3 and 4 relay the answer, which node 5 hears
    assert line.frames() == [1, 2, 1, 1, 1, 0]


@pytest.mark.parametrize(("signs", "frames", "arrived"), [(False, [1, 1, 0], True), (True, [3, 3, 0], False)])
def test_a_relay_acknowledges_a_direct_text_on_2_7_and_on_2_8_only_its_target_does(
    signs: bool, frames: list[int], arrived: bool
) -> None:
    line = Nodes(3, edges_of_line(3), signs=signs)
    line.mesh.switch(2, on=False)

    line.nodes[0].text(line.nodes[2], b"soup")
    line.mesh.advance(60.0)

    assert (line.frames(), line.ends) == (frames, [arrived])


@pytest.mark.parametrize(("signs", "next_hop"), [(False, 2), (True, 0)])
def test_the_relay_an_answer_came_by_is_the_next_hop_on_2_7_and_on_2_8_none_is_learnt(
    signs: bool, next_hop: int
) -> None:
    line = Nodes(3, edges_of_line(3), signs=signs)

    line.nodes[0].text(line.nodes[2], b"soup")
    line.mesh.advance(60.0)

    assert line.nodes[0].flood.next_hop_to(line.nodes[2].number) == next_hop
    assert line.ends == [True]


def test_a_text_to_nobody_is_sent_three_times() -> None:
    alone = Nodes(2, {})

    alone.nodes[0].text(alone.nodes[1], b"soup")
    alone.mesh.advance(60.0)

    assert alone.frames() == [3, 0]
    assert alone.ends == [False]


def test_a_host_may_send_a_text_every_two_seconds() -> None:
    two = Nodes(2, edges_of_cell(2))
    taken = []

    for at_s in (0.0, 1.9, 2.1):
        two.mesh.advance(at_s)
        taken.append(bool(two.nodes[0].text(two.nodes[1], b"soup")))

    assert taken == [True, False, True]


def test_who_overhears_the_acknowledgement_relays_the_text_no_more() -> None:
    cell = Nodes(5, edges_of_cell(5))

    cell.nodes[0].text(cell.nodes[1], b"soup")
    cell.mesh.advance(60.0)

    assert cell.frames() == [2, 1, 0, 0, 0]


def test_two_strangers_on_2_8_relay_what_they_cannot_read_until_its_hops_are_used_up() -> None:
    frames = {}
    for hop_limit in (0, 3):
        cell = Nodes(4, edges_of_cell(4), signs=True, strangers=(2, 3))
        cell.nodes[0].broadcast(b"soup", CIRCLE, hop_limit)
        cell.mesh.advance(60.0)
        frames[hop_limit] = sum(cell.frames())

    assert frames[0] == 1
    assert frames[3] > 3


def test_numbers_follow_the_nodes() -> None:
    assert [node.number for node in Nodes(3, {}).nodes] == [NodeNumber(1), NodeNumber(2), NodeNumber(3)]


@pytest.mark.parametrize(("region", "share"), [*REGION_DUTY_SHARE.items(), ("US", 1.0)])
def test_the_nodes_of_a_scenario_keep_to_what_its_region_allows(region: str, share: float) -> None:
    trial = run(QUIET_CELL | {"hours": 0.1, "region": region})

    assert {share} == {radio.duty_limit for radio in trial.mesh.radios}
