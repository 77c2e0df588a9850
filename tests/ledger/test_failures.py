"""What goes wrong with a file is said in a sentence, and nothing is lost or changed by it."""

import errno
import logging
import os
import resource
import sqlite3  # its result codes only
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from meshboard.domain.entries import PostPublished
from meshboard.errors import LedgerBusy, LedgerError
from meshboard.figures import BUSY_TIMEOUT_S
from meshboard.ledger.circle.remembered import DROPS_UNSIGNED
from meshboard.ledger.file import driver
from meshboard.ledger.file.conversion import copy_under_key
from meshboard.ledger.file.failures import disk_failure, explained, failure
from meshboard.ledger.file.schema import APPLICATION_ID
from meshboard.ledger.ledger import Ledger
from meshboard.trust.secret import Secret
from tests.support.children import run_in_children
from tests.support.entries.signed import CIRCLE, FOUNDED, NOON, content, writer

NOBODY = 65534  # the unprivileged user of every Linux


def _said_by_child(act: Callable[[], object], prepare: Callable[[], None]) -> str:
    """Run `prepare` and `act` in a child process, so that limits and lost rights end with it."""
    reading, writing = os.pipe()

    def say() -> None:
        said = "nothing went wrong"
        try:
            prepare()
            act()
        except LedgerError as error:
            said = str(error)
        except BaseException as error:  # noqa: BLE001 -- the parent's assertion shows it
            said = repr(error)
        os.write(writing, said.encode())

    run_in_children(say)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as words:
        return words.read()


def _become_nobody() -> None:
    if os.getuid() == 0:
        os.setuid(NOBODY)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Yield a folder that every user can reach; pytest's own ones are its owner's only."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
        folder.chmod(0o755)


def _fill(ledger: Ledger) -> int:
    """Append posts until an error comes; return how many were acknowledged."""
    own = writer(1)

    def append() -> None:
        ledger.append_own(CIRCLE.id, lambda n, c: own.sign(PostPublished(content("x" * 150)), n, c), NOON)

    append()
    for acknowledged in range(1, 5000):
        try:
            append()
        except LedgerError as error:
            if "no room left on the disk" not in str(error):
                raise
            return acknowledged
    pytest.fail("the disk never filled up")


def test_a_full_disk_is_said_and_loses_nothing(small_disk: Path) -> None:
    path = small_disk / "ledger.db"
    with Ledger.create(path) as ledger:
        ledger.circles.add(CIRCLE, seed=bytes([1]) * 32)
        acknowledged = _fill(ledger)
        held = ledger.last_seq()

    with Ledger.open(path) as again:
        assert acknowledged == held == again.last_seq()
        assert acknowledged > 10


def test_no_room_for_a_new_ledger_is_said(small_disk: Path) -> None:
    (small_disk / "filler").write_bytes(bytes(1024 * 1024 - 4096))

    with pytest.raises(LedgerError, match="room"):
        Ledger.create(small_disk / "ledger.db")


def test_no_room_for_a_copy_is_said_however_sqlite_says_it(small_disk: Path, tmp_path: Path) -> None:
    """What does not fit SQLite's memory fails inside sqlcipher_export, which knows one code for all."""
    with closing(driver.connect(tmp_path / "big.db", "rwc")) as big:
        big.execute("CREATE TABLE words (word)")
        big.execute("INSERT INTO words VALUES (zeroblob(20000000))")

    with pytest.raises(LedgerError, match="no room left on the disk"):
        copy_under_key(tmp_path / "big.db", small_disk / "copy.db", None, Secret(bytes(range(32))))

    assert list(small_disk.iterdir()) == []


@pytest.mark.parametrize(("words", "code"), driver.SAID_WITHOUT_CODE.items())
def test_what_sqlite_says_in_words_only_has_its_code(words: str, code: int) -> None:
    class _Fails:
        @staticmethod
        def said() -> None:
            error = driver.DatabaseError(words)
            error.sqlite_errorcode = sqlite3.SQLITE_ERROR
            raise error

    with pytest.raises(driver.Error) as raised:
        driver._says_why(_Fails.said)()

    assert raised.value.sqlite_errorcode == code
    assert "SQLite error" not in str(failure(code, Path("ledger.db")))


@pytest.mark.parametrize(
    ("code", "sentence"),
    [(errno.ENOSPC, "no room left on the disk"), (errno.EDQUOT, "no room left on the disk"),
     (errno.EROFS, "a disk that can only be read"), (errno.EIO, "failing"), (errno.EFBIG, "may not grow"),
     (errno.EACCES, "Permission denied. Ask.")],
)  # fmt: skip
def test_what_the_system_refuses_is_said_as_what_it_is(code: int, sentence: str) -> None:
    assert sentence in str(disk_failure(Path("a{b}"), OSError(code, os.strerror(code)), "Ask."))


def test_a_file_that_may_not_grow_is_said(ledger: Ledger, path: Path) -> None:
    ledger.close()
    own = writer(1)

    def append() -> None:
        opened = Ledger.open(path)
        for turn in range(1, 3000):
            opened.append([own.sign(PostPublished(content("x" * 150)), turn, turn)], NOON)

    said = _said_by_child(append, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000)))

    assert "disk" in said
    assert "Nothing was saved" in said


