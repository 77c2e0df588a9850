"""Whoever joins by a code shown before the key was changed: it holds the old key, and knows nobody."""

from meshboard.domain.circle_facts import CircleFounded, StationIntroduced, TrustFact
from meshboard.domain.entries import SignedEntry
from meshboard.errors import TrustError, WireError
from meshboard.sync.keys.credentials import line_of
from meshboard.trust.invite import Invite
from meshboard.trust.key_ring import KeyRing
from meshboard.wire.frames import Entries
from meshboard.wire.framing import open_frame
from tests.support.engines.circle_network import DOOR, LOSS, QUIET_S, CircleNetwork, CircleStation, circle_of
from tests.support.engines.lossy_network import post

SEEDS = range(12)
LAST_S = 4 * 3600.0
GIVER = 2
"""The one neighbour a newcomer hears: neither who invited it nor who changed the key."""


def test_who_joins_by_a_code_of_an_epoch_that_is_over_comes_in_through_one_neighbour() -> None:
    """Mostly within minutes; where the hour's allowance of one neighbour is used up, within the next ones."""
    taken_s = sorted(seconds_until_let_in_after_one_change(seed) for seed in SEEDS)

    assert taken_s[-3] < 900.0
    assert taken_s[-1] < LAST_S


def test_a_code_of_a_later_epoch_three_changes_ago_lets_in_as_well() -> None:
    taken_s = sorted(seconds_until_let_in_after_three_changes(seed) for seed in SEEDS)

    assert taken_s[-4] < 1200.0
    assert taken_s[-1] < LAST_S


def seconds_until_let_in_after_one_change(seed: int) -> float:
    network = circle_of(4, seed)
    invite = network.invite(by=1)
    change_keys(network, 1, removed=(3,))
    newcomer = join_beside_one(network, invite)
    taken_s = network.run_until_agreed(LAST_S, 0, 1, 2, 4)

    assert newcomer.key.author in network.member(0).members()
    return taken_s


def seconds_until_let_in_after_three_changes(seed: int) -> float:
    network = circle_of(4, seed)
    change_keys(network, 1)
    invite = network.invite(by=1)
    change_keys(network, 3)
    join_beside_one(network, invite)
    return network.run_until_agreed(LAST_S, *range(5))


def test_who_was_let_in_in_chain_can_show_that_it_counts() -> None:
    network = CircleNetwork(1, 1)
    for index in (1, 2, 3):
        network.let_in(index, by=index - 1)
        network.run(network.now_s + QUIET_S)
    invite = network.invite(by=0)
    change_keys(network, 1)
    join_beside_one(network, invite, giver=3)

    assert network.run_until_agreed(3600.0, *range(5)) < 1200.0


def test_of_many_members_in_reach_any_may_be_the_one() -> None:
    network = circle_of(12)
    invite = network.invite(by=1)
    change_keys(network, 2, removed=(3,))
    network.loss = LOSS
    network.join(12, invite)

    assert network.run_until_agreed(3600.0, *(index for index in range(13) if index != 3)) < 900.0


def test_nothing_but_facts_about_the_circle_is_sealed_in_an_epoch_that_is_over() -> None:
    network = circle_of(4)
    invite = network.invite(by=1)
    change_keys(network, 1, removed=(3,))
    out = network.member(3)
    known_to_it = {signed.entry.id for signed in out.store.everything()}
    newcomer = join_beside_one(network, invite)
    network.run_until_agreed(3600.0, 0, 1, 2, 4)

    told = said_by_members(network, out.ring, newcomer)
    assert any(isinstance(signed, CircleFounded) for signed in told)
    assert all(isinstance(fact, TrustFact) for fact in told)
    ids = {entry for _, index, frame in network.sent if index == GIVER for entry in frame.ids}
    line = {
        signed.entry.id for signed in line_of(network.member(GIVER).key.author, network.member(0).facts())
    }
    assert line <= ids & known_to_it


def test_a_line_of_vouches_is_the_shortest_and_each_is_judged_by_those_before_it() -> None:
    network = CircleNetwork(1, 1)
    for index in (1, 2):
        network.let_in(index, by=index - 1)
        network.run(network.now_s + QUIET_S)
    facts = network.member(0).facts()
    line = line_of(network.member(2).key.author, facts)

    assert [type(signed.entry.fact).__name__ for signed in line] == [
        "CircleFounded",
        *["InviteMade", "StationJoined", "StationIntroduced"] * 2,
    ]
    assert not line_of(network.member(2).key.author, [one for one in facts if not is_introduction(one)])


def change_keys(network: CircleNetwork, times: int, removed: tuple[int, ...] = ()) -> None:
    """Begin epochs, the first of which takes some out; then let everything come to rest."""
    for _ in range(times):
        network.begin_epoch(0, *removed)
        removed = ()
        network.run(network.now_s + QUIET_S)
    network.write(1, post("news"))
    network.run(network.now_s + 900.0)
    network.sent.clear()


def join_beside_one(network: CircleNetwork, invite: Invite, giver: int = GIVER) -> CircleStation:
    """Return a newcomer that hears one member, which loses three frames in ten as all do."""
    index = len(network.stations)
    network.loss = LOSS
    network.hears = lambda first, second, _now_s: (
        index not in (first, second) or {first, second} == {giver, index}
    )
    return network.join(index, invite)


def said_by_members(network: CircleNetwork, past: KeyRing, newcomer: CircleStation) -> list[object]:
    """Return the facts of all that members sealed with a key that somebody who is out has."""
    found: list[SignedEntry] = []
    held = {signed.entry.id: signed for signed in network.member(0).store.everything()}
    for _, index, frame in network.sent:
        if index == newcomer.index:
            continue
        try:
            opened = open_frame(frame.payload, past, DOOR)
        except (WireError, TrustError):
            continue
        if opened.epoch is None:
            continue  # HELLO and KEYS are said at the circle's door
        assert isinstance(opened.frame, Entries)
        found += [held[entry] for entry in frame.ids]
    return [signed.entry.fact for signed in found]


def is_introduction(signed: SignedEntry) -> bool:
    return isinstance(signed.entry.fact, StationIntroduced)
