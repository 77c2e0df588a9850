"""Much at once: runs that prove each other, whatever is lost, repeated, out of order or forged."""

import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meshboard.domain.circle_facts import StationIntroduced
from meshboard.domain.entries import SignedEntry
from meshboard.figures import MAX_EARLY, MAX_EARLY_OF_ONE, MAX_JOINS
from meshboard.sync.events import EntriesReceived, FrameUse, RejectReason
from meshboard.sync.hearing.reader import EntryReader
from meshboard.sync.holdings.early import Early
from meshboard.sync.lanes.word_lane import WordLane
from meshboard.wire.entry_bytes import is_authentic, is_before
from meshboard.wire.frames import Beacon, Entries, Item, Told
from meshboard.wire.framing import open_frame, seal_frame
from meshboard.wire.items import item_of, run_of
from tests.support.engines.inside import lane_of, voice_of
from tests.support.engines.lossy_network import BOX_KEY, DOOR, RING, SEAL, Network, post
from tests.sync.logs import FORGER, LOG, NODE, WRITER, corpus_logs, held, listener, log_of, runs_of, say

CUTS = (3, 8, 13, 17)  # so that every run fits a frame
POSTS, AUTHORS = 500, 12


cut_lists = st.lists(st.integers(1, len(LOG) - 1), min_size=4, max_size=8)


@settings(max_examples=60, deadline=None)
@given(cut_lists, st.booleans(), st.randoms(use_true_random=False))
def test_runs_in_any_order_twice_over_and_some_lost_at_first_come_to_the_whole_log(
    cuts: list[int], is_backward: bool, chance: random.Random
) -> None:
    runs = runs_of(LOG, [*cuts, *CUTS], is_backward=is_backward)
    station = listener()
    first_time = [run for run in runs * 2 if chance.random() < 0.7]
    chance.shuffle(first_time)
    for run in first_time:
        say(station, run)
    for run in chance.sample(runs, len(runs)):
        say(station, run)
    for run in runs:  # what came before the key, of which only so much is kept
        say(station, run)

    assert [one.entry for one in LOG] == [one.entry for one in held(station)]
    assert [one.link for one in LOG] == [one.link for one in held(station)]
    assert not voice_of(station.engine).early.ranges()


@settings(max_examples=60, deadline=None)
@given(cut_lists, st.booleans(), st.data())
def test_an_altered_run_is_never_held_and_the_genuine_one_is_taken_after_it(
    cuts: list[int], is_backward: bool, data: st.DataObject
) -> None:
    runs = runs_of(LOG, [*cuts, *CUTS], is_backward=is_backward)
    altered = [_altered(run, data) for run in runs]
    station = listener()
    for item in data.draw(st.permutations([*altered, *runs])):
        say(station, item)
        assert {one.entry.digest for one in held(station)} <= {one.entry.digest for one in LOG}
    for run in reversed(runs * 2):
        say(station, run)

    assert [one.entry for one in LOG] == [one.entry for one in held(station)]


def _altered(run: Item, data: st.DataObject) -> Item:
    """Return a run with other words in one entry: only the last bytes differ, so that it can be read."""
    at = data.draw(st.integers(0, len(run.packed) - 1))
    packed = list(run.packed)
    packed[at] = packed[at][:-1] + bytes([packed[at][-1] ^ 1])
    return replace(run, packed=tuple(packed))


def test_each_entry_of_a_log_is_held_with_its_proof() -> None:
    station = listener()
    for run in reversed(runs_of(LOG, CUTS)):
        say(station, item_of(LOG[0]))
        say(station, run)

    kept = held(station)
    assert is_authentic(kept[-1])
    assert [one.entry.number for one in kept if one.signature] == [1, 21]
    assert all(is_before(one, after) for one, after in pairwise(kept))


def test_a_run_forged_onto_somebody_elses_log_evicts_nothing_and_costs_bounded_memory() -> None:
    station = listener()
    say(station, *(item_of(one) for one in LOG[:1]))
    forged = log_of(FORGER, [StationIntroduced("Hall", BOX_KEY), *(post(f"lie {n}") for n in range(400))])
    for one in forged[30:]:
        say(station, replace(run_of([one], has_link=True, is_signed=False), head=WRITER.author[:4]))
    early = voice_of(station.engine).early
    assert len(early) == MAX_EARLY_OF_ONE

    for run in reversed(runs_of(LOG, CUTS)):
        say(station, run)
    assert [one.entry for one in LOG] == [one.entry for one in held(station)]


def test_what_cannot_be_checked_yet_is_bounded_and_the_oldest_goes_first() -> None:
    early = Early()
    items = [
        replace(run_of([one], has_link=True, is_signed=False), head=bytes([place, 0, 0, 0]))
        for place in range(8)
        for one in LOG[1:18]
    ]
    for item in items:
        early.keep(item)

    assert len(early) == MAX_EARLY
    kept = early.ranges()
    assert len(items) - MAX_EARLY == 17 * 8 - sum(b - a + 1 for ranges in kept.values() for a, b in ranges)


def test_a_live_entry_waits_for_the_one_before_it_and_a_critical_one_does_not() -> None:
    station = listener()
    say(station, item_of(LOG[0]))
    say(station, item_of(LOG[2]))
    say(station, item_of(LOG[5], has_link=True))
    assert [one.entry.number for one in held(station)] == [1, 6]

    say(station, item_of(LOG[1]))
    assert [one.entry.number for one in held(station)] == [1, 2, 3, 6]


