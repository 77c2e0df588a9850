"""Circles on running stations: who comes in, who is out, and which key holds."""

import asyncio
from pathlib import Path

import pytest

from meshboard.domain.circle_facts import EpochBegun
from meshboard.domain.ids import PostId
from meshboard.errors import RuleError
from meshboard.ledger.ledger import Ledger
from meshboard.link import LinkState
from meshboard.station.board.service import Service
from meshboard.station.circle.beginning import enter, join
from meshboard.station.circle.desk import Desk
from meshboard.station.process.real_clock import SystemClock
from meshboard.trust.circle import commitment_of
from tests.support.stations.linked import Air, Alone, Linked, critical, eventually, running


def post(station: Linked, text: str) -> PostId:
    return PostId(station.desk.write(critical(text), station.desk.member).entry.id)


def holds(station: Linked, wanted: PostId) -> bool:
    return station.ledger.posts.record(wanted) is not None


def members(station: Linked) -> set[str]:
    return {person.name for person in station.board().circle.people() if person.is_member}


async def test_who_joins_by_an_invite_is_in_and_reads_everything(tmp_path: Path) -> None:
    air = Air()
    ana, ben = Linked(tmp_path, "Ana", air, circles=["Kitchen"]), Linked(tmp_path, "Ben", air, circles=[])
    ben.join(ana.board().circle.make_invite().code)
    insulin = post(ana, "insulin")
    async with running(ana, ben):
        await eventually(lambda: holds(ben, insulin))
        bandages = post(ben, "bandages")
        await eventually(lambda: holds(ana, bandages))
        await eventually(lambda: members(ana) == members(ben) == {"Ana", "Ben"})

        assert ben.board().circle.view().founder == "Ana"
        await eventually(lambda: ana.board().circle.invites()[0].is_closed)
        assert ana.board().circle.invites()[0].joined == ("Ben",)


async def test_who_was_taken_out_learns_nothing_later(tmp_path: Path) -> None:
    air = Air()
    ana = Linked(tmp_path, "Ana", air, circles=["Kitchen"])
    ben, cy = (Linked(tmp_path, name, air, circles=[]) for name in ("Ben", "Cy"))
    for one in (ben, cy):
        one.join(ana.board().circle.make_invite().code)
    async with running(ana, ben, cy):
        await eventually(lambda: all(len(members(one)) == 3 for one in (ana, ben, cy)))
        ana.board().circle.remove([cy.desk.author])
        await eventually(
            lambda: ben.board().circle.view().key_state == "in use" and ben.board().circle.view().epoch == 1
        )
        await eventually(lambda: bool(cy.board().circle.view().removed_by))
        secret = post(ben, "insulin")
        await eventually(lambda: holds(ana, secret))

        assert not holds(cy, secret)
        assert members(ana) == members(ben) == {"Ana", "Ben"}
        assert "taken out of this circle by Ana" in cy.board().status().circle_detail
        people = {person.name: person for person in ana.board().circle.people()}
        assert (people["Cy"].vouched_by, people["Ana"].vouches_for) == ((), ("Ben",))


async def test_who_gives_the_new_key_to_nobody_is_taken_out_and_the_others_go_on(tmp_path: Path) -> None:
    air = Air()
    ana = Linked(tmp_path, "Ana", air, circles=["Kitchen"])
    ben, cy = (Linked(tmp_path, name, air, circles=[]) for name in ("Ben", "Cy"))
    for one in (ben, cy):
        one.join(ana.board().circle.make_invite().code)
    async with running(ana, ben, cy):
        await eventually(lambda: all(len(members(one)) == 3 for one in (ana, ben, cy)))
        kept_secret = commitment_of(ben.desk.circle.id, bytes(32))
        ben.desk.write(EpochBegun(ben.desk.membership().epoch.id, kept_secret, ()), ben.desk.member)
        await eventually(
            lambda: all("begun by Ben" in one.board().circle.view().sentence for one in (ana, cy))
        )
        ana.board().circle.remove([ben.desk.author])
        await eventually(lambda: has_key(cy, 2))
        insulin = post(cy, "insulin")
        await eventually(lambda: holds(ana, insulin))

        assert members(ana) == members(cy) == {"Ana", "Cy"}


