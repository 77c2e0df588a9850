"""Invites' codes on the command line: typed, or read from a file descriptor, never from arguments."""

import os

import typer

from meshboard.errors import ConfigError

_MAX_BYTES = 4096  # the longest code has a few hundred; keeps a wrong descriptor from being read for ever


def read_code(question: str, descriptor: int | None) -> str:
    """Return a code: the next line of a descriptor, or what is typed. Shell histories see neither."""
    if descriptor is None:
        typed: str = typer.prompt(question)
        return typed
    line = bytearray()
    try:
        while len(line) < _MAX_BYTES and (one := os.read(descriptor, 1)) not in (b"", b"\n"):
            line += one
    except OSError as error:
        raise ConfigError(
            f"--code-fd {descriptor}: nothing can be read from there: {error.strerror}."
        ) from error
    return line.decode("utf-8", "replace")
