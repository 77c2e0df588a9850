"""A value that no column of ours holds is damage, though SQLite itself does not mind."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from meshboard.errors import LedgerError
from meshboard.ledger.ledger import Ledger
from tests.ledger.writing import CIRCLE, NOON, writer


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a closed ledger with a post and everything that is written about it."""
    with Ledger.create(tmp_path / "ledger.sqlite") as ledger:
        ledger.circles.add(CIRCLE, writer().seed)
        ledger.append([writer().introduce("Ana"), writer().publish()], NOON)
        ledger.store(CIRCLE.id).reserve_counters(1)
        ledger.stations.save_status({"state": "UP"}, NOON)
    return tmp_path / "ledger.sqlite"


def alter(path: Path, statement: str) -> bytes:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(statement)
    return path.read_bytes()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE counter SET next_value = 'seven'",
        "UPDATE entry SET packed = 5",
        "UPDATE circle SET name = x'ff'",
        "UPDATE identity SET incarnation = 0.5",
    ],
)
def test_a_ledger_with_a_value_of_another_kind_is_refused_and_left_alone(path: Path, statement: str) -> None:
    before = alter(path, statement)

    with pytest.raises(LedgerError, match="is damaged"):
        Ledger.open(path)
    assert before == path.read_bytes()


@pytest.mark.parametrize("report", ["", "{", "[1]", '"x"', "nul"])
def test_a_damaged_report_of_the_radio_is_as_none(path: Path, report: str) -> None:
    alter(path, f"UPDATE station_status SET report = '{report}'")

    with Ledger.open(path) as ledger:
        assert ledger.stations.status() == {}
