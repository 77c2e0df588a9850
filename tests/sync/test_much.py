"""Much at once: one of several stations gives it, the most urgent first, and nobody talks meanwhile."""

from collections import Counter
from collections.abc import Sequence

from meshboard.domain.entries import SignedEntry
from meshboard.domain.posts import Urgency
from meshboard.figures import BULK, MOST_URGENT
from meshboard.link import NodeNumber
from meshboard.sync.events import FrameUse, OutgoingFrame
from meshboard.sync.holdings.telling import table_of
from meshboard.trust.identity import AuthorKey
from meshboard.trust.key_ring import KeyRing
from meshboard.wire.frames import Beacon, Entries, Speaker, Told
from meshboard.wire.framing import open_frame, seal_frame
from meshboard.wire.items import item_of, run_of
from tests.support.engines.inside import repairs_of
from tests.support.engines.lossy_network import CIRCLE, DOOR, SEAL, Network, post
from tests.sync.logs import corpus_logs, log_of

HOLDERS = 4
RING = KeyRing.of(CIRCLE)
LONG_S = 4 * 3600.0
Said = tuple[float, int, OutgoingFrame]


def joined(
    seed: int, entries: Sequence[SignedEntry], *, loss: float = 0.0, holders: int = HOLDERS
) -> tuple[Network, list[Said]]:
    """Return a cell whose last station lacks all of these and has just come, and what is said from now on."""
    network = Network(seed, holders + 1, hears=lambda a, b, now_s: now_s >= 900.0 or holders not in (a, b))
    network.run(890.0)
    for station in network.stations[:holders]:
        station.store.append(entries)
    network.loss = loss
    network.run(900.0)
    network.sent.clear()
    newcomer = network.stations[holders]
    newcomer.start(network.now_s)
    network.settle(newcomer)
    return network, network.sent


def givers(said: Sequence[Said]) -> Counter[int]:
    return Counter(who for _, who, frame in said if frame.use is FrameUse.REPAIR)


def test_one_of_four_holders_gives_nearly_all_of_it() -> None:
    entries = corpus_logs(300, 12)
    for seed in range(4):
        network, said = joined(seed, entries)
        assert network.run_until_same(LONG_S, step_s=10.0) < LONG_S

        counted = givers(said)
        assert counted.most_common(1)[0][1] >= 0.8 * counted.total()
        assert sum(len(frame.ids) for _, _, frame in said if frame.use is FrameUse.REPAIR) < 1.25 * len(
            entries
        )


def test_when_the_giver_falls_silent_another_goes_on() -> None:
    network, said = joined(1, corpus_logs(300, 12))
    network.run(network.now_s + 240.0)
    ((giver, _),) = givers(said).most_common(1)
    network.hears = lambda a, b, _now_s: giver not in (a, b)
    network.run(network.now_s + LONG_S)

    newcomer = network.stations[HOLDERS]
    assert len(newcomer.store.everything()) >= 300
    assert len(givers(said)) > 1


def test_the_most_urgent_come_first_and_again_where_they_were_lost() -> None:
    entries = corpus_logs(500, 12)
    critical = [one for one in entries if _urgency(one) is Urgency.CRITICAL]
    assert 0 < len(critical) <= MOST_URGENT
    taken = []
    for seed in range(6):
        network, _ = joined(seed, entries, loss=0.1)
        newcomer, began_s = network.stations[HOLDERS], network.now_s
        while _held(newcomer.store.everything(), critical) < len(critical):
            network.run(network.now_s + 5.0)
        taken.append(network.now_s - began_s)
    assert sorted(taken)[3] < 360.0  # a third of it for twelve introductions


def test_the_rest_of_much_is_given_by_one_and_as_few_entries_of_news_are_not() -> None:
    log = log_of(AuthorKey(b"w" * 32), [post(f"need {number}") for number in range(100)])
    is_bulk = []
    for lacking in ((60, 10), (10,)):
        network = Network(seed=1, count=1)
        holder = network.stations[0]
        holder.store.append(log)
        for counter, count in enumerate(lacking, start=1):
            network.run(network.now_s + 1200.0)
            logs = sorted(holder.store.holdings())
            held = [((1, 1),) if one.author == holder.key.author else ((1, 100 - count),) for one in logs]
            told = Told(table_of(logs), 0, tuple(held))
            word = Beacon(Speaker(b"head", counter), b"else", told)
            holder.engine.receive(seal_frame(word, SEAL), NodeNumber(7), network.now_s)
        is_bulk.append(repairs_of(holder.engine).is_bulk)

    assert is_bulk == [True, False]


