"""What is to be said first in a circle survives, or its loss is explained."""

from pathlib import Path

import pytest

from meshboard.errors import LedgerError
from meshboard.ledger.circle.remembered import first_words
from meshboard.ledger.ledger import Ledger
from meshboard.station.circle.beginning import NewCircle, enter, finish, found
from meshboard.station.process.real_clock import SystemClock


@pytest.mark.parametrize("told", ["{", "7", "{}", '{"box_key": "zz", "time_zone": "UTC", "name": "Ana"}'])
def test_a_damaged_beginning_is_explained(tmp_path: Path, told: str) -> None:
    with Ledger.create(tmp_path / "ledger.sqlite") as ledger:
        desk = enter(ledger, found("Ana", NewCircle("Kitchen")), SystemClock())
        ledger.remembered.keep(first_words(desk.circle.id), told)

        with pytest.raises(LedgerError, match="can no longer be read"):
            finish(desk)
