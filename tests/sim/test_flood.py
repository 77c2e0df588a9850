"""Managed flooding, rule by rule, on meshes small enough to count by hand."""

from dataclasses import dataclass, field, replace

import pytest

from meshboard.link import NodeNumber
from meshboard.sim.airwaves import slot_time_s
from meshboard.sim.flood import Flood, PacketPriority, RelayPolicy
from meshboard.sim.lora_frame import BROADCAST, AirFrame, ChannelLock
from meshboard.sim.mesh import Edges, Mesh, edges_of_cell, edges_of_line
from meshboard.sync.air.time_on_air import PRESETS, time_on_air_s
from tests.sim.dice import Highest

LOCK = ChannelLock("LongFast", b"\x01")


@dataclass
class Spy:
    """A node that only takes note of what flooding tells it."""

    number: NodeNumber
    can_read: bool = True
    frames: list[AirFrame] = field(default_factory=list)
    repeats: list[AirFrame] = field(default_factory=list)
    relayed_by_others: list[AirFrame] = field(default_factory=list)
    given_up: list[AirFrame] = field(default_factory=list)
    signals_db: list[float] = field(default_factory=list)
    relayed_at_db: list[float] = field(default_factory=list)

    def heard(self, frame: AirFrame, snr_db: float) -> None:
        self.frames.append(frame)
        self.signals_db.append(snr_db)

    def heard_again(self, frame: AirFrame) -> None:
        self.repeats.append(frame)

    def heard_own_relayed(self, frame: AirFrame) -> None:
        self.relayed_by_others.append(frame)

    def gave_up(self, frame: AirFrame) -> None:
        self.given_up.append(frame)

    def reads(self, frame: AirFrame) -> bool:
        return self.can_read or frame.origin == self.number

    def refuses(self, frame: AirFrame) -> bool:  # noqa: ARG002 -- the host's signature
        return False

    def before_relay(self, frame: AirFrame, snr_db: float) -> AirFrame:
        self.relayed_at_db.append(snr_db)
        return frame


class Field:
    """A mesh of spies; node i has number 0x100 + i."""

    def __init__(self, nodes: int, edges: Edges, seed: int = 1) -> None:
        self.mesh = Mesh(nodes, edges, PRESETS["SHORT_FAST"], seed=seed)
        self.spies = [Spy(NodeNumber(0x100 + index)) for index in range(nodes)]
        self.floods = [
            Flood(spy.number, radio, spy, RelayPolicy())
            for spy, radio in zip(self.spies, self.mesh.radios, strict=True)
        ]
        for flood, radio in zip(self.floods, self.mesh.radios, strict=True):
            radio.on_heard = flood.receive

    def frame(
        self, origin: int, to: NodeNumber = BROADCAST, hop_limit: int = 3, *, want_ack: bool = False
    ) -> AirFrame:
        number = self.spies[origin].number
        return AirFrame(
            origin=number, to=to, packet_id=7, hop_limit=hop_limit, hop_start=hop_limit, want_ack=want_ack,
            channel_hash=8, lock=LOCK, body=bytes(20), relay_node=number & 0xFF,
        )  # fmt: skip

    def send(self, origin: int, frame: AirFrame) -> None:
        self.floods[origin].send(frame, PacketPriority.DEFAULT)
        self.mesh.advance(self.mesh.now + 60.0)

    def frames_sent(self) -> list[int]:
        return [radio.counts.frames for radio in self.mesh.radios]

    def hops_heard(self) -> list[list[int]]:
        return [[frame.hops for frame in spy.frames] for spy in self.spies]


def test_a_broadcast_runs_down_a_line_as_far_as_its_hop_limit() -> None:
    line = Field(5, edges_of_line(5))

    line.send(0, line.frame(0, hop_limit=2))

    assert line.hops_heard() == [[], [0], [1], [2], []]
    assert line.frames_sent() == [1, 1, 1, 0, 0]
    assert line.spies[1].signals_db == line.spies[1].relayed_at_db == [5.0]


def test_hop_limit_zero_is_heard_by_neighbours_and_relayed_by_none() -> None:
    line = Field(3, edges_of_line(3))

    line.send(0, line.frame(0, hop_limit=0))

    assert line.frames_sent() == [1, 0, 0]
    assert line.hops_heard() == [[], [0], []]


