"""How fast a ledger takes in what is heard, and how fast its projection is made anew."""

import random
import time
from pathlib import Path

from meshboard.ledger.ledger import Ledger
from meshboard.link import NodeNumber
from meshboard.sync.engine import Engine
from meshboard.sync.events import EntriesReceived
from meshboard.sync.setup import EngineSetup
from meshboard.trust.identity import AuthorKey
from meshboard.trust.seal import FrameSeal
from meshboard.wire.frames import Entries
from meshboard.wire.framing import seal_frame
from meshboard.wire.items import item_of
from tests.bench.conftest import Report
from tests.bench.making import STATIONS, WRITERS, past
from tests.bench.table import Row, middle, spread
from tests.support.engines.lossy_network import trust_of
from tests.support.entries.signed import CIRCLE, NOON, founding

SEED = bytes([1]) * 32
RECEIVED = 2_000
RUNS = 10
BATCH = 20
TARGET_A_SECOND = 1_000
REBUILT = 100_000
REBUILDS = 3
TARGET_REBUILD_S = 30.0


def new_ledger(path: Path) -> Ledger:
    ledger = Ledger.create(path)
    ledger.circles.add(CIRCLE, seed=SEED, now_s=NOON)
    ledger.append(founding(CIRCLE, WRITERS), NOON)
    return ledger


def take_in(ledger: Ledger, frames: list[bytes]) -> float:
    """Hear frames, store what they bring in batches, and return the seconds it took."""
    store, trust = ledger.store(CIRCLE.id), trust_of(SEED, CIRCLE)
    engine = Engine(EngineSetup(CIRCLE, AuthorKey(SEED).author, store, random.Random(1), trust=trust), 0.0)
    started = time.perf_counter()
    for first in range(0, len(frames), BATCH):
        for frame in frames[first : first + BATCH]:
            engine.receive(frame, NodeNumber(2), float(first))
        events = iter(engine.next_event, None)
        entries = [
            signed for event in events if isinstance(event, EntriesReceived) for signed in event.entries
        ]
        ledger.append(entries, NOON)
    return time.perf_counter() - started


def test_received_frames_become_durable(report: Report, tmp_path: Path) -> None:
    entries, seal = past(RECEIVED), FrameSeal(CIRCLE.id, CIRCLE.epoch, CIRCLE.epoch_key)
    frames = [
        seal_frame(Entries((item_of(signed, is_keyed=place < STATIONS),), place < STATIONS), seal)
        for place, signed in enumerate(entries)
    ]
    rates = []
    for run in range(RUNS):
        with new_ledger(tmp_path / f"{run}.db") as ledger:
            rates.append(RECEIVED / take_in(ledger, frames))
            assert ledger.last_seq() == RECEIVED

    what = f"frames received, opened, verified, projected and durable, batches of {BATCH}"
    measured = f"{middle(rates):,.0f} entries/s"
    target = f"≥ {TARGET_A_SECOND:,} entries/s"
    report(Row(what, RUNS, measured, spread(rates, "", 0), target, middle(rates) >= TARGET_A_SECOND))


def test_the_projection_is_rebuilt(report: Report, tmp_path: Path) -> None:
    entries = past(REBUILT)
    seconds = []
    with new_ledger(tmp_path / "ledger.db") as ledger:
        for first in range(0, REBUILT, 1_000):
            ledger.append(entries[first : first + 1_000], NOON)
        for _ in range(REBUILDS):
            started = time.perf_counter()
            ledger.rebuild()
            seconds.append(time.perf_counter() - started)

    what = f"rebuilding the projection of {REBUILT:,} entries"
    report(
        Row(
            what,
            REBUILDS,
            f"{middle(seconds):.1f} s",
            spread(seconds, "s"),
            f"≤ {TARGET_REBUILD_S:.0f} s",
            middle(seconds) <= TARGET_REBUILD_S,
        )
    )
