"""Scenario files: what they may say, and the sentences they are refused with."""

from pathlib import Path

import pytest

from meshboard.errors import ConfigError
from meshboard.sim.mesh import Mesh
from meshboard.sim.scenario import Scenario, read_scenario, scenario_from_table
from meshboard.sim.virtual_mesh import node_settings
from meshboard.sync.air.time_on_air import PRESETS

EXAMPLES = Path(__file__).parents[2] / "examples"


def written(folder: Path, text: str) -> Path:
    path = folder / "mesh.toml"
    path.write_text(text, encoding="utf-8")
    return path


def refusal_of(folder: Path, text: str) -> str:
    with pytest.raises(ConfigError) as refusal:
        read_scenario(written(folder, text))
    return str(refusal.value)


def test_an_empty_file_is_two_nodes_that_hear_each_other(tmp_path: Path) -> None:
    scenario = read_scenario(written(tmp_path, ""))

    assert (scenario.nodes, scenario.loss, scenario.preset, scenario.base_port) == (2, 0.0, "LONG_FAST", 4403)
    assert list(scenario.who_hears_whom()) == [(0, 1)]


@pytest.mark.parametrize("path", sorted(EXAMPLES.rglob("*.toml")), ids=lambda path: path.stem)
def test_every_example_is_a_valid_scenario(path: Path) -> None:
    assert read_scenario(path).nodes >= 2


def test_where_the_mesh_changes_the_way_that_is_left_has_one_relay_more() -> None:
    scenario = read_scenario(EXAMPLES / "scenarios" / "mesh-changes.toml")
    edges = scenario.who_hears_whom()
    (cut,) = scenario.event
    left = {pair: snr_db for pair, snr_db in edges.items() if set(pair) <= set(cut.groups[0])}

    ways = [Mesh(scenario.nodes, those, PRESETS[scenario.preset]).hops_from(0)[3] for those in (edges, left)]
    assert (scenario.stations, ways) == ((0, 3), [1, 2])


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
        holders = [3]
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
        ("strict = true", 'strict is a policy of firmware = "2.8"'),
        ("nodes = 2\nstrangers = [2]", "there is no node 2; nodes are 0 to 1"),
        ('layout = "line"\nedges = [[0, 1]]', "layout and edges both say who hears whom"),
        ('nodes = 3\nlayout = "grid 2x2"', "4 places for 3 nodes"),
        ("edges = [[0, 7]]", "does not join two of the nodes 0 to 1"),
        ("speed = 0", "speed: Input should be greater than 0"),
        ("base_port = 65535", "leaves no ports for 2 nodes"),
        ("nodes = ", "is not valid TOML"),
        ('[[channels]]\nname = "a name too long"', "channels.0.name"),
        ('[[channels]]\nname = "caf\u00e9 caf\u00e9s"', "channels.0.name: Input should be at most 11 bytes"),
        (
            '[[node]]\nnumber = 0\nshort_name = "\u00e9t\u00e9s"',
            "node.0.short_name: Input should be at most 4 bytes",
        ),
        ('[[channels]]\nname = "Hall"\npsk = "xyz"', "channels.0.psk"),
        ("channels = [" + 8 * '{ name = "c" },' + "]", "channels: List should have at most 7 items"),
        ('region = "MOON"', 'region "MOON"'),
        ('hours = 2\n[[event]]\nat_h = 3\ntype = "heal"', "event.0.at_h is 3, but the run lasts 2 hours"),
        ('hours = 2\n[[traffic]]\nkind = "posts"\nfrom_h = 3', "traffic.0.from_h is 3"),
        ('stations = []\n[[traffic]]\nkind = "posts"\ncount = 1', "traffic but no station"),
        ("name = 5", "name: Input should be a valid string"),
        ('[event]\nat_h = 1\ntype = "heal"', "event: Input should be a list"),
        ("traffic = [1]", "traffic.0: Input should be a table"),
        ("[[event]]\nat_h = 1", 'the key "event.0.type" is missing'),
        ("[[node]]\nnumber = 0\n[[node]]\nnumber = 0", "node.1.number: node 0 has a table already"),
        ('corpus = ""', "corpus: String should have at least 1 character"),
    ],
)
def test_what_is_wrong_is_said_by_name(tmp_path: Path, text: str, sentence: str) -> None:
    assert sentence in refusal_of(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("edges = [[0, 1, nan]]", "edges.0.2: Input should be a finite number"),
        ("edges = [[0, 1, -inf]]", "edges.0.2: Input should be a finite number"),
        ("edges = [[0, 1, 300]]", "edges.0: [0, 1, 300] has an impossible SNR; give one from -100 to 100 dB"),
        ("edges = [[0.5, 1.7]]", "edges.0: [0.5, 1.7] does not join two of the nodes 0 to 1"),
        ("edges = [[0, 1], [1, 0, -3]]", "edges.1: [1, 0, -3] contradicts an edge before it, which has 5 dB"),
        ("edges = [[true, 1]]", "edges.0.0: Input should be a number"),
        ("edges = [0, 1]", "edges.0: Input should be a list"),
        ("loss = nan", "loss: Input should be a finite number"),
        ("loss = true", "loss: Input should be a number"),
        ('loss = "0.1"', "loss: Input should be a number"),
        ("nodes = true", "nodes: Input should be a whole number"),
        ("hours = inf", "hours: Input should be a finite number"),
        ("hours = -1", "hours: Input should be greater than 0"),
        ("speed = inf", "speed: Input should be a finite number"),
        ("speed = 1e308", "speed: Input should be less than or equal to 10000"),
        ("seed = 1.5", "seed: Input should be a whole number"),
        ('layout = "grid \u00b2x1"', 'layout is "line", "cell" or "grid WxH"'),
    ],
)
def test_numbers_are_whole_or_finite_and_edges_agree(tmp_path: Path, text: str, sentence: str) -> None:
    assert sentence in refusal_of(tmp_path, text)