@pytest.mark.parametrize(("file_mode", "folder_mode"), [(0o444, 0o555), (0o444, 0o755), (0o000, 0o755)])
def test_a_ledger_this_user_may_not_write_is_said(
    open_folder: Path, file_mode: int, folder_mode: int
) -> None:
    path = open_folder / "ledger.db"
    Ledger.create(path).close()
    path.chmod(file_mode)
    open_folder.chmod(folder_mode)

    def append() -> None:
        Ledger.open(path).append([writer(1).publish()], NOON)

    said = _said_by_child(append, _become_nobody)

    assert str(path) in said
    assert "this user" in said


def test_a_ledger_in_a_folder_that_may_only_be_read_can_be_read(open_folder: Path) -> None:
    path = open_folder / "ledger.db"
    with Ledger.create(path) as ledger:
        ledger.append([writer(1).publish()], NOON)
    path.chmod(0o444)
    open_folder.chmod(0o555)

    def look() -> None:
        with Ledger.open(path) as again:
            raise LedgerError(f"held {again.last_seq()}")

    assert _said_by_child(look, _become_nobody) == "held 1"


def test_a_ledger_on_a_full_disk_can_be_read(small_disk: Path) -> None:
    path = small_disk / "ledger.db"
    with Ledger.create(path) as ledger:
        ledger.append([writer(1).publish()], NOON)
    with suppress(OSError), (small_disk / "filler").open("wb", buffering=0) as filler:
        while filler.write(bytes(4096)):
            pass

    with Ledger.open(path) as again:
        assert again.last_seq() == 1
        with pytest.raises(LedgerError, match="saved"):
            again.append([writer(2).publish()], NOON)


def test_a_folder_this_user_may_not_write_is_said(open_folder: Path) -> None:
    said = _said_by_child(lambda: Ledger.create(open_folder / "deeper" / "ledger.db"), _become_nobody)

    assert "Permission denied" in said
    assert "may write to the folder" in said


def test_a_ledger_that_was_read_only_is_written_as_soon_as_it_may_be(ledger: Ledger) -> None:
    """SQLite's own switch stands for a file that could only be read when it was opened."""
    with ledger._database.reading() as connection:
        connection.exec_driver_sql("PRAGMA query_only = ON")

    ledger.remembered.keep(DROPS_UNSIGNED, True)

    assert ledger.remembered.read(DROPS_UNSIGNED)


def test_a_ledger_another_program_keeps_is_busy(ledger: Ledger, path: Path) -> None:
    with closing(driver.connect(path, "rw")) as other:
        other.execute("BEGIN IMMEDIATE")
        with ledger._database.reading() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout = 50")

        with pytest.raises(LedgerError, match=r"busy.*try again in a moment"):
            ledger.append([writer(2).publish()], NOON)
        assert ledger.last_seq() == FOUNDED
        other.execute("ROLLBACK")

    assert ledger.append([writer(2).publish()], NOON).new


def test_only_where_something_was_to_be_saved_nothing_was_saved(ledger: Ledger, path: Path) -> None:
    with closing(driver.connect(path, "rw")) as other, ledger.waiting(0):
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(LedgerBusy, match="Nothing was saved; try again"):
            ledger.remembered.keep(DROPS_UNSIGNED, True)
        other.execute("ROLLBACK")

    assert str(failure(sqlite3.SQLITE_BUSY, path)).endswith("several seconds. Try again in a moment.")
    assert isinstance(failure(sqlite3.SQLITE_LOCKED, path), LedgerBusy)


def test_whether_a_ledger_is_busy_is_known_without_waiting(ledger: Ledger, path: Path) -> None:
    with closing(driver.connect(path, "rw")) as other:
        assert not ledger.is_busy()
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()

        assert ledger.is_busy()
        assert time.monotonic() - began < BUSY_TIMEOUT_S / 2
        other.execute("ROLLBACK")
    assert not ledger.is_busy()
    assert ledger._database.pragma("busy_timeout") == BUSY_TIMEOUT_S * 1000


def test_waiting_for_another_program_is_long_enough_for_its_transaction(ledger: Ledger) -> None:
    assert ledger._database.pragma("busy_timeout") == BUSY_TIMEOUT_S * 1000


def test_no_ledger_yet_says_how_to_get_one(path: Path) -> None:
    with pytest.raises(LedgerError, match=r"no ledger at .* yet"):
        Ledger.open(path)

    assert not path.exists()


@pytest.mark.parametrize(
    "found", [b"", b"My shopping list\n" * 100, os.urandom(8192), b"SQLite format 3\x00" + os.urandom(100)]
)
def test_a_file_that_is_something_else_is_refused_and_left_alone(tmp_path: Path, found: bytes) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(found)

    with pytest.raises(LedgerError, match="not a meshboard ledger"):
        Ledger.open(path)
    if found:
        with pytest.raises(LedgerError):
            Ledger.create(path)

    assert found == path.read_bytes()


