from collections.abc import Iterator
from pathlib import Path

import pytest

from meshboard.ledger.ledger import Ledger
from tests.support.entries.signed import CIRCLE, founding


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "station" / "ledger.db"


@pytest.fixture
def ledger(path: Path) -> Iterator[Ledger]:
    with Ledger.create(path) as made:
        made.circles.add(CIRCLE, seed=bytes([1]) * 32, now_s=None)
        made.append(founding(), None)
        yield made
