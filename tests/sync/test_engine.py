import random
import string
from dataclasses import replace

import pytest

from meshboard.domain.entries import (
    ClaimAccepted,
    LogId,
    PostNoted,
    PostWithdrawn,
    Unknown,
)
from meshboard.domain.ids import ClaimId, PostId
from meshboard.domain.posts import Urgency
from meshboard.figures import TOLD_BYTES
from meshboard.link import MAX_FRAME_BYTES
from meshboard.sync.air.governor import Rule
from meshboard.sync.air.held import TOO_LONG
from meshboard.sync.events import (
    EntriesReceived,
    EntriesSent,
    FrameRejected,
    FrameUse,
    OutgoingFrame,
    OwnLogBehind,
    RejectReason,
    StationHeard,
)
from meshboard.sync.holdings.summary import state_of
from meshboard.sync.holdings.telling import Teller, compare_told
from meshboard.sync.memory_store import MemoryStore
from meshboard.sync.setup import EngineConfig
from meshboard.sync.store import LogHoldings
from meshboard.trust.key_ring import KeyRing
from meshboard.wire.frames import (
    HEAD_BYTES,
    Beacon,
    Entries,
    Frame,
    Item,
    LogLine,
    Place,
    Speaker,
    Summary,
    Told,
)
from meshboard.wire.framing import open_frame, seal_frame
from meshboard.wire.items import item_of
from tests.support.engines.inside import reconciliation_of, voice_of
from tests.support.engines.lossy_network import CIRCLE, DOOR, HOPLESS, NODE, RING, SEAL, Network, line, post


def settled(count: int = 2, seed: int = 3) -> Network:
    network = Network(seed=seed, count=count)
    network.run(400.0)
    assert network.all_same()
    network.sent.clear()
    return network


def test_a_new_entry_rests_five_seconds_and_is_then_said_once() -> None:
    network = settled()
    written_s = network.now_s
    signed = network.write(0, post("water"))

    network.run(written_s + 60.0)

    said = [(at, frame) for at, _, frame in network.sent if signed.entry.id in frame.ids]
    assert len(said) == 1
    assert 5.0 <= said[0][0] - written_s < 6.0
    assert said[0][1].use is FrameUse.NEWS
    assert EntriesSent((signed.entry.id,)) in network.stations[0].events


def test_a_critical_post_does_not_rest() -> None:
    network = settled()
    signed = network.write(0, post("insulin, now", Urgency.CRITICAL))

    assert [frame.ids for _, _, frame in network.sent] == [(signed.entry.id,)]


@pytest.mark.parametrize("heard", [1, 2])
@pytest.mark.parametrize(("urgency", "share"), [(Urgency.CRITICAL, 0.0), (Urgency.NORMAL, 1.6)])
def test_each_frame_of_others_keeps_the_next_of_ours_longer_unless_it_is_critical(
    heard: int, urgency: Urgency, share: float
) -> None:
    words = [seal_frame(Summary(Speaker(b"peer", 9 + number), None, ()), SEAL) for number in range(heard)]

    between_s = seconds_between_two_posts(urgency, words) - seconds_between_two_posts(urgency, [])

    air_s = voice_of(settled(count=1).stations[0].engine).air.air_s(len(words[0]))
    assert between_s == pytest.approx(heard * share * air_s, abs=0.01)


def seconds_between_two_posts(urgency: Urgency, heard_between: list[bytes]) -> float:
    alone = settled(count=1)
    for text in ("insulin " * 9, "oxygen " * 9):
        alone.write(0, post(text, urgency))
    alone.run(alone.now_s + 5.0)
    first_s = next(at for at, _, frame in alone.sent if frame.use is FrameUse.NEWS)
    for word in heard_between:
        alone.stations[0].engine.receive(word, NODE, first_s)
    alone.run(first_s + 60.0)
    said_at = [at for at, _, frame in alone.sent if frame.use is FrameUse.NEWS]
    assert len(said_at) == 2
    return said_at[1] - said_at[0]


@pytest.mark.parametrize(
    ("heard", "use"),
    [
        (None, FrameUse.BEACON),
        (Beacon(Speaker(b"peer", 9), b"diff"), FrameUse.SUMMARY),
        (Summary(Speaker(b"peer", 9), None, ()), FrameUse.REPAIR),
    ],
    ids=["beacon", "summary", "repair"],
)
def test_an_entry_at_rest_is_in_no_beacon_summary_or_repair(
    heard: Beacon | Summary | None, use: FrameUse
) -> None:
    said = [frame for after_s in range(0, 40, 2) for frame in said_beside_one_at_rest(heard, after_s)]

    assert use in {one for one, _ in said}
    for _, frame in said:
        match frame:
            case Beacon(state=state):
                assert state == state_of(settled_early().stations[0].store.holdings())
            case Summary(lines=lines):
                assert [line.ranges for line in lines] == [((1, 1),), ((1, 1),)]
            case Entries(items=items):
                assert [len(item.packed) for item in items if isinstance(item, Item)] == [1] * len(items)
                assert all(
                    item.author is not None for item in items if isinstance(item, Item)
                )  # a first entry
            case other:
                pytest.fail(f"{other} is none of the three")


