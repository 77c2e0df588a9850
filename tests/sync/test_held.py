import pytest

from meshboard.sync.air.held import ANSWERS, TOO_LONG, counted
from meshboard.sync.lanes.news_lane import NEWS_WORDS

OTHERS = ("keys and hellos", "repairs", "summary", "request", "beacon")


@pytest.mark.parametrize("what", [*NEWS_WORDS.values(), *OTHERS, ANSWERS, TOO_LONG])
def test_every_class_is_counted_by_the_words_for_one_and_for_several(what: str) -> None:
    one, several = counted(what, 1).removeprefix("1 "), counted(what, 2).removeprefix("2 ")

    assert one != several
    assert what in (one, several)
