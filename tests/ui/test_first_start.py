from pathlib import Path

from textual.widgets import Input

from meshboard.station.home.host import Host
from meshboard.ui.invite_files import write_invite_file
from meshboard.ui.screens.board import BoardScreen
from meshboard.ui.screens.first_start import FirstStartScreen
from tests.support.stations.app import app_on, one_line, screen_text, service_of, shown, type_ahead, until


async def test_four_answers_lead_to_the_board(tmp_path: Path) -> None:
    async with app_on(tmp_path) as pilot:
        type_ahead(pilot, *"Ana")
        await pilot.press("enter", "enter")
        type_ahead(pilot, *"Oak")
        await pilot.press("enter")
        await until(pilot, lambda: "Which radio" in screen_text(pilot))
        await until(pilot, lambda: shown(pilot, "#looking") != "Looking for radios …")
        await pilot.press("end", "up", "enter")
        await until(pilot, lambda: "Encrypt this board?" in screen_text(pilot))
        await pilot.press("end", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, BoardScreen))

        status = service_of(pilot).status()
        assert (status.name, status.circle_name, status.link) == ("Ana", "Oak", "no radio")


async def test_a_code_from_another_board_joins_its_circle(tmp_path: Path, home: Path) -> None:
    host = Host(home)
    invite = host.open().circle.make_invite()
    host.close()
    async with app_on(tmp_path / "new") as pilot:
        type_ahead(pilot, *"Bo")
        await pilot.press("enter", "down", "enter")
        pilot.app.screen.query_one("#circle", Input).value = invite.code.lower().replace("-", " ")
        await until(pilot, lambda: "You will join Oak Street." in screen_text(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: "Which radio" in screen_text(pilot))
        assert "You will join Oak Street." in screen_text(pilot)
        await until(pilot, lambda: shown(pilot, "#looking") != "Looking for radios …")
        await pilot.press("end", "up", "enter")
        await until(pilot, lambda: "Encrypt this board?" in screen_text(pilot))
        await pilot.press("end", "enter")
        await until(pilot, lambda: "as soon as a board that knows the invite" in one_line(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, BoardScreen))

        assert service_of(pilot).status().circle_name == "Oak Street"


async def test_the_file_of_an_invite_joins_its_circle(tmp_path: Path, home: Path) -> None:
    host = Host(home)
    path = write_invite_file(str(tmp_path / "invite.txt"), host.open().circle.make_invite().file_text)
    host.close()
    async with app_on(tmp_path / "new") as pilot:
        type_ahead(pilot, *"Bo")
        await pilot.press("enter", "down", "enter")
        pilot.app.screen.query_one("#circle", Input).value = str(path)

        await until(pilot, lambda: "You will join Oak Street." in screen_text(pilot))


async def test_a_file_that_is_not_there_is_said_by_its_name(tmp_path: Path) -> None:
    async with app_on(tmp_path / "new") as pilot:
        type_ahead(pilot, *"Bo")
        await pilot.press("enter", "down", "enter")
        type_ahead(pilot, *"/nowhere/invite.txt")
        await pilot.press("enter")

        await until(pilot, lambda: "/nowhere/invite.txt cannot be read" in screen_text(pilot))


async def test_a_wrong_letter_is_said_with_the_number_of_its_group(tmp_path: Path, home: Path) -> None:
    host = Host(home)
    groups = host.open().circle.make_invite().code.split("-")
    host.close()
    groups[6] = ("0" if groups[6][0] != "0" else "1") + groups[6][1:]
    async with app_on(tmp_path / "new") as pilot:
        type_ahead(pilot, *"Bo")
        await pilot.press("enter", "down", "enter")
        pilot.app.screen.query_one("#circle", Input).value = " ".join(groups)
        await pilot.press("enter")

        await until(pilot, lambda: "7" in shown(pilot, "#problem"))
        assert groups[6] in shown(pilot, "#problem")


async def test_a_mistyped_code_is_asked_for_again_with_what_was_typed(tmp_path: Path) -> None:
    async with app_on(tmp_path) as pilot:
        type_ahead(pilot, *"Bo")
        await pilot.press("enter", "down", "enter")
        type_ahead(pilot, *"abcd")
        await pilot.press("enter")
        await until(pilot, lambda: shown(pilot, "#problem").startswith("×"))

        assert "Which circle" in screen_text(pilot)
        assert pilot.app.screen.query_one("#circle", Input).value == "abcd"
        assert not Host(tmp_path).is_ready


async def test_nothing_typed_is_asked_for(tmp_path: Path) -> None:
    async with app_on(tmp_path) as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: "Type what the others shall call you" in screen_text(pilot))


async def test_escape_goes_back_and_keeps_what_was_typed(tmp_path: Path) -> None:
    async with app_on(tmp_path) as pilot:
        type_ahead(pilot, *"Ana")
        await pilot.press("enter")
        await until(pilot, lambda: "Which circle" in screen_text(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: "What shall we call you" in screen_text(pilot))

        assert pilot.app.screen.query_one("#name", Input).value == "Ana"


async def test_the_demo_can_come_first_and_sets_nothing_up(tmp_path: Path) -> None:
    async with app_on(tmp_path) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, FirstStartScreen))
        await pilot.press("f2")
        await until(pilot, lambda: not pilot.app.is_running)

        assert pilot.app.return_value == "demo"
    assert not Host(tmp_path).is_ready


async def test_an_invite_typed_as_a_new_circles_name_is_joined_with(tmp_path: Path, home: Path) -> None:
    host = Host(home)
    invite = host.open().circle.make_invite()
    host.close()
    async with app_on(tmp_path / "new") as pilot:
        type_ahead(pilot, *"Bo")
        await pilot.press("enter", "enter")
        pilot.app.screen.query_one("#circle", Input).value = invite.code.lower().replace("-", " ")
        await pilot.press("enter")
        await until(pilot, lambda: "not a name, so “join a circle” is chosen now" in one_line(pilot))
        await pilot.press("enter")

        await until(pilot, lambda: "3 of 4" in screen_text(pilot))