def settled_early() -> Network:
    """Return two stations that hold the same and are about to say so for the first time."""
    network = Network(seed=3, count=2)
    network.run(30.0)
    assert network.all_same()
    network.sent.clear()
    return network


def said_beside_one_at_rest(heard: Beacon | Summary | None, after_s: float) -> list[tuple[FrameUse, Frame]]:
    """Return what a station says while an entry rests, written so long after it heard something."""
    network = settled_early()
    station = network.stations[0]
    if heard is not None:
        station.engine.receive(seal_frame(heard, SEAL), NODE, network.now_s)
        network.settle(station)
    network.run(network.now_s + after_s)
    network.sent.clear()
    network.write(0, post("water"))
    network.run(network.now_s + 4.9)
    ours = [frame for _, index, frame in network.sent if index == 0]
    return [(frame.use, open_frame(frame.payload, RING, DOOR).frame) for frame in ours]


def test_entries_written_together_share_frames() -> None:
    network = settled()
    for _ in range(6):
        network.write(0, PostWithdrawn(PostId(network.stations[0].store.everything()[0].entry.id)))

    network.run(network.now_s + 30.0)

    news = [frame for _, _, frame in network.sent if frame.use is FrameUse.NEWS]
    assert [len(frame.ids) for frame in news] == [2, 2, 2]
    assert all(len(frame.payload) <= MAX_FRAME_BYTES for frame in news)


def test_what_is_most_urgent_is_said_first() -> None:
    network = settled()
    station = network.stations[0]
    subject = station.store.everything()[0].entry.id
    note, need, claim, critical = (
        station.draft(fact, number=number)
        for number, fact in enumerate(
            [
                PostNoted(PostId(subject), "a note " * 9),
                post("a need " * 9),
                ClaimAccepted(ClaimId(subject)),
                post("critical, unusual, quite long: xq zv kw jy bd fg hj klm", Urgency.CRITICAL),
            ],
            start=2,
        )
    )
    station.store.append([note, need, claim, critical])
    network.run(network.now_s + 100.0)
    network.sent.clear()
    station.engine.announce([note, need, claim], network.now_s - 10.0)
    station.engine.announce([critical], network.now_s)

    network.settle(station)
    network.run(network.now_s + 20.0)

    said = [entry_id for _, index, frame in network.sent if index == 0 for entry_id in frame.ids]
    assert [one.entry.id for one in (critical, claim, need, note)] == said[:4]


def test_a_repair_does_not_speak_for_the_author_of_what_it_repeats() -> None:
    network = settled(count=3)
    critical = network.write(1, post("insulin, now", Urgency.CRITICAL))
    network.run(network.now_s + 60.0)
    station, asker = network.stations[0], network.stations[2].key.author[:HEAD_BYTES]
    ours = {log: held.ranges for log, held in station.store.holdings().items()}
    theirs = ours | {critical.entry.log: ((1, 1),)}
    told = Teller().tell({log: LogHoldings(held, bytes(32), 1) for log, held in theirs.items()}, TOLD_BYTES)
    assert told is not None
    note = station.draft(PostNoted(PostId(critical.entry.id), "on my way"))
    station.store.append([note])
    station.engine.announce([note], network.now_s - 10.0)
    reconciliation_of(station.engine).resolve_told(
        asker, compare_told(told, ours), 0, network.now_s, is_asked=True
    )
    said: list[OutgoingFrame] = []
    for later_s in range(60):
        station.engine.note_channel_utilisation(0.3, network.now_s + later_s)
        frame = station.engine.next_frame(network.now_s + later_s)
        said += [frame] if frame is not None else []

    assert [(frame.use, frame.ids, told_in(frame)) for frame in said] == [
        (FrameUse.REPAIR, (critical.entry.id,), None)
    ]


def told_in(frame: OutgoingFrame) -> Told | None:
    said = open_frame(frame.payload, RING, DOOR).frame
    assert isinstance(said, Entries)
    return said.told


