from collections.abc import Iterator
from pathlib import Path

import pytest

from meshboard.station.process.ownership import LOCK_FILE, Ownership


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[Ownership]:
    owner = Ownership(tmp_path)
    yield owner
    owner.give_back()


def test_looking_whether_a_station_runs_writes_nothing(tmp_path: Path) -> None:
    assert not Ownership(tmp_path).is_taken()
    assert not (tmp_path / LOCK_FILE).exists()


def test_it_is_taken_as_long_as_another_holds_it(tmp_path: Path, owner: Ownership) -> None:
    assert owner.take()
    assert owner.is_taken()
    assert Ownership(tmp_path).is_taken()
    assert not Ownership(tmp_path).take()

    owner.give_back()
    assert not Ownership(tmp_path).is_taken()
