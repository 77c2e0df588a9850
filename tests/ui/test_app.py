import asyncio
from pathlib import Path

import pytest
from textual.app import ComposeResult

from meshboard.domain.commands import PublishPost
from meshboard.errors import LedgerError
from meshboard.station.home.host import Host
from meshboard.station.vault.vault import LEDGER_FILE
from meshboard.ui.app import SHORTEST_REFRESH_S, MeshboardApp
from meshboard.ui.screens.board import BoardScreen
from meshboard.ui.screens.compose import ComposeScreen
from meshboard.ui.screens.live import LiveScreen
from tests.support.stations.app import app_on, content, put_up, screen_text, service_of, until


class CountingScreen(LiveScreen):
    """Counts how often it reads."""

    readings = 0

    def read(self) -> None:
        self.readings += 1


async def test_a_burst_of_changes_is_read_only_a_few_times(home: Path) -> None:
    async with app_on(home) as pilot:
        screen = CountingScreen()
        await pilot.app.push_screen(screen)
        await until(pilot, lambda: screen.readings == 1)
        service = service_of(pilot)
        for number in range(20):
            service.run(PublishPost(actor=service.me.actor, content=content(f"bread {number}")))
        await asyncio.sleep(2 * SHORTEST_REFRESH_S)

        assert 2 <= screen.readings <= 4


async def test_only_the_screen_in_front_reads(home: Path) -> None:
    async with app_on(home) as pilot:
        below = CountingScreen()
        await pilot.app.push_screen(below)
        await pilot.app.push_screen(CountingScreen())
        before = below.readings
        put_up(home, content())
        await asyncio.sleep(2 * SHORTEST_REFRESH_S)

        assert below.readings == before


class HalfBoard(BoardScreen):
    """Is not laid out any more, because the app ends."""

    def compose(self) -> ComposeResult:
        self.app.exit()
        yield from ()


async def test_a_board_not_laid_out_when_the_app_ends_breaks_nothing(home: Path) -> None:
    async with app_on(home) as pilot:
        pilot.app.push_screen(HalfBoard())
        await until(pilot, lambda: not pilot.app.is_running)

    assert pilot.app.return_code == 0


class BreakingScreen(LiveScreen):
    """Has somebody's words at hand when it breaks."""

    def read(self) -> None:
        words = " ".join(["the", "green", "door"])
        raise ValueError(len(words))


async def break_down(app: MeshboardApp) -> None:
    async with app.run_test() as pilot:
        app.push_screen(BreakingScreen())
        await until(pilot, lambda: not app.is_running)


async def test_a_crash_says_where_but_nothing_that_people_wrote(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app = MeshboardApp(Host(home))
    with pytest.raises(ValueError, match="14"):
        await break_down(app)

    app._print_error_renderables()
    said = capsys.readouterr().err
    assert "What was posted is stored" in said
    assert "ValueError" in said
    assert "the green door" not in said


async def test_a_key_in_the_bar_can_be_pointed_at(home: Path) -> None:
    async with app_on(home) as pilot:
        await until(pilot, lambda: "n new" in screen_text(pilot))
        await pilot.click("#keys", offset=(4, 1))
        await until(pilot, lambda: isinstance(pilot.app.screen, ComposeScreen))


async def test_a_broken_ledger_ends_the_app_with_its_sentence(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / LEDGER_FILE).write_bytes(b"not a ledger" * 1000)
    async with app_on(home) as pilot:
        await until(pilot, lambda: not pilot.app.is_running)

        assert isinstance(pilot.app, MeshboardApp)
        assert isinstance(pilot.app.failure, LedgerError)


@pytest.mark.parametrize("size", [(20, 6), (200, 60)])
async def test_any_window_size_shows_the_board(home: Path, size: tuple[int, int]) -> None:
    put_up(home, content("飲料水 \U0001f468\u200d\U0001f469\u200d\U0001f467 بخاخ"))
    async with app_on(home, size) as pilot:
        await until(pilot, lambda: "meshboard" in screen_text(pilot))
        await pilot.press("down", "enter", "escape", "n", "escape", "i", "escape", "s", "escape")
        await until(pilot, lambda: all(len(line) <= size[0] for line in screen_text(pilot).splitlines()))


async def test_news_while_the_app_closes_breaks_nothing(home: Path) -> None:
    async with app_on(home) as pilot:
        app = pilot.app
        assert isinstance(app, MeshboardApp)
        news = asyncio.create_task(_news_until_closed(app))

    assert await news > 0


async def _news_until_closed(app: MeshboardApp) -> int:
    """Refresh at every step of the loop until no screen is left; return how often while closing."""
    while_closing = 0
    while app.screen_stack:
        app._refresh_screen()
        while_closing += not app.is_running
        await asyncio.sleep(0)
    return while_closing
