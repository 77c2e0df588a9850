"""A wipe takes the key first, then everything meshboard made, and nothing else."""

from pathlib import Path

import pytest

from meshboard.errors import LedgerError, LedgerGone, MeshboardError
from meshboard.station.vault.backups import back_up
from meshboard.station.vault.locks import Protect
from meshboard.station.vault.wiping import FLASH, wipe
from tests.support.stations.protected import host_of, new_home, post_need, unlocked, words


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a home under a passphrase, with a journal and a backup in it."""
    new_home(tmp_path / "home", Protect(passphrase=words()))
    back_up(unlocked(tmp_path / "home").vault, tmp_path / "home" / "last-week")
    (tmp_path / "home" / "journal.log").write_text("a line")
    (tmp_path / "home" / "station.lock").touch()
    return tmp_path / "home"


class _PowerCutError(Exception):
    pass


def test_everything_is_gone_and_said(home: Path) -> None:
    done = wipe(home)

    assert not home.exists()
    assert done.was_encrypted
    assert done.left == []
    assert FLASH in done.words()


def test_the_key_goes_first(home: Path) -> None:
    taken = list[str]()

    def cut_after_the_key(step: str) -> None:
        taken.append(step)
        if step == "others":
            raise _PowerCutError

    with pytest.raises(_PowerCutError):
        wipe(home, cut_after_the_key)

    assert taken == ["mark", "ledger.key", "away", "others"]
    assert not (home / "ledger.key").exists()
    (ledger,) = home.glob("ledger.sqlite.wiped")
    ledger.rename(home / "ledger.sqlite")
    (home / "files.lock").unlink()
    with pytest.raises(MeshboardError):
        unlocked(home).open()


def test_an_interrupted_wipe_is_finished_by_the_next(home: Path) -> None:
    def cut(step: str) -> None:
        if step.startswith("ledger.sqlite"):
            raise _PowerCutError

    with pytest.raises(_PowerCutError):
        wipe(home, cut)
    wipe(home)

    assert not home.exists()


def test_the_slots_bytes_are_overwritten_before_it_is_removed(home: Path) -> None:
    with (home / "ledger.key").open("rb") as held:
        before = held.read()
        wipe(home)
        held.seek(0)
        after = held.read()

    assert len(before) == len(after)
    assert before != after


def test_the_key_file_goes_too_where_it_is_in_reach(tmp_path: Path) -> None:
    stick = tmp_path / "stick.key"
    new_home(tmp_path / "home", Protect(key_file=stick))

    done = wipe(tmp_path / "home")

    assert not stick.exists()
    assert any("is destroyed too" in line for line in done.words())


def test_a_key_file_out_of_reach_is_said(tmp_path: Path) -> None:
    stick = tmp_path / "stick.key"
    new_home(tmp_path / "home", Protect(key_file=stick))
    stick.rename(tmp_path / "elsewhere.key")

    done = wipe(tmp_path / "home")

    assert any("destroy that stick yourself" in line for line in done.words())


def test_a_plain_board_can_be_wiped_and_is_told_the_difference(tmp_path: Path) -> None:
    new_home(tmp_path / "home", None)

    done = wipe(tmp_path / "home")

    assert not (tmp_path / "home").exists()
    assert any("It was not encrypted" in line for line in done.words())


def test_what_meshboard_did_not_make_stays(home: Path) -> None:
    (home / "recipes.txt").write_text("bread")

    wipe(home)

    assert [file.name for file in home.iterdir()] == ["recipes.txt"]


def test_a_folder_without_a_board_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "recipes.txt").write_text("bread")

    with pytest.raises(LedgerError, match="no board"):
        wipe(tmp_path)

    assert (tmp_path / "recipes.txt").read_text() == "bread"


def test_a_board_that_was_open_stores_nothing_and_makes_nothing_anew(home: Path) -> None:
    host = unlocked(home)
    board = host.open()

    wipe(home)

    with pytest.raises(LedgerGone):
        post_need(board, "too late")
    host.close()
    assert not home.exists()


def test_a_damaged_slot_does_not_stop_a_wipe(home: Path) -> None:
    (home / "ledger.key").write_bytes(b"rubbish")

    wipe(home)

    assert not home.exists()
    assert host_of(home).is_ready is False
