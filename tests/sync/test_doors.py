"""Keys at the door: who is given one, what may be forged there, and what waits for a vouch."""

import random

import pytest

from meshboard.domain.entries import LogId, SignedEntry, Stamp
from meshboard.domain.ids import AuthorId, EpochId
from meshboard.domain.people import Actor
from meshboard.figures import MAX_WAITING, MAX_WAITING_OF_ONE
from meshboard.link import NodeNumber
from meshboard.sync.events import EntriesReceived, EpochKeyReceived, FrameRejected, FrameUse, RejectReason
from meshboard.sync.hearing.unvouched import Unvouched
from meshboard.trust.identity import AuthorKey
from meshboard.trust.key_ring import EpochKey
from meshboard.trust.seal import DoorSeal
from meshboard.wire.entry_bytes import Draft, sign_entry
from meshboard.wire.frames import Beacon, Entries, Hello, Keys, Speaker
from meshboard.wire.framing import seal_frame
from meshboard.wire.items import item_of
from tests.support.engines.circle_network import CIRCLE, CircleNetwork, circle_of
from tests.support.engines.lossy_network import post

DOOR = DoorSeal(CIRCLE)
FIRST = EpochId(bytes(CIRCLE.id))
NODE = NodeNumber(0xBAD)
MOST = 2**32 - 1


@pytest.fixture
def rekeyed() -> CircleNetwork:
    """Return four stations of which the last was taken out."""
    network = circle_of(4)
    network.begin_epoch(0, 3)
    network.run(network.now_s + 900.0)
    assert network.agree(0, 1, 2)
    forget(network)
    return network


def test_a_member_that_says_hello_is_given_the_current_key(rekeyed: CircleNetwork) -> None:
    say(rekeyed, hello(rekeyed, 1))

    assert len(uses(rekeyed, FrameUse.KEYS)) == 1


def test_who_is_out_or_unknown_is_given_no_key(rekeyed: CircleNetwork) -> None:
    say(rekeyed, hello(rekeyed, 3))
    say(rekeyed, seal_frame(Hello(Speaker(b"none", 1), FIRST), DOOR))

    assert reasons(rekeyed) == [RejectReason.ASKED_BY_STRANGER] * 2
    assert not uses(rekeyed, FrameUse.KEYS)


def test_a_hello_heard_twice_counts_once_and_one_of_our_own_never(rekeyed: CircleNetwork) -> None:
    rekeyed.stations[0].engine.receive(hello(rekeyed, 1), NODE, rekeyed.now_s)
    rekeyed.stations[0].engine.receive(hello(rekeyed, 1), NODE, rekeyed.now_s)
    rekeyed.stations[0].engine.receive(hello(rekeyed, 0), NODE, rekeyed.now_s)
    rekeyed.settle(rekeyed.stations[0])

    assert reasons(rekeyed) == [RejectReason.STALE, RejectReason.OWN]


def test_hellos_that_ask_for_what_is_planned_already_are_counted(rekeyed: CircleNetwork) -> None:
    for counter in range(50):
        rekeyed.stations[0].engine.receive(hello(rekeyed, 1, counter=counter), NODE, rekeyed.now_s)
    rekeyed.settle(rekeyed.stations[0])

    assert reasons(rekeyed) == [RejectReason.TOO_MANY] * 49


def test_a_forged_counter_keeps_nobody_from_asking(rekeyed: CircleNetwork) -> None:
    say(rekeyed, hello(rekeyed, 1, counter=MOST))
    rekeyed.run(rekeyed.now_s + 900.0)
    forget(rekeyed)
    say(rekeyed, hello(rekeyed, 1, counter=7))

    assert len(uses(rekeyed, FrameUse.KEYS)) == 1


def test_a_counter_forged_in_a_past_epoch_makes_no_beacon_of_today_stale(rekeyed: CircleNetwork) -> None:
    head = rekeyed.stations[1].key.author[:4]
    past = rekeyed.member(0).ring.seal_of(rekeyed.member(0).ring.keys[0])
    say(rekeyed, seal_frame(Beacon(Speaker(head, MOST), b"same"), past))
    forget(rekeyed)
    now = rekeyed.member(0).ring.seal
    assert now is not None
    beacon = seal_frame(Beacon(Speaker(head, 10_000), b"same"), now)

    assert reasons_of(rekeyed, beacon) == []


def test_forged_keys_keep_a_member_from_its_key_only_for_a_while(rekeyed: CircleNetwork) -> None:
    """A former member cannot wrap a key, but can send a frame that looks as if somebody else had."""
    current = rekeyed.member(0).ring.current
    assert current is not None
    to, by = rekeyed.stations[1].key.author[:4], rekeyed.stations[2].key.author[:4]
    forged = seal_frame(Keys(by, current.id, current.number, ((to, bytes(40)),)), DOOR)
    for counter in range(120):
        rekeyed.stations[0].engine.receive(hello(rekeyed, 1, counter), NODE, rekeyed.now_s)
        rekeyed.stations[0].engine.receive(forged, NODE, rekeyed.now_s)
        rekeyed.settle(rekeyed.stations[0])
        rekeyed.run(rekeyed.now_s + 3.0)

    assert any(index == 0 and frame.use is FrameUse.KEYS for _, index, frame in rekeyed.sent)


