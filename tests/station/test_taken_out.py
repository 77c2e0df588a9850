import shutil
from pathlib import Path

import pytest

from meshboard.errors import LedgerError
from meshboard.station.vault.losses import loss_words, notice_losses
from meshboard.station.vault.vault import LEDGER_FILE, Vault
from meshboard.station.vault.wiping import wipe

VERSION_5 = Path(__file__).parents[1] / "ledger" / "files" / "version-5.db"
NAME = "posts-taken-out-630dcd2966c43366.json"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    shutil.copy(VERSION_5, tmp_path / "home" / LEDGER_FILE)
    return tmp_path / "home"


def test_the_first_start_after_an_update_says_where_the_posts_are_and_the_next_one_opens(home: Path) -> None:
    with pytest.raises(LedgerError, match=f"{NAME}.*circle new.*start meshboard again"):
        Vault(home).open_ledger(checked=True)

    with Vault(home).open_ledger(checked=True) as ledger:
        notice_losses(ledger, None)
        assert NAME in loss_words(ledger, None)
        assert "disk lost" not in loss_words(ledger, None)


def test_a_wipe_destroys_what_was_taken_out(home: Path) -> None:
    with pytest.raises(LedgerError):
        Vault(home).open_ledger(checked=True)

    steps: list[str] = []
    wipe(home, steps.append)

    assert not home.exists()
    # it can be read without a key: before the ledger is, and before anybody is waited for
    assert next(at for at, step in enumerate(steps) if "taken-out" in step) < steps.index("away")