def test_what_got_lost_is_repaired_within_a_minute_and_a_half() -> None:
    network = settled()
    network.loss = 1.0
    network.write(0, post("water"))
    network.run(network.now_s + 6.0)
    network.loss = 0.0

    assert network.run_until_same(90.0) < 90.0
    assert any(frame.use is FrameUse.REPAIR for _, _, frame in network.sent)


def repairs_of_one_entry_that_five_hold(seed: int) -> int:
    network = settled(6, seed)
    newcomer = network.stations[5]
    network.hears = lambda first, second, _now_s: 5 not in (first, second)
    signed = network.write(0, post("water"))
    network.run(network.now_s + 100.0)
    network.hears = lambda _first, _second, _now_s: True
    network.sent.clear()

    assert network.run_until_same(400.0) < 400.0
    assert newcomer.store.holds(signed.entry.log, signed.entry.number, signed.entry.digest)
    return sum(signed.entry.id in frame.ids for _, _, frame in network.sent)


def test_a_repair_that_somebody_else_gave_is_seldom_given_again() -> None:
    given = [repairs_of_one_entry_that_five_hold(seed) for seed in range(12)]

    assert sum(given) / len(given) <= 3.0


def test_a_station_between_passes_on_what_the_ends_cannot_hear() -> None:
    for seed in range(12):
        network = Network(seed=seed, count=3, hears=line)
        network.run(400.0)
        network.write(0, post("water"))

        assert network.run_until_same(150.0) < 150.0


def test_silence_costs_next_to_nothing() -> None:
    network = settled(count=4)
    network.run(network.now_s + 2000.0)
    network.sent.clear()

    network.run(network.now_s + 3600.0)

    assert 1 <= len(network.sent) <= 12
    assert {FrameUse.BEACON} == {frame.use for _, _, frame in network.sent}


@pytest.mark.parametrize("seed", range(3))
def test_of_a_few_who_write_now_and_then_all_talk_takes_little_beside_what_is_new(seed: int) -> None:
    """It took seven to eight times as much air as the posts, when every word made others say summaries."""
    network = Network(seed=seed, count=4, loss=0.1)
    network.run(900.0)
    network.sent.clear()
    for number in range(40):
        network.write(number % 4, post(f"post {number}"))
        network.run(network.now_s + 160.0)

    news_s = sum(frame.air_s for _, _, frame in network.sent if frame.use is FrameUse.NEWS)
    assert sum(frame.air_s for _, _, frame in network.sent) < 3.5 * news_s


def test_everybody_learns_that_everybody_has_it() -> None:
    network = settled(count=3)
    network.write(0, post("water"))
    for station in network.stations:
        station.events.clear()

    network.run(network.now_s + 600.0)

    heard = [event for event in network.stations[0].events if isinstance(event, StationHeard)]
    agreeing = {event.author for event in heard if event.agrees}
    assert agreeing <= {station.key.author for station in network.stations[1:]}
    assert agreeing


def test_entries_are_told_once_each_even_if_the_shell_has_not_stored_them() -> None:
    network = settled()
    signed = network.stations[1].draft(post("water"))
    twice = seal_frame(Entries((item_of(signed), item_of(signed))), SEAL)
    engine = network.stations[0].engine

    engine.receive(twice, NODE, network.now_s)

    received = [event for event in _drained(network, 0) if isinstance(event, EntriesReceived)]
    assert [(signed,)] == [event.entries for event in received]


def test_an_entry_beyond_a_gap_makes_a_station_say_what_it_has() -> None:
    network = settled()
    station = network.stations[1]
    missing = station.draft(post("water"))
    station.store.append([missing])
    beyond = station.draft(post("more water"))
    frame = seal_frame(Entries((item_of(beyond),)), SEAL)
    network.stations[0].engine.receive(frame, NODE, network.now_s)
    network.settle(network.stations[0])

    network.run(network.now_s + 12.0)

    words = [
        open_frame(frame.payload, KeyRing.of(CIRCLE), DOOR).frame
        for _, index, frame in network.sent
        if index == 0
    ]
    assert any(isinstance(word, Beacon) and word.told is not None for word in words)


def test_an_entry_of_an_unknown_author_makes_a_station_ask_and_learn_the_key() -> None:
    network = Network(seed=9, count=2, hears=lambda _a, _b, now_s: now_s > 6.0)
    signed = network.write(1, post("water"))

    assert network.run_until_same(120.0) < 120.0
    reasons = [e.reason for e in network.stations[0].events if isinstance(e, FrameRejected)]
    assert set(reasons) <= {RejectReason.UNKNOWN_AUTHOR}
    assert network.stations[0].store.holds(signed.entry.log, 2, signed.entry.digest)


