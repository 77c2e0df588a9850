"""A mistake in meshboard is reported with the place where it happened, never with people's words."""

import pytest

from meshboard.cli.breaking import report_break

SAID = "555-0142, blue gate"


def test_a_break_shows_where_and_not_what(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        try:
            int(SAID)
        except ValueError as error:
            raise KeyError(SAID) from error
    except KeyError as error:
        report_break(error)

    shown = capsys.readouterr().err
    assert "Please report" in shown
    assert "ValueError" in shown
    assert "KeyError" in shown
    assert "test_breaking.py" in shown
    assert "555-0142" not in shown
