"""Answers fit their packet and lose nothing."""

import re

from hypothesis import given
from hypothesis import strategies as st

from meshboard.handheld.paging import MAX_ANSWER_BYTES, SIGN, clusters, pages, shortened, size

LINES = st.lists(
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), max_size=300), min_size=1, max_size=12
)


@given(LINES)
def test_every_page_fits_one_packet(lines: list[str]) -> None:
    assert all(size(page) <= MAX_ANSWER_BYTES for page in pages(lines))


@given(LINES)
def test_the_pages_together_say_everything(lines: list[str]) -> None:
    bodies = [re.sub(r"\n\[\d+/\d+ send: more\]$", "", page.removeprefix(SIGN)) for page in pages(lines)]

    assert "".join("".join(bodies).split()) == "".join("".join(lines).split())


def test_only_the_last_page_does_not_say_how_to_go_on() -> None:
    first, second = pages(["a" * 150, "b" * 150])

    assert first.endswith("\n[1/2 send: more]")
    assert second == SIGN + "b" * 150


def test_a_long_line_is_parted_at_a_space() -> None:
    first, second = pages(["word " * 50])

    assert first.removesuffix("\n[1/2 send: more]").endswith(" word")
    assert second.startswith(SIGN + "word ")


def test_what_people_see_as_one_character_stays_whole() -> None:
    family, flag, accented = "👨‍👩‍👧", "🇺🇦", "e\u0301"

    assert clusters(family + flag + accented + "x") == [family, flag, accented, "x"]
    assert shortened("ab" + family + "cdef", 12) == "ab.."


def test_words_that_fit_are_not_marked_as_cut() -> None:
    assert shortened("water", 5) == "water"
