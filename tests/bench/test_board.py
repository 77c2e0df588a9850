"""How long a board of many posts takes to be read, as screens read it and in full."""

import time
from pathlib import Path

import pytest

from meshboard.domain.views import BoardQuery
from meshboard.ledger.ledger import Ledger
from meshboard.station.board.service import Service
from meshboard.station.circle.desk import Desk
from tests.bench.conftest import Report
from tests.bench.making import WRITERS, open_posts
from tests.bench.table import Row, middle, spread
from tests.support.entries.signed import CIRCLE, NOON, founding
from tests.support.stations.linked import Alone

POSTS = 10_000
RUNS = 10
SCREENFUL = 50
FIRST_PAINT_MS = 1_800  # of which reading the board is a part
KEY_TO_PAINT_MS = 50


class ClockThatStands:
    """Noon, so that nothing expires."""

    def monotonic_s(self) -> float:
        return 0.0

    def wall_s(self) -> int | None:
        return NOON


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("board") / "ledger.db"
    with Ledger.create(path) as ledger:
        ledger.circles.add(CIRCLE, seed=bytes([1]) * 32, now_s=NOON)
        entries = [*founding(CIRCLE, WRITERS), *open_posts(POSTS)]
        for first in range(0, len(entries), 1_000):
            ledger.append(entries[first : first + 1_000], NOON)
    return path


def milliseconds(service: Service, limit: int | None) -> float:
    started = time.perf_counter()
    board = service.board(BoardQuery(limit=limit))
    taken_ms = 1_000 * (time.perf_counter() - started)
    assert board.total == POSTS
    return taken_ms


@pytest.mark.parametrize(
    ("limit", "words", "targets_ms"),
    [
        (SCREENFUL, f"a screenful of a board of {POSTS:,} posts", (FIRST_PAINT_MS, KEY_TO_PAINT_MS)),
        (None, f"all of a board of {POSTS:,} posts", (None, None)),
    ],
)
def test_a_board_is_read(
    report: Report, path: Path, limit: int | None, words: str, targets_ms: tuple[int | None, int | None]
) -> None:
    first, again = [], []
    for _ in range(RUNS):
        with Ledger.open(path, checked=False) as ledger:
            service = Service(Desk(ledger, CIRCLE, ClockThatStands()), Alone())
            first.append(milliseconds(service, limit))
            again.append(milliseconds(service, limit))

    for how, taken, target_ms in zip(("the first time", "again"), (first, again), targets_ms, strict=True):
        measured = f"{middle(taken):,.0f} ms"
        target = "" if target_ms is None else f"a part of {target_ms:,} ms"
        is_met = None if target_ms is None else middle(taken) <= target_ms
        report(Row(f"{words}, {how}", RUNS, measured, spread(taken, "ms", 0), target, is_met))
