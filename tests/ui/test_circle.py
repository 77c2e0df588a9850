"""The circle screen, on real ledgers: Ana founded, Bo joined by her invite, Dee by his."""

from pathlib import Path

import pytest

from meshboard.station.board.service import Service
from meshboard.station.circle.circle_people import CirclePerson
from meshboard.station.home.host import Host
from meshboard.ui.screens.board import BoardScreen
from meshboard.ui.screens.circle import CircleScreen
from meshboard.ui.screens.dialogs import ConsequencesDialog
from tests.support.stations.app import (
    Running,
    app_on,
    hand_over,
    new_home,
    one_line,
    screen_text,
    service_of,
    until,
)


@pytest.fixture
def circle_home(home: Path, neighbour: Service, neighbour_home: Path, tmp_path: Path) -> Path:
    """Return Ana's home, once she has heard of Bo, and of Dee through him."""
    code = neighbour.circle.make_invite().code
    new_home(tmp_path / "dee", "Dee", code).close()
    hand_over(tmp_path / "dee", neighbour_home)
    hand_over(neighbour_home, home)
    return home


@pytest.fixture
def stranger_home(home: Path, tmp_path: Path) -> Path:
    """Return Ana's home, where Eve has shown an invite that was void already."""
    host = Host(home)
    board = host.open()
    invite = board.circle.make_invite()
    assert invite.id is not None
    board.circle.void_invite(invite.id)
    host.close()
    new_home(tmp_path / "eve", "Eve", invite.code).close()
    hand_over(tmp_path / "eve", home)
    return home


def person(pilot: Running, name: str) -> CirclePerson:
    """Return somebody of the circle on the screen."""
    return next(one for one in service_of(pilot).circle.people() if one.name == name)


async def at_person(pilot: Running, name: str) -> CircleScreen:
    """Open the circle screen and go to somebody's line."""
    await pilot.press("i")
    await until(pilot, lambda: isinstance(pilot.app.screen, CircleScreen))
    screen = pilot.app.screen
    assert isinstance(screen, CircleScreen)
    await until(pilot, lambda: screen.person is not None)
    for _ in range(len(screen.people)):
        if screen.person is not None and screen.person.name == name:
            return screen
        await pilot.press("down")
    raise AssertionError(f"{name} is not in the list")


async def asked(pilot: Running) -> str:
    """Wait for the question, and return its words."""
    await until(pilot, lambda: isinstance(pilot.app.screen, ConsequencesDialog))
    await pilot.pause()
    return one_line(pilot)


async def test_everybody_is_listed_with_who_vouched_for_whom(circle_home: Path) -> None:
    async with app_on(circle_home) as pilot:
        await at_person(pilot, "Bo")

        lines = [" ".join(line.split()) for line in screen_text(pilot).splitlines()]
        assert "Oak Street · √ you are a member · founded by Ana" in lines
        assert "Ana (you) √ founder" in lines
        assert "► Bo √ member vouched for by Ana" in lines
        assert "Dee √ member vouched for by Bo" in lines
        await until(pilot, lambda: "Bo vouches for Dee." in screen_text(pilot))


async def test_a_removal_names_its_consequences_and_waits_for_a_second_key(circle_home: Path) -> None:
    async with app_on(circle_home) as pilot:
        await at_person(pilot, "Bo")
        await pilot.press("r")
        words = await asked(pilot)

        assert "Bo reads nothing sealed later" in words
        assert "1 other gets the new key" in words
        assert person(pilot, "Bo").is_member
        await pilot.press("y")
        await until(pilot, lambda: not person(pilot, "Bo").is_member)
        assert person(pilot, "Dee").is_member
        assert service_of(pilot).circle.view().epoch == 1
        await until(pilot, lambda: "key 1 in use" in screen_text(pilot))


@pytest.mark.parametrize("key", ["n", "escape", "q"])
async def test_any_other_way_out_of_a_question_changes_nothing(circle_home: Path, key: str) -> None:
    async with app_on(circle_home) as pilot:
        await at_person(pilot, "Bo")
        await pilot.press("r")
        await asked(pilot)
        await pilot.press(key)
        await until(pilot, lambda: isinstance(pilot.app.screen, CircleScreen))

        assert person(pilot, "Bo").is_member
        assert service_of(pilot).circle.view().epoch == 0


