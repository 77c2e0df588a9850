from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from meshboard.ui.cells import cut, fit, steady

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"


@given(st.text(alphabet=st.characters(exclude_categories=("Cc", "Cs")), max_size=40), st.integers(0, 30))
def test_fitted_words_take_exactly_the_cells_they_were_given(words: str, width: int) -> None:
    assert cell_len(fit(words, width)) == width


def test_words_that_fit_are_left_alone() -> None:
    assert cut("5 gal", 5) == "5 gal"


def test_cut_words_end_in_an_ellipsis() -> None:
    assert cut("water for the shelter", 8) == "water f…"


def test_a_wide_character_is_never_cut_in_half() -> None:
    assert fit("飲料水が必要", 6) == "飲料… "


def test_an_accent_stays_with_its_letter() -> None:
    assert cut("cafe\u0301 con leche", 5) == "cafe\u0301…"


def test_a_flag_is_kept_whole_or_left_out() -> None:
    flag = "\U0001f1fa\U0001f1e6"

    assert cut(flag * 3, 4) == f"{flag}…"


def test_a_joined_picture_becomes_its_first_part() -> None:
    assert steady(f"{FAMILY} of 3") == "\U0001f468 of 3"


def test_letters_keep_the_joiner_they_are_written_with() -> None:
    assert steady("نمی\u200cخواهم") == "نمی\u200cخواهم"


def test_right_to_left_words_are_closed_off_from_the_next_column() -> None:
    assert fit("بخاخ", 6) == "بخاخ\u200e  "