def test_a_frame_is_handed_on_once_however_many_relays_are_heard() -> None:
    cell = Field(4, edges_of_cell(4))

    cell.send(0, cell.frame(0))

    assert cell.hops_heard() == [[], [0], [0], [0]]


def test_in_a_cell_relays_keep_quiet_after_the_first() -> None:
    frames = []
    for seed in range(30):
        cell = Field(6, edges_of_cell(6), seed)
        cell.send(0, cell.frame(0))
        frames.append(sum(cell.frames_sent()))

    assert min(frames) == 2  # the broadcast and one relay
    assert sum(frames) / len(frames) < 3.5  # sometimes two choose the same slot


def test_a_muted_node_relays_nothing() -> None:
    line = Field(3, edges_of_line(3))
    line.floods[1].policy.relays = False

    line.send(0, line.frame(0))

    assert line.hops_heard() == [[], [0], []]


def test_strangers_relay_what_they_cannot_read_unless_told_not_to() -> None:
    line = Field(3, edges_of_line(3))
    line.spies[1].can_read = False
    line.send(0, line.frame(0))
    private = Field(3, edges_of_line(3))
    private.spies[1].can_read = False
    private.floods[1].policy.unreadable = False
    private.send(0, private.frame(0))

    assert len(line.spies[2].frames) == 1
    assert private.spies[2].frames == []


def test_two_strangers_on_2_8_relay_to_each_other_until_the_hop_limit_is_used_up() -> None:
    cell = Field(3, edges_of_cell(3), seed=2)
    for index in (1, 2):
        cell.spies[index].can_read = False
        cell.floods[index].policy.forgets_unreadable = True

    cell.send(0, cell.frame(0, hop_limit=3))

    assert sum(cell.frames_sent()) > 4
    assert cell.hops_heard() == [[], [0], [0]]


def test_a_named_next_hop_relays_alone() -> None:
    cell = Field(4, {(0, 1): 5.0, (0, 2): 5.0, (1, 3): 5.0, (2, 3): 5.0})
    frame = cell.frame(0, NodeNumber(0x103))

    cell.send(0, replace(frame, next_hop=0x02))

    assert cell.frames_sent() == [1, 0, 1, 0]
    assert len(cell.spies[3].frames) == 1


def test_the_sender_learns_that_somebody_relays_what_it_wants_acknowledged() -> None:
    line = Field(3, edges_of_line(3))

    line.floods[0].send(line.frame(0, want_ack=True), PacketPriority.DEFAULT)
    line.mesh.advance(3.0)

    assert len(line.spies[0].relayed_by_others) == 1


def test_what_only_claims_to_be_a_nodes_own_reaches_it_and_a_relay_of_its_own_does_not() -> None:
    line = Field(3, edges_of_line(3))
    line.send(0, line.frame(0))
    assert line.frames_sent() == [1, 1, 1]
    assert line.spies[0].frames == []

    forged = replace(line.frame(0), packet_id=0xBAD)
    line.floods[0].receive(forged, 5.0)
    assert line.spies[0].frames == [forged]


def test_without_an_answer_a_frame_is_sent_three_times_and_given_up() -> None:
    alone = Field(2, {})

    alone.send(0, alone.frame(0, want_ack=True))

    assert alone.frames_sent() == [3, 0]
    assert len(alone.spies[0].given_up) == 1


def test_an_answer_ends_the_repeats() -> None:
    alone = Field(2, {})

    alone.floods[0].send(alone.frame(0, want_ack=True), PacketPriority.DEFAULT)
    alone.mesh.advance(2.0)
    alone.floods[0].acknowledged(7)
    alone.mesh.advance(60.0)

    assert alone.frames_sent() == [1, 0]
    assert alone.spies[0].given_up == []


def test_a_repeat_from_the_sender_is_told_to_its_target() -> None:
    line = Field(3, edges_of_line(3))

    line.send(0, line.frame(0, NodeNumber(0x101), want_ack=True))

    assert len(line.spies[1].repeats) == 2  # three transmissions: the first is new, two are repeats
    assert len(line.spies[1].frames) == 1


