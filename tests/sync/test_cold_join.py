"""A newcomer takes in a circle of twelve boards with twenty posts each: what it can judge by comes first."""

from meshboard.sync.events import EntriesReceived, FrameRejected, RejectReason
from meshboard.wire.frames import Entries
from meshboard.wire.framing import open_frame
from tests.support.engines.circle_network import DOOR, CircleNetwork, CircleStation
from tests.support.engines.lossy_network import post

BOARDS, POSTS = 12, 20


def test_hardly_anything_a_newcomer_is_given_came_in_vain() -> None:
    """What comes before it can be judged is of who let it in, and is kept until then."""
    network = circle_with_posts()
    newcomer = network.let_in(BOARDS, by=1)
    network.hears = lambda first, second, _now_s: {first, second} <= {1, BOARDS}
    taken_s = network.run_until_agreed(4 * 3600.0, 1, BOARDS)

    held = len(newcomer.store.everything())
    assert taken_s < 1.5 * 3600.0
    assert said_to(network) <= held + 5
    assert newcomer.refused <= POSTS + 1
    assert lost(newcomer) <= 1


def circle_with_posts() -> CircleNetwork:
    """Return boards that hold everything, as after days: stored at once, and not spoken of any more."""
    network = CircleNetwork(1, BOARDS)
    assert network.run_until_agreed(3600.0, *range(BOARDS)) < 3600.0
    for index in range(BOARDS):
        for number in range(POSTS):
            signed = network.member(index).draft(post(f"need {index} {number}"))
            for station in network.stations:
                station.store.append([signed])
    network.run(network.now_s + 3600.0)
    network.sent.clear()
    return network


def lost(station: CircleStation) -> int:
    """Return how many entries came more than once because they were refused and not kept."""
    came = [
        one.entry.id
        for event in station.events
        if isinstance(event, EntriesReceived)
        for one in event.entries
    ]
    again = [event for event in station.events if isinstance(event, FrameRejected)]
    heard_again = sum(event.reason is RejectReason.NOT_VOUCHED for event in again) - station.refused
    return max(heard_again, 0) + len(came) - len(set(came)) - station.refused


def said_to(network: CircleNetwork) -> int:
    """Return how many entries the one neighbour said."""
    ring = network.member(1).ring
    opened = (open_frame(f.payload, ring, DOOR).frame for _, index, f in network.sent if index == 1 and f.ids)
    return sum(len(frame.items) for frame in opened if isinstance(frame, Entries))
