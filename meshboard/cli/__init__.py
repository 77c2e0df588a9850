"""The command line: everything a person can do with a board, scriptable."""

from meshboard.cli.root import main

__all__ = ["main"]
