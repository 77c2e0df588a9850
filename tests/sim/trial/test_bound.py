"""The genie's sums, done by hand."""

import math

import pytest

from meshboard.sim.mesh import Mesh, edges_of_cell, edges_of_line
from meshboard.sim.trial.bound import Genie
from meshboard.sync.air.time_on_air import PRESETS, time_on_air_s
from tests.sim.trial.entries import TEXT, entry

LONG_FAST = PRESETS["LONG_FAST"]
LIVE_S = time_on_air_s(16 + 8 + 18 + 64 + 8 + 24, LONG_FAST)  # 0.40 x 60 = 24
FULL_S = time_on_air_s(255, LONG_FAST)


def genie(mesh: Mesh, hop_limit: int = 3) -> Genie:
    return Genie(mesh, LONG_FAST, hop_limit)


def test_in_a_cell_one_frame_reaches_everybody() -> None:
    one = genie(Mesh(4, edges_of_cell(4), LONG_FAST))

    one.wrote(0, entry(), [0, 1, 2, 3])

    assert one.live_s == {0: pytest.approx(LIVE_S)}
    assert one.bulk_s == 0.0


def test_beyond_the_hop_limit_a_station_says_it_once_more() -> None:
    line = genie(Mesh(9, edges_of_line(9), LONG_FAST), hop_limit=3)

    line.wrote(0, entry(), [0, 4, 8])  # four transmissions reach node 4, whose own four reach node 8

    assert line.live_s[0] == pytest.approx(2 * LIVE_S)


def test_who_is_further_than_any_station_passes_on_is_not_reached() -> None:
    line = genie(Mesh(9, edges_of_line(9), LONG_FAST), hop_limit=3)

    line.wrote(0, entry(), [0, 8])
    seconds, pairs = line.meet([0, 8])

    assert (line.live_s[0], seconds, pairs) == (0.0, 0.0, frozenset())


def test_after_a_heal_what_is_missing_comes_in_full_frames_with_its_author() -> None:
    mesh = Mesh(2, edges_of_cell(2), LONG_FAST)
    cut = genie(mesh)
    mesh.partition([[0], [1]])
    entries = [entry(number) for number in range(1, 11)]
    for one in entries:
        cut.wrote(0, one, [0, 1])
    assert cut.live_s[0] == 0.0

    mesh.heal()
    seconds, pairs = cut.meet([0, 1])

    assert seconds == pytest.approx((64 + 32 + 10 * (8 + 0.40 * 60)) / 213 * FULL_S)
    assert pairs == {(one.entry.id, 1) for one in entries}
    assert cut.meet([0, 1]) == (0.0, frozenset())


def test_an_author_already_known_costs_nothing_again() -> None:
    mesh = Mesh(2, edges_of_cell(2), LONG_FAST)
    one = genie(mesh)
    for node in (0, 1):
        one.knows(node, [entry(1)])
    one.knows(0, [entry(2)])

    seconds, _ = one.meet([0, 1])

    assert seconds == pytest.approx((8 + 0.40 * 60) / 213 * FULL_S)


def test_delivery_is_dated_by_the_moment_connectivity_allowed_it() -> None:
    mesh = Mesh(2, edges_of_cell(2), LONG_FAST)
    one, signed = genie(mesh), entry()
    one.wrote(0, signed, [0])
    mesh.advance(100.0)

    one.meet([0, 1])

    assert one.delivered_s[signed.entry.id, 1] == 100.0


def test_what_only_an_old_copy_had_is_destroyed_and_what_others_hold_is_not() -> None:
    mesh = Mesh(2, edges_of_cell(2), LONG_FAST)
    one, shared, alone = genie(mesh), entry(1), entry(2)
    one.wrote(0, shared, [0, 1])
    one.wrote(0, alone, [0])

    one.forgets(0, [])

    assert one.destroyed == {alone.entry.id}
    _, pairs = one.meet([0, 1])
    assert pairs == {(shared.entry.id, 0)}


def test_frames_grow_with_the_text_rounded_up() -> None:
    assert math.ceil(0.40 * len(TEXT)) == 24