def test_the_database_of_another_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "music.db"
    with closing(driver.connect(path, "rwc")) as other:
        other.execute("CREATE TABLE song (name)")
    before = path.read_bytes()

    with pytest.raises(LedgerError, match="not a meshboard ledger"):
        Ledger.open(path)
    with pytest.raises(LedgerError, match="already something"):
        Ledger.create(path)

    assert before == path.read_bytes()


def test_a_ledger_of_a_newer_meshboard_is_refused_and_left_alone(ledger: Ledger, path: Path) -> None:
    ledger.close()
    with closing(driver.connect(path, "rw")) as newer:
        newer.execute("PRAGMA user_version = 99")
    before = path.read_bytes()

    with pytest.raises(LedgerError, match=r"written by a newer meshboard .*install the newer"):
        Ledger.open(path)

    assert before == path.read_bytes()


def _filled(ledger: Ledger) -> bytes:
    own = writer(2)
    ledger.append([own.publish(f"post {turn}") for turn in range(300)], NOON)
    ledger.close()
    return ledger.path.read_bytes()


def test_a_ledger_cut_short_is_refused_and_left_alone(ledger: Ledger, path: Path) -> None:
    cut = _filled(ledger)[:-20_000]
    path.write_bytes(cut)

    with pytest.raises(LedgerError, match=r"is damaged; it was left as it is\. Put your last backup"):
        Ledger.open(path)

    assert cut == path.read_bytes()


def test_damage_in_the_middle_is_found_at_the_start(ledger: Ledger, path: Path) -> None:
    whole = _filled(ledger)
    middle = len(whole) // 2 // 4096 * 4096
    damaged = whole[:middle] + os.urandom(4096) + whole[middle + 4096 :]
    path.write_bytes(damaged)

    with pytest.raises(LedgerError, match="damaged"):
        Ledger.open(path)

    assert damaged == path.read_bytes()


def test_a_damaged_ledger_keeps_its_write_ahead_log_too(ledger: Ledger, path: Path) -> None:
    """Closing a writable connection would move the log's pages into the damaged file."""
    ledger.append([writer(2).publish()], NOON)
    log = path.with_name(path.name + "-wal")
    pages = path.read_bytes(), log.read_bytes()
    ledger.close()
    damaged = pages[0][:100] + os.urandom(len(pages[0]) - 100)
    path.write_bytes(damaged)
    log.write_bytes(pages[1])

    with pytest.raises(LedgerError):
        Ledger.open(path)

    assert (damaged, pages[1]) == (path.read_bytes(), log.read_bytes())


def test_checking_a_sound_ledger_says_nothing(ledger: Ledger) -> None:
    ledger.append([writer(2).publish()], NOON)

    ledger.check()


def test_an_error_nobody_foresaw_still_says_that_nothing_was_saved(tmp_path: Path) -> None:
    assert "Nothing was saved" in str(failure(sqlite3.SQLITE_INTERNAL, tmp_path))


def test_our_own_mistakes_are_not_taken_for_the_disk(tmp_path: Path) -> None:
    closed = driver.sqlite.connect(":memory:")
    closed.close()

    with pytest.raises(driver.sqlite.ProgrammingError), explained(tmp_path):
        closed.execute("SELECT 1")


def test_a_ledger_is_for_its_owner_only(ledger: Ledger, path: Path) -> None:
    ledger.append([writer(2).publish()], NOON)

    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in path.parent.iterdir()} == {0o600}


def test_making_a_ledger_over_another_is_refused(ledger: Ledger, path: Path) -> None:
    with pytest.raises(LedgerError, match="already"):
        Ledger.create(path)


def test_making_a_ledger_goes_on_where_a_crash_left_an_empty_file(path: Path) -> None:
    path.parent.mkdir()
    path.touch()

    with Ledger.create(path) as made:
        assert made._database.pragma("application_id") == APPLICATION_ID


def test_a_power_cut_loses_nothing_that_was_acknowledged(ledger: Ledger) -> None:
    """Level 2 is FULL: each commit is on the disk before it is acknowledged (sqlite.org/pragma.html)."""
    assert ledger._database.pragma("synchronous") == 2


def test_the_log_holds_no_words_and_no_keys(ledger: Ledger, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    post = writer(2).publish("Secret need")

    ledger.append([post], NOON)
    ledger.rebuild()

    assert "Secret" not in caplog.text
    assert post.entry.log.author.hex() not in caplog.text


def test_a_copy_is_complete_and_for_its_owner_only(ledger: Ledger, tmp_path: Path) -> None:
    ledger.append([writer(2).publish()], NOON)
    copy = tmp_path / "copy.db"

    ledger.backup_copy(copy)

    assert copy.stat().st_mode & 0o777 == 0o600
    with Ledger.open(copy) as copied:
        assert copied.last_seq() == FOUNDED + 1
        assert copied.circles.identity(CIRCLE.id).log == ledger.circles.identity(CIRCLE.id).log


def test_a_copy_never_replaces_a_file(ledger: Ledger, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    copy.write_text("a letter")

    with pytest.raises(LedgerError, match=os.strerror(errno.EEXIST)):
        ledger.backup_copy(copy)

    assert copy.read_text() == "a letter"
