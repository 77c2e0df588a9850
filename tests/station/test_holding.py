"""Who holds a home's files alone keeps others out for a moment; a wipe is kept out by nobody."""

import os
import signal
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest

from meshboard.config import load_settings
from meshboard.errors import LedgerError, LedgerGone
from meshboard.ledger.file.conversion import held_alone
from meshboard.station.vault.holding import HomeFiles
from meshboard.station.vault.wiping import wipe
from tests.support.children import killed_child, run_in_children
from tests.support.stations.protected import TEXT, host_of, new_home, texts

AT_ONCE_S = 0.0
NOBODY = 65534  # the unprivileged user of every Linux


@pytest.fixture
def home(tmp_path: Path) -> Path:
    new_home(tmp_path / "home", None)
    return tmp_path / "home"


def test_opening_a_board_somebody_is_at_work_on_says_so_and_advises_nothing_rash(home: Path) -> None:
    with HomeFiles(home).alone(), pytest.raises(LedgerError) as refused:
        host_of(home, wait_s=AT_ONCE_S).open()

    assert "Another meshboard is at work on this board's files just now" in str(refused.value)
    assert "try again when it is done. Nothing was changed." in str(refused.value)
    assert texts(host_of(home)) == [TEXT]


def test_nothing_is_changed_where_there_is_nothing(tmp_path: Path) -> None:
    with pytest.raises(LedgerGone):
        host_of(tmp_path).vault.change_settings(lambda settings: settings)

    assert list(tmp_path.iterdir()) == []


def test_settings_are_changed_as_they_stand_not_as_they_were_read(home: Path) -> None:
    host, other = host_of(home), host_of(home)
    host.open()
    other.vault.change_settings(lambda now: now.model_copy(update={"hop_limit": 5}))

    host.vault.change_settings(lambda now: now.model_copy(update={"link": "none"}))
    host.close()

    assert load_settings(home).hop_limit == 5


def test_several_may_open_at_once(home: Path) -> None:
    with HomeFiles(home).shared(), HomeFiles(home, AT_ONCE_S).shared():
        assert texts(host_of(home)) == [TEXT]


def test_a_wipe_is_told_to_whoever_is_at_work_and_waits_for_nobody(home: Path) -> None:
    with suppress(LedgerGone), HomeFiles(home).alone() as hold:
        hold.refuse_if_wiped()

        done = wipe(home, wait_s=AT_ONCE_S)

        with pytest.raises(LedgerGone, match="was wiped"):
            hold.refuse_if_wiped()
    assert done.others_at_work
    assert any("has not stopped yet" in line for line in done.words())
    assert not home.exists()


def test_whoever_comes_during_a_wipe_is_told_of_it_at_once(home: Path) -> None:
    with HomeFiles(home).wiping() as others:
        assert others.let_go_within(AT_ONCE_S)

        with pytest.raises(LedgerGone, match="was wiped"):
            host_of(home).open()


def test_a_wipe_that_was_cut_off_is_said_until_it_is_finished(home: Path) -> None:
    with HomeFiles(home).wiping():
        pass

    with pytest.raises(LedgerGone, match="meshboard wipe"):
        host_of(home).open()
    with pytest.raises(LedgerGone, match="meshboard wipe"):
        host_of(home).begin("Mallory", new_circle="Other")
    wipe(home)
    assert not home.exists()


def test_what_the_lock_belongs_to_is_not_made_by_looking(tmp_path: Path) -> None:
    with HomeFiles(tmp_path).shared(), HomeFiles(tmp_path / "none").shared():
        pass
    with HomeFiles(tmp_path).alone(makes_home=True):
        assert [path.name for path in tmp_path.iterdir()] == ["files.lock"]

    assert list(tmp_path.iterdir()) == []


def test_a_board_on_a_disk_that_can_only_be_read_opens_without_a_lock() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        home = folder / "home"
        new_home(home, None)
        (home / "files.lock").unlink()
        for path in home.iterdir():
            path.chmod(0o444)
        home.chmod(0o555)

        def look() -> None:
            if os.getuid() == 0:
                os.setuid(NOBODY)
            assert texts(host_of(home)) == [TEXT]

        assert run_in_children(look) == [0]
        home.chmod(0o755)


def test_clearing_another_name_of_the_open_ledger_keeps_the_locks_on_it(home: Path) -> None:
    """POSIX locks go when the process closes the file under any name (sqlite.org/howtocorrupt.html, 2.2)."""
    os.link(home / "ledger.sqlite", home / "ledger.sqlite.old")
    reading, writing = os.pipe()

    def keep_open() -> None:
        host_of(home).open()
        os.write(writing, b"open")
        signal.pause()

    with killed_child(keep_open):
        assert os.read(reading, 4) == b"open"
        assert not (home / "ledger.sqlite.old").exists()
        with (
            pytest.raises(LedgerError, match="Another meshboard has this board open"),
            held_alone(home / "ledger.sqlite", None),
        ):
            pass


def test_a_wipe_opens_no_other_name_of_the_ledger_to_see_whether_it_is_a_backup(home: Path) -> None:
    os.link(home / "ledger.sqlite", home / "notes")

    wipe(home)

    assert [path.name for path in home.iterdir()] == ["notes"]
