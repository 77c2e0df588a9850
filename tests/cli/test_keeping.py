"""Encryption, backups and wiping from the command line; passphrases come from a descriptor or a terminal."""

import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from meshboard.cli.output import Exit
from meshboard.cli.root import app
from meshboard.station.vault.locks import Protect
from tests.support.stations.protected import CIRCLE, HANDLE, PASSPHRASE, TEXT, found_in, new_home, words

Run = Callable[..., Result]
OTHER = "seven winters of bread"


def handed(*lines: str) -> int:
    """Return a descriptor from which these lines can be read."""
    reading, writing = os.pipe()
    os.write(writing, "".join(f"{line}\n" for line in lines).encode())
    os.close(writing)
    return reading


def command(home: Path, *words: str, lines: tuple[str, ...] = (), typed: str | None = None) -> Result:
    options = ["--home", str(home)] + (["--passphrase-fd", str(handed(*lines))] if lines else [])
    return CliRunner().invoke(app, [*options, *words], input=typed)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a home under a passphrase that is quickly tried, with one post."""
    new_home(tmp_path / "home", Protect(passphrase=words()))
    return tmp_path / "home"


def test_nothing_the_commands_wrote_shows_a_word(tmp_path: Path) -> None:
    home = tmp_path / "home"
    made = command(home, "circle", "new", CIRCLE, "--as", HANDLE, "--encrypt", lines=(PASSPHRASE,))
    assert made.exit_code == 0, made.stderr
    posted = command(home, "post", "need", TEXT, lines=(PASSPHRASE,))
    assert posted.exit_code == 0, posted.stderr

    assert found_in(home) == set()


def test_every_command_opens_it_with_the_passphrase(home: Path) -> None:
    for told in (("status",), ("list",), ("ledger", "check"), ("ledger", "rebuild"), ("circle", "list")):
        done = command(home, *told, lines=(PASSPHRASE,))
        assert done.exit_code == 0, (told, done.stderr)


@pytest.mark.parametrize(
    "words", [("status",), ("list",), ("ledger", "check"), ("circle", "list"), ("station",)]
)
def test_without_a_terminal_or_descriptor_it_stays_locked(home: Path, words: tuple[str, ...]) -> None:
    done = command(home, *words)

    assert done.exit_code == Exit.LEDGER
    assert "--passphrase-fd" in done.stderr
    assert TEXT not in done.output


def test_a_readable_board_is_not_called_locked_where_nobody_can_be_asked(tmp_path: Path) -> None:
    home, key = tmp_path / "home", "A" * 43 + "="
    assert command(home, "circle", "new", CIRCLE, "--as", HANDLE, "--no-encrypt").exit_code == 0

    for told in (("lock", "set-passphrase"), ("wipe", "--from-handheld", key)):
        done = command(home, *told)
        assert done.exit_code == Exit.NOT_SET_UP, told
        assert "no terminal to ask in" in done.stderr
        assert "locked" not in done.stderr


def test_a_handhelds_key_is_looked_at_before_a_code_is_asked_for(home: Path) -> None:
    done = command(home, "wipe", "--from-handheld", "zzz", lines=(PASSPHRASE,))

    assert done.exit_code == Exit.REFUSED
    assert "not a node's public key" in done.stderr


def test_a_wrong_passphrase_has_its_sentence_and_code(home: Path) -> None:
    done = command(home, "status", lines=(OTHER,))

    assert done.exit_code == Exit.INVITE
    assert "not this board's passphrase" in done.stderr


def test_a_terminal_is_asked_and_shows_nothing_of_what_is_typed(home: Path) -> None:
    terminal, there = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "meshboard", "--home", str(home), "status"],
        stdin=there, stdout=there, stderr=there, start_new_session=True, preexec_fn=_own_the_terminal,  # noqa: PLW1509
    )  # fmt: skip
    os.close(there)
    said = b""
    while b"Passphrase of this board: " not in said:
        said += os.read(terminal, 1024)
    os.write(terminal, PASSPHRASE.encode() + b"\n")
    try:
        while more := os.read(terminal, 1024):
            said += more
    except OSError:
        pass

    assert process.wait(100) == 0
    os.close(terminal)
    assert CIRCLE.encode() in said
    assert PASSPHRASE.encode() not in said


def _own_the_terminal() -> None:
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def test_a_first_start_nobody_can_be_asked_about_says_what_to_add(tmp_path: Path) -> None:
    done = command(tmp_path / "home", "circle", "new", CIRCLE, "--as", HANDLE)

    assert done.exit_code == Exit.NOT_SET_UP
    assert "--no-encrypt" in done.stderr
    assert not (tmp_path / "home" / "ledger.sqlite").exists()


def test_a_tiny_passphrase_makes_nothing(tmp_path: Path) -> None:
    done = command(tmp_path / "home", "circle", "new", CIRCLE, "--as", HANDLE, lines=("tiny",))

    assert done.exit_code == Exit.REFUSED
    assert "at least 10 characters" in done.stderr
    assert not (tmp_path / "home" / "ledger.sqlite").exists()


def test_a_kiosk_with_a_key_file_is_never_asked(tmp_path: Path) -> None:
    home, stick = tmp_path / "home", tmp_path / "stick.key"
    made = command(home, "circle", "new", CIRCLE, "--as", HANDLE, "--key-file", str(stick))
    assert made.exit_code == 0, made.stderr

    assert command(home, "status").exit_code == 0
    assert "key file" in command(home, "lock", "status").stdout
    assert found_in(home) == set()


def test_the_passphrase_can_be_changed(home: Path) -> None:
    assert command(home, "lock", "set-passphrase", lines=(PASSPHRASE, OTHER)).exit_code == 0

    assert command(home, "status", lines=(OTHER,)).exit_code == 0
    assert command(home, "status", lines=(PASSPHRASE,)).exit_code == Exit.INVITE


def test_encryption_can_be_taken_away_and_put_back(home: Path) -> None:
    assert command(home, "lock", "remove", lines=(PASSPHRASE,)).exit_code == 0
    assert "not encrypted" in command(home, "lock", "status").stdout
    assert TEXT in command(home, "list").stdout
    assert found_in(home)

    done = command(home, "lock", "set-passphrase", lines=(OTHER,))
    assert done.exit_code == 0, done.stderr
    assert "flash" in done.stdout or "SD cards" in done.stdout
    assert found_in(home) == set()


def test_a_passphrase_can_make_way_for_a_key_file(home: Path, tmp_path: Path) -> None:
    done = command(home, "lock", "use-key-file", str(tmp_path / "stick.key"), lines=(PASSPHRASE,))
    assert done.exit_code == 0, done.stderr

    assert command(home, "status").exit_code == 0


def test_a_backup_comes_back(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "backup"
    assert command(home, "backup", str(file), lines=(PASSPHRASE,)).exit_code == 0
    assert command(tmp_path / "again", "restore", str(file), lines=(OTHER,)).exit_code == Exit.INVITE
    assert command(tmp_path / "again", "restore", str(file), lines=(PASSPHRASE,)).exit_code == 0

    assert TEXT in command(tmp_path / "again", "list", lines=(PASSPHRASE,)).stdout


def test_a_backup_may_have_a_passphrase_of_its_own(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "backup"
    made = command(home, "backup", str(file), "--own-passphrase", lines=(PASSPHRASE, OTHER))
    assert made.exit_code == 0, made.stderr

    assert command(tmp_path / "again", "restore", str(file), lines=(OTHER,)).exit_code == 0
    assert command(home, "status", lines=(PASSPHRASE,)).exit_code == 0


def test_a_wipe_asks_for_the_word(home: Path) -> None:
    assert command(home, "wipe", typed="yes\n").exit_code == Exit.REFUSED
    assert (home / "ledger.sqlite").exists()

    done = command(home, "wipe", typed="wipe\n")
    assert done.exit_code == 0
    assert "cannot be promised" in done.stdout
    assert not home.exists()


def test_a_wipe_in_a_script_needs_no_word_and_no_passphrase(home: Path) -> None:
    assert command(home, "wipe", "--yes").exit_code == 0

    assert not home.exists()
