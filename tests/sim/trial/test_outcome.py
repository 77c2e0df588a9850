"""What runs come to, on meshes small enough to know beforehand."""

import json

import pytest

from meshboard.domain.ids import EntryId
from meshboard.sim.scenario_tables import ExpectTable
from meshboard.sim.trial.expecting import failures
from meshboard.sim.trial.outcome import outcome_of
from tests.sim.trial.running import QUIET_CELL, outcome, post, run

NAMES = (
    "complete", "converged_s", "frames", "bytes", "airtime_s", "origin_frames", "origin_bytes",
    "origin_airtime_s", "bound_s", "origin_ratio", "entry_bytes_mean", "bulk", "max_duty", "collisions",
    "queue_drops", "identical", "critical_p95_s",
)  # fmt: skip


def test_every_figure_has_its_name_for_the_whole_and_for_each_station() -> None:
    figures = outcome(QUIET_CELL | {"traffic": [post(2)]}).as_json()

    assert set(NAMES) | {"stations"} <= set(figures)
    stations = figures["stations"]
    assert isinstance(stations, dict)
    assert list(stations) == ["0", "1", "2"]
    assert all(set(NAMES) == set(station) for station in stations.values())
    json.dumps(figures, allow_nan=False)


def test_where_nothing_was_said_there_is_nothing_to_count() -> None:
    figures = outcome(QUIET_CELL).figures

    assert figures.complete is figures.origin_ratio is figures.entry_bytes_mean is None
    assert figures.bulk is None
    assert figures.converged_s.p95 is figures.critical_p95_s is None
    assert (figures.bound_s, figures.identical) == (0.0, True)


def test_posts_that_arrive_everywhere_are_complete_and_boards_show_the_same() -> None:
    seen = outcome(QUIET_CELL | {"traffic": [post(4, urgency="critical")]})

    assert (seen.figures.complete, seen.figures.identical) == (1.0, True)
    assert seen.figures.critical_p95_s == seen.figures.converged_s.p95
    assert sum(station.bound_s for station in seen.stations.values()) == pytest.approx(seen.figures.bound_s)
    own = sum(station.origin_airtime_s for station in seen.stations.values())
    assert own == pytest.approx(seen.figures.origin_airtime_s)


def test_the_absent_are_left_out() -> None:
    leaves = {"at_h": 0.0, "type": "leave", "station": 2}
    gone = outcome(QUIET_CELL | {"traffic": [post(2)], "event": [leaves]})

    assert gone.figures.complete == 1.0
    assert gone.stations[2].complete is gone.stations[2].identical is None
    assert gone.stations[2].frames == 0


def test_who_joins_gets_in_bulk_what_was_there_and_its_age_begins_then() -> None:
    joins = {"at_h": 0.5, "type": "join", "station": 2}
    table = QUIET_CELL | {"preload": [{"count": 6, "authors": 2, "holders": [0, 1]}], "event": [joins]}
    joined = outcome(table)
    (story,) = joined.further.bulks

    assert story.pairs == 6
    assert joined.figures.bulk is not None
    assert joined.figures.bulk.bound_s == joined.figures.bound_s == story.bound_s
    assert story.all_s == joined.figures.converged_s.max
    assert joined.figures.bulk.airtime_s <= joined.figures.origin_airtime_s


def test_what_may_be_forgotten_needs_not_arrive_and_is_not_in_the_bound() -> None:
    joins = {"at_h": 0.1, "type": "join", "station": 2}
    preload = {"count": 6, "authors": 2, "holders": [0, 1], "old": 4}
    over = run(QUIET_CELL | {"preload": [preload], "event": [joins]})

    assert over.record.bulks[0].pairs == {
        (entry_id, 2) for entry_id, made in over.record.made.items() if not made.is_old
    }


def test_a_crash_keeps_what_was_committed_and_the_node_relays_on() -> None:
    crashes = {"at_h": 0.6, "type": "crash", "station": 1}
    crashed = outcome(QUIET_CELL | {"traffic": [post(3)], "event": [crashes]})

    assert (crashed.figures.complete, crashed.figures.identical) == (1.0, True)


def test_a_restored_copy_gets_back_what_it_lost() -> None:
    restored = {"at_h": 0.6, "type": "restore", "station": 1, "age_h": 0.55}
    over = run(QUIET_CELL | {"traffic": [post(3, stations=[0])], "event": [restored]})
    figures = outcome_of(over).figures
    (bulk,) = over.record.bulks

    assert (figures.complete, figures.identical) == (1.0, True)
    assert {node for _, node in bulk.pairs} == {1}
    assert len(bulk.entries) == 3


def test_an_entry_that_died_with_the_only_disk_is_not_missed() -> None:
    table = QUIET_CELL | {
        "hours": 1,
        "traffic": [post(1, stations=[0])],
        "event": [
            {"at_h": 0.05, "type": "partition", "groups": [[0], [1, 2]]},
            {"at_h": 0.6, "type": "restore", "station": 0, "age_h": 0.6},
            {"at_h": 0.8, "type": "heal"},
        ],
    }
    lost = outcome(table)

    assert lost.further.destroyed == 1
    assert lost.figures.complete is None


def test_a_heal_begins_the_age_of_what_waited_for_it() -> None:
    table = QUIET_CELL | {
        "traffic": [post(2, stations=[0])],
        "event": [
            {"at_h": 0.05, "type": "partition", "groups": [[0], [1, 2]]},
            {"at_h": 0.6, "type": "heal"},
        ],
    }
    healed = outcome(table)

    assert healed.figures.complete == 1.0
    assert healed.figures.converged_s.max is not None
    assert healed.figures.converged_s.max <= 0.4 * 3600


def test_expectations_that_fail_are_said_by_name() -> None:
    figures = outcome(QUIET_CELL | {"traffic": [post(2)]}).figures
    fine = ExpectTable(complete=1.0, identical=True, p95_s=3600.0)
    wrong = ExpectTable(complete=1.0, identical=False, max_s=0.0, bulk_ratio=1.0, airtime_s=0.5)

    assert failures(fine, figures) == []
    sentences = failures(wrong, figures)
    assert sentences[0] == "identical is true, expected false"
    assert sentences[1].startswith("max_s is ")
    assert sentences[2] == "there is no bulk_ratio to expect anything of"
    assert sentences[3].endswith("expected at most 0.5")
    assert failures(ExpectTable(complete=1.0), outcome(QUIET_CELL).figures) == []


def test_preloaded_entries_are_those_of_absent_authors() -> None:
    over = run(QUIET_CELL | {"preload": [{"count": 6, "authors": 3, "holders": [0, 1, 2]}]})
    ids: set[EntryId] = set(over.record.made)

    assert all(ids <= board.ids for board in over.boards)
    assert len({made.signed.entry.log.author for made in over.record.made.values()}) == 3
