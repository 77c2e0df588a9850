"""Old posts are forgotten in a simulation as in life: a newcomer gets what lasts."""

from tests.sim.trial.running import QUIET_CELL, run


def test_a_newcomer_gets_what_lasts_and_one_stretch_of_each_log() -> None:
    events = [{"type": "leave", "at_h": 0.0, "station": 0}, {"type": "join", "at_h": 0.1, "station": 0}]
    preload = [{"count": 44, "authors": 2, "holders": [1, 2], "old": 34}]
    over = run(QUIET_CELL | {"preload": preload, "event": events})

    kept = 10 + 5 + 4  # what lasts, who each of five is, and the vouches for four
    assert [len(board.store.everything()) for board in over.boards] == [kept] * 3
    newcomer, *others = (board.store for board in over.boards)
    assert all(dict(newcomer.holdings()) == dict(other.holdings()) for other in others)
    told = [one for log in newcomer.holdings() for one in newcomer.stretches(log)]
    assert [(one.first, one.last, one.is_told) for one in told] == [(2, 18, True)] * 2


def test_a_station_that_is_restored_forgets_again_within_an_hour() -> None:
    preload = [{"count": 22, "authors": 1, "holders": [1], "old": 17}]
    events = [{"type": "restore", "at_h": 0.5, "station": 1, "age_h": 0.4}]
    over = run(QUIET_CELL | {"hours": 1.6, "preload": preload, "event": events})

    assert all(
        sum(one.count for log in board.store.holdings() for one in board.store.stretches(log)) == 17
        for board in over.boards
    )
