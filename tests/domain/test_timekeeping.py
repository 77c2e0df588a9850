"""Which time a station goes by when clocks disagree."""

import pytest

from meshboard.domain.ids import AuthorId
from meshboard.domain.timekeeping import CLOSE_S, LATELY_S, Timekeeper

RIGHT_S = 1_800_000_000
DAY_S = 24 * 3600
OFF_S = [-400 * DAY_S, -DAY_S, -2 * CLOSE_S, 2 * CLOSE_S, 20 * DAY_S]


def author(number: int) -> AuthorId:
    return AuthorId(bytes([number]) * 32)


def keeper(*others: int) -> Timekeeper:
    """Return one that heard others at 0, whose clocks are off by so much."""
    made = Timekeeper()
    for number, off_s in enumerate(others):
        made.note(author(number), RIGHT_S + off_s, 0.0)
    return made


@pytest.mark.parametrize("off_s", OFF_S)
def test_a_clock_that_most_others_contradict_is_not_gone_by(off_s: int) -> None:
    assert keeper(0, 5).time_s(RIGHT_S + off_s, 60.0) in (RIGHT_S + 60, RIGHT_S + 65)


@pytest.mark.parametrize("off_s", OFF_S)
def test_one_wrong_clock_or_liar_moves_nobody(off_s: int) -> None:
    assert keeper(off_s).time_s(RIGHT_S, 0.0) == RIGHT_S
    assert keeper(off_s, 30).time_s(RIGHT_S, 0.0) == RIGHT_S
    assert keeper(off_s, off_s, 0, 10).time_s(RIGHT_S, 0.0) == RIGHT_S


def test_where_nobody_agrees_the_own_clock_is_gone_by() -> None:
    assert keeper(-DAY_S, DAY_S).time_s(RIGHT_S - 5 * DAY_S, 0.0) == RIGHT_S - 5 * DAY_S


def test_a_clock_that_is_about_right_is_finer_than_what_is_heard() -> None:
    assert keeper(-200, -300).time_s(RIGHT_S, 0.0) == RIGHT_S


def test_who_has_no_clock_goes_by_whoever_is_heard_if_they_agree() -> None:
    assert keeper().time_s(None, 0.0) is None
    assert keeper(0).time_s(None, 7.0) == RIGHT_S + 7
    assert keeper(0, DAY_S).time_s(None, 0.0) is None
    assert keeper(0, DAY_S, 10).time_s(None, 0.0) == RIGHT_S + 10


def test_what_was_heard_long_ago_or_corrected_since_does_not_count() -> None:
    old = keeper(0, 0)
    assert old.time_s(RIGHT_S - DAY_S, LATELY_S) == RIGHT_S - DAY_S

    corrected = keeper(DAY_S, DAY_S)
    for number in range(2):
        corrected.note(author(number), RIGHT_S + 60, 60.0)
    assert corrected.time_s(RIGHT_S + 60, 60.0) == RIGHT_S + 60


def test_three_clocks_are_enough_to_be_sure_if_two_agree() -> None:
    assert not keeper(0).is_agreed(RIGHT_S, 0.0)
    assert keeper(0, DAY_S).is_agreed(RIGHT_S, 0.0)
    assert keeper(0, 0).is_agreed(RIGHT_S + DAY_S, 0.0)
    assert not keeper(-DAY_S, DAY_S).is_agreed(RIGHT_S, 0.0)
