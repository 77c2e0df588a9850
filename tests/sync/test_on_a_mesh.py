"""How long news takes on a mesh where frames collide, after stations that all just started."""

from collections.abc import Sequence

from tests.support.engines.on_a_mesh import seconds_until_all_hold_a_need

SEEDS = range(8)


def taken(
    count: int, layout: str, loss: float, posted_at_s: float, seeds: Sequence[int] = SEEDS
) -> list[float]:
    return sorted(seconds_until_all_hold_a_need(seed, count, layout, loss, posted_at_s) for seed in seeds)


def test_two_stations_without_loss_take_twenty_seconds_at_most() -> None:
    for posted_at_s in (10.0, 20.0, 60.0):
        assert taken(2, "cell", 0.0, posted_at_s)[-1] <= 20.0


def test_a_line_of_three_without_loss_mostly_takes_less_than_thirty_seconds_and_never_three_minutes() -> None:
    seconds = taken(3, "line", 0.0, 20.0, range(20))

    assert seconds[3 * len(seconds) // 4] < 30.0
    assert seconds[len(seconds) // 2] < 15.0
    assert seconds[-1] < 180.0


def test_two_stations_at_30_percent_loss_take_less_than_three_minutes() -> None:
    assert taken(2, "cell", 0.3, 20.0)[-1] < 180.0


def test_four_stations_at_30_percent_loss_take_less_than_three_minutes() -> None:
    assert taken(4, "cell", 0.3, 20.0)[-1] < 180.0


def test_a_line_of_three_at_30_percent_loss_mostly_takes_less_than_three_minutes() -> None:
    seconds = taken(3, "line", 0.3, 60.0)

    assert seconds[len(seconds) // 2] < 120.0
    assert seconds[-2] < 180.0
    assert seconds[-1] < 320.0
