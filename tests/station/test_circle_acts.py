"""What members do about the circle, on ledgers alone: entries are carried by hand."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from meshboard.domain.circle_facts import Cut, EpochBegun
from meshboard.domain.entries import LogId
from meshboard.domain.epochs import EpochTree
from meshboard.domain.ids import member_key
from meshboard.errors import RuleError, TrustError
from meshboard.figures import KEY_AWAITED_S, MAX_INCARNATIONS, MAX_LOG_NUMBER, REKEY_APART_S
from meshboard.station.circle.beginning import machine_zone
from meshboard.station.circle.circle_acts import begin_epoch, close_invite
from meshboard.station.circle.circle_service import MAX_USES
from meshboard.station.circle.settling import Settler
from tests.support.stations.linked import Air, Linked, critical


@pytest.fixture
def ana(tmp_path: Path) -> Iterator[Linked]:
    station = Linked(tmp_path, "Ana", Air(), circles=["Kitchen"])
    yield station
    station.ledger.close()


def settle(settler: Settler, station: Linked, now_s: float) -> bool:
    """Do what is due; say whether anything was."""
    acts = settler.due(station.desk.membership(), now_s)
    for act in acts:
        act()
    return bool(acts)


def newcomer(ana: Linked, name: str, code: str) -> Linked:
    """Let somebody join, and carry to both what the other wrote."""
    other = Linked(ana.path.parent, name, Air(), circles=[])
    other.join(code)
    carry(ana, other)
    carry(other, ana)
    return other


def carry(source: Linked, target: Linked) -> None:
    target.ledger.append(source.desk.own_entries_after(0), None)


def test_voiding_an_invite_keeps_everybody_who_came_by_it(ana: Linked) -> None:
    invite = ana.board().circle.make_invite(uses=0)
    for number in range(13):  # more than one fact can name
        newcomer(ana, f"N{number}", invite.code).ledger.close()
    assert invite.id is not None
    ana.board().circle.void_invite(invite.id)
    newcomer(ana, "Late", invite.code).ledger.close()

    people = ana.board().circle.people()
    assert sum(person.is_member for person in people) == 14
    assert [person.name for person in people if person.waits_for_vouch] == ["Late"]
    assert ana.board().circle.invites()[0].turned_away == ("Late",)


def test_the_first_to_come_stay_when_too_many_show_an_invite_at_once(ana: Linked) -> None:
    code = ana.board().circle.make_invite(uses=2).code
    for name in ("Ben", "Cy", "Dee"):
        newcomer(ana, name, code).ledger.close()
        settle(Settler(ana.desk), ana, 0.0)

    assert ana.board().circle.invites()[0].joined == ("Ben", "Cy")
    assert ana.board().circle.invites()[0].turned_away == ("Dee",)
    assert not settle(Settler(ana.desk), ana, 0.0)


def test_a_new_key_is_kept_with_the_fact_that_begins_it(ana: Linked) -> None:
    before = ana.board().circle.make_invite().code
    ana.board().circle.rekey()

    told = ana.desk.membership()
    assert [key.id for key in ana.ledger.circles.epoch_keys(ana.desk.circle.id)][-1] == told.epoch.id
    assert ana.board().circle.view().key_state == "in use"
    assert len(ana.board().circle.make_invite().code) > len(before)  # it names its epoch


def test_who_joins_in_a_later_epoch_seals_with_its_key_before_hearing_how_it_began(ana: Linked) -> None:
    ana.board().circle.rekey()
    ben = Linked(ana.path.parent, "Ben", Air(), circles=[])
    ben.join(ana.board().circle.make_invite().code)

    assert ben.board().circle.view().key_state == "in use"
    carry(ana, ben)
    assert (ben.board().circle.view().epoch, ben.board().circle.view().am_member) == (1, True)
    ben.ledger.close()


def test_what_makes_no_sense_is_refused_and_writes_nothing(ana: Linked) -> None:
    board, me = ana.board(), ana.desk.author
    written = len(ana.desk.own_entries_after(0))

    for act in (
        lambda: board.circle.vouch(me),
        lambda: board.circle.remove([me]),
        lambda: board.circle.remove([]),
        lambda: board.circle.remove([bytes(32)] * 5),  # type: ignore[list-item]
        lambda: board.circle.vouch(bytes(32)),  # type: ignore[arg-type]
        lambda: board.circle.withdraw_vouch(me),
        lambda: board.circle.make_invite(uses=MAX_USES + 1),
        lambda: board.circle.make_invite(hours=0),
        lambda: board.circle.void_invite(bytes(8)),  # type: ignore[arg-type]
    ):
        with pytest.raises(RuleError):
            act()
    assert len(ana.desk.own_entries_after(0)) == written


def test_who_was_taken_out_is_taken_in_again_by_a_vouch(ana: Linked) -> None:
    ben = newcomer(ana, "Ben", ana.board().circle.make_invite().code)
    ana.board().circle.remove([ben.desk.author])
    assert [person.removed_by for person in ana.board().circle.people()] == [(), ("Ana",)]
    ana.board().circle.vouch(ben.desk.author)

    assert all(person.is_member for person in ana.board().circle.people())
    with pytest.raises(RuleError, match="already"):
        ana.board().circle.vouch(ben.desk.author)
    ben.ledger.close()


def test_the_invites_of_who_is_taken_out_are_closed_and_who_came_by_them_stays(ana: Linked) -> None:
    ben = newcomer(ana, "Ben", ana.board().circle.make_invite().code)
    code = ben.board().circle.make_invite(uses=0).code
    newcomer(ben, "Cy", code).ledger.close()
    carry(ben, ana)
    cy = next(one.author for one in ben.board().circle.people() if one.name == "Cy")
    ana.ledger.append(ben.ledger.store(ben.desk.circle.id).entries(LogId(cy), 1, 9), None)
    ana.board().circle.remove([ben.desk.author])
    newcomer(ana, "Dee", code).ledger.close()

    assert {one.name for one in ana.board().circle.people() if one.is_member} == {"Ana", "Cy"}
    ben.ledger.close()


def test_a_key_that_never_comes_is_replaced_after_some_minutes(ana: Linked) -> None:
    ben = newcomer(ana, "Ben", ana.board().circle.make_invite().code)
    settler = Settler(ana.desk)
    assert settle(settler, ana, 0.0)  # the invite is used up
    carry(ana, ben)
    ben.board().circle.rekey()
    carry(ben, ana)  # Ben's station is lost before it gave anybody the key

    assert not settle(settler, ana, 0.0)
    assert ana.board().circle.view().key_state == "waiting for the key of epoch 1"
    assert not settle(settler, ana, KEY_AWAITED_S - 1.0)
    assert settle(settler, ana, KEY_AWAITED_S + 10 * REKEY_APART_S)
    assert ana.board().circle.view().key_state == "in use"
    carry(ana, ben)
    assert ben.desk.membership().epoch == ana.desk.membership().epoch
    ben.ledger.close()


def test_who_keeps_a_key_to_themselves_is_taken_out_without_it(ana: Linked) -> None:
    ben = newcomer(ana, "Ben", ana.board().circle.make_invite().code)
    ben.board().circle.rekey()
    carry(ben, ana)
    assert ana.board().circle.view().key_state == "waiting for the key of epoch 1"
    ana.board().circle.remove([ben.desk.author])

    assert ana.board().circle.view().key_state == "in use"
    assert [one.removed_by for one in ana.board().circle.people()] == [(), ("Ana",)]
    ben.ledger.close()


def test_whom_an_accomplice_left_writing_can_be_taken_out_again(ana: Linked) -> None:
    ben = newcomer(ana, "Ben", ana.board().circle.make_invite().code)
    cy = newcomer(ana, "Cy", ana.board().circle.make_invite().code)
    carry(ana, ben)
    carry(cy, ben)
    author = cy.desk.author
    everything = Cut(member_key(author), MAX_INCARNATIONS - 1, MAX_LOG_NUMBER)
    begun = EpochBegun(ben.desk.membership().epoch.id, bytes(16), (everything,))
    ben.desk.write(begun, ben.desk.member)
    cy.desk.write(critical("after"), cy.desk.member)
    for liar in (ben, cy):
        carry(liar, ana)
        liar.ledger.close()

    before = next(one for one in ana.board().circle.people() if one.author == author)
    assert (before.removed_by, before.writes_on, before.entries) == (("Ben",), True, 3)
    ana.board().circle.remove([author])
    after = next(one for one in ana.board().circle.people() if one.author == author)
    assert (after.removed_by, after.writes_on) == (("Ana", "Ben"), False)
    with pytest.raises(RuleError, match="nothing to do"):
        ana.board().circle.remove([author])


def test_a_cut_made_elsewhere_is_repeated_as_it_is(ana: Linked) -> None:
    ben = newcomer(ana, "Ben", ana.board().circle.make_invite().code)
    cy = newcomer(ana, "Cy", ana.board().circle.make_invite().code)
    carry(ana, ben)
    carry(cy, ben)
    cy.desk.write(critical("only Ben heard this"), cy.desk.member)
    carry(cy, ben)
    ben.board().circle.remove([cy.desk.author])
    carry(ben, ana)
    begin_epoch(ana.desk, replace(ana.desk.membership(), epoch=EpochTree(ana.desk.circle.id).first), ())
    carry(cy, ana)

    assert ana.desk.membership().standings[cy.desk.author].reach == (0, 3)
    for station in (ben, cy):
        station.ledger.close()


def test_nobody_voids_or_opens_the_invite_of_another_member(ana: Linked) -> None:
    ben = newcomer(ana, "Ben", ana.board().circle.make_invite(uses=0).code)
    invite = ben.board().circle.invites()[0].id
    with pytest.raises(RuleError, match="Somebody else made"):
        ben.board().circle.void_invite(invite)
    close_invite(ben.desk, invite, [ben.desk.author])
    carry(ben, ana)

    assert not ana.board().circle.invites()[0].is_closed
    ben.ledger.close()


def test_of_a_beginning_that_the_power_cut_short_nothing_is_left(ana: Linked, tmp_path: Path) -> None:
    ben = Linked(tmp_path, "Ben", Air(), circles=[])
    ledger, code = ben.ledger, ana.board().circle.make_invite().code

    def power_fails(*_: object) -> None:
        raise KeyboardInterrupt

    append, ledger.append_own = ledger.append_own, power_fails  # type: ignore[method-assign, assignment]
    with pytest.raises(KeyboardInterrupt):
        ben.join(code)
    ledger.append_own = append  # type: ignore[method-assign]
    assert not ledger.circles.all()
    ben.join(code)

    assert len(ben.desk.own_entries_after(0)) == 2
    carry(ben, ana)
    assert {person.name for person in ana.board().circle.people() if person.is_member} == {"Ana", "Ben"}
    ledger.close()


def test_an_invite_works_once_in_a_place(ana: Linked) -> None:
    code = ana.board().circle.make_invite(uses=0).code
    ben = newcomer(ana, "Ben", code)

    with pytest.raises(RuleError, match="in “Kitchen” already"):
        ben.join(code)
    with pytest.raises(TrustError):
        ben.join(code[:-3])
    ben.ledger.close()


def test_the_machine_s_time_zone_is_one_that_exists() -> None:
    assert machine_zone()
