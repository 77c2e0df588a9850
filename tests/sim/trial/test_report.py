"""What people get to see of a run: sentences, plots of letters, a drawing."""

from xml.etree import ElementTree

import pytest

from meshboard.sim.scenario import scenario_from_table
from meshboard.sim.trial.picture import picture
from meshboard.sim.trial.trial_words import bars, report, words_of
from tests.sim.trial.running import QUIET_CELL, outcome, post

TABLE = QUIET_CELL | {"name": "tea & <cake>", "traffic": [post(2)]}


def test_a_report_says_what_arrived_what_it_cost_and_how_it_went() -> None:
    lines = list(report(scenario_from_table(TABLE, "a test"), outcome(TABLE)))

    assert lines[0] == "tea & <cake>, seed 1, boards that speak meshboard"
    assert "Every one of 2 entries reached every station that is to have it." in lines
    assert any(line.startswith("Stations' own: ") and "of a genie" in line for line in lines)
    assert lines[-1].split() == ["0", "1", "h"]
    assert max(map(len, lines)) <= 100


@pytest.mark.parametrize(
    ("region", "allowed"), [("EU_868", "10%"), ("EU_866", "2.5%"), ("UA_868", "1%"), ("TH", "10%")]
)
def test_a_report_says_what_the_region_allows(region: str, allowed: str) -> None:
    table = QUIET_CELL | {"hours": 0.1, "region": region}
    lines = list(report(scenario_from_table(table, "a test"), outcome(table)))

    assert any(line.endswith(f" of an hour of {allowed} allowed.") for line in lines)


def test_bars_grow_with_what_they_show_and_the_least_can_be_seen() -> None:
    assert bars([0, 0.01, 4, 8]) == " ▁▄█"
    assert bars([0, 0]) == "  "


def test_times_are_in_the_unit_people_use() -> None:
    assert [words_of(seconds) for seconds in (5, 119, 120, 7200)] == ["5 s", "119 s", "2 min", "2.0 h"]


def test_the_drawing_is_well_formed_and_names_what_it_shows() -> None:
    root = ElementTree.fromstring(picture(outcome(TABLE)))

    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert texts[0] == "tea & <cake>, seed 1, meshboard"
    assert "Entries that had not arrived yet" in texts
