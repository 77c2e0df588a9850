"""The city: how it is laid out, and that both files are scenarios."""

from pathlib import Path

from meshboard.sim.mesh import Mesh
from meshboard.sim.scenario import read_scenario
from meshboard.sync.air.time_on_air import PRESETS
from tools.city import ALONE, CITY, city_text, write_city


def test_a_city_is_twenty_circles_of_ten_on_a_thousand_nodes(tmp_path: Path) -> None:
    city, alone = (read_scenario(path) for path in write_city(tmp_path))

    assert (city.nodes, len(city.circles or ()), len(city.with_station)) == (1000, 20, 200)
    assert (alone.nodes, len(alone.circles or ()), len(alone.with_station)) == (50, 1, 10)
    assert {len(circle) for circle in city.circles or ()} == {10}
    assert sum(table.count for table in city.traffic) == 20 * sum(table.count for table in alone.traffic)


def test_each_circle_lives_in_one_neighbourhood_and_all_neighbourhoods_are_linked(tmp_path: Path) -> None:
    city, _ = (read_scenario(path) for path in write_city(tmp_path))
    mesh = Mesh(city.nodes, city.who_hears_whom(), PRESETS[city.preset])

    assert all(len({node // 50 for node in circle}) == 1 for circle in city.circles or ())
    assert len(mesh.hops_from(0)) == 999


def test_one_neighbourhood_hears_nobody_else_and_its_stations_reach_each_other() -> None:
    assert city_text(ALONE, "one").count("[[traffic]]") == 2
    assert city_text(CITY, "all") == city_text(CITY, "all")