def test_a_key_is_taken_only_from_who_counts_and_only_if_it_was_sealed_to_us(rekeyed: CircleNetwork) -> None:
    key = EpochKey(EpochId(b"an epoch"), 7, bytes(32))
    us = rekeyed.member(0)
    by_member, by_outsider = (
        keys_frame_of(rekeyed, index, key, us.key.author, us.box.public) for index in (1, 3)
    )
    to_another = keys_frame_of(rekeyed, 1, key, us.key.author, rekeyed.member(2).box.public)

    assert reasons_of(rekeyed, by_outsider) == [RejectReason.KEY_OF_STRANGER]
    assert reasons_of(rekeyed, to_another) == [RejectReason.KEY_NOT_OURS]
    assert reasons_of(rekeyed, by_member) == []
    given = [event for event in us.events if isinstance(event, EpochKeyReceived)]
    assert given == [EpochKeyReceived(key, rekeyed.stations[1].key.author)]


def test_who_is_out_asks_no_more(rekeyed: CircleNetwork) -> None:
    rekeyed.run(rekeyed.now_s + 3600.0)

    assert not [frame for _, index, frame in rekeyed.sent if index == 3]


def test_what_came_before_the_vouch_is_given_back_after_it(rekeyed: CircleNetwork) -> None:
    """The joiner's posts arrive first; its introduction and the vouch only later."""
    rekeyed.hears = lambda first, second, _now_s: 4 not in (first, second)
    joiner = rekeyed.let_in(4, by=1)
    early = [rekeyed.write(4, post(f"early {number}")) for number in range(3)]
    listener = rekeyed.member(0)
    seal = listener.ring.seal
    assert seal is not None
    frames = [seal_frame(Entries((item_of(one, is_keyed=True, has_link=True),), True), seal) for one in early]
    assert all(RejectReason.NOT_VOUCHED in reasons_of(rekeyed, frame) for frame in frames)
    assert all(reasons_of(rekeyed, frame) == [RejectReason.NOT_VOUCHED] for frame in frames)
    listener.events.clear()

    for signed in joiner.store.everything()[:2]:
        say(rekeyed, seal_frame(Entries((item_of(signed),)), seal))
    rekeyed.run(rekeyed.now_s + 60.0)
    back = [one for event in listener.events if isinstance(event, EntriesReceived) for one in event.entries]
    assert set(early) <= set(back)
    assert all(listener.store.holds(one.entry.log, one.entry.number, one.entry.digest) for one in early)


@pytest.mark.parametrize("has_link", [True, False])
def test_a_strangers_log_costs_no_talk(rekeyed: CircleNetwork, has_link: bool) -> None:
    stranger = AuthorKey(b"s" * 32)
    seal = rekeyed.member(0).ring.seal
    assert seal is not None
    for number in range(1, 61):
        item = item_of(entry_of(stranger, number), is_keyed=True, has_link=has_link)
        say(rekeyed, seal_frame(Entries((item,), is_keyed=True), seal))

    assert sum(frame.air_s for _, index, frame in rekeyed.sent if index == 0) < 5.0  # in an hour
    reason = RejectReason.NOT_VOUCHED if has_link else RejectReason.EARLY
    assert reasons(rekeyed).count(reason) == 58
    assert LogId(stranger.author) not in rekeyed.stations[0].store.holdings()


def test_what_waits_for_a_vouch_is_bounded_and_the_oldest_goes_first() -> None:
    waiting = Unvouched()
    one = [entry_of(AuthorKey(b"s" * 32), number) for number in range(1, 41)]
    others = [entry_of(AuthorKey(bytes([place]) * 32), 3) for place in range(250)]
    for signed in one:
        waiting.add(signed)
    assert [waiting.holds(signed.entry.digest) for signed in one].index(True) == 40 - MAX_WAITING_OF_ONE
    for signed in others:
        waiting.add(signed)

    assert len(waiting) == MAX_WAITING
    assert set(waiting.take(lambda author: author == others[-1].entry.log.author)) == {others[-1]}
    assert len(waiting) == MAX_WAITING - 1


def entry_of(key: AuthorKey, number: int) -> SignedEntry:
    actor, salt = Actor.member(key.author), random.Random(number).randbytes(8)
    draft = Draft(CIRCLE.id, LogId(key.author), number, Stamp(number, None), actor, post("spam"), salt)
    return sign_entry(draft, key)


def hello(network: CircleNetwork, index: int, counter: int = 1) -> bytes:
    """Return a HELLO with a counter beyond those of the one the station said itself."""
    speaker = Speaker(network.stations[index].key.author[:4], min(10_000 + counter, MOST))
    return seal_frame(Hello(speaker, FIRST), DOOR)


def keys_frame_of(network: CircleNetwork, giver: int, key: EpochKey, to: AuthorId, box_key: bytes) -> bytes:
    wrapped = network.member(giver).box.wrap_for(key, to, box_key)
    head = network.stations[giver].key.author[:4]
    return seal_frame(Keys(head, key.id, key.number, ((to[:4], wrapped),)), DOOR)


def say(network: CircleNetwork, payload: bytes) -> None:
    """Let the first station hear a frame, and a minute pass."""
    network.stations[0].engine.receive(payload, NODE, network.now_s)
    network.settle(network.stations[0])
    network.run(network.now_s + 60.0)


def forget(network: CircleNetwork) -> None:
    network.sent.clear()
    for station in network.stations:
        station.events.clear()


def uses(network: CircleNetwork, use: FrameUse) -> list[float]:
    return [at for at, index, frame in network.sent if index == 0 and frame.use is use]


def reasons(network: CircleNetwork) -> list[RejectReason]:
    events = network.stations[0].events
    return [event.reason for event in events if isinstance(event, FrameRejected)]


def reasons_of(network: CircleNetwork, payload: bytes) -> list[RejectReason]:
    network.stations[0].events.clear()
    network.stations[0].engine.receive(payload, NODE, network.now_s)
    network.settle(network.stations[0])
    return reasons(network)
