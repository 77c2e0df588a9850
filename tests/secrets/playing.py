"""Run the real program as a person does, and keep all that it shows: to others too."""

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LONGEST_WAIT_S = 40.0


@dataclass(frozen=True, slots=True)
class Shown:
    """What one process showed."""

    command: str
    stdout: bytes
    stderr: bytes
    to_others: bytes = b""
    """Its arguments and environment, as other processes of the user see them while it runs."""

    def json(self) -> Any:
        """Return what it printed, as JSON."""
        return json.loads(self.stdout)


@dataclass
class Player:
    """Runs commands with everything that is written below one folder, under the most generous umask."""

    folder: Path
    shown: list[Shown] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name in ("user", "tmp", "xdg", "work"):
            (self.folder / name).mkdir(mode=0o700, parents=True)

    @property
    def environment(self) -> Mapping[str, str]:
        """What the program is told: a home, folders and a terminal of our own."""
        xdg = {f"XDG_{name}_HOME": str(self.folder / "xdg") for name in ("DATA", "CONFIG", "CACHE", "STATE")}
        places = {"HOME": str(self.folder / "user"), "TMPDIR": str(self.folder / "tmp"), **xdg}
        return {**places, "PATH": os.environ["PATH"], "TERM": "xterm-256color", "LANG": "C.UTF-8"}

    def run(self, home: str, *words: str, lines: tuple[str, ...] = (), **more: str) -> Shown:
        """Run one command to its end; `lines` are passphrases, `more` goes to descriptors: code_fd="…"."""
        process = self._start(home, words, lines, more)
        to_others = seen_by_others(process.pid)
        stdout, stderr = process.communicate(timeout=LONGEST_WAIT_S)
        return self._keep(Shown(f"{home} {' '.join(words[:2])}", stdout, stderr, to_others))

    def station(self, home: str, *lines: str, until: Callable[[], bool]) -> Shown:
        """Run a station until something is so, then stop it."""
        process = self._start(home, ("--link", "tcp://127.0.0.1:9", "station"), lines, {})
        wait_until(until)
        to_others = seen_by_others(process.pid)
        process.send_signal(signal.SIGTERM)
        stdout, stderr = process.communicate(timeout=LONGEST_WAIT_S)
        return self._keep(Shown(f"{home} station", stdout, stderr, to_others))

    def screens(self, words: tuple[str, ...], keys: Callable[[bytes], bytes | None]) -> Shown:
        """Run Python in a terminal; `keys` says what to press when this much was shown, None = enough."""
        control, terminal = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, *words], stdin=terminal, stdout=terminal, stderr=terminal,
            env=dict(self.environment), cwd=self.folder / "work", start_new_session=True, umask=0,
        )  # fmt: skip
        os.close(terminal)
        drawn, ends_at, to_others = b"", time.monotonic() + LONGEST_WAIT_S, b""
        while process.poll() is None and time.monotonic() < ends_at:
            drawn += _read(control)
            to_others = seen_by_others(process.pid) or to_others
            pressed = keys(drawn)
            if pressed is None:
                process.send_signal(signal.SIGTERM)
            elif pressed:
                os.write(control, pressed)
        drawn += _read(control)
        if process.poll() is None:
            process.kill()
        process.wait()
        os.close(control)
        return self._keep(Shown("screens", drawn, b"", to_others))

    def _start(
        self, home: str, words: tuple[str, ...], lines: tuple[str, ...], more: Mapping[str, str]
    ) -> "subprocess.Popen[bytes]":
        handed = {name: _handed(text) for name, text in more.items()}
        options = ["--home", str(self.folder / home)]
        passphrases = [_handed(*lines)] if lines else []
        options += ["--passphrase-fd", str(passphrases[0])] if lines else []
        extra = [
            word for name, number in handed.items() for word in (f"--{name.replace('_', '-')}", str(number))
        ]
        process = subprocess.Popen(
            [sys.executable, "-m", "meshboard", *options, *words, *extra],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, umask=0,
            env=dict(self.environment), cwd=self.folder / "work", pass_fds=[*passphrases, *handed.values()],
        )  # fmt: skip
        for number in (*passphrases, *handed.values()):
            os.close(number)
        return process

    def _keep(self, shown: Shown) -> Shown:
        self.shown.append(shown)
        return shown


def seen_by_others(process: int) -> bytes:
    """Return the arguments, environment and name of a process, empty where the machine shows none."""
    seen = b""
    for name in ("cmdline", "environ", "comm"):
        try:
            seen += Path(f"/proc/{process}/{name}").read_bytes()
        except OSError:
            continue
    return seen


def wait_until(is_so: Callable[[], bool]) -> None:
    """Wait until something in another process is so."""
    ends_at = time.monotonic() + LONGEST_WAIT_S
    while not is_so():
        if time.monotonic() > ends_at:
            raise AssertionError("it never came to be so")
        time.sleep(0.05)  # files wake nobody


def _handed(*lines: str) -> int:
    reading, writing = os.pipe()
    os.write(writing, "".join(f"{line}\n" for line in lines).encode())
    os.close(writing)
    return reading


def _read(control: int) -> bytes:
    try:
        return os.read(control, 65536) if select.select([control], [], [], 0.1)[0] else b""
    except OSError:  # the other end is closed
        return b""
