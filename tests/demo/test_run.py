"""The command as a person runs it: on a terminal of its own."""

import os
import pty
import signal
import subprocess
import sys
import termios
import time

import pytest

from meshboard.demo.homes import PREFIX, passing_parent

ENDED_WELL = {0, 128 + signal.SIGHUP}  # a hung-up terminal ends it as shells expect, 129
PATIENCE_S = 40.0  # ten times what it takes on two idle cores


def read_until(terminal: int, words: str) -> str:
    """Return what the screen got so far, as soon as it holds `words`; fail after PATIENCE_S."""
    shown, deadline = b"", time.monotonic() + PATIENCE_S
    os.set_blocking(terminal, False)
    while words.encode() not in shown:
        assert time.monotonic() < deadline, shown[-2000:]
        try:
            shown += os.read(terminal, 65536)
        except BlockingIOError:
            time.sleep(0.05)
    return shown.decode(errors="replace")


@pytest.mark.slow
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, "q"])
def test_it_shows_a_board_and_ends_without_leaving_anything(ending: signal.Signals | str) -> None:
    terminal, screen = pty.openpty()
    termios.tcsetwinsize(screen, (24, 80))
    command = [sys.executable, "-c", "from meshboard.cli import main; main()", "demo"]
    environment = {**os.environ, "TERM": "xterm-256color"}
    with subprocess.Popen(
        command, stdin=screen, stdout=screen, stderr=screen, env=environment, start_new_session=True
    ) as process:
        os.close(screen)
        shown = read_until(terminal, "Welcome")
        if isinstance(ending, str):
            os.write(terminal, ending.encode())
        else:
            process.send_signal(ending)
        rest = b""
        deadline = time.monotonic() + PATIENCE_S
        while process.poll() is None and time.monotonic() < deadline:
            try:
                rest += os.read(terminal, 65536)
            except (BlockingIOError, OSError):
                time.sleep(0.05)
        process.kill()

    os.close(terminal)
    assert process.returncode in ENDED_WELL, rest[-2000:]
    assert "meshboard --link auto" in shown
    assert b"Traceback" not in rest
    assert not list(passing_parent().glob(f"{PREFIX}{process.pid}-*"))
