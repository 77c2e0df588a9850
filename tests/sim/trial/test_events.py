"""Comings and goings that meet each other."""

import pytest

from meshboard.sim.trial.outcome import outcome_of
from tests.sim.trial.running import QUIET_CELL, outcome, post, run

LINE: dict[str, object] = {"name": "a line", "hours": 1, "nodes": 9, "layout": "line", "stations": [0, 4, 8]}


def event(kind: str, at_h: float, **more: object) -> dict[str, object]:
    return {"type": kind, "at_h": at_h} | more


def test_a_station_that_crashes_while_it_is_away_is_back_a_minute_after_the_last_crash() -> None:
    crashes = [event("crash", 0.2, station=1), event("crash", 0.21, station=1)]
    over = run(QUIET_CELL | {"event": crashes})

    assert over.record.reachable_s[1] == [0.0, 0.21 * 3600 + 60]
    assert all(board.is_up for board in over.boards)


def test_a_station_that_leaves_in_the_minute_after_a_crash_stays_away() -> None:
    gone = [event("crash", 0.2, station=1), event("leave", 0.21, station=1)]
    over = run(QUIET_CELL | {"event": gone})

    assert not over.boards[1].is_up
    assert [board.index for board in over.present] == [0, 2]


def test_nobody_writes_at_a_station_that_is_not_there() -> None:
    over = run(QUIET_CELL | {"traffic": [post(6)], "event": [event("leave", 0.0, station=1)]})

    assert 1 not in {made.by for made in over.record.made.values()}


def test_who_is_absent_neither_crashes_nor_leaves_again_and_joins_once() -> None:
    events = [
        event("leave", 0.1, station=2),
        event("crash", 0.2, station=2),
        event("leave", 0.25, station=2),
        event("join", 0.3, station=2),
        event("join", 0.35, station=2),
    ]
    over = run(QUIET_CELL | {"event": events})

    assert over.record.reachable_s[2] == [0.0, 0.3 * 3600]
    assert over.boards[2].is_up


def test_when_a_station_between_comes_back_those_beyond_it_begin_to_age_then() -> None:
    away = [event("leave", 0.0, station=4), event("join", 0.6, station=4)]
    over = run(LINE | {"traffic": [post(1, stations=[0])], "event": away})
    ((entry_id, made),) = over.record.made.items()
    (genie,) = over.genies

    assert made.made_s < 0.6 * 3600
    assert genie.delivered_s[entry_id, 8] == 0.6 * 3600
    assert (outcome_of(over).figures.complete, genie.live_s[0]) == (1.0, 0.0)


def test_a_cut_along_another_line_is_a_heal_for_those_it_brings_together() -> None:
    cuts = [
        event("partition", 0.05, groups=[[0], [1, 2]]),
        event("partition", 0.6, groups=[[0, 1], [2]]),
    ]
    over = run(QUIET_CELL | {"traffic": [post(1, stations=[0])], "event": cuts})
    ((entry_id, _),) = over.record.made.items()

    assert over.genies[0].delivered_s[entry_id, 1] == 0.6 * 3600
    assert (entry_id, 2) not in over.genies[0].delivered_s


@pytest.mark.parametrize("offset_s", [-86_400, 30 * 86_400, -1e9, 1e10])
def test_a_wrong_clock_changes_nothing_that_boards_agree_on(offset_s: float) -> None:
    wrong = event("clock", 0.05, station=1, offset_s=offset_s)
    seen = outcome(QUIET_CELL | {"traffic": [post(4)], "event": [wrong]})

    assert (seen.figures.complete, seen.figures.identical) == (1.0, True)


def test_circles_do_not_mix() -> None:
    table = {"name": "two circles", "hours": 1, "nodes": 4, "circles": [[0, 1], [2, 3]], "traffic": [post(6)]}
    over = run(table)
    seen = outcome_of(over)

    assert (seen.figures.complete, seen.figures.identical) == (1.0, True)
    for made in over.record.made.values():
        holders = {board.index for board in over.boards if board.has_arrived(made.signed.entry.id)}
        assert holders == ({0, 1} if made.by in (0, 1) else {2, 3})


@pytest.mark.parametrize("days", [-60, -20, 20, 60])
def test_a_clock_that_is_off_by_weeks_makes_no_board_forget_what_lasts(days: int) -> None:
    """Posts are forgotten 14 days after they are over, by the clock."""
    cell: dict[str, object] = {"name": "a cell", "hours": 6, "nodes": 5, "layout": "cell"}
    wrong = [event("clock", 1.0, station=2, offset_s=days * 86400), event("crash", 2.0, station=2)]
    ended = outcome(cell | {"traffic": [post(30, from_h=0.0, to_h=4.0)], "event": wrong})

    assert ended.figures.complete == 1.0
    assert ended.figures.identical
