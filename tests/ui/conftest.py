"""A station that has done its first start, and a neighbour in the same circle."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from meshboard.station.board.service import Service
from meshboard.station.home.host import Host
from tests.support.stations.app import hand_over, new_home


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return the home of Ana, who began the circle."""
    new_home(tmp_path / "ana", "Ana").close()
    return tmp_path / "ana"


@pytest.fixture
def neighbour_home(tmp_path: Path) -> Path:
    """Return where the neighbour's ledger will be."""
    return tmp_path / "bo"


@pytest.fixture
def neighbour(home: Path, neighbour_home: Path) -> Iterator[Service]:
    """Return the service of Bo, who joined it."""
    ana = Host(home)
    code = ana.open().circle.make_invite().code
    ana.close()
    bo = new_home(neighbour_home, "Bo", code)
    hand_over(home, neighbour_home)
    yield bo.open()
    bo.close()
