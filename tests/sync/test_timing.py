import random
from itertools import pairwise

from meshboard.sync.timing import (
    NEWS_INTERVALS,
    PATIENT_INTERVALS,
    TRICKLE_DOUBLINGS,
    TRIES_BEFORE_GROWTH,
    AnswerLimit,
    Disagreements,
    SaidMemory,
    Trickle,
    Waits,
)


def test_trickle_speaks_ever_more_rarely_while_all_agree() -> None:
    trickle = Trickle(10.0, random.Random(1), now_s=0.0)

    spoken = _moments(trickle, until_s=20_000.0, is_settled=True)

    gaps = [later - sooner for sooner, later in pairwise(spoken)]
    assert 5.0 * NEWS_INTERVALS <= spoken[0] <= 10.0 * NEWS_INTERVALS
    assert len([moment for moment in spoken if moment > 5_000]) <= 8
    assert max(gaps) <= 10.0 * 2**TRICKLE_DOUBLINGS * 1.5


def test_trickle_keeps_quiet_when_two_neighbours_said_the_same() -> None:
    trickle = Trickle(10.0, random.Random(1), now_s=0.0)
    trickle.consistent()
    trickle.consistent()

    assert not trickle.advance(trickle.next_at, is_settled=True)


def test_trickle_begins_again_when_somebody_differs() -> None:
    trickle = Trickle(10.0, random.Random(1), now_s=0.0)
    _moments(trickle, until_s=5_000.0, is_settled=True)

    trickle.reset(5_000.0)

    assert 5_005.0 <= trickle.next_at <= 5_010.0


def test_news_makes_the_next_word_sooner_but_not_as_soon_as_a_difference() -> None:
    trickle = Trickle(10.0, random.Random(1), now_s=0.0)
    _moments(trickle, until_s=5_000.0, is_settled=True)

    trickle.check_news(5_000.0)

    assert 5_000.0 + 5.0 * NEWS_INTERVALS <= trickle.next_at <= 5_000.0 + 10.0 * NEWS_INTERVALS


def test_what_a_summary_said_need_not_be_said_again_in_the_same_interval() -> None:
    trickle = Trickle(10.0, random.Random(1), now_s=0.0)
    trickle.said_as_much()

    assert not trickle.advance(trickle.next_at, is_settled=True)


def test_intervals_stay_short_until_every_neighbour_was_heard_to_agree() -> None:
    trickle = Trickle(10.0, random.Random(1), now_s=0.0)

    spoken = _moments(trickle, until_s=10.0 * NEWS_INTERVALS * PATIENT_INTERVALS, is_settled=False)
    settled = _moments(trickle, until_s=20_000.0, is_settled=True)

    assert len(spoken) == PATIENT_INTERVALS
    assert len(settled) < 14


def test_the_same_thing_may_be_said_again_ever_more_rarely() -> None:
    said: SaidMemory[str] = SaidMemory(Waits(10.0, 100.0), capacity=4)
    waits = []
    now_s = 0.0
    for _ in range(20):
        said.note("entry", now_s, by_us=True)
        waits.append(said.allowed_at("entry") - now_s)
        now_s = said.allowed_at("entry")

    assert waits[:TRIES_BEFORE_GROWTH] == [10.0] * TRIES_BEFORE_GROWTH
    assert waits == sorted(waits)
    assert waits[-1] == 100.0


def test_what_others_say_holds_us_back_once_and_does_not_make_us_rarer() -> None:
    said: SaidMemory[str] = SaidMemory(Waits(10.0, 100.0), capacity=4)
    for second in range(20):
        said.note("entry", float(second), by_us=False)

    assert said.allowed_at("entry") == 29.0
    assert said.allowed_at("another") == float("-inf")


def test_the_memory_of_what_was_said_is_bounded() -> None:
    said: SaidMemory[int] = SaidMemory(Waits(10.0, 100.0), capacity=4)
    for key in range(5):
        said.note(key, 0.0, by_us=True)

    assert said.allowed_at(0) == float("-inf")
    assert said.allowed_at(4) == 10.0


def test_stations_that_cannot_agree_fall_silent() -> None:
    disagreements = Disagreements()

    acted = [disagreements.is_worth_acting(b"ours", b"theirs") for _ in range(200)]

    assert all(acted[:16])
    assert [16 + place + 1 for place, act in enumerate(acted[16:]) if act] == [32, 64, 128]
    assert disagreements.is_worth_acting(b"ours", b"another")


def test_one_station_and_all_together_are_answered_only_so_often() -> None:
    limit = AnswerLimit(60.0, per_station=8, in_all=32)

    of_one = sum(limit.allows(b"one.", 0.0) for _ in range(100))
    of_all = of_one + sum(limit.allows(number.to_bytes(4, "big"), 0.0) for number in range(100))

    assert (of_one, of_all) == (8, 32)
    assert limit.allows(b"one.", 60.0)


def _moments(trickle: Trickle, until_s: float, *, is_settled: bool) -> list[float]:
    spoken = []
    while trickle.next_at <= until_s:
        now_s = trickle.next_at
        if trickle.advance(now_s, is_settled=is_settled):
            spoken.append(now_s)
    return spoken
