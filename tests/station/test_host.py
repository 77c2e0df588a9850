"""The host: first starts that leave nothing half made."""

from pathlib import Path

import pytest

from meshboard.errors import ConfigError, LedgerError
from meshboard.station.host import Host


def test_a_first_start_on_a_full_disk_can_be_made_again(tmp_path: Path) -> None:
    (tmp_path / "config.new").mkdir()  # the settings cannot be written there: as good as a full disk

    with pytest.raises(LedgerError, match="cannot be written"):
        Host(tmp_path).begin("Ana", "none", new_circle="Kitchen")

    assert [path.name for path in tmp_path.iterdir()] == ["config.new"]
    (tmp_path / "config.new").rmdir()
    assert Host(tmp_path).begin("Ana", "none", new_circle="Kitchen") == "Kitchen"


def test_what_an_interrupted_first_start_left_is_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite").touch()
    (tmp_path / "ledger.sqlite.new").write_bytes(b"half a ledger")

    assert not Host(tmp_path).is_ready
    Host(tmp_path).begin("Ana", new_circle="Kitchen")

    assert Host(tmp_path).is_ready
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.toml", "ledger.sqlite"]


def test_a_home_that_is_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "home").touch()

    with pytest.raises(ConfigError, match="is a file"):
        Host(tmp_path / "home").open()
