from pathlib import Path

import pytest
import segno

from meshboard.station.board.service import Service
from meshboard.station.circle.invites import QUIET_MODULES, InviteView
from meshboard.ui.screens.circle import CircleScreen
from meshboard.ui.screens.invite import InviteScreen
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

UPPER, LOWER = "▀█", "▄█"


async def invite_shown(pilot: Running) -> InviteView:
    """Make an invite by keys, and return what the screen shows."""
    await pilot.press("i", "i", "enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, InviteScreen))
    await until(pilot, lambda: "Invite " in screen_text(pilot))
    board = service_of(pilot)
    return board.circle.show_invite(board.circle.invites()[0].id)


def modules(rows: list[str], width: int) -> list[list[bool]]:
    """Return half blocks as the dark and light modules a camera sees."""
    seen = []
    for row in rows:
        cells = row.ljust(width)[:width]
        seen += [[cell in UPPER for cell in cells], [cell in LOWER for cell in cells]]
    return seen


def picture_on(pilot: Running, width: int) -> list[list[bool]]:
    """Return the modules on the screen, where the picture stands."""
    region = pilot.app.screen.query_one("#qr").region
    lines = screen_text(pilot).splitlines()[region.y : region.y + region.height]
    return modules([line[region.x :] for line in lines], width)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (60, 24)])
async def test_the_whole_picture_is_on_the_screen_with_light_around_it(
    home: Path, size: tuple[int, int]
) -> None:
    async with app_on(home, size) as pilot:
        invite = await invite_shown(pilot)
        code = segno.make_qr(invite.qr_text, error="l", boost_error=False)
        wanted = [[bool(module) for module in row] for row in code.matrix_iter(border=QUIET_MODULES)]

        seen = picture_on(pilot, len(wanted[0]))
        assert seen[: len(wanted)] == wanted
        assert not any(any(row) for row in seen[len(wanted) :])


async def test_the_longest_name_leaves_the_picture_whole_at_24_rows(tmp_path: Path) -> None:
    new_home(tmp_path / "ana", "Ana", circle="N" * 24).close()
    async with app_on(tmp_path / "ana") as pilot:
        invite = await invite_shown(pilot)
        region = pilot.app.screen.query_one("#qr").region

        assert region.height == len(invite.qr_rows) <= 23
        assert region.y + region.height <= 23
        seen = picture_on(pilot, len(invite.qr_rows[0]))
        assert seen == modules(list(invite.qr_rows), len(invite.qr_rows[0]))


async def test_a_window_too_small_shows_letters_and_says_why(home: Path) -> None:
    async with app_on(home, (60, 20)) as pilot:
        invite = await invite_shown(pilot)

        assert "too small for the picture" in one_line(pilot)
        assert all(group in screen_text(pilot) for group in invite.code.split("-"))


async def test_a_key_turns_the_picture_into_letters_and_back(home: Path) -> None:
    async with app_on(home) as pilot:
        invite = await invite_shown(pilot)
        await pilot.press("t")
        await until(pilot, lambda: all(group in screen_text(pilot) for group in invite.code.split("-")))
        await pilot.press("t")
        await until(pilot, lambda: invite.code.split("-")[3] not in screen_text(pilot))


async def test_an_invite_is_made_as_it_was_chosen(home: Path) -> None:
    async with app_on(home) as pilot:
        await pilot.press("i", "i", "right", "tab", "right", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, InviteScreen))

        made = service_of(pilot).circle.invites()[0]
        assert (made.uses, made.expires_at) == (0, None)


async def test_whoever_joins_is_shown_at_once_and_a_used_invite_leaves_the_screen(
    home: Path, tmp_path: Path
) -> None:
    async with app_on(home) as pilot:
        invite = await invite_shown(pilot)
        new_home(tmp_path / "dee", "Dee", invite.code).close()
        hand_over(tmp_path / "dee", home)
        service_of(pilot).tell_listeners()
        await until(pilot, lambda: "joined: Dee" in screen_text(pilot))

        assert "used up" in screen_text(pilot)
        assert not pilot.app.screen.query_one("#qr").display


async def test_an_invite_is_voided_with_a_second_key(home: Path) -> None:
    async with app_on(home) as pilot:
        await invite_shown(pilot)
        await pilot.press("x")
        await until(pilot, lambda: "photographed" in one_line(pilot))
        assert not service_of(pilot).circle.invites()[0].is_closed
        await pilot.press("y")
        await until(pilot, lambda: service_of(pilot).circle.invites()[0].is_closed)

        await until(pilot, lambda: "It is void now" in screen_text(pilot))
        assert not pilot.app.screen.query_one("#qr").display


async def test_an_invite_is_written_to_a_file(home: Path, tmp_path: Path) -> None:
    async with app_on(home) as pilot:
        invite = await invite_shown(pilot)
        await pilot.press("f")
        await until(pilot, lambda: "Write the invite to a file" in screen_text(pilot))
        await pilot.press("ctrl+u", *str(tmp_path / "it.txt"), "enter")
        await until(pilot, (tmp_path / "it.txt").exists)

        assert (tmp_path / "it.txt").read_text() == invite.file_text


@pytest.mark.parametrize("question", ["", "x"])
async def test_an_invite_leaves_the_screen_when_nobody_is_there(home: Path, question: str) -> None:
    async with app_on(home) as pilot:
        await pilot.press("i")
        await until(pilot, lambda: isinstance(pilot.app.screen, CircleScreen))
        board: Service = service_of(pilot)
        screen = InviteScreen(board.circle.make_invite(), idle_s=0.5)
        await pilot.app.push_screen(screen)
        await pilot.press(*question)

        await until(pilot, lambda: isinstance(pilot.app.screen, CircleScreen))
        assert screen not in pilot.app.screen_stack
