"""Nobody is silenced: neither a class by those above it, nor an author or actor by a noisy one."""

import random
from dataclasses import dataclass

from meshboard.domain.entries import Entry, PostClaimed, SignedEntry
from meshboard.domain.ids import PostId
from meshboard.domain.people import Actor, ActorKind
from meshboard.domain.posts import Urgency
from meshboard.figures import (
    CLASS_PATIENCE,
    KEPT_FOR_REST,
    MAX_REPAIRS,
    RECENT_FRAMES,
    STRANGERS_MOST,
    URGENT_RESERVE,
)
from meshboard.station.board.strangers import critical_an_hour, entries_an_hour
from meshboard.sync.air.budget import hourly_budget_s
from meshboard.sync.entries.fairness import FairOrder, Rotation, Turns
from meshboard.sync.entries.outbox import Hold, Priority, Proof, RepairQueue
from meshboard.sync.events import FrameUse
from meshboard.sync.lanes.key_lane import KeyLane
from meshboard.sync.lanes.news_lane import NewsLane
from meshboard.sync.lanes.repair_lane import RepairLane
from meshboard.sync.lanes.request_lane import RequestLane
from meshboard.sync.lanes.summary_lane import SummaryLane
from meshboard.sync.lanes.word_lane import WordLane
from meshboard.sync.setup import EngineConfig
from meshboard.trust.circle import RadioPlan
from meshboard.trust.identity import AuthorKey
from meshboard.trust.key_ring import KeyRing
from meshboard.wire.frames import HEAD_BYTES, Beacon, Entries, Frame, Summary
from meshboard.wire.framing import open_frame
from tests.support.engines.inside import repairs_of, voice_of
from tests.support.engines.lossy_network import CIRCLE, DOOR, HOPLESS, Network
from tests.sync.written import post, written

PATIENCE = {one: one.patience for one in (NewsLane, KeyLane, RepairLane, SummaryLane, RequestLane, WordLane)}


def key(number: int) -> AuthorKey:
    return AuthorKey(number.to_bytes(32, "big"))


def walk_up(number: int) -> Actor:
    return Actor(ActorKind.WALK_UP, number.to_bytes(8, "big"))


def stranger(number: int) -> Actor:
    return Actor(ActorKind.HANDHELD, number.to_bytes(8, "big"))


@dataclass(frozen=True)
class Waiting:
    entry: Entry
    priority: int


def test_whatever_floods_above_it_a_class_leads_within_its_bound() -> None:
    chance = random.Random(3)
    turns = Turns(PATIENCE)
    waited = dict.fromkeys(PATIENCE, 0)
    for _ in range(20_000):
        due = {lane for lane in PATIENCE if lane is NewsLane or waited[lane] or chance.random() < 0.3}
        led = next(lane for lane in turns.order() if lane in due)
        turns.took(led, due)
        for lane, patience in PATIENCE.items():
            waited[lane] = waited[lane] + 1 if lane in due and lane is not led else 0
            assert waited[lane] < patience + len(PATIENCE)


def test_nothing_goes_out_of_rank_while_nobody_waits_long() -> None:
    turns = Turns(PATIENCE)
    turns.took(NewsLane, {RepairLane, WordLane})

    assert list(turns.order()) == list(PATIENCE)


def test_who_was_served_longest_ago_is_next() -> None:
    rotation: Rotation[str] = Rotation()
    for name in "abca":
        rotation.note(name)

    assert rotation.order("abcd") == ["d", "b", "c", "a"]


def test_the_news_of_one_actor_wait_for_one_entry_of_a_noisy_one() -> None:
    kiosk = key(1)
    noisy = [
        Waiting(written(kiosk, number, actor=walk_up(1)).entry, Priority.POST) for number in range(1, 301)
    ]
    quiet = Waiting(written(kiosk, 301, actor=walk_up(2)).entry, Priority.POST)

    order = FairOrder(Priority).order([*noisy, quiet])

    assert order.index(quiet) == 1
    assert [one for one in order if one is not quiet] == noisy


def test_all_strangers_together_are_one_among_an_authors_actors() -> None:
    kiosk = key(1)
    invented = [
        Waiting(written(kiosk, number, actor=stranger(number % 64)).entry, Priority.POST)
        for number in range(1, 301)
    ]
    members = [Waiting(written(kiosk, number).entry, Priority.POST) for number in range(301, 305)]
    walk_ups = [Waiting(written(kiosk, 305, actor=walk_up(1)).entry, Priority.POST)]
    fair, leads = FairOrder(Priority), []
    waiting = [*invented, *members, *walk_ups]
    for _ in range(12):
        said = fair.order(waiting)[:1]
        waiting = [one for one in waiting if one not in said]
        fair.note_said(said, {one.priority for one in waiting})
        leads.append(said[0])

    assert [one in invented for one in leads] == [
        True,
        False,
        False,
        True,
        False,
        True,
        False,
        True,
        False,
    ] + [True] * 3
    assert len({one.entry.actor for one in leads if one in invented}) == 7  # and each of them in turn