def test_own_entries_lost_with_the_disk_come_back_from_the_others() -> None:
    network = settled(count=3)
    network.write(0, post("water"))
    assert network.run_until_same(200.0) < 200.0
    lost = network.stations[0]
    held = lost.store.everything()
    lost.store = MemoryStore(first_counter=10_000)
    lost.store.append([one for one in held if one.entry.log.author == lost.key.author][:1])
    network.restart(0)

    assert network.run_until_same(300.0) < 300.0
    behind = [event for event in lost.events if isinstance(event, OwnLogBehind)]
    assert [OwnLogBehind(LogId(lost.key.author), 2)] == behind


def test_two_entries_under_one_number_end_up_everywhere() -> None:
    """A station brought back from an old disk wrote number 2 once more."""
    network = settled(count=3)
    author = network.stations[0]
    first, second = author.draft(post("before"), number=2), author.draft(post("after"), number=2)
    network.stations[1].store.append([first])
    network.stations[2].store.append([second])
    author.store.append([second])

    assert network.run_until_same(600.0) < 600.0
    both = network.stations[1].store.entries(LogId(author.key.author), 2, 2)
    assert sorted([first.entry.digest, second.entry.digest]) == [one.entry.digest for one in both]
    assert any(frame.use is FrameUse.REQUEST for _, _, frame in network.sent)


def test_what_gave_way_to_two_lower_digests_while_it_rested_is_not_said() -> None:
    network = settled(count=2)
    author, other = network.stations
    drafts = [author.draft(post(f"number two, {one}"), number=2) for one in range(3)]
    *lowest, highest = sorted(drafts, key=lambda signed: signed.entry.digest)
    network.sent.clear()
    author.store.append([highest])
    author.engine.announce([highest], network.now_s)
    for station in (author, other):
        station.store.append(lowest)
        network.settle(station)

    network.run(network.now_s + 900.0)
    assert network.all_same()
    assert highest.entry.id not in {said for _, _, frame in network.sent for said in frame.ids}
    assert not any(frame.use in (FrameUse.REPAIR, FrameUse.REQUEST) for _, _, frame in network.sent)


def test_a_fork_deep_in_a_long_log_is_found_without_saying_the_log_again() -> None:
    network = settled(count=2)
    author, other = network.stations
    for _ in range(150):
        signed = author.draft(post("a post"))
        author.store.append([signed])
        other.store.append([signed])
    forked = author.draft(post("another seventieth"), number=70)
    other.store.append([forked])
    network.sent.clear()

    assert network.run_until_same(600.0) < 600.0
    assert author.store.holds(forked.entry.log, 70, forked.entry.digest)
    assert sum(len(frame.ids) for _, _, frame in network.sent) <= 20


def test_a_long_table_is_told_in_parts_that_leave_nothing_out() -> None:
    network = settled(count=2)
    teller, listener = network.stations
    for index in range(100, 140):
        stranger = Network(seed=index, count=1).stations[0]
        stranger.key = type(stranger.key)(index.to_bytes(32, "big"))
        signed = stranger.draft(post("from afar"), number=1)
        teller.store.append([signed])
    listener.store.append(list(teller.store.everything())[::2])

    assert network.run_until_same(900.0) < 900.0
    parts = [open_frame(f.payload, RING, DOOR).frame for _, _, f in network.sent if f.use is FrameUse.SUMMARY]
    assert any(isinstance(part, Summary) and part.span is not None for part in parts)


def test_nothing_is_said_while_the_channel_is_busy_but_what_is_critical() -> None:
    network = settled()
    network.utilisation = 0.3
    network.write(0, post("water"))
    network.run(network.now_s + 30.0)
    assert not [frame for _, index, frame in network.sent if index == 0]

    network.write(0, post("insulin", Urgency.CRITICAL))
    assert [frame.use for _, index, frame in network.sent if index == 0] == [FrameUse.NEWS]


def test_the_hours_airtime_is_never_exceeded_by_a_flood_of_posts() -> None:
    config = replace(HOPLESS, region="EU_868")
    network = Network(seed=2, count=2, config=config)
    for number in range(400):
        network.write(0, post(f"post number {number} with some words that do not compress: {number * 7919}"))

    network.run(4000.0)

    for start_s, index, _ in network.sent:
        if index == 0:
            hour = [
                frame.air_s
                for at, who, frame in network.sent
                if who == 0 and start_s <= at < start_s + 3600.0
            ]
            assert sum(hour) <= 288.0
    assert network.stations[0].engine.airtime_left_s(network.now_s) >= 0.0
    assert network.stations[0].engine.airtime_log()


