"""A relay that goes away cuts nobody off for long: the way is longer then, not gone."""

import pytest

from tests.sim.trial.running import outcome

ENDS: dict[str, object] = {
    "name": "two ends joined by one relay, and by two",
    "hours": 6,
    "nodes": 5,
    "stations": [0, 3],
    "edges": [[0, 4], [4, 3], [0, 1], [1, 2], [2, 3]],
    "event": [{"type": "partition", "at_h": 2, "groups": [[0, 1, 2, 3], [4]]}],
}


def posts(count: int, from_h: float, to_h: float, urgency: str = "normal") -> dict[str, object]:
    return {"kind": "posts", "count": count, "from_h": from_h, "to_h": to_h, "urgency": urgency}


@pytest.mark.parametrize("seed", [1, 2])
def test_when_the_short_way_goes_posts_still_arrive_within_minutes(seed: int) -> None:
    traffic = [posts(20, 0, 2), posts(10, 2, 5), posts(5, 2, 5, "critical")]
    figures = outcome(ENDS | {"seed": seed, "traffic": traffic}).figures

    assert (figures.complete, figures.identical) == (1.0, True)
    assert (figures.critical_p95_s or 0.0) < 300.0
    assert (figures.converged_s.max or 0.0) < 1800.0


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_critical_post_finds_the_longer_way_after_an_hour_of_silence(seed: int) -> None:
    traffic = [posts(3, 0, 0.5), posts(1, 8, 8.01, "critical") | {"stations": [0]}]
    gone = {"type": "partition", "at_h": 7, "groups": [[0, 1, 2, 3], [4]]}
    quiet = {"hours": 16, "seed": seed, "loss": 0.0, "traffic": traffic, "event": [gone]}
    figures = outcome(ENDS | quiet).figures

    assert figures.complete == 1.0
    assert (figures.critical_p95_s or 0.0) < 60.0
