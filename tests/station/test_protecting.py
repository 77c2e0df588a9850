"""Protection can be changed in every direction; a kill at any step leaves the old way or the new one."""

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from meshboard.config import load_settings
from meshboard.errors import LedgerError, RuleError, TrustError
from meshboard.station.home.host import Host
from meshboard.station.vault.locks import Protect, Protection
from meshboard.station.vault.protecting import protect_home, unprotect_home
from meshboard.station.vault.vault import Vault
from meshboard.trust.secret import Secret
from tests.support.children import killed_child, run_in_children
from tests.support.stations.protected import TEXT, found_in, host_of, new_home, texts, words

Change = Callable[[Vault, Path], None]
OTHER = "seven winters of bread"


def _to_words(vault: Vault, _stick: Path) -> None:
    protect_home(vault, Protect(passphrase=words()))


def _to_other_words(vault: Vault, _stick: Path) -> None:
    protect_home(vault, Protect(passphrase=Secret.of_text(OTHER)))


def _to_stick(vault: Vault, stick: Path) -> None:
    protect_home(vault, Protect(key_file=stick))


def _to_nothing(vault: Vault, _stick: Path) -> None:
    unprotect_home(vault)


CHANGES: dict[str, tuple[str, Change, tuple[str, ...]]] = {
    "none to words": ("none", _to_words, ("hold", "draft", "slot", "swap", "sweep")),
    "none to stick": ("none", _to_stick, ("hold", "draft", "config", "slot", "swap", "sweep")),
    "words to other words": ("words", _to_other_words, ("hold", "draft", "slot", "end")),
    "words to stick": ("words", _to_stick, ("hold", "draft", "config", "slot", "end")),
    "stick to words": ("stick", _to_words, ("hold", "draft", "slot", "config", "end")),
    "stick to other stick": ("stick", _to_stick, ("hold", "draft", "config", "slot", "end")),
    "words to none": ("words", _to_nothing, ("hold", "draft", "swap", "sweep")),
    "stick to none": ("stick", _to_nothing, ("hold", "draft", "swap", "sweep", "config")),
}
EVERY_STEP = [(name, step) for name, (_, _, steps) in CHANGES.items() for step in steps]


def _home(folder: Path, before: str) -> Path:
    protect = Protect(key_file=folder / "old.key") if before == "stick" else Protect(passphrase=words())
    new_home(folder / "home", None if before == "none" else protect)
    return folder / "home"


def _opened(home: Path) -> Host:
    """Return a host that opens the home whichever of the known ways it is protected."""
    host = host_of(home)
    for typed in (words(), Secret.of_text(OTHER)):
        with suppress(TrustError):
            host.unlock(typed)
    return host


def _change(home: Path, change: Change, before_step: Callable[[str], None]) -> None:
    vault = _opened(home).vault
    vault.before_step = before_step
    change(vault, home.parent / "new.key")


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_takes_these_steps_and_loses_nothing(tmp_path: Path, name: str) -> None:
    before, change, steps = CHANGES[name]
    home, taken = _home(tmp_path, before), list[str]()

    _change(home, change, taken.append)

    assert list(steps) == taken
    host = _opened(home)
    assert texts(host) == [TEXT]
    wanted = {"none": Protection.NONE, "stick": Protection.KEY_FILE}.get(
        name.rpartition(" ")[2], Protection.PASSPHRASE
    )
    assert host.protection() is wanted
    assert (load_settings(home).key_file != "") == (wanted is Protection.KEY_FILE)
    assert (found_in(home) == set()) == (wanted is not Protection.NONE)
    assert {file.name for file in home.iterdir()} <= {
        "files.lock", "ledger.sqlite", "ledger.sqlite.tally", "ledger.key", "config.toml",
    }  # fmt: skip


