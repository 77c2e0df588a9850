"""Typed words: cleaned without loss, refused with a sentence, shown safely."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshboard.domain.text import shown_line, typed_line
from meshboard.errors import RuleError


@pytest.mark.parametrize(
    "typed", ["🫨 👩‍👩‍👧 ok", "نحتاج ماء عند المسجد", "需要水", "cần nước", "[bold]not markup[/]", "a\u200db"]
)
def test_every_script_and_emoji_is_kept_as_typed(typed: str) -> None:
    assert typed_line(typed, "text") == typed


def test_line_ends_become_spaces_and_nothing_is_lost() -> None:
    assert typed_line("  milk\r\nbread\t eggs ", "text") == "milk bread eggs"


@pytest.mark.parametrize("typed", ["bell\x07", "esc\x1b[2J", "turned\u202eround", "half\ud800", "\uffff"])
def test_what_cannot_be_shown_is_refused_by_its_number(typed: str) -> None:
    with pytest.raises(RuleError, match=r"U\+[0-9A-F]{4}"):
        typed_line(typed, "text")


def test_too_long_says_how_much_to_take_out() -> None:
    with pytest.raises(RuleError, match="2 bytes too long"):
        typed_line("é" * 13, "place", 24)


@given(st.text())
def test_a_shown_line_has_nothing_that_moves_a_cursor(words: str) -> None:
    line = shown_line(words)

    assert len(line) == len(words)
    assert not any(letter in line for letter in "\r\n\x1b\x07\u202e\x00\x9b")
