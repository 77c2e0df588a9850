"""The mesh: who hears whom, loss, collisions, cuts, and the same story from the same seed."""

import pytest

from meshboard.errors import ConfigError
from meshboard.link import NodeNumber
from meshboard.sim.airwaves import slot_time_s
from meshboard.sim.flood import PacketPriority
from meshboard.sim.lora_frame import BROADCAST, AirFrame, ChannelLock
from meshboard.sim.mesh import (
    Mesh,
    edges_from_list,
    edges_of_cell,
    edges_of_grid,
    edges_of_layout,
    edges_of_line,
)
from meshboard.sync.air.time_on_air import PRESETS, time_on_air_s
from tests.sim.dice import Dice

SHORT_FAST = PRESETS["SHORT_FAST"]


def frame(packet_id: int = 1) -> AirFrame:
    return AirFrame(
        origin=NodeNumber(1), to=BROADCAST, packet_id=packet_id, hop_limit=0, hop_start=0, want_ack=False,
        channel_hash=8, lock=ChannelLock("", b""), body=bytes(50), relay_node=1,
    )  # fmt: skip


def test_a_line_joins_neighbours_only() -> None:
    assert edges_of_line(3) == {(0, 1): 5.0, (1, 2): 5.0}


def test_in_a_cell_everybody_hears_everybody() -> None:
    assert sorted(edges_of_cell(4)) == [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]


def test_on_a_grid_the_middle_has_eight_neighbours_and_diagonals_are_weaker() -> None:
    edges = edges_of_grid(3, 3)
    around_middle = {pair: snr_db for pair, snr_db in edges.items() if 4 in pair}

    assert len(around_middle) == 8
    assert (edges[(3, 4)], edges[(0, 4)], edges[(2, 4)]) == (5.0, 0.0, 0.0)
    assert len(edges) == 20  # 12 straight, 8 diagonal


def test_listed_edges_keep_their_signal_in_either_order() -> None:
    assert edges_from_list([[0, 1], [2, 1, -3.0]], 3) == {(0, 1): 5.0, (1, 2): -3.0}


