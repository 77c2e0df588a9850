"""A member whose log is forked for long: both branches are kept everywhere, and all is alike."""

import pytest

from meshboard.domain.entries import LogId
from meshboard.domain.ids import AuthorId
from meshboard.figures import MAX_UNDER_ONE_NUMBER
from tests.support.engines.hardship import Hardship, assert_ends_well

FORKED = 1
LENGTH = 8


def write_branch(circle: Hardship, which: int) -> None:
    for number in range(LENGTH):
        circle.post(FORKED, is_critical=number == 3)
        circle.claim(FORKED, number + which, 1 + number)
        circle.run(circle.now_s + 60.0)


def circle_with_branches(seed: int, count: int, branches: int, loss: float) -> Hardship:
    """Return a circle in which a station wrote on from the same copy of its disk so many times, alone."""
    circle = Hardship(seed, count, shape="all")
    circle.post(FORKED)
    circle.run(circle.now_s + 600.0)
    circle.take_copy(FORKED)
    for which in range(branches):
        circle.restore(FORKED, -1, is_noticed=False)
        write_branch(circle, which)
        circle.run(circle.now_s + 1200.0)
        circle.part(1 << FORKED)
    circle.heal()
    circle.loss = loss
    for index in range(count):
        circle.claim(index, index, 2)
    circle.run(circle.now_s + 600.0)
    return circle


@pytest.mark.parametrize(("seed", "count"), [(0, 2), (1, 2), (2, 2), (0, 5), (1, 5)])
def test_both_branches_of_a_forked_log_end_everywhere(seed: int, count: int) -> None:
    circle = circle_with_branches(seed, count, branches=2, loss=0.3)

    assert_ends_well(circle)
    for station in circle.survivors():
        forked = station.store.holdings()[LogId(station_key(circle), 0)]
        assert forked.count >= sum(last - first + 1 for first, last in forked.ranges) + 2 * LENGTH


@pytest.mark.parametrize("seed", range(2))
def test_of_three_branches_the_same_two_entries_stay_everywhere(seed: int) -> None:
    circle = circle_with_branches(seed, 3, branches=3, loss=0.3)

    assert_ends_well(circle)
    log = LogId(station_key(circle), 0)
    store = circle.stations[0].store
    _, last = store.holdings()[log].ranges[-1]
    assert all(
        len(store.entries(log, number, number)) <= MAX_UNDER_ONE_NUMBER for number in range(1, last + 1)
    )


@pytest.mark.parametrize("seed", range(2))
def test_who_joins_later_gets_both_branches(seed: int) -> None:
    circle = circle_with_branches(seed, 3, branches=2, loss=0.0)
    circle.fall_quiet()
    circle.sides.append(0)
    circle.let_in(3)

    assert_ends_well(circle)


def station_key(circle: Hardship) -> AuthorId:
    return circle.stations[FORKED].key.author
