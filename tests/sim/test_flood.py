"""Managed flooding, rule by rule, on meshes small enough to count by hand."""

from dataclasses import dataclass, field

import pytest

from meshboard.link import NodeNumber
from meshboard.sim.flood import Flood, Priority, RelayPolicy
from meshboard.sim.frames import BROADCAST, AirFrame, ChannelLock
from meshboard.sim.mesh import Edges, Mesh, edges_of_cell, edges_of_line
from meshboard.sync.airtime import PRESETS

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
        self.floods[origin].send(frame, Priority.DEFAULT)
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
    named = AirFrame(**{name: getattr(frame, name) for name in frame.__slots__} | {"next_hop": 0x02})

    cell.send(0, named)

    assert cell.frames_sent() == [1, 0, 1, 0]
    assert len(cell.spies[3].frames) == 1


def test_the_sender_learns_that_somebody_relays_what_it_wants_acknowledged() -> None:
    line = Field(3, edges_of_line(3))

    line.floods[0].send(line.frame(0, want_ack=True), Priority.DEFAULT)
    line.mesh.advance(3.0)

    assert len(line.spies[0].relayed_by_others) == 1


def test_without_an_answer_a_frame_is_sent_three_times_and_given_up() -> None:
    alone = Field(2, {})

    alone.send(0, alone.frame(0, want_ack=True))

    assert alone.frames_sent() == [3, 0]
    assert len(alone.spies[0].given_up) == 1


def test_an_answer_ends_the_repeats() -> None:
    alone = Field(2, {})

    alone.floods[0].send(alone.frame(0, want_ack=True), Priority.DEFAULT)
    alone.mesh.advance(2.0)
    alone.floods[0].acknowledged(7)
    alone.mesh.advance(60.0)

    assert alone.frames_sent() == [1, 0]
    assert alone.spies[0].given_up == []


def test_a_repeat_from_the_sender_is_relayed_again_and_told_to_its_target() -> None:
    line = Field(3, edges_of_line(3))

    line.send(0, line.frame(0, NodeNumber(0x101), want_ack=True))
    line.send(0, line.frame(0))

    assert len(line.spies[1].repeats) == 2  # three transmissions: the first is new, two are repeats
    assert len(line.spies[1].frames) == 1


@pytest.mark.parametrize("queued", [1, 16, 20])
def test_a_radio_queues_sixteen_frames_and_refuses_more(queued: int) -> None:
    alone = Field(2, {(0, 1): 5.0})

    taken = [alone.floods[0].send(alone.frame(0, hop_limit=0), Priority.DEFAULT) for _ in range(queued)]

    assert taken.count(True) == min(queued, 16)
    assert alone.mesh.radios[0].counts.queue_drops == max(0, queued - 16)


def test_an_acknowledgement_pushes_a_lesser_frame_out_of_a_full_queue_and_goes_first() -> None:
    alone = Field(2, {(0, 1): 5.0})
    for _ in range(16):
        alone.floods[0].send(alone.frame(0, hop_limit=0), Priority.DEFAULT)
    urgent = alone.frame(0, hop_limit=1)

    assert alone.floods[0].send(urgent, Priority.ACK)

    alone.mesh.advance(60.0)
    assert alone.spies[1].frames[0] == urgent
    assert alone.mesh.radios[0].counts.frames == 16
