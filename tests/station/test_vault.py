"""Who may open a home, and what whoever may not learns and changes."""

import stat
from pathlib import Path

import pytest

from meshboard.config import load_settings
from meshboard.errors import LedgerError, LedgerLocked, RuleError, TrustError
from meshboard.figures import PASSPHRASE_MEMORY_KIB
from meshboard.station.home.host import Host
from meshboard.station.vault.locks import Protect, Protection, measured
from meshboard.trust.secret import Secret
from tests.support.stations.protected import (
    CIRCLE,
    HANDLE,
    TEXT,
    found_in,
    host_of,
    new_home,
    post_need,
    texts,
    unlocked,
    words,
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a home under a passphrase."""
    new_home(tmp_path / "home", Protect(passphrase=words()))
    return tmp_path / "home"


def everything_in(folder: Path) -> dict[str, bytes]:
    return {str(file): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_a_home_under_a_passphrase_opens_with_it(home: Path) -> None:
    host = host_of(home)

    assert (host.protection(), host.is_locked) == (Protection.PASSPHRASE, True)
    host.unlock(words())

    assert not host.is_locked
    assert host.is_ready
    assert texts(host) == [TEXT]


def test_its_files_show_no_word_and_no_key_while_it_is_open_and_after(home: Path) -> None:
    host = unlocked(home)
    post_need(host.open(), TEXT)
    key = host.vault.key()
    assert key is not None
    raw = bytes(key.reveal())

    assert (home / "ledger.sqlite-wal").stat().st_size > 0
    assert found_in(home, raw, raw.hex().encode()) == set()
    host.close()
    assert found_in(home, raw, raw.hex().encode()) == set()


def test_all_its_files_are_its_owners_alone(home: Path) -> None:
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in home.iterdir()}

    assert modes["ledger.sqlite"] == modes["ledger.key"] == 0o600


def test_without_the_passphrase_it_says_so_and_changes_nothing(home: Path) -> None:
    before = everything_in(home)

    with pytest.raises(LedgerLocked, match=r"locked.*passphrase"):
        Host(home).open()
    with pytest.raises(LedgerLocked):
        _ = Host(home).is_ready
    with pytest.raises(LedgerLocked):
        Host(home).begin("Mallory", new_circle="Other")

    assert before == everything_in(home)


def test_a_wrong_passphrase_says_so_and_changes_nothing(home: Path) -> None:
    before = everything_in(home)
    host = host_of(home)

    with pytest.raises(TrustError, match="not this board's passphrase"):
        host.unlock(Secret.of_text("lamp river seven quilts"))

    assert host.is_locked
    assert before == everything_in(home)


def test_an_altered_slot_says_so_and_changes_nothing(home: Path) -> None:
    slot = home / "ledger.key"
    altered = bytearray(slot.read_bytes())
    altered[50] ^= 1
    slot.write_bytes(altered)
    before = everything_in(home)

    with pytest.raises(TrustError, match=r"ledger\.key: The key slot is damaged"):
        host_of(home).unlock(words())

    assert before == everything_in(home)


def test_another_homes_slot_does_not_open_it(home: Path, tmp_path: Path) -> None:
    new_home(tmp_path / "other", Protect(passphrase=words()))
    (home / "ledger.key").write_bytes((tmp_path / "other" / "ledger.key").read_bytes())

    with pytest.raises(LedgerError, match="belongs to another one"):
        texts(unlocked(home))


def test_an_encrypted_ledger_without_its_slot_is_not_taken_for_a_new_home(home: Path) -> None:
    (home / "ledger.key").unlink()

    with pytest.raises(LedgerError, match="not a meshboard ledger"):
        host_of(home).open()


async def test_locking_closes_the_ledger_and_forgets_the_key(home: Path) -> None:
    host = unlocked(home)
    await host.start()
    key = host.vault.key()
    assert key is not None
    held = key.reveal()

    await host.lock()

    assert host.is_locked
    assert len(held) == 0
    with pytest.raises(LedgerLocked):
        host.open()
    host.unlock(words())
    assert texts(host) == [TEXT]


def test_a_key_file_opens_a_home_without_a_question(tmp_path: Path) -> None:
    home, stick = tmp_path / "home", tmp_path / "stick.key"
    new_home(home, Protect(key_file=stick))

    assert (stick.stat().st_size, stat.S_IMODE(stick.stat().st_mode)) == (32, 0o600)
    assert load_settings(home).key_file == str(stick)
    host = host_of(home)
    assert (host.protection(), host.is_locked) == (Protection.KEY_FILE, False)
    assert texts(host) == [TEXT]
    assert found_in(home, stick.read_bytes()) == set()


@pytest.mark.parametrize(
    ("found", "sentence"),
    [(None, "Plug the stick in"), (b"short", "not a key file"), (bytes(33), "not a key file"),
     (bytes(32), "does not belong to this board")],
)  # fmt: skip
def test_a_key_file_that_is_missing_or_wrong_says_so(
    tmp_path: Path, found: bytes | None, sentence: str
) -> None:
    home, stick = tmp_path / "home", tmp_path / "stick.key"
    new_home(home, Protect(key_file=stick))
    stick.unlink()
    if found is not None:
        stick.write_bytes(found)
    before = everything_in(home)

    with pytest.raises((LedgerLocked, TrustError), match=sentence):
        host_of(home).open()

    assert before == everything_in(home)


def test_one_stick_can_serve_two_boards(tmp_path: Path) -> None:
    stick = tmp_path / "stick.key"

    for name in ("hall", "kitchen"):
        new_home(tmp_path / name, Protect(key_file=stick))

    assert [texts(host_of(tmp_path / name)) for name in ("hall", "kitchen")] == [[TEXT], [TEXT]]


def test_a_first_start_that_fails_leaves_neither_ledger_nor_slot(tmp_path: Path) -> None:
    (tmp_path / "config.new").mkdir()  # the settings cannot be written there: as good as a full disk

    with pytest.raises(LedgerError):
        host_of(tmp_path).begin(HANDLE, new_circle=CIRCLE, protect=Protect(passphrase=words()))

    assert [path.name for path in tmp_path.iterdir()] == ["config.new"]


def test_a_slot_whose_ledger_was_moved_away_is_kept(home: Path) -> None:
    slot = (home / "ledger.key").read_bytes()
    moved = (home / "ledger.sqlite").rename(home.parent / "ledger.sqlite")

    new_home(home, Protect(passphrase=words()))

    assert (home / "ledger.key.aside-1").read_bytes() == slot
    (home / "ledger.key.aside-1").rename(home / "ledger.key")
    moved.rename(home / "ledger.sqlite")
    assert texts(unlocked(home)) == [TEXT]


def test_a_slot_whose_ledger_was_moved_away_is_kept_when_a_first_start_fails(home: Path) -> None:
    slot = (home / "ledger.key").read_bytes()
    (home / "ledger.sqlite").unlink()
    (home / "config.new").mkdir()  # the settings cannot be written there

    for protect in (Protect(passphrase=words()), None):
        with pytest.raises(LedgerError):
            host_of(home).begin(HANDLE, new_circle=CIRCLE, protect=protect)

        assert (home / "ledger.key").read_bytes() == slot


def test_a_tiny_passphrase_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="at least 10"):
        host_of(tmp_path).begin(HANDLE, new_circle=CIRCLE, protect=Protect(passphrase=Secret(b"tiny")))

    assert list(tmp_path.iterdir()) == []


def test_no_error_shows_a_passphrase(home: Path) -> None:
    with pytest.raises(TrustError) as refused:
        host_of(home).unlock(Secret.of_text(" ".join(["sunflower", "melon", "anchor"])))

    import traceback

    shown = "".join(traceback.TracebackException.from_exception(refused.value, capture_locals=True).format())
    assert "sunflower melon" not in shown


def test_a_try_of_a_passphrase_is_measured_to_take_time_and_memory() -> None:
    """Not that it takes half a second: a busy machine measures fewer rounds, never fewer than two."""
    cost = measured(try_s=0.2)

    assert cost.is_bearable
    assert cost.memory_kib == PASSPHRASE_MEMORY_KIB >= 64 * 1024
    assert cost.iterations >= 2