@pytest.mark.parametrize(
    ("layout", "sentence"),
    [("ring", 'not "ring"'), ("grid 3", 'such as "grid 5x4"'), ("grid 2x2", "4 places for 5 nodes")],
)
def test_an_impossible_layout_is_refused_in_a_sentence(layout: str, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        edges_of_layout(layout, 5)


@pytest.mark.parametrize("edge", [[0, 0], [0, 5], [-1, 2], [1], [0, 1, 2.0, 3.0]])
def test_an_impossible_edge_is_refused_in_a_sentence(edge: list[float]) -> None:
    with pytest.raises(ConfigError, match=r"edge"):
        edges_from_list([edge], 5)


def heard_by(mesh: Mesh) -> list[list[int]]:
    """Return lists that fill with the packet ids each radio hears."""
    lists: list[list[int]] = [[] for _ in mesh.radios]
    for radio, heard in zip(mesh.radios, lists, strict=True):
        radio.on_heard = lambda taken, _snr_db, heard=heard: heard.append(taken.packet_id)  # type: ignore[misc]
    return lists


def test_a_frame_arrives_when_its_time_on_air_is_over() -> None:
    mesh = Mesh(2, edges_of_line(2), SHORT_FAST)
    heard = heard_by(mesh)
    airtime_s = time_on_air_s(frame().frame_bytes, SHORT_FAST)

    mesh.transmit(0, frame(), airtime_s)
    mesh.advance(airtime_s * 0.99)
    too_early = list(heard[1])
    mesh.advance(airtime_s)

    assert (too_early, heard[1]) == ([], [1])


def test_two_frames_that_overlap_at_equal_strength_are_both_lost() -> None:
    mesh = Mesh(3, {(0, 2): 5.0, (1, 2): 5.0}, SHORT_FAST)
    heard = heard_by(mesh)

    mesh.transmit(0, frame(1), 0.1)
    mesh.advance(0.05)
    mesh.transmit(1, frame(2), 0.1)
    mesh.advance(1.0)

    assert heard[2] == []
    assert mesh.radios[2].counts.collisions == 2


def test_a_frame_six_decibels_stronger_survives() -> None:
    mesh = Mesh(3, {(0, 2): 5.0, (1, 2): -1.0}, SHORT_FAST)
    heard = heard_by(mesh)

    mesh.transmit(0, frame(1), 0.1)
    mesh.transmit(1, frame(2), 0.1)
    mesh.advance(1.0)

    assert heard[2] == [1]


def test_a_sending_radio_hears_nothing() -> None:
    mesh = Mesh(2, edges_of_line(2), SHORT_FAST)
    heard = heard_by(mesh)
    mesh.radios[1].is_transmitting = True

    mesh.transmit(0, frame(), 0.1)
    mesh.advance(1.0)

    assert heard[1] == []


def test_a_radio_waits_while_the_channel_is_busy() -> None:
    mesh = Mesh(2, edges_of_line(2), SHORT_FAST)
    mesh.transmit(0, frame(1), 1.0)

    mesh.radios[1].enqueue(frame(2), PacketPriority.DEFAULT, None)
    mesh.advance(0.99)
    while_busy = mesh.radios[1].counts.frames
    mesh.advance(3.0)

    assert (while_busy, mesh.radios[1].counts.frames) == (0, 1)


@pytest.mark.parametrize(("drawn_again", "sends_after_slots"), [(0, 3), (5, 7)])
def test_after_a_busy_channel_a_radio_listens_again_in_the_slots_drawn_and_no_sooner_than_in_one(
    drawn_again: int, sends_after_slots: int
) -> None:
    slot_s = slot_time_s(SHORT_FAST)
    mesh = Mesh(2, edges_of_line(2), SHORT_FAST)
    mesh.chance = Dice([0, drawn_again, *[9] * 8])
    mesh.transmit(0, frame(1), 2.5 * slot_s)

    mesh.advance(2.0 * slot_s)  # listens now, hears the frame of which half a slot is left, and draws again
    mesh.radios[1].enqueue(frame(2), PacketPriority.DEFAULT, None)
    mesh.advance((sends_after_slots - 0.1) * slot_s)
    too_early = mesh.radios[1].counts.frames
    mesh.advance((sends_after_slots + 0.1) * slot_s)

    assert (too_early, mesh.radios[1].counts.frames) == (0, 1)


def test_two_radios_that_begin_within_a_slot_do_not_notice_each_other() -> None:
    mesh = Mesh(3, edges_of_cell(3), SHORT_FAST)
    heard = heard_by(mesh)
    slot_s = slot_time_s(SHORT_FAST)
    mesh.chance = Dice([0, 0])

    mesh.radios[0].enqueue(frame(1), PacketPriority.DEFAULT, None)
    mesh.advance(slot_s * 0.9)
    mesh.radios[1].enqueue(frame(2), PacketPriority.DEFAULT, None)
    mesh.advance(1.0)

    assert [radio.counts.frames for radio in mesh.radios] == [1, 1, 0]
    assert heard == [[], [], []]


def test_without_collisions_every_frame_comes_through() -> None:
    mesh = Mesh(3, edges_of_cell(3), SHORT_FAST, collisions=False)
    heard = heard_by(mesh)

    mesh.transmit(0, frame(1), 0.1)
    mesh.transmit(1, frame(2), 0.1)
    mesh.advance(1.0)

    assert heard == [[2], [1], [1, 2]]


def test_loss_takes_its_share_of_receptions() -> None:
    mesh = Mesh(2, edges_of_line(2), SHORT_FAST, loss=0.3, seed=4)
    heard = heard_by(mesh)

    for packet_id in range(1000):
        mesh.transmit(0, frame(packet_id), 0.01)
        mesh.advance(mesh.now + 0.02)

    assert len(heard[1]) == pytest.approx(700, abs=45)  # three standard deviations of 14.5


def test_a_partition_cuts_across_groups_only_and_healing_mends_it() -> None:
    mesh = Mesh(4, edges_of_cell(4), SHORT_FAST)

    mesh.partition([[0, 1], [2]])
    cut = [sorted(mesh.neighbours(node)) for node in range(4)]
    mesh.heal()

    assert cut == [[1], [0], [], []]
    assert sorted(mesh.neighbours(3)) == [0, 1, 2]


def test_a_node_switched_off_neither_hears_nor_is_heard() -> None:
    mesh = Mesh(3, edges_of_cell(3), SHORT_FAST)

    mesh.switch(1, on=False)

    assert [sorted(mesh.neighbours(node)) for node in range(3)] == [[2], [], [0]]
    mesh.switch(1, on=True)
    assert sorted(mesh.neighbours(0)) == [1, 2]


def test_hops_are_the_relays_in_between() -> None:
    assert Mesh(4, edges_of_line(4), SHORT_FAST).hops_from(0) == {1: 0, 2: 1, 3: 2}


def test_events_happen_in_order_of_time_and_cancelled_ones_do_not() -> None:
    mesh = Mesh(1, {}, SHORT_FAST)
    happened: list[str] = []
    mesh.schedule(2.0, lambda: happened.append("second"))
    mesh.schedule(1.0, lambda: happened.append("first"))
    mesh.schedule(1.5, lambda: happened.append("never")).cancel()

    mesh.advance(1.0)
    next_at = mesh.next_event_at()
    mesh.advance(5.0)

    assert (happened, next_at, mesh.now) == (["first", "second"], 2.0, 5.0)


def test_the_same_seed_tells_the_same_story() -> None:
    def story(seed: int) -> list[list[int]]:
        mesh = Mesh(6, edges_of_grid(3, 2), SHORT_FAST, loss=0.4, seed=seed)
        heard = heard_by(mesh)
        for packet_id in range(40):
            mesh.radios[packet_id % 6].enqueue(frame(packet_id), PacketPriority.DEFAULT, None)
            mesh.advance(mesh.now + 0.1)
        return heard

    assert story(1) == story(1)
    assert story(1) != story(2)
