"""Names on screens: who takes another's name is told apart from them, wherever names are shown."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from meshboard.domain.circle_facts import StationIntroduced
from meshboard.domain.views import BoardQuery
from tests.support.entries.signed import BOX_KEY
from tests.support.stations.linked import Air, Linked
from tests.support.stations.neighbours import NEED


@pytest.fixture
def ana(tmp_path: Path) -> Iterator[Linked]:
    station = Linked(tmp_path, "Ana", Air(), circles=["Kitchen"])
    yield station
    station.ledger.close()


@pytest.fixture
def eve(ana: Linked, tmp_path: Path) -> Iterator[Linked]:
    """Return a member's station."""
    (tmp_path / "beside").mkdir()
    station = Linked(tmp_path / "beside", "Eve", Air(), circles=[])
    code = ana.board().circle.make_invite().code
    station.join(code)
    carry(ana, station)
    carry(station, ana)
    yield station
    station.ledger.close()


def carry(source: Linked, target: Linked) -> None:
    target.ledger.append(source.desk.own_entries_after(0), None)


def digits(station: Linked) -> str:
    return station.desk.author.hex()[:4]


def take_the_name(eve: Linked, ana: Linked, name: str = "ANA") -> None:
    eve.desk.write(StationIntroduced(name, BOX_KEY), eve.desk.member)
    carry(eve, ana)


def test_nobody_is_marked_while_names_differ(ana: Linked, eve: Linked) -> None:
    assert [person.name for person in ana.board().circle.people()] == ["Ana", "Eve"]
    assert [person.name for person in eve.board().circle.people()] == ["Eve", "Ana"]


def test_a_member_who_takes_a_name_is_told_apart_from_whose_it_is(ana: Linked, eve: Linked) -> None:
    take_the_name(eve, ana)
    real, false = f"Ana {digits(ana)}", f"ANA {digits(eve)}"
    ana.board().publish(NEED)
    eve.board().publish(NEED)
    carry(eve, ana)
    board = ana.board()

    assert {str(post.who) for post in board.board(BoardQuery()).posts} == {real, false}
    assert [(one.name, one.vouched_by) for one in board.circle.people()] == [(real, ()), (false, (real,))]
    assert [station.name for station in board.status().stations] == [false]
    assert board.status().name == real
    assert [invite.joined for invite in board.circle.invites()] == [(false,)]


def test_a_muted_station_is_named_with_its_key_too(ana: Linked, eve: Linked) -> None:
    take_the_name(eve, ana)
    post = eve.board().publish(NEED)
    carry(eve, ana)

    ana.board().moderation.mute(post.id, whole_station=True)

    assert [muted.name for muted in ana.board().moderation.muted()] == [f"ANA {digits(eve)}"]


def test_a_stranger_who_waits_under_a_members_name_is_told_apart(ana: Linked, eve: Linked) -> None:
    invite = ana.board().circle.make_invite()
    stranger = Linked(ana.path.parent / "beside", "Ana", Air(), circles=[])
    stranger.join(invite.code)
    assert invite.id is not None
    ana.board().circle.void_invite(invite.id)
    carry(stranger, ana)
    board = ana.board()
    names = {one.name: one.is_member for one in board.circle.people()}

    assert names == {f"Ana {digits(ana)}": True, f"Ana {digits(stranger)}": False, "Eve": True}
    assert board.status().strangers == (f"Ana {digits(stranger)}",)
    stranger.ledger.close()


def test_the_marks_go_once_the_names_differ_again(ana: Linked, eve: Linked) -> None:
    take_the_name(eve, ana)
    take_the_name(eve, ana, "Eve")

    assert [person.name for person in ana.board().circle.people()] == ["Ana", "Eve"]
