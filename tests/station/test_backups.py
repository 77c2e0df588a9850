"""A backup can be read by nobody without what opens it, and brings the whole station back."""

from pathlib import Path

import pytest

from meshboard.errors import LedgerError, LedgerLocked, MeshboardError, RuleError, TrustError
from meshboard.station.home.host import Host
from meshboard.station.vault.backups import COUNTERS_AHEAD, back_up, restore
from meshboard.station.vault.locks import Protect, Protection
from meshboard.trust.secret import Secret
from tests.support.stations.protected import (
    TEXT,
    found_in,
    host_of,
    new_home,
    post_need,
    texts,
    unlocked,
    words,
)


def _restored(home: Path) -> Host:
    host = host_of(home)
    if host.is_locked:
        host.unlock(words())
    return host


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """Return a backup of a home under a passphrase."""
    new_home(tmp_path / "home", Protect(passphrase=words()))
    (tmp_path / "stick").mkdir()
    back_up(unlocked(tmp_path / "home").vault, tmp_path / "stick" / "backup")
    return tmp_path / "stick" / "backup"


def test_a_backup_shows_no_word_and_no_key(backup: Path, tmp_path: Path) -> None:
    key = unlocked(tmp_path / "home").vault.key()
    assert key is not None

    assert found_in(backup.parent, bytes(key.reveal())) == set()
    assert [file.name for file in backup.parent.iterdir()] == ["backup"]
    assert backup.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("protect", ["words", "stick", "none"])
def test_a_backup_brings_everything_back(tmp_path: Path, protect: str) -> None:
    home, again, file, stick = (tmp_path / name for name in ("home", "again", "backup", "stick.key"))
    how = {"words": Protect(passphrase=words()), "stick": Protect(key_file=stick)}.get(protect)
    host = new_home(home, how)
    back_up(host.vault, file, words() if protect == "none" else None)

    restore(host_of(again).vault, file, words(), stick if protect == "stick" else None)

    assert texts(_restored(again)) == [TEXT]
    assert found_in(again) == set()
    wanted = Protection.KEY_FILE if protect == "stick" else Protection.PASSPHRASE
    assert host_of(again).protection() is wanted


def test_a_backup_can_be_made_while_the_board_is_open_elsewhere(tmp_path: Path) -> None:
    host = new_home(tmp_path / "home", None)
    board = host.open()
    post_need(board, "written meanwhile")

    back_up(host_of(tmp_path / "home").vault, tmp_path / "backup", words())
    host.close()
    restore(host_of(tmp_path / "again").vault, tmp_path / "backup", words())

    assert sorted(texts(_restored(tmp_path / "again"))) == sorted([TEXT, "written meanwhile"])


def test_a_restored_station_writes_a_new_log_and_counts_far_ahead(backup: Path, tmp_path: Path) -> None:
    ledger = unlocked(tmp_path / "home").vault.open_ledger(checked=True)
    (circle,) = ledger.circles.all()
    log, counter = ledger.circles.identity(circle.id).log, ledger.store(circle.id).reserve_counters(1)
    ledger.close()

    restore(host_of(tmp_path / "again").vault, backup, words())

    after = _restored(tmp_path / "again").vault.open_ledger(checked=True)
    again = after.circles.identity(circle.id).log
    assert (again.author, again.incarnation) == (log.author, log.incarnation + 1)
    assert after.store(circle.id).reserve_counters(1) >= counter + COUNTERS_AHEAD
    after.close()


def test_a_plain_board_has_no_plain_backup(tmp_path: Path) -> None:
    host = new_home(tmp_path / "home", None)

    with pytest.raises(RuleError, match="give it a passphrase"):
        back_up(host.vault, tmp_path / "backup")

    assert not (tmp_path / "backup").exists()


def test_a_backup_never_replaces_a_file(tmp_path: Path) -> None:
    host = new_home(tmp_path / "home", None)
    (tmp_path / "letter").write_text("dear")

    with pytest.raises(LedgerError, match="not there yet"):
        back_up(host.vault, tmp_path / "letter", words())

    assert (tmp_path / "letter").read_text() == "dear"


@pytest.mark.parametrize("share", [0.01, 0.5, 1.2, 1.9])
def test_a_backup_on_a_disk_without_room_says_so_and_leaves_nothing(
    small_disk: Path, tmp_path: Path, share: float
) -> None:
    """The ledger's copy, the backup around it, or its first bytes do not fit."""
    host = new_home(tmp_path / "home", None)
    room = int((tmp_path / "home" / "ledger.sqlite").stat().st_size * share)
    (small_disk / "filler").write_bytes(bytes(max(0, 1024 * 1024 - room) // 4096 * 4096))

    with pytest.raises(LedgerError, match="no room left on the disk"):
        back_up(host.vault, small_disk / "backup", words())

    assert [path.name for path in small_disk.iterdir()] == ["filler"]


def test_a_home_that_has_a_board_is_not_restored_over(backup: Path, tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="has a board already"):
        restore(host_of(tmp_path / "home").vault, backup, words())

    assert texts(unlocked(tmp_path / "home")) == [TEXT]


@pytest.mark.parametrize("typed", [None, "another passphrase"])
def test_without_its_passphrase_nothing_is_restored(backup: Path, tmp_path: Path, typed: str | None) -> None:
    with pytest.raises((TrustError, LedgerLocked), match="passphrase"):
        restore(host_of(tmp_path / "again").vault, backup, Secret.of_text(typed) if typed else None)

    assert not (tmp_path / "again").exists()


@pytest.mark.parametrize("place", [0, 4, 5, 30, 60, 93, 120, 9_000, -1])
def test_an_altered_backup_is_refused_whole(backup: Path, tmp_path: Path, place: int) -> None:
    altered = bytearray(backup.read_bytes())
    altered[place] ^= 1
    backup.write_bytes(altered)

    with pytest.raises(MeshboardError):
        restore(host_of(tmp_path / "again").vault, backup, words())

    assert not (tmp_path / "again").exists()


@pytest.mark.parametrize("share", [0, 3, 50, 94, 5_000])
def test_a_backup_cut_short_is_refused_whole(backup: Path, tmp_path: Path, share: int) -> None:
    backup.write_bytes(backup.read_bytes()[:share])

    with pytest.raises(MeshboardError):
        restore(host_of(tmp_path / "again").vault, backup, words())

    assert not (tmp_path / "again").exists()


def test_a_damaged_backup_is_named_and_no_folder_is_left(backup: Path, tmp_path: Path) -> None:
    backup.write_bytes(backup.read_bytes()[:-5_000])

    with pytest.raises(LedgerError, match=f"The backup {backup} is damaged"):
        restore(host_of(tmp_path / "new" / "again").vault, backup, words())

    assert not (tmp_path / "new").exists()
