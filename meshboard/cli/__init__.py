"""The command line: everything a person can do with a board, scriptable."""

from meshboard.cli.app import main

__all__ = ["main"]