@pytest.mark.parametrize(("name", "at"), EVERY_STEP)
def test_a_kill_before_any_step_leaves_the_old_way_or_the_new(tmp_path: Path, name: str, at: str) -> None:
    before, change, _ = CHANGES[name]
    home = _home(tmp_path, before)

    def die(step: str) -> None:
        if step == at:
            os.kill(os.getpid(), signal.SIGKILL)

    assert run_in_children(lambda: _change(home, change, die)) == [signal.SIGKILL]

    assert texts(_opened(home)) == [TEXT]
    host = _opened(home)
    assert texts(host) == [TEXT]
    if host.protection() is not Protection.NONE:
        assert found_in(home) == set()  # the first opening has cleared away what the kill left
    assert {file.name for file in home.iterdir()} <= {
        "files.lock", "ledger.sqlite", "ledger.sqlite.tally", "ledger.key", "config.toml",
        "ledger.key.aside-1",
    }  # fmt: skip


class _DiskError(Exception):
    pass


@pytest.mark.parametrize(("name", "at"), EVERY_STEP)
def test_an_error_at_any_step_leaves_the_old_way_or_the_new(tmp_path: Path, name: str, at: str) -> None:
    before, change, _ = CHANGES[name]
    home = _home(tmp_path, before)

    def fail(step: str) -> None:
        if step == at:
            raise _DiskError

    with pytest.raises(_DiskError):
        _change(home, change, fail)

    assert texts(_opened(home)) == [TEXT]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return _home(tmp_path, "words")


def test_the_old_passphrase_opens_nothing_after_a_change(home: Path) -> None:
    _change(home, _to_other_words, lambda _step: None)

    with pytest.raises(TrustError, match="not this board's passphrase"):
        host_of(home).unlock(words())


def test_a_change_of_passphrase_does_not_write_the_ledger_anew(home: Path) -> None:
    before = (home / "ledger.sqlite").read_bytes()

    _change(home, _to_other_words, lambda _step: None)

    assert before == (home / "ledger.sqlite").read_bytes()


@pytest.mark.parametrize(("before", "change"), [("none", _to_words), ("words", _to_nothing)])
def test_a_ledger_somebody_has_open_is_not_converted(tmp_path: Path, before: str, change: Change) -> None:
    home = _home(tmp_path, before)
    reading, writing = os.pipe()

    def keep_open() -> None:
        _opened(home).open()
        os.write(writing, b"open")
        signal.pause()

    with killed_child(keep_open):
        os.read(reading, 4)
        with pytest.raises(LedgerError, match="Another meshboard has this board open"):
            _change(home, change, lambda _step: None)

    host = _opened(home)
    assert texts(host) == [TEXT]
    assert host.protection() is (Protection.NONE if before == "none" else Protection.PASSPHRASE)


def test_old_copies_from_migrations_go_when_a_ledger_is_encrypted(tmp_path: Path) -> None:
    home = _home(tmp_path, "none")
    (home / "ledger.sqlite.version-1").write_bytes((home / "ledger.sqlite").read_bytes())
    assert found_in(home)

    _change(home, _to_words, lambda _step: None)

    assert found_in(home) == set()


def test_old_copies_in_the_clear_go_at_the_next_opening_when_the_power_went_before(tmp_path: Path) -> None:
    home = _home(tmp_path, "none")
    (home / "ledger.sqlite.version-1").write_bytes((home / "ledger.sqlite").read_bytes())

    def fail(step: str) -> None:
        if step == "sweep":
            raise _DiskError

    with pytest.raises(_DiskError):
        _change(home, _to_words, fail)

    host = _opened(home)
    assert texts(host) == [TEXT]
    assert host.protection() is Protection.PASSPHRASE
    assert found_in(home) == set()


def test_an_old_copy_under_the_ledger_s_key_stays(tmp_path: Path) -> None:
    home = _home(tmp_path, "words")
    (home / "ledger.sqlite.version-1").write_bytes((home / "ledger.sqlite").read_bytes())

    assert texts(_opened(home)) == [TEXT]
    assert (home / "ledger.sqlite.version-1").exists()


def test_opening_in_the_clear_what_is_in_the_clear_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="not encrypted"):
        unprotect_home(Vault(_home(tmp_path, "none")))
