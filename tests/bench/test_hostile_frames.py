"""Bytes that mean harm, many of them."""

import random

from meshboard.sync.events import EntriesReceived
from tests.bench.conftest import Report
from tests.bench.table import Row
from tests.support.engines.hostile_frames import POST, SENDER, hostile_frame
from tests.support.engines.lossy_network import Network, contents

FRAMES = 1_000_000


def test_hostile_frames_change_nothing(report: Report) -> None:
    network = Network(seed=1, count=3)
    for index in range(3):
        network.write(index, POST)
    network.run(4 * 3600.0)  # by then each has said something of itself
    listener = network.stations[0]
    heard = [frame.payload for _, index, frame in network.sent if index]
    chance, before, stored = random.Random(2027), contents(listener), 0

    for _ in range(FRAMES):
        listener.engine.receive(hostile_frame(chance, heard), SENDER, network.now_s)
        while (event := listener.engine.next_event()) is not None:
            stored += isinstance(event, EntriesReceived)

    assert before == contents(listener)
    assert stored == 0
    what = "random and altered frames into `receive`"
    report(Row(what, FRAMES, "0 exceptions, 0 entries stored", "–", "0 and 0", is_met=True))
