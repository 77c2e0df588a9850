"""The host: first starts that leave nothing half made."""

from pathlib import Path

import pytest

from meshboard.errors import ConfigError, LedgerError, TrustError
from meshboard.station.home.host import Host
from meshboard.station.process.real_clock import SystemClock


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
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "config.toml", "files.lock", "ledger.sqlite", "ledger.sqlite.tally",
    ]  # fmt: skip


def test_a_home_that_is_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "home").touch()

    with pytest.raises(ConfigError, match="is a file"):
        Host(tmp_path / "home").open()


class ClockAhead(SystemClock):
    """A clock that shows a later time."""

    def __init__(self, by_s: int) -> None:
        self._by_s = by_s

    def wall_s(self) -> int:
        now = super().wall_s()
        assert now is not None
        return now + self._by_s


@pytest.mark.parametrize(("way", "over_s"), [("file", 7_201), ("letters", 7_201)])
def test_an_invite_whose_time_is_over_is_refused_and_nothing_is_made(
    tmp_path: Path, way: str, over_s: int
) -> None:
    ana = Host(tmp_path / "ana")
    ana.begin("Ana", new_circle="Kitchen")
    invite = ana.open().circle.make_invite(hours=1)
    ana.close()
    code = invite.file_text if way == "file" else invite.code
    ben = Host(tmp_path / "ben", clock=ClockAhead(over_s))

    with pytest.raises(TrustError, match=r"This invite held until 20\d\d-.*; ask for a new one"):
        ben.circle_of(code)
    with pytest.raises(TrustError, match="This invite held until"):
        ben.begin("Ben", code=code)

    assert not (tmp_path / "ben").exists()
    assert Host(tmp_path / "ben").begin("Ben", code=code) == "Kitchen"
