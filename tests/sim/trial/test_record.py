"""What counts for bulk and what does not."""

from dataclasses import dataclass

import pytest

from meshboard.domain.entries import SignedEntry
from meshboard.sim.mesh import Mesh, edges_of_cell
from meshboard.sim.trial.bound import Genie
from meshboard.sim.trial.record import Record, Saying
from meshboard.sync.air.time_on_air import PRESETS, time_on_air_s
from tests.sim.trial.entries import entry

LONG_FAST = PRESETS["LONG_FAST"]
FRAME_S = time_on_air_s(124, LONG_FAST)


@dataclass
class Here:
    """A station that runs."""

    is_up: bool = True


def record() -> Record:
    """Return a record of two stations in a cell, the second of which has not come yet."""
    mesh = Mesh(2, edges_of_cell(2), LONG_FAST)
    taken = Record(LONG_FAST, {0: 0, 1: 0}, [Genie(mesh, LONG_FAST, 3)])
    taken.present[0] = Here()
    return taken


def joined(old: SignedEntry, *live: SignedEntry) -> Record:
    """Return the record of a join: an entry that may be forgotten, and some that may not."""
    taken = record()
    taken.existed(old, 0, is_old=True)
    for signed in live:
        taken.wrote(0, signed, 0.0)
    taken.present[1] = Here()
    taken.met(100.0)
    return taken


def said(*entries: SignedEntry) -> Saying:
    return Saying("repair", 100, 124, tuple(signed.entry.id for signed in entries))


def test_entries_count_by_their_share_of_the_frame() -> None:
    first, later = entry(2), entry(3)
    taken = joined(entry(1), first)
    taken.wrote(0, later, 200.0)

    taken.said_frame(0, said(first, later))

    assert taken.bulks[0].airtime_s == pytest.approx(FRAME_S / 2)
    assert taken.bulks[0].payload_bytes == 50


def test_what_may_be_forgotten_counts_in_full_even_when_nothing_is_missing_any_more() -> None:
    old, live = entry(1), entry(2)
    taken = joined(old, live)
    taken.stored(1, [live], 150.0)

    taken.said_frame(0, said(old))

    assert taken.bulks[0].airtime_s == pytest.approx(FRAME_S)


def test_talk_counts_until_nothing_is_missing() -> None:
    live = entry(2)
    taken = joined(entry(1), live)

    taken.said_frame(0, said())
    taken.stored(1, [live], 150.0)
    taken.said_frame(1, said())

    assert taken.bulks[0].airtime_s == pytest.approx(FRAME_S)


def test_news_after_the_join_is_no_bulk() -> None:
    news = entry(3)
    taken = joined(entry(1), entry(2))
    taken.wrote(0, news, 200.0)

    taken.said_frame(0, said(news))

    assert taken.bulks[0].airtime_s == 0.0
    assert taken.carried[0] == {news.entry.id}


def test_a_station_that_went_back_has_to_get_again_what_it_lost() -> None:
    kept, lost = entry(2), entry(3)
    taken = joined(entry(1), kept, lost)
    taken.stored(1, [kept, lost], 150.0)

    taken.went_back(1, {kept.entry.id})
    taken.met(300.0)

    assert taken.bulks[-1].missing == {(lost.entry.id, 1)}
    assert set(taken.arrived_s) == {(kept.entry.id, 1)}