def test_much_is_left_to_who_holds_it_and_not_to_who_passes_on_what_it_got() -> None:
    log = log_of(AuthorKey(b"w" * 32), [post(f"need {number}") for number in range(100)])
    left = {}
    for held in (100, 95, 94, 40):
        network = Network(seed=1, count=1)
        holder, nodes = network.stations[0], (NodeNumber(7), NodeNumber(8))
        holder.store.append(log)
        network.run(1200.0)
        places = sorted(holder.store.holdings())
        for head, node, last in ((b"lack", nodes[0], 40), (b"pass", nodes[1], held)):
            ranges = (((1, 1),) if one.author == holder.key.author else ((1, last),) for one in places)
            told = Told(table_of(places), 0, tuple(ranges))
            word = Beacon(Speaker(head, 1), b"else", told)
            holder.engine.receive(seal_frame(word, SEAL), node, network.now_s)
        for one in log[50:52]:
            frame = Entries((item_of(one),))
            holder.engine.receive(seal_frame(frame, SEAL), nodes[1], network.now_s)
        left[held] = len(repairs_of(holder.engine).queue)

    assert left == {100: 0, 95: 0, 94: 58, 40: 58}


def test_who_gives_much_waits_for_who_gives_something_else_that_is_new_and_not_for_what_is_held() -> None:
    log = log_of(AuthorKey(b"w" * 32), [post(f"need {number}") for number in range(100)])
    others = log_of(AuthorKey(b"o" * 32), [post(f"offer {number}") for number in range(5)])
    waits = []
    for given in (others, log[5:10]):
        network = Network(seed=1, count=1)
        holder = network.stations[0]
        holder.store.append(log)
        network.run(1200.0)
        places = sorted(holder.store.holdings())
        ranges = (((1, 1),) if one.author == holder.key.author else ((1, 40),) for one in places)
        word = Beacon(Speaker(b"lack", 1), b"else", Told(table_of(places), 0, tuple(ranges)))
        holder.engine.receive(seal_frame(word, SEAL), NodeNumber(7), network.now_s)
        before_s = repairs_of(holder.engine).due_at()
        run = Entries((run_of(given, has_link=True, is_signed=True),), is_keyed=given is others)
        holder.engine.receive(seal_frame(run, SEAL), NodeNumber(8), network.now_s)
        after_s = repairs_of(holder.engine).due_at()
        assert before_s is not None
        assert after_s is not None
        waits.append(after_s > before_s)

    assert waits == [True, False]


def test_the_newcomer_is_silent_while_it_comes_and_few_others_speak() -> None:
    talk: Counter[int] = Counter()
    repairs = 0
    for seed in (1, 2, 3):
        network, said = joined(seed, corpus_logs(300, 12))
        assert network.run_until_same(LONG_S, step_s=10.0) < LONG_S
        talk.update(who for _, who, frame in said if frame.use is not FrameUse.REPAIR)
        repairs += givers(said).total()

    assert talk[HOLDERS] <= 3 * 13
    assert talk.total() < repairs / 3


def test_the_key_of_an_author_comes_with_the_first_of_its_log() -> None:
    keys = [AuthorKey(bytes([50 + place]) * 32) for place in range(12)]
    logs = [log_of(key, [post(f"need {number}") for number in range(25)]) for key in keys]
    network, said = joined(3, [signed for log in logs for signed in log])
    network.run(network.now_s + LONG_S)

    frames = [open_frame(frame.payload, RING, DOOR).frame for _, _, frame in said if frame.ids]
    keyed = [frame for frame in frames if isinstance(frame, Entries) and frame.is_keyed]
    assert 12 <= len(keyed) <= 20
    assert all(len({item.head for item in frame.items}) == 1 for frame in keyed)


def test_a_log_in_more_pieces_than_can_be_told_becomes_whole() -> None:
    log = log_of(AuthorKey(b"w" * 32), [post(f"need {number}") for number in range(80)])
    network = Network(3, 2)
    network.run(900.0)
    whole, pieces = network.stations
    whole.store.append(log)
    pieces.store.append(log[0:60:2])
    for station in network.stations:
        station.engine.rejoin(network.now_s)
        network.settle(station)

    assert network.run_until_same(1800.0, step_s=10.0) < 1800.0


def test_what_is_lost_of_live_news_is_repaired_while_much_is_given() -> None:
    network, _ = joined(4, corpus_logs(500, 12))
    network.run(network.now_s + 300.0)
    network.hears = lambda a, b, _now_s: {a, b} != {0, 1}
    signed = network.write(0, post("insulin at the hall"))
    network.run(network.now_s + 10.0)
    network.hears = lambda _a, _b, _now_s: True
    network.run(network.now_s + 290.0)

    assert len(network.stations[HOLDERS].store.everything()) < 500
    assert network.stations[1].store.holds(signed.entry.log, signed.entry.number, signed.entry.digest)


def test_little_is_given_by_whoever_is_first_and_without_haste_for_the_most_urgent() -> None:
    network, said = joined(5, corpus_logs(BULK - 15, 4))
    assert network.run_until_same(LONG_S, step_s=10.0) < 300.0 + network.now_s
    assert sum(len(frame.ids) for _, _, frame in said if frame.use is FrameUse.REPAIR) < 2 * BULK


def _urgency(signed: SignedEntry) -> Urgency | None:
    content = getattr(signed.entry.fact, "content", None)
    return None if content is None else content.urgency


def _held(everything: Sequence[SignedEntry], wanted: Sequence[SignedEntry]) -> int:
    return len({one.entry.digest for one in everything} & {one.entry.digest for one in wanted})