def test_between_authors_each_has_a_frame_in_turn_where_logs_stay_together() -> None:
    fair = FairOrder(Priority, is_whole=True)
    waiting = [Waiting(written(key(1), number).entry, Priority.POST) for number in range(1, 301)]
    waiting.append(Waiting(written(key(2), 400).entry, Priority.POST))
    leads = []
    for _ in range(4):
        frame = fair.order(waiting)[:3]
        fair.note_said(frame, {Priority.POST})
        waiting = [one for one in waiting if one not in frame]
        leads.append(frame[0].entry.log.author)

    assert leads == [key(1).author, key(2).author, key(1).author, key(1).author]


def test_claims_without_end_leave_posts_every_ninth_frame() -> None:
    fair = FairOrder(Priority)
    claim = PostClaimed(PostId(written(key(1), 1).entry.id))
    claims = [Waiting(written(key(1), number, claim).entry, Priority.CLAIM) for number in range(2, 400)]
    posts = [Waiting(written(key(1), number).entry, Priority.POST) for number in range(400, 410)]
    waiting, leads = [*claims, *posts], []
    for _ in range(36):
        said = fair.order(waiting)[:1]
        waiting = [one for one in waiting if one not in said]
        fair.note_said(said, {one.priority for one in waiting})
        leads.append(said[0].priority)

    assert leads == ([Priority.CLAIM] * CLASS_PATIENCE + [Priority.POST]) * 4


def test_a_full_repair_queue_takes_from_who_fills_it() -> None:
    queue = RepairQueue(Hold())
    quiet = written(key(2), 10_000)
    queue.add(quiet, 0.0, 0, Proof())
    for number in range(1, MAX_REPAIRS + 100):
        queue.add(written(key(1), number), 0.0, 0, Proof())

    assert len(queue) == MAX_REPAIRS
    assert queue.has(quiet.entry.id)


def test_a_full_repair_queue_takes_from_an_authors_strangers_before_its_member() -> None:
    queue = RepairQueue(Hold())
    for number in range(1, MAX_REPAIRS - 100):
        queue.add(written(key(1), number, actor=stranger(number)), 0.0, 0, Proof())
    members = [written(key(1), number) for number in range(1000, 1200)]
    for signed in members:
        queue.add(signed, 0.0, 0, Proof())

    assert len(queue) == MAX_REPAIRS
    assert all(queue.has(signed.entry.id) for signed in members)


def test_what_strangers_may_in_an_hour_is_within_their_part_and_leaves_a_members_posts_theirs() -> None:
    network = Network(seed=5, count=2, config=HOPLESS)
    kiosk = network.stations[0]
    network.run(600.0)
    network.sent.clear()
    budget_s = hourly_budget_s(HOPLESS.region)
    usual, critical = entries_an_hour(RadioPlan()).of_all, critical_an_hour(RadioPlan()).of_all
    contents = [post(f"{n * 7919}") for n in range(usual)]
    contents += [post(f"{n * 104729}", Urgency.CRITICAL) for n in range(critical)]
    theirs = [written(kiosk.key, n + 2, fact, stranger(n % 64)) for n, fact in enumerate(contents)]
    own = [
        written(kiosk.key, len(theirs) + 2),
        written(kiosk.key, len(theirs) + 3, post("x", Urgency.CRITICAL)),
    ]
    for signed in [*theirs, *own]:
        kiosk.store.append([signed])
        kiosk.engine.announce([signed], network.now_s)
    network.settle(kiosk)
    network.run(network.now_s + 1800.0)

    frames = [frame for _, who, frame in network.sent if who == 0 and frame.ids]
    strangers = {signed.entry.id for signed in theirs}
    news_s = sum(f.air_s for f in frames if f.use is FrameUse.NEWS and strangers & set(f.ids))
    urgent_s = sum(frame.air_s for frame in frames if frame.is_urgent)
    assert strangers <= {entry for frame in frames for entry in frame.ids}
    assert news_s <= (STRANGERS_MOST + URGENT_RESERVE / 2) * budget_s
    assert urgent_s <= 0.6 * URGENT_RESERVE * budget_s  # with the member's own, said twice as well
    first = {
        signed.entry.id: place
        for place, f in reversed([*enumerate(frames)])
        for signed in own
        if signed.entry.id in f.ids
    }
    assert first[own[1].entry.id] <= 2
    assert first[own[0].entry.id] <= CLASS_PATIENCE + 2


def test_at_a_kiosk_the_second_walk_up_is_not_behind_three_hundred_posts_of_the_first() -> None:
    network = Network(seed=1, count=2, config=HOPLESS)
    kiosk = network.stations[0]
    network.run(600.0)
    network.sent.clear()
    for number in range(300):
        kiosk.store.append([signed := written_next(kiosk.key, network, number, walk_up(1))])
        kiosk.engine.announce([signed], network.now_s)
    kiosk.store.append([quiet := written_next(kiosk.key, network, 300, walk_up(2))])
    kiosk.engine.announce([quiet], network.now_s)
    network.settle(kiosk)
    network.run(network.now_s + 60.0)

    frames = [frame for frame in network.sent if frame[1] == 0 and quiet.entry.id in frame[2].ids]
    before = [frame for frame in network.sent if frame[1] == 0 and frame[0] < frames[0][0] and frame[2].ids]
    assert len(before) <= 1