@settings(max_examples=60, deadline=None)
@given(st.sets(st.integers(2, 8)), st.randoms(use_true_random=False))
def test_parts_that_wait_for_each_other_prove_each_other_in_any_order(
    cuts: set[int], chance: random.Random
) -> None:
    """Only the end has a signature, and what a link follows from is only held for the first of them."""
    station = listener()
    say(station, item_of(LOG[0]))
    edges = [1, *sorted(cuts), 9]
    parts = [
        run_of(LOG[first:after], has_link=False, is_signed=after == 9) for first, after in pairwise(edges)
    ]
    for part in chance.sample(parts, len(parts)):
        say(station, part)

    assert [one.entry for one in held(station)] == [one.entry for one in LOG[:9]]
    assert [one.salt_key for one in held(station)][1:] == [one.salt_key for one in LOG[1:9]]
    assert not voice_of(station.engine).early.ranges()


def forged(number: int, words: str = "lie") -> Item:
    """Return another entry of this number, unsigned, said to be the writer's."""
    log = log_of(FORGER, [StationIntroduced("Hall", BOX_KEY), *(post(f"{words} {n}") for n in range(number))])
    item = run_of(log[number - 1 : number], has_link=False, is_signed=False)
    return replace(item, head=WRITER.author[:4])


def test_a_forged_part_joins_nothing_and_what_is_given_again_is_taken() -> None:
    station = listener()
    say(station, item_of(LOG[0]))
    say(station, run_of(LOG[1:2], has_link=False, is_signed=False))
    say(station, run_of(LOG[2:3], has_link=False, is_signed=False))
    say(station, forged(3))
    say(station, item_of(LOG[3]))
    assert [one.entry.number for one in held(station)] == [1]

    say(station, run_of(LOG[1:4], has_link=False, is_signed=True))
    assert [one.entry for one in held(station)] == [one.entry for one in LOG[:4]]


def test_a_forged_part_of_a_number_that_is_held_hinders_nothing() -> None:
    station = listener()
    say(station, item_of(LOG[0]))
    say(station, item_of(LOG[1]))
    say(station, forged(2))
    say(station, run_of(LOG[2:3], has_link=False, is_signed=False))
    say(station, item_of(LOG[3]))

    assert [one.entry for one in held(station)] == [one.entry for one in LOG[:4]]


def test_a_frame_sets_only_so_many_parts_free_to_be_tried_together(monkeypatch: pytest.MonkeyPatch) -> None:
    station = listener()
    tried: list[Item] = []
    read = EntryReader.read

    def noted(reader: EntryReader, item: Item) -> Sequence[SignedEntry] | RejectReason:
        tried.append(item)
        return read(reader, item)

    monkeypatch.setattr(EntryReader, "read", noted)
    say(station, replace(forged(3), signature=b"s" * 64))
    for number in range(MAX_EARLY_OF_ONE - 1):
        say(station, forged(2, f"lie {number}"))
    tried.clear()
    say(station, item_of(LOG[0]))

    assert MAX_JOINS - 1 <= sum(len(item.packed) > 1 for item in tried) <= MAX_JOINS


def test_a_cold_join_of_500_posts_costs_few_bytes_of_signature_and_salt_an_entry() -> None:
    entries = corpus_logs(POSTS, AUTHORS)
    network = Network(seed=1, count=2)
    network.run(900.0)
    before = len(network.sent)
    network.stations[0].store.append(entries)
    network.stations[0].engine.rejoin(network.now_s)
    network.settle(network.stations[0])
    assert network.run_until_same(4 * 3600.0, step_s=10.0) < 4 * 3600.0

    frames = [frame for _, _, frame in network.sent[before:]]
    said = sum(len(frame.payload) for frame in frames) / len(entries)
    given_ = sum(len(frame.payload) for frame in frames if frame.use is FrameUse.REPAIR) / len(entries)
    packed = sum(len(one.packed) for one in entries) / len(entries)
    assert said < packed + 11
    assert given_ < packed + 9
    came = [
        e for event in network.stations[1].events if isinstance(event, EntriesReceived) for e in event.entries
    ]
    assert sum(bool(one.signature) for one in came) < 90


def test_who_lacks_much_says_of_what_came_and_waits_that_it_came() -> None:
    long_log = log_of(WRITER, [StationIntroduced("Hall", BOX_KEY), *(post(f"need {n}") for n in range(80))])
    waiting = run_of(long_log[40:44], has_link=True, is_signed=False)
    asked = [asked_after(long_log, waits) for waits in ([], [waiting])]

    assert all(((1, 1), (81, 81)) in told.ranges for told in asked)
    assert [[ranges for _, ranges in told.waits] for told in asked] == [[], [((41, 44),)]]


def asked_after(log: Sequence[SignedEntry], waits: Sequence[Item]) -> Told:
    """Return what a station tells that asks and got both ends of a log, and these items of its middle."""
    network = Network(seed=1, count=2, hears=lambda _a, _b, _t: False)
    station = network.stations[0]
    network.run(900.0)
    before = len(network.sent)
    for item in (item_of(log[0]), item_of(log[-1], has_link=True), *waits):
        station.engine.receive(seal_frame(Entries((item,)), SEAL), NODE, network.now_s)
    lane_of(station.engine, WordLane)._knows_their_logs = True  # as after numbers told of the same logs
    network.settle(station)
    network.run(network.now_s + 60.0)
    asked = next(frame for _, index, frame in network.sent[before:] if index == 0)
    beacon = open_frame(asked.payload, RING, DOOR).frame
    assert isinstance(beacon, Beacon)
    assert beacon.told is not None
    return beacon.told
