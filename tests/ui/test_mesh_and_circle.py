from pathlib import Path

from meshboard.station.service import Service
from meshboard.ui.screens.board import BoardScreen
from tests.ui.running import app_on, content, hand_over, publish, screen_text, service_of, until


async def test_the_mesh_screen_names_stations_and_never_claims_to_have_heard_them(
    home: Path, neighbour: Service, neighbour_home: Path
) -> None:
    publish(neighbour, content())
    hand_over(neighbour_home, home)
    async with app_on(home) as pilot:
        await pilot.press("s")
        await until(pilot, lambda: "Other boards" in screen_text(pilot))

        line = next(line for line in screen_text(pilot).splitlines() if line.strip().startswith("Bo"))
        assert "not heard itself" in line
        assert "2 entries" in line


async def test_the_invite_shows_code_and_picture_at_80_by_24(home: Path) -> None:
    async with app_on(home) as pilot:
        await pilot.press("i")
        await until(pilot, lambda: "Invite to Oak Street" in screen_text(pilot))
        invite = service_of(pilot).invite()

        lines = screen_text(pilot).splitlines()
        assert all(group in screen_text(pilot) for group in invite.code.split("-"))
        assert all(any(row.strip() in line for line in lines) for row in invite.qr_rows)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, BoardScreen))
