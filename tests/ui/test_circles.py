from pathlib import Path

import pytest

from meshboard.station.circle.beginning import NewCircle
from meshboard.station.home.host import Host
from meshboard.trust.circle import RadioPlan
from meshboard.ui.screens.board import BoardScreen
from meshboard.ui.screens.circles import CirclesScreen
from meshboard.ui.screens.dialogs import ConsequencesDialog
from meshboard.ui.screens.first_start import FirstStartScreen
from tests.support.stations.app import (
    Running,
    app_on,
    content,
    new_home,
    one_line,
    publish,
    screen_text,
    service_of,
    type_ahead,
    until,
)


@pytest.fixture
def two_circles(home: Path) -> Path:
    """Return a home in Oak Street, with one post, and in the newer River Kitchen."""
    host = Host(home)
    publish(host.open(), content("a ladder for Oak Street"))
    host.begin("Ana K", new_circle="River Kitchen")
    host.close()
    return home


async def switcher(pilot: Running) -> None:
    """Open the list of circles."""
    await pilot.press("i", "c")
    await until(pilot, lambda: isinstance(pilot.app.screen, CirclesScreen))
    await until(pilot, lambda: "√ member" in screen_text(pilot))


async def test_another_circle_brings_its_own_board_and_name(two_circles: Path) -> None:
    async with app_on(two_circles) as pilot:
        await until(pilot, lambda: "a ladder for Oak Street" in screen_text(pilot))
        await switcher(pilot)
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, BoardScreen))
        await until(pilot, lambda: "meshboard · River Kitchen" in screen_text(pilot))

        assert "a ladder for Oak Street" not in screen_text(pilot)
        assert service_of(pilot).me.name == "Ana K"
        publish(service_of(pilot), content("soup at noon"))
        await until(pilot, lambda: "soup at noon" in screen_text(pilot))


async def test_the_chosen_circle_is_there_at_the_next_start(two_circles: Path) -> None:
    async with app_on(two_circles) as pilot:
        await switcher(pilot)
        await pilot.press("down", "enter")
        await until(pilot, lambda: "meshboard · River Kitchen" in screen_text(pilot))

    async with app_on(two_circles) as pilot:
        await until(pilot, lambda: "meshboard · River Kitchen" in screen_text(pilot))


async def test_a_circle_on_another_radio_plan_says_that_it_is_not_carried(home: Path) -> None:
    host = Host(home)
    host.begin("Ana", new_circle=NewCircle("River", RadioPlan("EU_868", "SHORT_FAST", 0)))
    host.close()
    async with app_on(home) as pilot:
        await switcher(pilot)
        await until(pilot, lambda: "! not on this radio" in screen_text(pilot))
        await pilot.press("down")

        await until(pilot, lambda: "River” meets on EU_868 SHORT_FAST" in one_line(pilot))


async def test_a_further_circle_is_begun_with_two_answers(home: Path) -> None:
    async with app_on(home) as pilot:
        await pilot.press("i", "n")
        await until(pilot, lambda: isinstance(pilot.app.screen, FirstStartScreen))
        await until(pilot, lambda: "1 of 2" in screen_text(pilot))
        await pilot.press("enter", "enter")
        type_ahead(pilot, *"River")
        await pilot.press("enter")
        await until(pilot, lambda: "meshboard · River" in screen_text(pilot))

        assert isinstance(pilot.app.screen, BoardScreen)
        assert [one.name for one in pilot.app.host.circles()] == ["Oak Street", "River"]  # type: ignore[attr-defined]


async def test_a_further_circle_is_begun_for_the_radio_as_it_is_set(tmp_path: Path) -> None:
    host = Host(tmp_path)
    host.begin("Ana", "none", new_circle=NewCircle("Oak Street", RadioPlan("EU_868", "SHORT_FAST", 2)))
    host.close()
    async with app_on(tmp_path) as pilot:
        await pilot.press("i", "n")
        await until(pilot, lambda: "1 of 2" in screen_text(pilot))
        await pilot.press("enter", "enter")
        type_ahead(pilot, *"River")
        await pilot.press("enter")
        await until(pilot, lambda: "meshboard · River" in screen_text(pilot))

        circle = service_of(pilot).circle.view()
        assert (circle.region, circle.preset, circle.slot) == ("EU_868", "SHORT_FAST", 2)
        assert circle.apart == ""


async def test_a_further_circle_is_joined_by_its_invite(home: Path, tmp_path: Path) -> None:
    other = new_home(tmp_path / "zoe", "Zoe", circle="River")
    code = other.open().circle.make_invite().code
    other.close()
    async with app_on(home) as pilot:
        await pilot.press("i", "j")
        await until(pilot, lambda: "1 of 2" in screen_text(pilot))
        await pilot.press("enter", "enter")
        type_ahead(pilot, *code.lower())
        await pilot.press("enter")
        await until(pilot, lambda: "This board is in River now." in one_line(pilot))
        await pilot.press("enter")

        await until(pilot, lambda: "meshboard · River" in screen_text(pilot))
        await until(pilot, lambda: "The circle's other boards have not been heard yet" in one_line(pilot))


async def test_escape_from_the_first_question_of_a_further_circle_goes_back(home: Path) -> None:
    async with app_on(home) as pilot:
        await switcher(pilot)
        await pilot.press("n")
        await until(pilot, lambda: "1 of 2" in screen_text(pilot))
        await pilot.press("escape")

        await until(pilot, lambda: isinstance(pilot.app.screen, CirclesScreen))


async def test_leaving_says_what_it_means_and_shows_the_board_that_is_left(two_circles: Path) -> None:
    async with app_on(two_circles) as pilot:
        await pilot.press("i", "l")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConsequencesDialog))
        await until(pilot, lambda: "come back as somebody new" in one_line(pilot))
        assert len(pilot.app.host.circles()) == 2  # type: ignore[attr-defined]
        await pilot.press("y")
        await until(pilot, lambda: "meshboard · River Kitchen" in screen_text(pilot))

        assert isinstance(pilot.app.screen, BoardScreen)
        assert "You left “Oak Street”" in screen_text(pilot)


async def test_leaving_the_last_circle_ends_and_the_next_start_asks_anew(home: Path) -> None:
    async with app_on(home) as pilot:
        await pilot.press("i", "l", "y")
        await until(pilot, lambda: not pilot.app.is_running)

    async with app_on(home) as pilot:
        await until(pilot, lambda: "1 of 3 · What shall we call you?" in screen_text(pilot))
        type_ahead(pilot, *"Ana")
        await pilot.press("enter", "enter")
        type_ahead(pilot, *"Oak")
        await pilot.press("enter")
        await until(pilot, lambda: "Which radio" in screen_text(pilot))
        await until(pilot, lambda: "Looking for radios" not in screen_text(pilot))
        await pilot.press("end", "up", "enter")

        await until(pilot, lambda: "meshboard · Oak" in screen_text(pilot))