def test_a_repeat_from_the_sender_is_relayed_again_and_a_repeat_from_a_relay_is_not() -> None:
    line = Field(4, edges_of_line(4))

    line.send(0, line.frame(0, want_ack=True))

    assert line.frames_sent() == [3, 3, 1, 1]  # node 2 hears three times what node 1 relays
    assert line.hops_heard() == [[], [0], [1], [2]]


def test_the_last_repeat_goes_to_everybody_and_forgets_the_next_hop() -> None:
    diamond = Field(4, {(0, 1): 5.0, (0, 2): 5.0, (1, 3): 5.0, (2, 3): 5.0})
    target = NodeNumber(0x103)
    diamond.mesh.switch(1, on=False)
    named = replace(diamond.frame(0, target, want_ack=True), next_hop=0x01)

    diamond.floods[0].send(named, PacketPriority.DEFAULT)
    diamond.floods[0].learn_next_hop(
        replace(diamond.frame(3, named.origin), relay_node=0x01), named.packet_id
    )
    known_before = diamond.floods[0].next_hop_to(target)
    diamond.mesh.advance(60.0)

    assert diamond.frames_sent() == [3, 0, 1, 0]  # of three, node 2 relays the one that names nobody
    assert [frame.next_hop for frame in diamond.spies[2].frames] == [0x01]
    assert len(diamond.spies[3].frames) == 1
    assert (known_before, diamond.floods[0].next_hop_to(target)) == (0x01, 0)


def test_who_hears_the_sender_worse_relays_in_a_smaller_window() -> None:
    fork = Field(3, {(0, 1): -8.0, (0, 2): 5.0})
    fork.mesh.chance = Highest()
    sent_at: list[float] = []
    for radio in fork.mesh.radios:
        radio.on_sent = lambda _frame: sent_at.append(fork.mesh.now)

    fork.send(0, fork.frame(0))

    slot_s = slot_time_s(fork.mesh.preset)
    ended_s = sent_at[0] + time_on_air_s(fork.frame(0).frame_bytes, fork.mesh.preset)
    at_minus_8_db_s = (16 + 31) * slot_s  # of 2 ** (3 + 12 x 5 / 30) = 32 slots
    at_5_db_s = (16 + 127) * slot_s  # of 2 ** (3 + 25 x 5 / 30) = 128
    assert [at - ended_s for at in sent_at[1:]] == pytest.approx([at_minus_8_db_s, at_5_db_s])


def test_a_node_remembers_the_last_four_hundred_frames() -> None:
    alone = Field(1, {})
    frames = [replace(alone.frame(0, hop_limit=0), origin=NodeNumber(9), packet_id=id_) for id_ in range(401)]

    for frame in [*frames[:400], frames[0]]:
        alone.floods[0].receive(frame, 5.0)
    known_still = len(alone.spies[0].frames)
    for frame in [frames[400], frames[0]]:
        alone.floods[0].receive(frame, 5.0)

    assert (known_still, len(alone.spies[0].frames)) == (400, 402)


@pytest.mark.parametrize("queued", [1, 16, 20])
def test_a_radio_queues_sixteen_frames_and_refuses_more(queued: int) -> None:
    alone = Field(2, {(0, 1): 5.0})

    taken = [alone.floods[0].send(alone.frame(0, hop_limit=0), PacketPriority.DEFAULT) for _ in range(queued)]

    assert taken.count(True) == min(queued, 16)
    assert alone.mesh.radios[0].counts.queue_drops == max(0, queued - 16)


def test_an_acknowledgement_pushes_a_lesser_frame_out_of_a_full_queue_and_goes_first() -> None:
    alone = Field(2, {(0, 1): 5.0})
    for _ in range(16):
        alone.floods[0].send(alone.frame(0, hop_limit=0), PacketPriority.DEFAULT)
    urgent = alone.frame(0, hop_limit=1)

    assert alone.floods[0].send(urgent, PacketPriority.ACK)

    alone.mesh.advance(60.0)
    assert alone.spies[1].frames[0] == urgent
    assert alone.mesh.radios[0].counts.frames == 16