def test_an_edge_listed_from_both_ends_is_one_edge(tmp_path: Path) -> None:
    scenario = read_scenario(written(tmp_path, "edges = [[0, 1, -3], [1, 0, -3.0]]"))

    assert scenario.who_hears_whom() == {(0, 1): -3.0}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("circles = [[0, 1]]", "circles: station 2 is in no circle"),
        ("circles = [[0, 1], [1, 2]]", "circles.1: station 1 is in circles.0 too"),
        ("circles = [[0, 0, 1, 2]]", "circles.0: node 0 is listed twice"),
        ("circles = [[0, 1, 2], []]", "circles.1 is empty"),
        ("stations = [0, 1]\ncircles = [[0, 1, 2]]", "circles.0: node 2 has no station"),
        ("stations = [0, 0]", "stations: node 0 is listed twice"),
        ("stations = [-1]", "stations: there is no node -1; nodes are 0 to 2"),
        ("strangers = [1, 1]", "strangers: node 1 is listed twice"),
        ("stations = [1]\nstrangers = [1]", "strangers: node 1 is a station and a stranger"),
        ("[[preload]]\ncount = 5", "preload.0: it needs holders"),
        ("[[preload]]\ncount = 5\nholders = [3]", "preload.0.holders: node 3 has no station"),
        ("[[preload]]\ncount = 5\nholders = [0, 0]", "preload.0.holders: node 0 is listed twice"),
        ("[[preload]]\ncount = 5\nholders = [0]\nold = 6", "preload.0: old is 6"),
        (
            "circles = [[0], [1, 2]]\n[[preload]]\ncount = 5\nholders = [0, 1]",
            "preload.0.holders are in 2 circles",
        ),
    ],
)
def test_stations_are_named_once_and_exist(tmp_path: Path, text: str, sentence: str) -> None:
    assert sentence in refusal_of(tmp_path, "nodes = 3\n" + text)


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ('kind = "posts"\nstations = []', "traffic.0: stations is empty"),
        ('kind = "posts"\nstations = [0, 0]', "traffic.0.stations: node 0 is listed twice"),
        ('kind = "posts"\nstations = [7]', "traffic.0.stations: node 7 has no station"),
        ('kind = "posts"\nstations = "some"', "traffic.0.stations: Input should be 'all'"),
        ('kind = "posts"\nfrom_h = 2\nto_h = 1', "traffic.0: to_h 1 is before from_h 2"),
        ('kind = "posts"\nto_h = inf', "traffic.0.to_h: Input should be a finite number"),
        ('kind = "post"', "traffic.0.kind: Input should be 'posts' or 'claims'"),
    ],
)
def test_traffic_that_cannot_be_is_refused(tmp_path: Path, keys: str, sentence: str) -> None:
    assert sentence in refusal_of(tmp_path, "[[traffic]]\ncount = 1\n" + keys)


