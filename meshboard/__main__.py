"""Lets `python -m meshboard` do what `meshboard` does."""

from meshboard.cli import main

main()
