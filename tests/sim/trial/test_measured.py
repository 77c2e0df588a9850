"""Spreads and shares of a rolling hour, counted by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshboard.sim.trial.measured import Spread, max_share, ratio, spread


def test_a_spread_takes_values_that_are_there() -> None:
    assert spread(range(1, 101)) == Spread(50, 95, 100)
    assert spread([7.0]) == Spread(7.0, 7.0, 7.0)


def test_of_nothing_there_is_no_spread_and_no_ratio() -> None:
    assert spread([]) == Spread(None, None, None)
    assert ratio(1.0, 0.0) is None


@pytest.mark.parametrize(
    ("sent", "share_of_ten_seconds"),
    [
        ([], 0.0),
        ([(0.0, 2.0)], 0.2),
        ([(0.0, 2.0), (9.0, 2.0)], 0.3),  # the window of 0 to 10 cuts the second one in half
        ([(0.0, 2.0), (20.0, 1.0)], 0.2),
        ([(0.0, 2.0), (8.0, 2.0), (16.0, 2.0)], 0.4),  # a window that ends at 18 holds all of two
        ([(99.0, 5.0)], 0.1),  # the run ends at 100
    ],
)
def test_the_largest_share_of_a_rolling_window(
    sent: list[tuple[float, float]], share_of_ten_seconds: float
) -> None:
    assert max_share(sent, 100.0, 10.0) == pytest.approx(share_of_ten_seconds)


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(1, 5)), max_size=12))
def test_no_window_holds_more_than_the_largest_share(gaps_and_lengths: list[tuple[int, int]]) -> None:
    sent, at = [], 0
    for gap, length in gaps_and_lengths:
        at += gap
        sent.append((float(at), float(length)))
        at += length
    busy = {second for begin, length in sent for second in range(int(begin), int(begin + length))}
    windows = [sum(second in busy for second in range(begin, begin + 10)) for begin in range(-10, at + 1)]

    assert max_share(sent, at + 100.0, 10.0) == pytest.approx(max(windows) / 10)
