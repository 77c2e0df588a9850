"""How far frames go is learnt from words, and made good where it was learnt wrongly or the mesh changed."""

from meshboard.figures import (
    ENOUGH_WORDS,
    FARTHER_AFTER_S,
    LACKED_S,
    LOUD_AFTER_NEWS_S,
    LOUD_WORDS,
    MANY_HEARD,
    MISSED_NEWS,
    RECENT_FRAMES,
)
from meshboard.sync.company.reach import Reach
from meshboard.sync.timing import Timings

TIMINGS = Timings(frame_s=2.16, rest_s=5.0)
HIGHEST = 3
ANNA, BERT, *OTHERS = [bytes([number]) * 4 for number in range(1, 9)]


def reach_of(*heads: bytes, hops: int = 0) -> Reach:
    """Return what a station knows that heard a word of each of these, so many relays away."""
    reach = Reach(HIGHEST, TIMINGS)
    for head in heads:
        reach.note(head, hops, 0.0)
    return reach


def after_first_words(reach: Reach) -> Reach:
    for _ in range(LOUD_WORDS):
        reach.take_for_word(0.0)
    return reach


def test_frames_go_to_the_farthest_heard_with_a_relay_to_spare_where_it_is_far() -> None:
    assert [reach_of(ANNA, hops=hops).hop_limit(0.0) for hops in (0, 1, 2, 3)] == [0, 1, 3, 3]


def test_the_nearest_of_the_last_frames_of_a_station_tells_how_far_it_is() -> None:
    reach = reach_of(ANNA, hops=0)
    limits = []
    for _ in range(RECENT_FRAMES):
        reach.note(ANNA, 1, 0.0)
        limits.append(reach.hop_limit(0.0))

    assert limits == [0] * (RECENT_FRAMES - 1) + [1]


def test_a_station_not_heard_for_hours_is_no_reason_to_go_far() -> None:
    reach = reach_of(ANNA, hops=3)
    reach.note(BERT, 0, 1.0)

    assert reach.hop_limit(TIMINGS.neighbour_s - 1.0) == HIGHEST
    assert reach.hop_limit(TIMINGS.neighbour_s + 0.5) == 0


def test_news_tell_how_far_a_station_is_until_enough_of_its_words_did() -> None:
    reach = Reach(HIGHEST, TIMINGS)
    reach.note_news(ANNA, 0, 0.0)
    assert reach.hop_limit(0.0) == HIGHEST

    reach.note(ANNA, 1, 0.0)
    reach.note_news(ANNA, 0, 1.0)
    assert reach.hop_limit(1.0) == 0


def test_news_keep_a_station_in_mind_and_no_more_once_its_words_were_heard() -> None:
    reach = Reach(HIGHEST, TIMINGS)
    for _ in range(ENOUGH_WORDS):
        reach.note(ANNA, 1, 0.0)
    reach.note_news(ANNA, 0, TIMINGS.neighbour_s - 1.0)

    assert reach.hop_limit(TIMINGS.neighbour_s + 1.0) == 1


def test_who_lacks_something_is_as_far_as_the_asking_came_once_it_was_not_heard_from_near_for_long() -> None:
    reach = reach_of(ANNA, hops=1)
    reach.note_lacking(ANNA, 2, FARTHER_AFTER_S - 1.0)
    assert reach.hop_limit(FARTHER_AFTER_S) == 1  # by chance: it was heard from near a moment ago

    reach.note_lacking(ANNA, 2, FARTHER_AFTER_S)
    assert reach.hop_limit(FARTHER_AFTER_S) == HIGHEST
    assert reach.hop_limit(FARTHER_AFTER_S + LACKED_S) == 1


def test_who_was_heard_from_near_since_lacks_things_by_chance() -> None:
    reach = reach_of(ANNA, hops=1)
    reach.note_news(ANNA, 1, FARTHER_AFTER_S - 1.0)
    reach.note_lacking(ANNA, 2, FARTHER_AFTER_S + 1.0)

    assert reach.hop_limit(FARTHER_AFTER_S + 1.0) == 1


