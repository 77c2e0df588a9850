"""What a station tells other processes of the moment is in memory, for its own user, and gone with it."""

import os
from pathlib import Path

import pytest

from meshboard.link import LinkState, LinkStatus
from meshboard.station.process.bulletin import Bulletin
from meshboard.station.process.station_report import StationReport, tell_report, told_report


@pytest.fixture(params=["in shared memory", "in the home"])
def memory(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    place = tmp_path / "memory"
    if request.param == "in shared memory":
        place.mkdir(mode=0o1777)
    return place


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home" / "ledger.sqlite"


@pytest.fixture
def told(ledger: Path, memory: Path) -> Bulletin:
    return Bulletin(ledger, memory)


def test_what_is_told_is_read_by_whoever_has_the_same_ledger(
    told: Bulletin, ledger: Path, memory: Path
) -> None:
    told.tell("status", "all is well")
    other = Bulletin(ledger.with_name("other"), memory)

    assert Bulletin(ledger, memory).read("status") == "all is well"
    assert (told.read("airtime"), other.read("status")) == ("", "")


def test_a_report_is_noticed_and_the_same_once_more_is_not(told: Bulletin) -> None:
    told.tell("status", "one")
    before = told.version()
    os.utime(folder_of(told), ns=(0, 0))
    told.tell("status", "one")
    unchanged = told.version()
    told.tell("status", "two")

    assert before != 0
    assert (unchanged, told.version() != 0, told.read("status")) == (0, True, "two")


def test_nobody_else_may_read_it_and_nothing_is_left_of_it(told: Bulletin) -> None:
    told.tell("status", "all is well")
    folder = folder_of(told)

    assert folder.stat().st_mode & 0o077 == 0
    assert (folder / "status").stat().st_mode & 0o077 == 0
    told.take_down()
    assert not folder.exists()


def test_what_others_may_write_to_is_not_believed(told: Bulletin) -> None:
    told.tell("status", "all is well")
    folder_of(told).chmod(0o777)

    assert told.read("status") == ""


def test_a_home_is_the_same_by_whatever_way_it_is_named(told: Bulletin, ledger: Path, memory: Path) -> None:
    told.tell("status", "all is well")
    by_link = ledger.parent.with_name("by link")
    by_link.symlink_to(ledger.parent)

    assert Bulletin(by_link / ledger.name, memory).read("status") == "all is well"
    assert Bulletin(ledger.parent / ".." / "home" / ledger.name, memory).read("status") == "all is well"


def test_a_name_that_others_took_in_memory_is_gone_by(ledger: Path, tmp_path: Path) -> None:
    memory = tmp_path / "taken"
    memory.mkdir()
    told = Bulletin(ledger, memory)
    next(iter(told._folders())).mkdir(mode=0o777)
    next(iter(told._folders())).chmod(0o777)
    told.tell("status", "one")
    before = told.version()
    os.utime(list(told._folders())[1], ns=(0, 0))

    assert told.read("status") == "one"
    assert before != 0
    assert told.version() == 0


def test_a_damaged_report_is_as_none(ledger: Path) -> None:
    tell_report(ledger, StationReport(LinkStatus(LinkState.UP)))
    assert told_report(ledger).link.state is LinkState.UP

    for damaged in ("{", "[1]", '"x"', "nul"):
        Bulletin(ledger).tell("status", damaged)
        assert told_report(ledger) == StationReport()


def folder_of(told: Bulletin) -> Path:
    found = [folder for folder in told._folders() if folder.exists()]
    assert len(found) == 1
    return found[0]
