"""Passphrases, codes and contacts on the command line: typed, or read from a file descriptor.

Never from arguments or the environment: other processes, shell histories and crash reports see those.
"""

import getpass
import os
import sys

import typer

from meshboard.errors import ConfigError, LedgerLocked, RuleError, TrustError
from meshboard.station.home.host import Host
from meshboard.station.vault.locks import typed_secret
from meshboard.trust.keyslot import refuse_tiny
from meshboard.trust.secret import Secret

TRIES = 3
_MAX_BYTES = 4096  # longer than anything typed; keeps a wrong descriptor from being read for ever


def is_terminal() -> bool:
    """Say whether somebody can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask_passphrase(question: str, descriptor: int | None) -> Secret:
    """Return one passphrase: the next line of a descriptor, or typed; ConfigError when neither can be."""
    if descriptor is not None:
        return _passphrase_of(descriptor)
    if not is_terminal():
        raise ConfigError(
            f"There is no terminal to ask in ({question.lower()}). Use one, or --passphrase-fd N before the "
            "command. Nothing was changed."
        )
    return typed_secret(getpass.getpass(f"{question}: "))


def ask_new_passphrase(descriptor: int | None) -> Secret:
    """Return a new passphrase, typed twice; RuleError with the reason for a tiny one."""
    new = ask_passphrase("New passphrase", descriptor)
    refuse_tiny(new)
    if descriptor is None and ask_passphrase("The same once more", None) != new:
        raise RuleError("The two were not the same. Nothing was changed; try again.")
    return new


def unlock(host: Host, descriptor: int | None) -> None:
    """Unlock a host that is locked; at a terminal after a wrong passphrase ask again."""
    if not host.is_locked:
        return
    if descriptor is None and not is_terminal():
        raise LedgerLocked(
            "This board is locked. Type its passphrase in a terminal, or use --passphrase-fd N."
        )
    for tries_left in reversed(range(TRIES)):
        try:
            host.unlock(ask_passphrase("Passphrase of this board", descriptor))
        except TrustError as error:
            if descriptor is not None or not tries_left:
                raise
            print(f"meshboard: {error}", file=sys.stderr)
        else:
            return


def typed_line(question: str, descriptor: int | None, option: str, *, is_hidden: bool = False) -> str:
    """Return the next line of the descriptor that an option named, else what is typed."""
    if descriptor is None:
        typed: str = typer.prompt(question, hide_input=is_hidden)
        return typed
    return _line_of(descriptor, option).decode("utf-8", "replace").removesuffix("\r")


def _line_of(descriptor: int, option: str) -> bytearray:
    """Read one line byte by byte, so that the next one is left for the next question."""
    line = bytearray()
    try:
        while len(line) < _MAX_BYTES and (one := os.read(descriptor, 1)) not in (b"", b"\n"):
            line += one
    except OSError as error:
        raise ConfigError(
            f"{option} {descriptor}: nothing can be read from there: {error.strerror}."
        ) from error
    return line


def _passphrase_of(descriptor: int) -> Secret:
    line = _line_of(descriptor, "--passphrase-fd")
    typed = typed_secret(line.decode("utf-8", "surrogateescape").removesuffix("\r"))
    line[:] = bytes(len(line))
    if typed.is_forgotten:
        raise LedgerLocked(f"--passphrase-fd {descriptor}: there was no passphrase on the line.")
    return typed