async def test_an_invite_for_one_lets_in_the_first_and_turns_the_second_away(tmp_path: Path) -> None:
    air = Air()
    ana = Linked(tmp_path, "Ana", air, circles=["Kitchen"])
    ben, cy = (Linked(tmp_path, name, air, circles=[]) for name in ("Ben", "Cy"))
    code = ana.board().circle.make_invite().code
    async with running(ana):
        ben.join(code)
        async with running(ben):
            await eventually(
                lambda: members(ana) == {"Ana", "Ben"} and ana.board().circle.invites()[0].is_closed
            )
            cy.join(code)
            async with running(cy):
                await eventually(lambda: ana.board().circle.invites()[0].turned_away == ("Cy",))
                insulin = post(cy, "insulin")
                await eventually(lambda: bool(cy.board().circle.view().founder))

                assert members(ana) == {"Ana", "Ben"}
                assert not holds(ana, insulin)
                assert ana.board().status().strangers == ("Cy",)
                await eventually(
                    lambda: "Nobody in this circle vouches for you" in cy.board().circle.view().sentence
                )
                ana.board().circle.vouch(cy.desk.author)
                await eventually(lambda: holds(ana, insulin))
                assert members(ana) == {"Ana", "Ben", "Cy"}


async def test_who_comes_after_an_invite_was_made_void_waits_for_a_vouch(tmp_path: Path) -> None:
    air = Air()
    ana, ben = Linked(tmp_path, "Ana", air, circles=["Kitchen"]), Linked(tmp_path, "Ben", air, circles=[])
    invite = ana.board().circle.make_invite(uses=0, hours=None)
    assert invite.id is not None
    ana.board().circle.void_invite(invite.id)
    ben.join(invite.code)
    async with running(ana, ben):
        await eventually(lambda: ana.board().circle.invites()[0].turned_away == ("Ben",))

        assert members(ana) == {"Ana"}


async def test_an_invite_that_expired_while_nobody_ran_is_closed_at_the_next_start(tmp_path: Path) -> None:
    ana = Linked(tmp_path, "Ana", Air(), circles=["Kitchen"])
    yesterday = Desk(ana.ledger, ana.desk.circle, ClockBehind(86_400))
    Service(yesterday, Alone()).circle.make_invite(hours=1)
    async with running(ana):
        await eventually(lambda: ana.board().circle.invites()[0].is_closed)


async def test_a_withdrawn_vouch_takes_everybody_who_stood_by_it(tmp_path: Path) -> None:
    air = Air()
    ana = Linked(tmp_path, "Ana", air, circles=["Kitchen"])
    ben, cy = (Linked(tmp_path, name, air, circles=[]) for name in ("Ben", "Cy"))
    ben.join(ana.board().circle.make_invite().code)
    async with running(ana, ben):
        await eventually(lambda: members(ben) == {"Ana", "Ben"})
        cy.join(ben.board().circle.make_invite().code)
        async with running(cy):
            await eventually(lambda: members(ana) == {"Ana", "Ben", "Cy"} == members(cy))
            early = post(cy, "insulin")
            await eventually(lambda: holds(ana, early))
            assert ana.board().circle.preview_withdraw(ben.desk.author) == ("Ben", "Cy")

            ana.board().circle.withdraw_vouch(ben.desk.author)
            await eventually(lambda: members(cy) == {"Ana"} == members(ana))
            late = post(cy, "bandages")
            await asyncio.sleep(1.0)

            assert holds(ana, early)
            assert not holds(ana, late)


