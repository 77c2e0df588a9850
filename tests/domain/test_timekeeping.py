"""Which time a station goes by when clocks disagree."""

from dataclasses import dataclass

import pytest

from meshboard.domain.ids import AuthorId
from meshboard.domain.timekeeping import CommonClock
from meshboard.figures import CLOCK_LATELY_S, CLOCKS_CLOSE_S

RIGHT_S = 1_800_000_000
DAY_S = 24 * 3600
OFF_S = [-400 * DAY_S, -DAY_S, -2 * CLOCKS_CLOSE_S, 2 * CLOCKS_CLOSE_S, 20 * DAY_S]


def author(number: int) -> AuthorId:
    return AuthorId(bytes([number]) * 32)


@dataclass
class HandClock:
    """A clock set by hand, which goes on by itself."""

    off_s: int | None
    now_s: float = 0.0

    def monotonic_s(self) -> float:
        return self.now_s

    def wall_s(self) -> int | None:
        return None if self.off_s is None else RIGHT_S + self.off_s + int(self.now_s)


def clock(own: HandClock, *others: int) -> CommonClock:
    """Return one that heard others now, whose clocks are off by so much."""
    made = CommonClock(own)
    hear(made, *others)
    return made


def hear(listener: CommonClock, *others: int) -> None:
    now_s = RIGHT_S + int(listener.monotonic_s())
    for number, off_s in enumerate(others):
        listener.note(author(number), now_s + off_s)


@pytest.mark.parametrize("off_s", OFF_S)
def test_a_clock_that_most_others_contradict_is_not_gone_by(off_s: int) -> None:
    own = HandClock(off_s)
    set_right = clock(own, 0, 5)

    own.now_s = 60.0
    assert set_right.wall_s() in (RIGHT_S + 60, RIGHT_S + 65)


@pytest.mark.parametrize("off_s", OFF_S)
def test_one_wrong_clock_or_liar_moves_nobody(off_s: int) -> None:
    assert clock(HandClock(0), off_s).wall_s() == RIGHT_S
    assert clock(HandClock(0), off_s, 30).wall_s() == RIGHT_S
    assert clock(HandClock(0), off_s, off_s, 0, 10).wall_s() == RIGHT_S


def test_where_nobody_agrees_the_own_clock_is_gone_by() -> None:
    assert clock(HandClock(-5 * DAY_S), -DAY_S, DAY_S).wall_s() == RIGHT_S - 5 * DAY_S


def test_a_clock_that_is_about_right_is_finer_than_what_is_heard() -> None:
    assert clock(HandClock(0), -200, -300).wall_s() == RIGHT_S


def test_who_has_no_clock_goes_by_whoever_is_heard_if_they_agree() -> None:
    none = HandClock(None)
    set_by_one = clock(none, 0)
    none.now_s = 7.0
    assert set_by_one.wall_s() == RIGHT_S + 7
    assert clock(HandClock(None)).wall_s() is None
    assert clock(HandClock(None), 0, DAY_S).wall_s() is None
    assert clock(HandClock(None), 0, DAY_S, 10).wall_s() == RIGHT_S + 10


def test_what_was_heard_long_ago_or_corrected_since_does_not_count() -> None:
    own = HandClock(-DAY_S)
    old = clock(own, 0, 0)
    own.now_s = CLOCK_LATELY_S
    assert old.wall_s() == RIGHT_S + int(CLOCK_LATELY_S) - DAY_S

    own = HandClock(0)
    corrected = clock(own, DAY_S, DAY_S)
    own.now_s = 60.0
    hear(corrected, 0, 0)
    assert corrected.wall_s() == RIGHT_S + 60


def test_three_clocks_are_enough_to_be_sure_if_two_agree() -> None:
    assert not clock(HandClock(0), 0).is_agreed()
    assert clock(HandClock(0), 0, DAY_S).is_agreed()
    assert clock(HandClock(DAY_S), 0, 0).is_agreed()
    assert not clock(HandClock(0), -DAY_S, DAY_S).is_agreed()


@pytest.mark.parametrize("off_s", OFF_S)
def test_by_how_much_a_clock_was_corrected_can_be_told(off_s: int) -> None:
    assert clock(HandClock(off_s), 0, 0).off_s() == off_s
    assert clock(HandClock(0), off_s, 0).off_s() == 0
    assert clock(HandClock(-200), 0, 0).off_s() == 0
    assert clock(HandClock(None), 0, 0).off_s() == 0
