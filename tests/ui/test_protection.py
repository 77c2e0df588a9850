"""Locked boards show nothing, unlock with their passphrase, lock themselves, and can be wiped by two keys."""

from pathlib import Path

import pytest
from textual.widgets import Input

from meshboard.config import Settings, save_settings
from meshboard.errors import LedgerGone
from meshboard.station.home.host import Host
from meshboard.station.process.ownership import Ownership
from meshboard.station.vault.locks import Protect, Protection
from meshboard.station.vault.wiping import wipe
from meshboard.ui.app import MeshboardApp
from meshboard.ui.screens.board import BoardScreen
from meshboard.ui.screens.first_start import FirstStartScreen
from meshboard.ui.screens.unlock import UnlockScreen
from tests.support.stations.app import Running, app_on, screen_text, shown, type_ahead, until
from tests.support.stations.protected import PASSPHRASE, TEXT, host_of, new_home, words


@pytest.fixture
def locked(tmp_path: Path) -> Path:
    """Return a home under a passphrase with one post."""
    new_home(tmp_path / "locked", Protect(passphrase=words()))
    return tmp_path / "locked"


async def _is_shown(pilot: Running, kind: type[object]) -> None:
    await until(pilot, lambda: isinstance(pilot.app.screen, kind))


async def _unlock(pilot: Running, passphrase: str = PASSPHRASE) -> None:
    await _is_shown(pilot, UnlockScreen)
    pilot.app.screen.query_one("#passphrase", Input).value = passphrase
    await pilot.press("enter")


async def test_a_locked_board_opens_with_its_passphrase(locked: Path) -> None:
    async with app_on(locked) as pilot:
        await _unlock(pilot)
        await _is_shown(pilot, BoardScreen)
        await until(pilot, lambda: TEXT in screen_text(pilot))


async def test_a_wrong_passphrase_is_said_and_taken_off_the_screen(locked: Path) -> None:
    async with app_on(locked) as pilot:
        await _unlock(pilot, "not the passphrase")
        await until(pilot, lambda: "not this board's passphrase" in shown(pilot, "#problem"))

        field = pilot.app.screen.query_one("#passphrase", Input)
        assert field.value == ""
        assert not field.disabled
        await _unlock(pilot)
        await _is_shown(pilot, BoardScreen)


async def test_a_locked_screen_says_whether_a_station_goes_on_elsewhere(locked: Path) -> None:
    elsewhere = Ownership(locked)
    assert elsewhere.take()
    async with app_on(locked) as pilot:
        await _unlock(pilot)
        await _is_shown(pilot, BoardScreen)
        await pilot.press("ctrl+l")
        await _is_shown(pilot, UnlockScreen)

        await until(pilot, lambda: "another meshboard on this machine" in shown(pilot, "#explanation"))
        assert "neither hears" not in shown(pilot, "#explanation")
        elsewhere.give_back()
        await until(pilot, lambda: "neither hears nor sends" in shown(pilot, "#explanation"))


async def test_nothing_of_the_board_is_left_on_the_screen_or_in_the_host_when_it_locks(locked: Path) -> None:
    async with app_on(locked) as pilot:
        await _unlock(pilot)
        await until(pilot, lambda: TEXT in screen_text(pilot))
        await pilot.press("n")
        type_ahead(pilot, *"half a post")
        await pilot.pause()
        await pilot.press("ctrl+l")
        await _is_shown(pilot, UnlockScreen)

        assert isinstance(pilot.app, MeshboardApp)
        await until(pilot, lambda: host_is_locked(pilot))
        assert TEXT not in screen_text(pilot)
        assert "half a post" not in screen_text(pilot)
        assert [type(screen).__name__ for screen in pilot.app.screen_stack[1:]] == ["UnlockScreen"]
        await _unlock(pilot)
        await until(pilot, lambda: TEXT in screen_text(pilot))


def host_is_locked(pilot: Running) -> bool:
    assert isinstance(pilot.app, MeshboardApp)
    return pilot.app._host.is_locked


async def test_it_locks_when_nobody_pressed_a_key_for_long(locked: Path) -> None:
    save_settings(locked, Settings(lock_after_min=1))
    async with app_on(locked) as pilot:
        await _unlock(pilot)
        await _is_shown(pilot, BoardScreen)
        assert isinstance(pilot.app, MeshboardApp)
        pilot.app._touched_s -= 30
        await pilot.app._lock_if_idle()
        assert isinstance(pilot.app.screen, BoardScreen)
        pilot.app._touched_s -= 40
        await pilot.app._lock_if_idle()

        assert isinstance(pilot.app.screen, UnlockScreen)
        assert "after 1 minute without a key" in shown(pilot, "#problem")


