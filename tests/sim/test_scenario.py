"""Scenario files: what they may say, and the sentences they are refused with."""

from pathlib import Path

import pytest

from meshboard.errors import ConfigError
from meshboard.sim.scenario import Scenario, read_scenario, scenario_from_table
from meshboard.sim.virtual_mesh import node_settings

EXAMPLES = Path(__file__).parents[2] / "examples"


def written(folder: Path, text: str) -> Path:
    path = folder / "mesh.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_an_empty_file_is_two_nodes_that_hear_each_other(tmp_path: Path) -> None:
    scenario = read_scenario(written(tmp_path, ""))

    assert (scenario.nodes, scenario.loss, scenario.preset, scenario.base_port) == (2, 0.0, "LONG_FAST", 4403)
    assert list(scenario.who_hears_whom()) == [(0, 1)]


@pytest.mark.parametrize("path", sorted(EXAMPLES.rglob("*.toml")), ids=lambda path: path.stem)
def test_every_example_is_a_valid_scenario(path: Path) -> None:
    assert read_scenario(path).nodes >= 2


def test_a_file_for_the_simulator_serves_here_too(tmp_path: Path) -> None:
    text = """
        name = "live-8"
        hours = 12
        nodes = 20
        stations = [0, 3]
        layout = "grid 5x4"
        circles = [[0, 3]]
        corpus = "../corpus/posts.jsonl"
        [[preload]]
        count = 5
        [[traffic]]
        kind = "posts"
        [[event]]
        at_h = 2.0
        type = "heal"
        [expect]
        complete = 1.0
    """

    assert read_scenario(written(tmp_path, text)).nodes == 20


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("nods = 3", 'unknown key "nods"'),
        ("[[node]]\nnumber = 0\nlong = 'x'", 'unknown key "node.0.long"'),
        ("loss = 1.5", "loss: Input should be less than or equal to 1"),
        ('preset = "LONGFAST"', 'preset "LONGFAST" is not one of SHORT_TURBO'),
        ('firmware = "2.6"', "firmware: Input should be '2.7' or '2.8'"),
        ("hop_limit = 8", "hop_limit: Input should be less than or equal to 7"),
        ("nodes = 2\nstrangers = [2]", "there is no node 2; nodes are 0 to 1"),
        ('layout = "line"\nedges = [[0, 1]]', "layout and edges both say who hears whom"),
        ('nodes = 3\nlayout = "grid 2x2"', "4 places for 3 nodes"),
        ("edges = [[0, 7]]", "does not join two of the nodes 0 to 1"),
        ("speed = 0", "speed: Input should be greater than 0"),
        ("base_port = 65535", "leaves no ports for 2 nodes"),
        ("nodes = ", "is not valid TOML"),
        ('[[channels]]\nname = "a name too long"', "channels.0.name"),
        ('[[channels]]\nname = "Hall"\npsk = "xyz"', "channels.0.psk"),
        ("channels = [" + 8 * '{ name = "c" },' + "]", "channels: Tuple should have at most 7 items"),
        ('region = "MOON"', 'region "MOON"'),
        ('hours = 2\n[[event]]\nat_h = 3\ntype = "heal"', "event.0.at_h is 3, but the run lasts 2 hours"),
        ('hours = 2\n[[traffic]]\nkind = "posts"\nfrom_h = 3', "traffic.0.from_h is 3"),
        ("nodes = 3\ncircles = [[0, 1]]", "station 2 is in no circle"),
        ('stations = []\n[[traffic]]\nkind = "posts"\ncount = 1', "traffic but no station"),
    ],
)
def test_what_is_wrong_is_said_by_name(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        read_scenario(written(tmp_path, text))

    assert sentence in str(refusal.value)


def test_a_missing_file_is_a_clear_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read_scenario(tmp_path / "nowhere.toml")


def test_the_same_seed_gives_the_same_nodes_and_another_seed_others() -> None:
    one, same, other = (Scenario(nodes=2, seed=seed) for seed in (1, 1, 2))

    assert node_settings(one, 0) == node_settings(same, 0)
    assert node_settings(one, 0).number != node_settings(other, 0).number


def test_channels_go_to_every_node_but_strangers_and_those_with_their_own() -> None:
    table: dict[str, object] = {
        "nodes": 3,
        "strangers": [1],
        "channels": [{"name": "Kitchen", "psk": "ab" * 16}],
        "node": [{"number": 2, "long_name": "Hall", "short_name": "HALL", "channels": []}],
    }
    scenario = scenario_from_table(table, "a test")

    names = [[channel.name for channel in node_settings(scenario, node).channels] for node in range(3)]
    assert names == [["", "Kitchen"], [""], [""]]
    assert node_settings(scenario, 2).long_name == "Hall"
