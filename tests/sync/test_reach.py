"""How far frames go is learnt from words, and at first from news too."""

from meshboard.link import NodeNumber
from meshboard.sync.reach import ENOUGH_WORDS, FORGET_S, Reach


def test_news_tell_how_far_a_station_is_until_enough_of_its_words_did() -> None:
    reach = Reach(3)
    reach.note_news(NodeNumber(1), 0, 0.0)
    assert reach.hop_limit(0.0) == 3

    reach.note(NodeNumber(1), 1, 0.0)
    reach.note_news(NodeNumber(1), 0, 1.0)
    assert reach.hop_limit(1.0) == 0


def test_news_keep_a_station_in_mind_and_no_more_once_its_words_were_heard() -> None:
    reach = Reach(3)
    for _ in range(ENOUGH_WORDS):
        reach.note(NodeNumber(1), 1, 0.0)
    reach.note_news(NodeNumber(1), 0, FORGET_S - 1.0)

    assert reach.hop_limit(FORGET_S + 1.0) == 1