async def test_several_are_marked_and_taken_out_with_one_new_key(circle_home: Path) -> None:
    async with app_on(circle_home) as pilot:
        await at_person(pilot, "Bo")
        await pilot.press("space", "down", "space", "r")
        words = await asked(pilot)

        assert "Take Bo and Dee out" in words
        await pilot.press("y")
        await until(pilot, lambda: not person(pilot, "Dee").is_member)
        assert not person(pilot, "Bo").is_member
        assert service_of(pilot).circle.view().epoch == 1


async def test_taking_a_vouch_back_names_the_chain_and_can_be_undone(circle_home: Path) -> None:
    async with app_on(circle_home) as pilot:
        await at_person(pilot, "Bo")
        await pilot.press("w")
        words = await asked(pilot)

        assert "Bo and Dee count no more" in words
        await pilot.press("y")
        await until(pilot, lambda: not person(pilot, "Dee").is_member)
        assert service_of(pilot).circle.view().epoch == 0
        await pilot.press("v")
        await asked(pilot)
        await pilot.press("y")
        await until(pilot, lambda: person(pilot, "Dee").is_member)


async def test_a_vouch_is_taken_back_with_the_key_where_that_is_wished(circle_home: Path) -> None:
    async with app_on(circle_home) as pilot:
        await at_person(pilot, "Bo")
        await pilot.press("w")
        await asked(pilot)
        await pilot.press("k")
        await until(pilot, lambda: service_of(pilot).circle.view().epoch == 1)

        assert not person(pilot, "Bo").is_member


async def test_a_new_key_takes_nobody_out(circle_home: Path) -> None:
    async with app_on(circle_home) as pilot:
        await at_person(pilot, "Ana")
        await pilot.press("k")
        assert "2 others get the new key" in await asked(pilot)
        await pilot.press("y")
        await until(pilot, lambda: service_of(pilot).circle.view().epoch == 1)

        assert all(one.is_member for one in service_of(pilot).circle.people())


async def test_a_stranger_is_said_on_the_board_and_vouched_for_from_there(stranger_home: Path) -> None:
    async with app_on(stranger_home) as pilot:
        await until(pilot, lambda: "1 station asks to be vouched for · p" in screen_text(pilot))
        await pilot.press("p")
        await until(pilot, lambda: "? asks for a vouch" in screen_text(pilot))
        await pilot.press("v")
        assert "compare this with the circle screen of their board" in await asked(pilot)
        await pilot.press("y")
        await until(pilot, lambda: person(pilot, "Eve").is_member)

        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, BoardScreen))
        await until(pilot, lambda: "vouched for" not in screen_text(pilot))


async def test_no_key_for_strangers_is_offered_while_there_are_none(home: Path) -> None:
    async with app_on(home) as pilot:
        await until(pilot, lambda: "i circle" in screen_text(pilot))
        await pilot.press("p")
        await pilot.pause()

        assert isinstance(pilot.app.screen, BoardScreen)
        assert "who asks" not in screen_text(pilot)


async def test_whoever_was_taken_out_reads_by_whom_and_is_offered_nothing(
    circle_home: Path, neighbour: Service, neighbour_home: Path
) -> None:
    ana = Host(circle_home)
    board = ana.open()
    board.circle.remove([one.author for one in board.circle.people() if one.name == "Bo"])
    ana.close()
    hand_over(circle_home, neighbour_home)
    async with app_on(neighbour_home) as pilot:
        await until(pilot, lambda: "! You were taken out of this circle by Ana" in screen_text(pilot))
        await at_person(pilot, "Ana")

        assert "× you were taken out" in screen_text(pilot)
        keys = screen_text(pilot).splitlines()[-2:]
        assert not any(word in line for line in keys for word in ("take out", "vouch", "invite", "new key"))


async def test_help_tells_every_key_of_the_circle_screen(home: Path) -> None:
    async with app_on(home, (80, 40)) as pilot:
        await at_person(pilot, "Ana")
        await pilot.press("question_mark")
        await until(pilot, lambda: "Keys on this screen" in screen_text(pilot))

        assert "take your vouch back; says who falls with it" in screen_text(pilot)
