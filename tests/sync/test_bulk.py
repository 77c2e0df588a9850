"""Much at once: runs that prove each other, whatever is lost, repeated, out of order or forged."""

import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meshboard.domain.circle_facts import StationIntroduced
from meshboard.domain.entries import Fact, LogId, PostPublished, SignedEntry, Stamp
from meshboard.domain.people import Actor
from meshboard.errors import RuleError
from meshboard.figures import MAX_EARLY, MAX_EARLY_OF_ONE, MAX_JOINS
from meshboard.link import NodeNumber
from meshboard.sim.corpus import own_corpus
from meshboard.sync.events import EntriesReceived, FrameUse, RejectReason
from meshboard.sync.hearing.reader import EntryReader
from meshboard.sync.holdings.early import Early
from meshboard.trust.identity import AuthorKey
from meshboard.wire.entry_bytes import FIRST_LINK, Draft, is_authentic, is_before, link_after, sign_entry
from meshboard.wire.frames import Beacon, Entries, Item, Told
from meshboard.wire.framing import open_frame, seal_frame
from meshboard.wire.items import item_of, run_of
from meshboard.wire.packer import check_fits
from meshboard.wire.salts import SALT_KEY_BYTES, latest_salt_key
from tests.sync.network import CIRCLE, OPENING_S, Network, Station
from tests.sync.test_engine import RING, SEAL, post

WRITER, FORGER = AuthorKey(b"w" * 32), AuthorKey(b"f" * 32)
NODE = NodeNumber(0x1234)
CUTS = (3, 8, 13, 17)  # so that every run fits a frame
POSTS, AUTHORS = 500, 12


def log_of(key: AuthorKey, facts: Sequence[Fact]) -> list[SignedEntry]:
    log: list[SignedEntry] = []
    for number, fact in enumerate(facts, start=1):
        link = link_after(log[-1]) if log else FIRST_LINK
        stamp = Stamp(3 * number, OPENING_S + 100 * number)
        place = CIRCLE.id, LogId(key.author), number, stamp, Actor.member(key.author)
        log.append(sign_entry(Draft(*place, fact, link=link, salt_key=b"salt key"), key))
    return log


LOG = log_of(WRITER, [StationIntroduced("Hall"), *(post(f"need {number}") for number in range(20))])


def listener() -> Station:
    return Network(seed=1, count=1).stations[0]


def say(station: Station, *items: Item) -> None:
    station.engine.receive(seal_frame(Entries(items), SEAL), NODE, 1.0)
    station.drain()


def held(station: Station) -> list[SignedEntry]:
    return [one for one in station.store.everything() if one.entry.log.author == WRITER.author]


def runs_of(log: Sequence[SignedEntry], cuts: Sequence[int], *, is_backward: bool = True) -> list[Item]:
    """Return a log in runs cut before these numbers.

    Backward: each has a link, and only the last one a signature; else each has a signature and none a link.
    """
    edges = [0, *sorted({cut for cut in cuts if 0 < cut < len(log)}), len(log)]
    return [
        run_of(log[first:after], has_link=is_backward, is_signed=not is_backward or after == len(log))
        for first, after in pairwise(edges)
    ]


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
    assert not station.engine._voice.early.ranges()


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
    forged = log_of(FORGER, [StationIntroduced("Hall"), *(post(f"lie {n}") for n in range(400))])
    for one in forged[30:]:
        say(station, replace(run_of([one], has_link=True, is_signed=False), head=WRITER.author[:4]))
    early = station.engine._voice.early
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
    assert not station.engine._voice.early.ranges()


def forged(number: int, words: str = "lie") -> Item:
    """Return another entry of this number, unsigned, said to be the writer's."""
    log = log_of(FORGER, [StationIntroduced("Hall"), *(post(f"{words} {n}") for n in range(number))])
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
    say(station, item_of(LOG[0]), item_of(LOG[1]))
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


def corpus_logs(count: int, authors: int) -> list[SignedEntry]:
    """Return so many posts of the corpus, written by so many stations in turn, and their introductions."""
    contents, chance = own_corpus(), random.Random(1)
    keys = [AuthorKey(bytes([50 + place]) * 32) for place in range(authors)]
    logs: dict[AuthorKey, list[SignedEntry]] = {key: [] for key in keys}
    facts: list[tuple[AuthorKey, Fact]] = [
        (key, StationIntroduced(f"Board {place}")) for place, key in enumerate(keys)
    ]
    more = ((chance.choice(keys), PostPublished(contents[at % len(contents)])) for at in range(2 * count))
    written: list[SignedEntry] = []
    for key, fact in (*facts, *more):
        log, stamp = logs[key], Stamp(len(written) + 1, OPENING_S + 97 * len(written) + chance.randint(0, 90))
        place = CIRCLE.id, LogId(key.author), len(log) + 1, stamp, Actor.member(key.author)
        drawn, link = chance.randbytes(SALT_KEY_BYTES), link_after(log[-1]) if log else FIRST_LINK
        known = latest_salt_key(((one.entry.number, one.salt_key) for one in log), len(log) + 1)
        try:
            signed = sign_entry(Draft(*place, fact, link=link, salt_key=known or drawn), key)
            check_fits(signed)
        except RuleError:
            continue
        log.append(signed)
        written.append(signed)
    return written[: count + authors]


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
    long_log = log_of(WRITER, [StationIntroduced("Hall"), *(post(f"need {n}") for n in range(80))])
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
    station.engine._voice.knows_their_logs = True  # as after numbers told of the same logs
    network.settle(station)
    network.run(network.now_s + 60.0)
    asked = next(frame for _, index, frame in network.sent[before:] if index == 0)
    beacon = open_frame(asked.payload, RING, None).frame
    assert isinstance(beacon, Beacon)
    assert beacon.told is not None
    return beacon.told
