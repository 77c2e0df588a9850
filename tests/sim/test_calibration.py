"""What was measured on real nodes, to within 15 % (BENCHMARK.md section 1; docs/simulator.md, "Calibration").

The set-up is that of firmware 2.7.26's recordings: simulated radios, on which nothing collides and nobody
finds the channel busy, all in one cell, SNR 6.25 dB, hop limit 3, SHORT_FAST; what was sent is reckoned in
seconds of LONG_FAST. The burst and the unanswered message were timed on LONG_FAST.
"""

from uuid import UUID

import pytest

from meshboard.sim.airwaves import SIMULATED_SNR_DB
from meshboard.sim.mesh import Mesh, edges_of_cell
from meshboard.sim.trial.plain_node import PUBLIC, PlainNode
from meshboard.sim.trial.tc2 import PAUSE_S, pieces_of
from meshboard.sync.air.time_on_air import PRESETS, lora_frame_bytes, time_on_air_s

WITHIN = 0.15
POSTS = 40
APART_S = 60.0
MEAN_POST = "x" * 60


class Cell:
    """Nodes that all hear each other on simulated radios."""

    def __init__(self, nodes: int, loss: float = 0.0, seed: int = 1, preset: str = "SHORT_FAST") -> None:
        edges = dict.fromkeys(edges_of_cell(nodes), SIMULATED_SNR_DB)
        self.mesh = Mesh(nodes, edges, PRESETS[preset], loss=loss, seed=seed, collisions=False)
        self.nodes = [PlainNode(index, self.mesh, signs=False, hop_limit=3) for index in range(nodes)]
        self.frame_bytes: list[int] = []
        for node in self.nodes:
            node.radio.on_sent = lambda frame: self.frame_bytes.append(frame.frame_bytes)

    def a_post(self) -> tuple[float, float]:
        """Return the frames a post took, and their seconds on LONG_FAST."""
        seconds = sum(time_on_air_s(size, PRESETS["LONG_FAST"]) for size in self.frame_bytes)
        return len(self.frame_bytes) / POSTS, seconds / POSTS

    def post_as_tc2(self, number: int) -> None:
        """Put up a post: a direct text to each peer, 2.3 s apart."""
        poster = self.nodes[number % len(self.nodes)]
        (text,) = pieces_of(MEAN_POST, UUID(int=number))
        for peer in self.nodes:
            if peer is not poster:
                poster.text(peer, text)
                self.mesh.advance(self.mesh.now + PAUSE_S)


@pytest.mark.parametrize(
    ("boards", "loss", "frames", "seconds"), [(4, 0.0, 9.3, 7.5), (4, 0.3, 14.9, 12.2), (8, 0.0, 21.6, 17.3)]
)
def test_tc2_with_a_pause_takes_what_it_took_on_real_nodes(
    boards: int, loss: float, frames: float, seconds: float
) -> None:
    cell = Cell(boards, loss)

    for number in range(POSTS):
        cell.mesh.advance(number * APART_S)
        cell.post_as_tc2(number)
    cell.mesh.advance(cell.mesh.now + APART_S)

    assert cell.a_post() == pytest.approx((frames, seconds), rel=WITHIN)


@pytest.mark.parametrize(("hop_limit", "frames", "seconds"), [(0, 1.0, 1.33), (3, 2.5, 3.36)])
def test_one_broadcast_a_post_takes_what_it_took_on_real_nodes(
    hop_limit: int, frames: float, seconds: float
) -> None:
    payload = bytes(121)
    assert lora_frame_bytes(len(payload)) == 144  # 145 with the longer length field of 128 bytes and more
    cells = []
    for seed in range(5):
        cell = Cell(4, seed=seed)
        for number in range(POSTS):
            cell.nodes[number % 4].broadcast(payload, PUBLIC, hop_limit)
            cell.mesh.advance(cell.mesh.now + APART_S)
        cells.append(cell.a_post())

    mean = tuple(sum(figures) / len(cells) for figures in zip(*cells, strict=True))
    assert mean == pytest.approx((frames, seconds), rel=WITHIN)


def test_of_twenty_broadcasts_handed_over_at_once_the_last_arrives_after_45_s() -> None:
    cell = Cell(3, preset="LONG_FAST")
    arrived_s: list[float] = []
    cell.nodes[1].on_payload = lambda _payload, _sender, _hops: arrived_s.append(cell.mesh.now)
    left = 20
    while left:
        while left and cell.nodes[0].radio.queue_free:
            left -= cell.nodes[0].broadcast(bytes(200), PUBLIC, 3)
        cell.mesh.advance(cell.mesh.now + 0.1)
    cell.mesh.advance(120.0)

    assert len(arrived_s) == 20
    assert arrived_s[-1] == pytest.approx(45.0, rel=WITHIN)


def test_a_message_to_an_absent_node_is_given_up_after_22_s() -> None:
    cell = Cell(2, preset="LONG_FAST")
    cell.mesh.switch(1, on=False)
    ended: list[tuple[float, bool]] = []
    cell.nodes[0].on_end = lambda _packet, arrived: ended.append((cell.mesh.now, arrived))

    cell.nodes[0].text(cell.nodes[1], b"Is anybody there?")
    cell.mesh.advance(60.0)

    ((at_s, arrived),) = ended
    assert not arrived
    assert at_s == pytest.approx(22.0, rel=WITHIN)