def test_a_smaller_frame_limit_is_kept() -> None:
    network = Network(seed=2, count=3, config=replace(HOPLESS, max_frame_bytes=165))
    network.acquaint()  # an introduction with its key fits no such frame: docs/limits.md
    network.write(0, post("water"))

    assert network.run_until_same(200.0) < 200.0
    assert max(len(frame.payload) for _, _, frame in network.sent) <= 165


def test_a_summary_that_says_the_same_counts_as_agreement() -> None:
    network = settled()
    lines = tuple(
        LogLine(Place(log.author[:4]), held.ranges, held.digest[:3])
        for log, held in sorted(network.stations[0].store.holdings().items())
    )
    same = seal_frame(Summary(Speaker(b"peer", 9), None, lines), SEAL)
    network.stations[0].engine.receive(same, NODE, network.now_s)

    heard = [event for event in _drained(network, 0) if isinstance(event, StationHeard)]
    assert [StationHeard(b"peer", None, 9, agrees=True, node=NODE)] == heard


def test_a_beacon_that_differs_is_told_as_such() -> None:
    network = settled()
    beacon = seal_frame(Beacon(Speaker(b"peer", 9), b"diff"), SEAL)
    network.stations[0].engine.receive(beacon, NODE, network.now_s)

    heard = [event for event in _drained(network, 0) if isinstance(event, StationHeard)]
    assert [event.agrees for event in heard] == [False]


def _drained(network: Network, index: int) -> list[object]:
    station = network.stations[index]
    station.events.clear()
    station.drain()
    return list(station.events)


def test_a_fact_of_a_later_version_is_kept_and_passed_on() -> None:
    network = Network(seed=5, count=3, hears=line)
    network.run(400.0)
    later = network.write(0, Unknown(42, b"what a later version said"))

    assert network.run_until_same(120.0) < 120.0
    arrived = network.stations[2].store.entries(later.entry.log, 2, 2)
    assert [later] == list(arrived)


def test_one_seed_replays_everything() -> None:
    def day() -> list[tuple[float, int, bytes]]:
        network = Network(seed=11, count=4, loss=0.3, hears=line)
        network.write(0, post("water"))
        network.run(3000.0)
        return [(at, index, frame.payload) for at, index, frame in network.sent]

    assert day() == day()


def test_the_next_timer_never_asks_to_be_called_for_nothing() -> None:
    """A shell that sleeps until the timer must not spin: each wake sends, or moves the timer on."""
    network = settled(count=2)
    engine = network.stations[0].engine
    for _ in range(30):
        network.write(0, post("a post"))
    now_s, idle_wakes = network.now_s, 0
    for _ in range(400):
        timer = engine.next_timer()
        assert timer is not None
        now_s = max(now_s, timer)
        engine.handle_timer(now_s)
        sent = engine.next_frame(now_s)
        moved = engine.next_timer()
        assert moved is not None
        idle_wakes += sent is None and moved <= now_s

    assert idle_wakes == 0


def test_a_critical_post_brings_its_authors_introduction_along() -> None:
    network = Network(seed=4, count=1)
    network.sent.clear()
    critical = network.write(0, post("insulin, now", Urgency.CRITICAL))

    network.run(20.0)

    said = [entry_id for _, _, frame in network.sent for entry_id in frame.ids]
    assert [one.entry.id for one in network.stations[0].store.everything()] == said
    assert network.sent[0][0] == 0.0
    assert critical.entry.id in said


def test_a_smaller_frame_limit_leaves_the_waits_as_they_are_for_others() -> None:
    assert EngineConfig(max_frame_bytes=165).timings == EngineConfig().timings


def told_too_long(network: Network) -> list[tuple[int, Rule | None]]:
    held = network.stations[0].engine.waiting(network.now_s)
    return [(one.count, one.rule) for one in held if one.what == TOO_LONG]


def test_what_fits_no_frame_is_told_until_a_later_entry_proves_it_without_its_signature() -> None:
    network = Network(seed=2, count=2, config=replace(HOPLESS, max_frame_bytes=165))
    network.acquaint()
    chance = random.Random(1)
    letters = "".join(chance.choice(string.ascii_letters + string.digits) for _ in range(70))
    network.write(0, post(letters))
    network.run(30.0)
    assert told_too_long(network) == [(2, Rule.TOO_LONG)]  # the introduction, with its key, is one
    assert not network.all_same()

    network.write(0, post("water"))
    assert network.run_until_same(300.0) < 300.0
    assert told_too_long(network) == [(1, Rule.TOO_LONG)]
    assert max(len(frame.payload) for _, _, frame in network.sent) <= 165
