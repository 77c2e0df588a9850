"""Another program keeps the ledger: screens go on, what is typed waits, and every sentence is true."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from meshboard.domain.views import BoardQuery
from meshboard.ledger.file.driver import connect
from meshboard.station.vault.vault import LEDGER_FILE
from meshboard.ui.screens.base import WAITS
from meshboard.ui.screens.board import BoardScreen
from meshboard.ui.screens.compose import ComposeScreen
from meshboard.ui.screens.live import NOT_READ
from meshboard.ui.widgets.status_line import StatusLine
from tests.support.stations.app import (
    Running,
    app_on,
    content,
    one_line,
    put_up,
    service_of,
    type_ahead,
    until,
)

AT_ONCE_S = 2.0  # far below SQLite's own wait of 5 s, far above what a key takes on a busy machine

# SQLite's locks for writing, for moving into the file and for mending are bytes 120 to 122 of the index,
# whose head is two times 48 bytes (sqlite.org/walformat.html)
MENDS = """
import fcntl, sys
with open(sys.argv[1], "r+b", buffering=0) as index:
    fcntl.lockf(index, fcntl.LOCK_EX, 3, 120)
    index.write(bytes(96))
    print("kept", flush=True)
    sys.stdin.read()
"""


@contextmanager
def kept(home: Path) -> Iterator[None]:
    """Keep a home's ledger as another program may."""
    other = connect(home / LEDGER_FILE, "rw")
    other.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


@contextmanager
def mended(home: Path) -> Iterator[None]:
    """Mend the index of what was last written, as another program does after a crash: nobody can read."""
    index = str(home / f"{LEDGER_FILE}-shm")
    with subprocess.Popen(
        [sys.executable, "-c", MENDS, index], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout
        assert other.stdout.readline()
        yield  # closing its input lets it go


def texts(pilot: Running) -> list[str]:
    return [post.content.text for post in service_of(pilot).board(BoardQuery()).posts]


async def write_post(pilot: Running) -> ComposeScreen:
    await pilot.press("n")
    await until(pilot, lambda: isinstance(pilot.app.screen, ComposeScreen))
    await pilot.press(*"soup")
    screen = pilot.app.screen
    assert isinstance(screen, ComposeScreen)
    return screen


def notices(pilot: Running) -> list[str]:
    return [notice.message for notice in pilot.app._notifications]


async def test_keys_are_answered_while_another_program_keeps_the_ledger(home: Path) -> None:
    put_up(home, content("bread"), content("milk"))
    async with app_on(home) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, BoardScreen))
        with kept(home):
            slowest = 0.0
            began = time.monotonic()
            while time.monotonic() - began < AT_ONCE_S:
                pressed = time.monotonic()
                await pilot.press("down")
                slowest = max(slowest, time.monotonic() - pressed)

        assert slowest < AT_ONCE_S


async def test_a_post_waits_for_the_ledger_and_is_saved_once(home: Path) -> None:
    async with app_on(home) as pilot:
        await write_post(pilot)
        with kept(home):
            began = time.monotonic()
            type_ahead(pilot, "ctrl+s", "ctrl+s")
            await until(pilot, lambda: WAITS in notices(pilot))
            await pilot.press("tab")

            assert time.monotonic() - began < AT_ONCE_S
            assert isinstance(pilot.app.screen, ComposeScreen)
            assert texts(pilot) == []

        await until(pilot, lambda: isinstance(pilot.app.screen, BoardScreen))
        await pilot.pause(0.3)
        assert texts(pilot) == ["soup"]
        assert notices(pilot) == []
        assert "Nothing was saved" not in one_line(pilot)


async def test_a_form_left_while_it_waits_posts_nothing(home: Path) -> None:
    async with app_on(home) as pilot:
        await write_post(pilot)
        with kept(home):
            await pilot.press("ctrl+s")
            await until(pilot, lambda: WAITS in notices(pilot))
            await pilot.press("escape")
            await pilot.press("y")
            await until(pilot, lambda: isinstance(pilot.app.screen, BoardScreen))

        await pilot.pause(0.3)
        assert texts(pilot) == []


@pytest.mark.parametrize(("over", "back"), [("escape", "n"), ("f1", "escape")])
async def test_what_is_opened_over_a_form_that_waits_keeps_it_waiting_and_posts_once(
    home: Path, over: str, back: str
) -> None:
    async with app_on(home) as pilot:
        await write_post(pilot)
        with kept(home):
            await pilot.press("ctrl+s")
            await until(pilot, lambda: WAITS in notices(pilot))
            await pilot.press(over)
            await until(pilot, lambda: not isinstance(pilot.app.screen, ComposeScreen))
        await pilot.pause(0.3)
        assert texts(pilot) == []
        await pilot.press(back)

        await until(pilot, lambda: isinstance(pilot.app.screen, BoardScreen))
        assert texts(pilot) == ["soup"]


async def test_an_act_on_a_post_waits_for_the_ledger(home: Path) -> None:
    put_up(home, content("bread"))
    async with app_on(home) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, BoardScreen))
        with kept(home):
            await pilot.press("w")
            await pilot.press("y")
            await until(pilot, lambda: WAITS in notices(pilot))
            assert texts(pilot) == ["bread"]

        await until(pilot, lambda: texts(pilot) == [])


async def test_a_screen_that_cannot_be_read_keeps_what_it_shows_and_reads_again(home: Path) -> None:
    put_up(home, content("bread"))
    async with app_on(home, size=(120, 30)) as pilot:
        await until(pilot, lambda: "bread" in one_line(pilot))
        screen = pilot.app.screen
        assert isinstance(screen, BoardScreen)
        with mended(home):
            screen.freshen()
            await pilot.pause()

            said = screen.query_one(StatusLine).said
            assert said == NOT_READ
            assert "bread" in one_line(pilot)

        reads = screen._board
        await until(pilot, lambda: screen._board is not reads)


async def test_trouble_with_the_ledger_is_not_said_of_the_radio(home: Path) -> None:
    async with app_on(home, size=(120, 30)) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, BoardScreen))
        station = pilot.app.host.radio._station  # type: ignore[attr-defined]
        station._set_trouble("The disk is full.")
        await until(pilot, lambda: "! The disk is full." in one_line(pilot))

        status = service_of(pilot).status()
        assert (status.trouble, "disk" in status.link_detail) == ("The disk is full.", False)