async def test_two_who_take_somebody_out_on_both_sides_of_a_cut_end_in_one_state(tmp_path: Path) -> None:
    air = Air()
    ana = Linked(tmp_path, "Ana", air, circles=["Kitchen"])
    ben, cy, dee = (Linked(tmp_path, name, air, circles=[]) for name in ("Ben", "Cy", "Dee"))
    everybody = (ana, ben, cy, dee)
    code = ana.board().circle.make_invite(uses=3).code
    for one in (ben, cy, dee):
        one.join(code)
    async with running(*everybody):
        await eventually(lambda: all(len(members(one)) == 4 for one in everybody))
        for one in everybody:
            one.link.turn(LinkState.LOST)
        ana.board().circle.remove([cy.desk.author])
        ben.board().circle.remove([dee.desk.author])
        for one in everybody:
            one.link.turn(LinkState.UP)

        def is_one_state() -> bool:
            circles = [one.board().circle.view() for one in (ana, ben)]
            epochs = {one.desk.membership().epoch.id for one in (ana, ben)}
            return len(epochs) == 1 and all(one.epoch == 2 and one.key_state == "in use" for one in circles)

        await eventually(is_one_state, 40.0)
        secret = post(ana, "insulin")
        await eventually(lambda: holds(ben, secret))

        assert members(ana) == members(ben) == {"Ana", "Ben"}
        assert not holds(cy, secret)
        assert not holds(dee, secret)


async def test_who_missed_three_epochs_gets_the_key_from_anybody(tmp_path: Path) -> None:
    air = Air()
    ana = Linked(tmp_path, "Ana", air, circles=["Kitchen"])
    ben, cy = (Linked(tmp_path, name, air, circles=[]) for name in ("Ben", "Cy"))
    code = ana.board().circle.make_invite(uses=2).code
    for one in (ben, cy):
        one.join(code)
    async with running(ana, ben, cy):
        await eventually(lambda: all(len(members(one)) == 3 for one in (ana, ben, cy)))
        cy.link.turn(LinkState.LOST)
        for number in (1, 2, 3):
            ana.board().circle.rekey()
            await eventually(lambda wanted=number: has_key(ben, wanted))  # type: ignore[misc]
        secret = post(ana, "insulin")
        await eventually(lambda: holds(ben, secret))
        ana.link.turn(LinkState.LOST)
        cy.link.turn(LinkState.UP)

        await eventually(lambda: has_key(cy, 3) and holds(cy, secret), 40.0)


@pytest.mark.parametrize("shown", ["code", "file"])
async def test_who_joins_by_an_invite_shown_before_a_removal_comes_in_through_anybody(
    tmp_path: Path, shown: str
) -> None:
    air = Air()
    ana = Linked(tmp_path, "Ana", air, circles=["Kitchen"])
    ben, cy, dee = (Linked(tmp_path, name, air, circles=[]) for name in ("Ben", "Cy", "Dee"))
    for one in (ben, cy):
        one.join(ana.board().circle.make_invite().code)
    async with running(ana, ben, cy):
        await eventually(lambda: all(len(members(one)) == 3 for one in (ana, ben, cy)))
        invite = ana.board().circle.make_invite()
        await eventually(lambda: len(ben.board().circle.invites()) == 3)
        ana.board().circle.remove([cy.desk.author])
        await eventually(lambda: has_key(ben, 1))
        secret = post(ana, "insulin")
        await eventually(lambda: holds(ben, secret))
        ana.link.turn(LinkState.LOST)

        dee.join(invite.code if shown == "code" else invite.file_text)
        async with running(dee):
            await eventually(lambda: has_key(dee, 1) and holds(dee, secret), 40.0)
            bandages = post(dee, "bandages")
            await eventually(lambda: holds(ben, bandages))
            await eventually(lambda: members(dee) == members(ben) == {"Ana", "Ben", "Dee"})

            assert not holds(cy, secret)
            assert not holds(cy, bandages)


async def test_who_hears_only_frames_of_another_key_says_so_and_comes_in_by_the_code_shown_again(
    tmp_path: Path,
) -> None:
    """Its one neighbour came in after the change, and never had the key of the code that dee holds."""
    air = Air()
    ana = Linked(tmp_path, "Ana", air, circles=["Kitchen"])
    ben, dee = (Linked(tmp_path, name, air, circles=[]) for name in ("Ben", "Dee"))
    invite = ana.board().circle.make_invite()
    assert invite.id is not None
    async with running(ana, ben):
        ana.board().circle.rekey()
        ben.join(ana.board().circle.make_invite().code)
        await eventually(lambda: members(ana) == members(ben) == {"Ana", "Ben"} and has_key(ben, 1))
        shown_again = ana.board().circle.show_invite(invite.id).code
        ana.link.turn(LinkState.LOST)
        dee.join(invite.code)
        assert "not been heard yet" in dee.board().status().circle_detail
        async with running(dee):
            secret = post(ben, "insulin")
            await eventually(lambda: "sealed with another key" in dee.board().status().circle_detail)
            dee.join(shown_again)
            await eventually(lambda: has_key(dee, 1) and holds(dee, secret))
            await eventually(lambda: members(dee) == members(ben) == {"Ana", "Ben", "Dee"})

            assert dee.board().status().circle_detail == ""
            with pytest.raises(RuleError, match="already"):
                dee.join(shown_again)


