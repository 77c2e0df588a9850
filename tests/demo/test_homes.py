import os
from pathlib import Path

from meshboard.demo.homes import LEFT_BEHIND_S, PREFIX, passing_home, remove_left_behind
from meshboard.station.process.ownership import Ownership


def old_home(parent: Path, name: str) -> Path:
    home = parent / f"{PREFIX}{name}"
    home.mkdir()
    (home / "ledger.sqlite").write_bytes(b"")
    (home / "station.lock").touch()
    long_ago = home.stat().st_mtime - LEFT_BEHIND_S - 60
    os.utime(home, (long_ago, long_ago))
    return home


def test_the_home_is_gone_afterwards() -> None:
    with passing_home() as home:
        (home / "ledger.sqlite").write_bytes(b"something")

    assert not home.exists()


def test_what_a_killed_demonstration_left_is_removed_by_the_next(tmp_path: Path) -> None:
    home = old_home(tmp_path, "1-killed")

    remove_left_behind(tmp_path)

    assert not home.exists()


def test_a_running_demonstration_keeps_its_home(tmp_path: Path) -> None:
    home = old_home(tmp_path, "1-running")
    lock = Ownership(home)
    lock.take()
    long_ago = home.stat().st_mtime - LEFT_BEHIND_S - 60
    os.utime(home, (long_ago, long_ago))

    remove_left_behind(tmp_path)

    assert home.exists()
    lock.give_back()