async def test_a_pressed_key_puts_locking_off(locked: Path) -> None:
    save_settings(locked, Settings(lock_after_min=1))
    async with app_on(locked) as pilot:
        await _unlock(pilot)
        await _is_shown(pilot, BoardScreen)
        assert isinstance(pilot.app, MeshboardApp)
        pilot.app._touched_s -= 100
        await pilot.press("down")
        await pilot.app._lock_if_idle()

        assert isinstance(pilot.app.screen, BoardScreen)


async def test_a_kiosk_with_a_key_file_never_asks_and_never_locks(tmp_path: Path) -> None:
    new_home(tmp_path / "kiosk", Protect(key_file=tmp_path / "stick.key"))
    async with app_on(tmp_path / "kiosk") as pilot:
        await _is_shown(pilot, BoardScreen)
        assert isinstance(pilot.app, MeshboardApp)
        pilot.app._touched_s -= 1_000_000
        await pilot.app._lock_if_idle()
        await pilot.press("ctrl+l")

        assert isinstance(pilot.app.screen, BoardScreen)


@pytest.mark.parametrize("is_unlocked", [True, False])
async def test_two_keys_wipe_the_board_locked_or_not(locked: Path, is_unlocked: bool) -> None:
    async with app_on(locked) as pilot:
        await _is_shown(pilot, UnlockScreen)
        if is_unlocked:
            await _unlock(pilot)
            await _is_shown(pilot, BoardScreen)
        await pilot.press("f9")
        await until(pilot, lambda: "Wipe this board?" in screen_text(pilot))
        await pilot.press("W")
        await until(pilot, lambda: not pilot.app.is_running)

    assert locked not in set(locked.parent.iterdir())


@pytest.mark.parametrize("key", ["w", "y", "enter", "escape"])
async def test_no_other_second_key_wipes(locked: Path, key: str) -> None:
    async with app_on(locked) as pilot:
        await _is_shown(pilot, UnlockScreen)
        await pilot.press("f9", key)
        await pilot.pause()

        assert (locked / "ledger.key").exists()


async def test_the_screens_end_when_another_process_wipes_the_board(locked: Path) -> None:
    async with app_on(locked) as pilot:
        await _unlock(pilot)
        await _is_shown(pilot, BoardScreen)
        wipe(locked)
        await until(pilot, lambda: not pilot.app.is_running)

        assert isinstance(pilot.app, MeshboardApp)
        assert isinstance(pilot.app.failure, LedgerGone)
    assert locked not in set(locked.parent.iterdir())


async def _three_answers(pilot: Running) -> None:
    await _is_shown(pilot, FirstStartScreen)
    type_ahead(pilot, *"Ana")
    await pilot.press("enter", "enter")
    type_ahead(pilot, *"Oak")
    await pilot.press("enter")
    await until(pilot, lambda: "Which radio" in screen_text(pilot))
    await until(pilot, lambda: shown(pilot, "#looking") != "Looking for radios …")
    await pilot.press("end", "up", "enter")
    await until(pilot, lambda: "Encrypt this board?" in screen_text(pilot))


async def test_a_first_start_encrypts_unless_told_otherwise(tmp_path: Path) -> None:
    async with app_on(tmp_path / "new") as pilot:
        await _three_answers(pilot)
        await pilot.press("enter")
        type_ahead(pilot, *PASSPHRASE)
        await pilot.press("enter")
        type_ahead(pilot, *PASSPHRASE)
        await pilot.press("enter")
        await _is_shown(pilot, BoardScreen)

        assert PASSPHRASE not in screen_text(pilot)
    assert Host(tmp_path / "new").protection() is Protection.PASSPHRASE
    host = host_of(tmp_path / "new")
    host.unlock(words())
    assert host.is_ready


async def test_two_different_passphrases_and_tiny_ones_are_asked_for_again(tmp_path: Path) -> None:
    async with app_on(tmp_path / "new") as pilot:
        await _three_answers(pilot)
        pilot.app.screen.query_one("#words", Input).value = PASSPHRASE
        pilot.app.screen.query_one("#words-again", Input).value = PASSPHRASE + "s"
        await pilot.press("enter")
        await until(pilot, lambda: "not the same" in shown(pilot, "#problem"))
        pilot.app.screen.query_one("#words", Input).value = "tiny"
        pilot.app.screen.query_one("#words-again", Input).value = "tiny"
        await pilot.press("enter")
        await until(pilot, lambda: "at least 10 characters" in shown(pilot, "#problem"))

    assert not (tmp_path / "new" / "ledger.sqlite").exists()


async def test_a_key_file_can_be_chosen_at_the_first_start(tmp_path: Path) -> None:
    async with app_on(tmp_path / "new") as pilot:
        await _three_answers(pilot)
        await pilot.press("down", "enter")
        pilot.app.screen.query_one("#key-file", Input).value = str(tmp_path / "stick.key")
        await pilot.press("enter")
        await _is_shown(pilot, BoardScreen)

    assert Host(tmp_path / "new").protection() is Protection.KEY_FILE
    assert (tmp_path / "stick.key").stat().st_size == 32
