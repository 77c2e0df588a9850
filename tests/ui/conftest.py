"""A station that has done its first start, and a neighbour in the same circle."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from meshboard.station.board.service import Service
from meshboard.station.home.host import Host
from tests.support.stations.app import hand_over, new_home


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where Ana began a circle, which each test has a copy of."""
    folder = tmp_path_factory.mktemp("begun")
    new_home(folder / "ana", "Ana").close()
    return folder


@pytest.fixture(scope="session")
def joined(begun: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where Bo joined that circle and both know of it, which each test has a copy of."""
    folder = tmp_path_factory.mktemp("joined")
    shutil.copytree(begun / "ana", folder / "ana")
    ana = Host(folder / "ana")
    code = ana.open().circle.make_invite().code
    ana.close()
    new_home(folder / "bo", "Bo", code).close()
    hand_over(folder / "ana", folder / "bo")
    return folder


@pytest.fixture
def home(begun: Path, tmp_path: Path) -> Path:
    """Return the home of Ana, who began the circle."""
    return Path(shutil.copytree(begun / "ana", tmp_path / "ana"))


@pytest.fixture
def neighbour_home(tmp_path: Path) -> Path:
    """Return where the neighbour's ledger will be."""
    return tmp_path / "bo"


@pytest.fixture
def neighbour(joined: Path, home: Path, neighbour_home: Path) -> Iterator[Service]:
    """Return the service of Bo, who joined it."""
    shutil.rmtree(home)
    shutil.copytree(joined / "ana", home)
    bo = Host(Path(shutil.copytree(joined / "bo", neighbour_home)))
    yield bo.open()
    bo.close()