async def test_two_circles_on_one_link_stay_apart(tmp_path: Path) -> None:
    air = Air()
    ana = Linked(tmp_path, "Ana", air, circles=["Kitchen", "Bikes"])
    ben, cy = (Linked(tmp_path, name, air, circles=[]) for name in ("Ben", "Cy"))
    ben.join(ana.board(0).circle.make_invite().code)
    cy.join(ana.board(1).circle.make_invite().code)
    async with running(ana, ben, cy):
        flour = PostId(ana.desk_of(0).write(critical("flour"), ana.desk_of(0).member).entry.id)
        tubes = PostId(ana.desk_of(1).write(critical("tubes"), ana.desk_of(1).member).entry.id)
        await eventually(lambda: holds(ben, flour) and holds(cy, tubes))

        assert not holds(ben, tubes)
        assert not holds(cy, flour)
        assert not cy.board().status().rejected


async def test_a_circle_joined_or_left_in_another_process_is_taken_up_and_dropped(tmp_path: Path) -> None:
    air = Air()
    ana = Linked(tmp_path, "Ana", air, circles=["Kitchen", "Bikes"])
    ben = Linked(tmp_path, "Ben", air, circles=["Garden"])
    async with running(ana, ben):
        with Ledger.open(ben.path) as beside:
            enter(beside, join("Ben", ana.board(1).circle.make_invite().code), SystemClock())
        tubes = PostId(ana.desk_of(1).write(critical("tubes"), ana.desk_of(1).member).entry.id)
        await eventually(lambda: holds(ben, tubes))

        with Ledger.open(ben.path) as beside:
            beside.circles.forget(ben.ledger.circles.all()[1].id)
        await eventually(lambda: len(ben.link.channels) == 1)
        assert not holds(ben, tubes)


@pytest.mark.parametrize("stopped", ["Ana", "Ben"])
async def test_a_removal_holds_whoever_was_switched_off_meanwhile(tmp_path: Path, stopped: str) -> None:
    air = Air()
    ana = Linked(tmp_path, "Ana", air, circles=["Kitchen"])
    ben, cy = (Linked(tmp_path, name, air, circles=[]) for name in ("Ben", "Cy"))
    code = ana.board().circle.make_invite(uses=2).code
    for one in (ben, cy):
        one.join(code)
    async with running(ana, ben, cy):
        await eventually(lambda: all(len(members(one)) == 3 for one in (ana, ben, cy)))
    air = Air()
    ana, ben, cy = (Linked(tmp_path, name, air) for name in ("Ana", "Ben", "Cy"))
    ana.board().circle.remove([cy.desk.author])  # no station runs: nothing was said yet
    if stopped == "Ana":  # says it to nobody, and stops again
        async with running(ana):
            await eventually(lambda: ana.link.frames > 0)
        ana = Linked(tmp_path, "Ana", air)
    async with running(ana, ben, cy):
        await eventually(lambda: has_key(ben, 1), 40.0)
        secret = post(ben, "insulin")
        await eventually(lambda: holds(ana, secret))

        assert not holds(cy, secret)


def has_key(station: Linked, epoch: int) -> bool:
    circle = station.board().circle.view()
    return circle.epoch == epoch and circle.key_state == "in use"


class ClockBehind(SystemClock):
    """A clock that shows an earlier time."""

    def __init__(self, by_s: int) -> None:
        self._by_s = by_s

    def wall_s(self) -> int:
        now = super().wall_s()
        assert now is not None
        return now - self._by_s
