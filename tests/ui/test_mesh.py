from pathlib import Path

from meshboard.station.board.service import Service
from tests.support.stations.app import app_on, content, hand_over, publish, screen_text, until


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
        assert "3 entries" in line
