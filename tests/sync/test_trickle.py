import random
from itertools import pairwise

from meshboard.figures import APART_DOUBLINGS, LEAST_NEWS_INTERVALS, PATIENT_INTERVALS, TRICKLE_DOUBLINGS
from meshboard.sync.company.company import Company
from meshboard.sync.company.reach import Reach
from meshboard.sync.timing import Timings
from meshboard.sync.words.trickle import Trickle

TIMINGS = Timings(frame_s=1.0, rest_s=5.0)


def test_trickle_speaks_ever_more_rarely_while_all_agree() -> None:
    trickle = Trickle(10.0, random.Random(1), company(), now_s=0.0)

    spoken = _moments(trickle, until_s=20_000.0, is_settled=True)

    gaps = [later - sooner for sooner, later in pairwise(spoken)]
    assert 5.0 * LEAST_NEWS_INTERVALS <= spoken[0] <= 10.0 * LEAST_NEWS_INTERVALS
    assert len([moment for moment in spoken if moment > 5_000]) <= 8
    assert max(gaps) <= 10.0 * 2**TRICKLE_DOUBLINGS * 1.5


def test_trickle_keeps_quiet_when_two_neighbours_said_the_same() -> None:
    trickle = Trickle(10.0, random.Random(1), company(), now_s=0.0)
    trickle.consistent()
    trickle.consistent()

    assert not trickle.advance(trickle.next_at, is_settled=True)


def test_trickle_begins_again_when_somebody_differs() -> None:
    trickle = Trickle(10.0, random.Random(1), company(), now_s=0.0)
    _moments(trickle, until_s=5_000.0, is_settled=True)

    trickle.reset(5_000.0)

    assert 5_005.0 <= trickle.next_at <= 5_010.0


def test_news_makes_the_next_word_sooner_but_not_as_soon_as_a_difference() -> None:
    trickle = Trickle(10.0, random.Random(1), company(), now_s=0.0)
    _moments(trickle, until_s=5_000.0, is_settled=True)

    trickle.check_news(5_000.0, is_basic=True)

    assert 5_000.0 + 5.0 * LEAST_NEWS_INTERVALS <= trickle.next_at <= 5_000.0 + 10.0 * LEAST_NEWS_INTERVALS


def test_what_a_summary_said_need_not_be_said_again_in_the_same_interval() -> None:
    trickle = Trickle(10.0, random.Random(1), company(), now_s=0.0)
    trickle.said_as_much()

    assert not trickle.advance(trickle.next_at, is_settled=True)


def test_few_that_were_not_heard_to_agree_go_on_speaking_often_unless_nobody_is_there() -> None:
    apart, alone = (Trickle(10.0, random.Random(1), company(), now_s=0.0) for _ in range(2))
    many = Trickle(10.0, random.Random(1), company(stations=4), now_s=0.0)
    for now_s in range(0, 40_000, 5):
        apart.advance(now_s, is_settled=False)
        alone.advance(now_s, is_settled=False, is_alone=True)
        many.advance(now_s, is_settled=False)

    assert apart.next_at <= 40_000 + 10.0 * 2**APART_DOUBLINGS
    assert alone.next_at > 40_000 + 10.0 * 2**APART_DOUBLINGS
    assert many.next_at > 40_000 + 10.0 * 2**APART_DOUBLINGS


def test_intervals_stay_short_until_every_neighbour_was_heard_to_agree() -> None:
    trickle = Trickle(10.0, random.Random(1), company(), now_s=0.0)

    spoken = _moments(trickle, until_s=10.0 * LEAST_NEWS_INTERVALS * PATIENT_INTERVALS, is_settled=False)
    settled = _moments(trickle, until_s=20_000.0, is_settled=True)

    assert len(spoken) == PATIENT_INTERVALS
    assert len(settled) < 14


def _moments(trickle: Trickle, until_s: float, *, is_settled: bool) -> list[float]:
    spoken = []
    while trickle.next_at <= until_s:
        now_s = trickle.next_at
        if trickle.advance(now_s, is_settled=is_settled):
            spoken.append(now_s)
    return spoken


def company(stations: int = 2) -> Company:
    found = Company(TIMINGS, Reach(0, TIMINGS))
    found.stations = stations
    return found
