import pytest
from rich.cells import cell_len

from meshboard.ui.columns import columns_for, header_line


def titles(width: int) -> list[str]:
    return [column.title for column in columns_for(width)]


@pytest.mark.parametrize("width", range(50, 220, 7))
def test_the_columns_take_the_whole_width_and_no_more(width: int) -> None:
    assert cell_len(header_line(columns_for(width))) == width


def test_a_narrow_list_keeps_what_matters_most() -> None:
    assert titles(50) == ["", "code", "what", "left", "age", "state"]
    assert titles(76) == ["", "code", "kind", "what", "left", "where", "age", "state"]


def test_a_wide_list_shows_everything() -> None:
    assert titles(120) == ["", "code", "kind", "about", "what", "left", "where", "age", "state", "who"]


def test_words_get_most_of_what_a_wide_list_has_to_give() -> None:
    what = {width: next(c.width for c in columns_for(width) if c.title == "what") for width in (76, 160)}

    assert what[76] >= 20
    assert what[160] >= 55