def test_documented_keys_that_mean_nothing_to_a_type_may_stand_there(tmp_path: Path) -> None:
    """BENCHMARK.md shows the keys of all types in one table."""
    text = (
        'nodes = 3\n[[event]]\nat_h = 1\ntype = "partition"\ngroups = [[0]]\nstation = 1\noffset_s = 0\n'
        '[[event]]\nat_h = 2\ntype = "heal"\ngroups = [[0]]\n'
        '[[traffic]]\nkind = "claims"\nurgency = "low"\n[[traffic]]\nkind = "posts"\npost = "same"\n'
    )
    path = tmp_path / "scenario.toml"
    path.write_text(text)

    assert [event.type for event in read_scenario(path).event] == ["partition", "heal"]


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ('type = "restore"\nstation = 1', 'event.0: type = "restore" needs age_h'),
        (
            'type = "restore"\nstation = 1\nage_h = -1',
            "event.0.age_h: Input should be greater than or equal to 0",
        ),
        ('type = "clock"\nstation = 1', 'event.0: type = "clock" needs offset_s'),
        ('type = "clock"\nstation = 1\noffset_s = nan', "event.0.offset_s: Input should be a finite number"),
        ('type = "crash"', 'event.0: type = "crash" needs station'),
        ('type = "crash"\nstation = 2', "event.0.station: node 2 has no station"),
        ('type = "crash"\nstation = true', "event.0.station: Input should be a whole number"),
        ('type = "partition"', 'event.0: type = "partition" needs groups'),
        ('type = "partition"\ngroups = []', "event.0: groups is empty"),
        ('type = "partition"\ngroups = [[0], [0]]', "event.0: groups: node 0 is in two of them"),
        ('type = "partition"\ngroups = [[0, 2]]', "event.0.groups.0: there is no node 2"),
        ('type = "flood"', "event.0.type: Input should be 'partition', 'heal'"),
    ],
)
def test_an_event_has_the_keys_of_its_type_and_no_others(tmp_path: Path, keys: str, sentence: str) -> None:
    assert sentence in refusal_of(tmp_path, "[[event]]\nat_h = 1\n" + keys)


def test_a_key_of_another_type_may_say_what_holds_without_it(tmp_path: Path) -> None:
    event = 'at_h = 1\ntype = "partition"\ngroups = [[0], [1]]\noffset_s = 0'
    traffic = 'kind = "posts"\ncount = 1\npost = "any"'

    scenario = read_scenario(written(tmp_path, f"[[event]]\n{event}\n[[traffic]]\n{traffic}"))

    assert (len(scenario.event), len(scenario.traffic)) == (1, 1)


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("complete = 2", "expect.complete: Input should be less than or equal to 1"),
        ("complete = nan", "expect.complete: Input should be a finite number"),
        ("p50 = 3", 'unknown key "expect.p50"'),
        ("p95_s = -1", "expect.p95_s: Input should be greater than or equal to 0"),
        ("max_duty = true", "expect.max_duty: Input should be a number"),
        ("identical = 1", "expect.identical: Input should be a valid boolean"),
        ("collisions = 1.5", "expect.collisions: Input should be a whole number"),
    ],
)
def test_only_what_a_figure_can_be_is_expected(tmp_path: Path, key: str, sentence: str) -> None:
    assert sentence in refusal_of(tmp_path, "[expect]\n" + key)


def test_lists_and_numbers_beyond_all_measure_are_a_clear_sentence(tmp_path: Path) -> None:
    assert "its lists are too deep" in refusal_of(tmp_path, "a = " + 100_000 * "[")
    assert "is not valid TOML" in refusal_of(tmp_path, "seed = " + 5000 * "9")
    assert "seed: Input should be less than" in refusal_of(tmp_path, "seed = 0x" + 5000 * "f")


def test_a_file_that_is_missing_or_a_folder_or_no_text_is_a_clear_sentence(tmp_path: Path) -> None:
    (tmp_path / "bytes.toml").write_bytes(b"name = '\xff'")

    for name, sentence in (
        ("nowhere.toml", "cannot be read: No such file"),
        ("", "cannot be read: Is a directory"),
        ("bytes.toml", "not valid TOML: 'utf-8' codec can't decode"),
    ):
        with pytest.raises(ConfigError, match=sentence):
            read_scenario(tmp_path / name)


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