def written_next(author: AuthorKey, network: Network, number: int, actor: Actor) -> SignedEntry:
    return written(author, number + 2, post(f"{network.now_s} {number}"), actor)


def test_in_repairs_an_author_of_one_post_is_not_behind_another_of_a_hundred() -> None:
    network = Network(seed=4, count=2, config=HOPLESS)
    network.run(600.0)
    giver = network.stations[0]
    for author, count in ((key(11), 100), (key(12), 1)):
        giver.store.append([written(author, number) for number in range(1, count + 1)])
    network.sent.clear()
    network.run_until_same(4 * 3600.0)

    repairs = [frame for _, who, frame in network.sent if who == 0 and frame.use is FrameUse.REPAIR]
    quiet = written(key(12), 1).entry.id
    place = next(place for place, frame in enumerate(repairs) if quiet in frame.ids)
    assert len(repairs) > 20
    assert place <= 2


def test_a_flood_of_news_leaves_repairs_and_what_is_held_their_turn() -> None:
    network = Network(seed=2, count=3, config=HOPLESS)
    network.run(600.0)
    flooder = network.stations[0]
    for station in network.stations:
        station.store.append([written(key(11), 1)])
    flooder.store.append([written(key(11), number) for number in range(2, 40)])
    network.sent.clear()
    for number in range(130):
        signed = written(flooder.key, number + 2)
        flooder.store.append([signed])
        flooder.engine.announce([signed], network.now_s)
    network.settle(flooder)
    network.run(network.now_s + 600.0)

    said = [frame for _, who, frame in network.sent if who == 0]
    uses = [frame.use for frame in said]
    last_news = len(uses) - uses[::-1].index(FrameUse.NEWS)
    flood = said[uses.index(FrameUse.NEWS) : last_news]
    repaired = {written(key(11), number).entry.id for number in range(2, 40)}
    words = [open_frame(frame.payload, KeyRing.of(CIRCLE), DOOR).frame for frame in flood]
    assert uses.count(FrameUse.NEWS) > 40
    assert any(repaired & set(frame.ids) for frame in flood)
    assert any(isinstance(word, Beacon | Summary) or _tells(word) for word in words)


def _tells(frame: Frame) -> bool:
    return isinstance(frame, Entries) and frame.told is not None


def test_critical_posts_without_end_leave_room_for_another() -> None:
    network = Network(seed=2, count=2)
    network.run(60.0)
    for number in range(200):
        network.write(0, post(f"{number * 7919} {number * 104729}", Urgency.CRITICAL))
    network.run(1200.0)
    ordinary = network.write(0, post("ordinary"))
    network.run(network.now_s + 300.0)

    said = [entry for _, _, frame in network.sent for entry in frame.ids]
    assert len(said) < 200, "the critical posts end before the other one is written"
    assert ordinary.entry.id in said


def test_where_only_a_short_critical_post_may_go_no_repair_goes_in_its_place() -> None:
    network = Network(seed=1, count=2, config=HOPLESS)
    network.run(600.0)
    station = network.stations[0]
    governor, repairs = voice_of(station.engine).air.governor, repairs_of(station.engine)
    (theirs,) = (one for one in station.store.everything() if one.entry.log.author != station.key.author)
    frame_s, budget_s = HOPLESS.timings.frame_s, governor.spent_s(0.0) + governor.left_s(0.0)
    urgent_s = (1.0 - KEPT_FOR_REST) * budget_s - 0.97 * frame_s
    governor.record(urgent_s, 0, 650.0, FrameUse.NEWS, is_urgent=True)
    now_s = 650.0 + 2 * urgent_s
    repairs.queue.add(theirs, now_s + 500.0, 0, Proof(is_alone=True))
    critical = station.write(post("insulin", Urgency.CRITICAL), now_s)
    frames = [station.engine.next_frame(now_s + later_s) for later_s in range(60)]

    news = [frame for frame in frames if frame is not None and frame.use is FrameUse.NEWS]
    assert [(frame.ids, frame.is_urgent) for frame in news] == [((critical.entry.id,), True)]


def test_a_critical_post_goes_as_far_the_second_time_though_much_is_given() -> None:
    network = Network(seed=3, count=2, config=EngineConfig(hop_limit=3))
    network.run(600.0)
    station, repairs = network.stations[0], repairs_of(network.stations[0].engine)
    for _ in range(RECENT_FRAMES):
        voice_of(station.engine).reach.note(network.stations[1].key.author[:HEAD_BYTES], 1, network.now_s)
    for number in range(60):
        station.store.append([station.draft(post(str(number)))])
        repairs.queue.add(station.store.everything()[-1], network.now_s + 1000.0, 1, Proof())
    repairs._is_much = True
    critical = station.write(post("insulin", Urgency.CRITICAL), network.now_s)
    frames = [station.engine.next_frame(network.now_s + later_s) for later_s in range(120)]

    said = [frame for frame in frames if frame is not None and critical.entry.id in frame.ids]
    assert [frame.hop_limit for frame in said] == [3, 3]