def test_who_heard_many_leaves_loud_words_to_all_in_turn() -> None:
    alone, among_many = Reach(HIGHEST, TIMINGS), reach_of(ANNA, BERT, *OTHERS)

    assert [alone.take_for_word(0.0) for _ in range(LOUD_WORDS)] == [HIGHEST] * LOUD_WORDS
    assert [among_many.take_for_word(0.0) for _ in range(16)] == [0] * 15 + [HIGHEST]


def test_who_heard_few_is_loud_at_first() -> None:
    reach = reach_of(ANNA, BERT, *OTHERS[: MANY_HEARD - 3])

    assert [reach.take_for_word(0.0) for _ in range(4)] == [HIGHEST, HIGHEST, 0, 0]


def third_word_after_news(reach: Reach, at_s: float) -> int:
    """Return how far a word goes that is neither one of the first nor one of every few."""
    reach.note_own_news(1.0)
    return reach.take_for_word(at_s)


def test_a_word_after_news_goes_as_far_as_it_can_where_relays_are_needed() -> None:
    needing_relays = after_first_words(reach_of(ANNA, hops=1))
    assert third_word_after_news(needing_relays, LOUD_AFTER_NEWS_S) == HIGHEST

    without_news = after_first_words(reach_of(ANNA, hops=1))
    assert without_news.take_for_word(LOUD_AFTER_NEWS_S) == 1


def test_words_after_news_go_far_at_times_only_the_more_stations_the_more_seldom() -> None:
    assert third_word_after_news(after_first_words(reach_of(ANNA, hops=1)), LOUD_AFTER_NEWS_S - 1.0) == 1

    for at_s, hop_limit in ((2 * LOUD_AFTER_NEWS_S - 1.0, 1), (2 * LOUD_AFTER_NEWS_S, HIGHEST)):
        assert third_word_after_news(after_first_words(reach_of(ANNA, BERT, hops=1)), at_s) == hop_limit


def test_words_after_news_stay_near_where_all_were_heard_without_a_relay() -> None:
    reach = after_first_words(reach_of(ANNA, BERT))
    reach.note_own_news(AT_REST_S - 1.0)

    assert reach.take_for_word(AT_REST_S) == 0


AT_REST_S = 1.5 * TIMINGS.rest_word_s  # three stations, of which two say a word in an interval


def test_a_neighbour_silent_for_longer_than_at_rest_is_sought_farther_away() -> None:
    reach = after_first_words(reach_of(ANNA, BERT))
    reach.note_news(BERT, 0, AT_REST_S)

    assert reach.take_for_word(AT_REST_S) == HIGHEST


def test_a_neighbour_silent_while_all_others_write_is_sought_farther_away() -> None:
    for news, hop_limit in ((3 * MISSED_NEWS - 1, 0), (3 * MISSED_NEWS, HIGHEST)):
        reach = after_first_words(reach_of(ANNA, BERT))
        for at in range(news):
            reach.note_news(BERT, 0, LOUD_AFTER_NEWS_S * 2 + at)
        assert reach.take_for_word(LOUD_AFTER_NEWS_S * 3) == hop_limit


def test_a_critical_post_goes_as_far_as_it_can_where_somebody_may_be_out_of_reach() -> None:
    assert reach_of(ANNA, BERT).for_critical(AT_REST_S - 1.0) == 0
    assert reach_of(ANNA, BERT).for_critical(AT_REST_S) == HIGHEST
    assert reach_of(ANNA, hops=1).for_critical(0.0) == HIGHEST


def test_a_word_that_was_not_said_is_as_loud_the_next_time() -> None:
    reach = Reach(HIGHEST, TIMINGS)
    reach.note(ANNA, 1, 0.0)
    assert [reach.take_for_word(0.0) for _ in range(LOUD_WORDS)] == [HIGHEST] * LOUD_WORDS

    reach.take_word_back()
    assert [reach.take_for_word(0.0), reach.take_for_word(0.0)] == [HIGHEST, 1]


def test_asking_goes_a_relay_farther_each_time_and_at_last_beyond_everybody_heard() -> None:
    assert [reach_of(ANNA, hops=3).for_asking(times, times, 0.0) for times in range(4)] == [1, 2, 3, 3]
    assert [reach_of(ANNA, hops=1).for_asking(times, times, 0.0) for times in range(4)] == [1, 1, 1, HIGHEST]
    assert reach_of(ANNA, hops=1).for_asking(9, 0, 0.0) == 1  # of one thing only: it may not exist
