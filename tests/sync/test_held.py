import pytest

from meshboard.sync.entries.fairness import Lane
from meshboard.sync.held import ANSWERS, LANE_WORDS, NEWS_WORDS, TOO_LONG, counted


@pytest.mark.parametrize("what", [*NEWS_WORDS.values(), *LANE_WORDS.values(), ANSWERS, TOO_LONG])
def test_every_class_is_counted_by_the_words_for_one_and_for_several(what: str) -> None:
    one, several = counted(what, 1).removeprefix("1 "), counted(what, 2).removeprefix("2 ")

    assert one != several or what == LANE_WORDS[Lane.NEWS]
    assert what in (one, several)
