import pytest

from meshboard.domain.categories import category_of, guess_category, is_category
from meshboard.domain.posts import Category, PostKind


@pytest.mark.parametrize(
    ("words", "category"),
    [
        ("Two folding tables and a chainsaw", Category.TOOLS),
        ("insulin cooler", Category.MEDICAL),
        ("blankets for six", Category.SHELTER),
        ("Diapers, size 4", Category.HYGIENE),
        ("watr for six", Category.WATER),
        ("", Category.OTHER),
        ("please come by", Category.OTHER),
    ],
)
def test_a_post_is_about_what_its_words_say(words: str, category: Category) -> None:
    assert guess_category(PostKind.NEED, words) is category


def test_a_notice_whose_words_do_not_tell_is_information() -> None:
    assert guess_category(PostKind.NOTICE, "please come by") is Category.INFO


def test_a_word_spelt_right_counts_before_a_misspelt_one() -> None:
    assert category_of(["watr", "insulin"]) is Category.MEDICAL


def test_only_a_word_spelt_right_names_a_category() -> None:
    assert is_category("bread")
    assert not is_category("bred")


def test_a_hostile_number_of_words_is_read_only_so_far() -> None:
    assert category_of(["zz"] * 10_000 + ["bread"]) is None
