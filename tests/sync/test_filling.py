"""Frames to the brim: what is given by itself takes along what leads up to it."""

import random
from collections.abc import Sequence

import pytest

from meshboard.domain.circle_facts import StationIntroduced
from meshboard.domain.entries import LogId, SignedEntry
from meshboard.sync.air.unsaid import FrameLimit
from meshboard.sync.company.company import Company
from meshboard.sync.company.reach import Reach
from meshboard.sync.entries.filling import Filling
from meshboard.sync.entries.outbox import Outbox, Proof
from meshboard.sync.entries.repair import Repairs
from meshboard.sync.memory_store import MemoryStore
from meshboard.sync.timing import Timings
from meshboard.trust.identity import AuthorKey
from meshboard.wire.frames import Item
from tests.support.engines.lossy_network import BOX_KEY, post
from tests.sync.logs import LOG, WRITER, held, listener, log_of, say

ALONE, AMONG_OTHERS = Proof(is_alone=True), Proof()
MAX_FRAME_BYTES = 231


class Giver:
    """Who holds LOG and is to give some of it."""

    def __init__(self, log: Sequence[SignedEntry] = LOG, store: MemoryStore | None = None) -> None:
        chance, timings = random.Random(1), Timings(frame_s=1.0, rest_s=5.0)
        store = store or MemoryStore()
        store.append(log)
        self.outbox = Outbox(5.0, chance)
        self.repairs = Repairs(timings, chance, store, self.outbox, Company(timings, Reach(0, timings)))
        self.filling = Filling(store, self.outbox, self.repairs, FrameLimit(MAX_FRAME_BYTES))

    def owe(self, entries: Sequence[SignedEntry], proof: Proof) -> None:
        for signed in entries:
            self.repairs.queue.add(signed, 0.0, 0, proof)

    def fill(self) -> tuple[Item, ...]:
        packer, hopeless = self.filling.fill(self.repairs.queue.due(1.0))
        assert not hopeless
        return packer.frame().entry_items


def numbers(item: Item) -> list[int]:
    by_packed = {one.packed: one.entry.number for one in LOG}
    return [by_packed[packed] for packed in item.packed]


def test_what_goes_first_comes_without_what_leads_up_to_it() -> None:
    """A person waits for it, and each byte more in its frame keeps the next one from the air."""
    giver = Giver()
    giver.owe(LOG[2:10], AMONG_OTHERS)
    giver.owe([LOG[10]], ALONE)

    (item,) = giver.fill()
    assert numbers(item) == [11]
    assert (item.link, item.signature) == (LOG[10].link, LOG[10].signature)


def test_such_a_run_is_taken_by_who_holds_nothing_around_it() -> None:
    giver, station = Giver(), listener()
    giver.owe([*LOG[2:10]], AMONG_OTHERS)
    giver.owe([LOG[10]], ALONE)
    items = giver.fill()
    say(station, *Giver.fill(_giver_of(LOG[0])))
    say(station, *items)

    assert [one.entry.number for one in held(station)] == [1, *numbers(items[0])]


def _giver_of(signed: SignedEntry) -> Giver:
    giver = Giver()
    giver.owe([signed], ALONE)
    return giver


@pytest.mark.parametrize("owed", [LOG[2:9], LOG[11:15]])
def test_what_does_not_lead_up_to_it_stays_apart(owed: Sequence[SignedEntry]) -> None:
    giver = Giver()
    giver.owe(owed, AMONG_OTHERS)
    giver.owe([LOG[10]], ALONE)

    assert numbers(giver.fill()[0]) == [11]


def test_news_lead_their_frame_though_somebody_lacks_them_too() -> None:
    """Else what leads it is a repair that news were to let go first."""
    giver, news = Giver(), log_of(AuthorKey(b"n" * 32), [post("of somebody else")] * 2)[1]
    giver.owe([*LOG[2:20], news], AMONG_OTHERS)
    giver.outbox.add(news, 0.0)

    packer, _ = giver.filling.fill([news, *giver.repairs.queue.waiting()])
    assert packer.entries[0].entry.id == news.entry.id


def test_news_takes_nothing_along_before_it() -> None:
    giver = Giver()
    giver.owe(LOG[10:20], AMONG_OTHERS)
    giver.outbox.add(LOG[20], 0.0)
    packer, _ = giver.filling.fill([LOG[20], *giver.repairs.queue.waiting()])

    assert numbers(packer.frame().entry_items[0]) == [21]


def test_the_first_entry_of_a_log_is_given_by_itself_all_the_same() -> None:
    giver = Giver()
    giver.owe(LOG[:3], ALONE)

    assert [numbers(item) for item in giver.fill()] == [[1]]


class CountingStore(MemoryStore):
    """Counts how often it was asked for entries."""

    asked = 0

    def entries(self, log: LogId, first: int, last: int) -> Sequence[SignedEntry]:
        self.asked += 1
        return super().entries(log, first, last)


def test_filling_asks_the_store_a_few_times_for_each_entry_that_waits() -> None:
    log = log_of(
        WRITER, [StationIntroduced("Hall", BOX_KEY), *(post(f"need {number}") for number in range(200))]
    )
    apart, store = log[2::2], CountingStore()
    giver = Giver(log, store)
    giver.owe(apart, AMONG_OTHERS)

    giver.fill()

    assert store.asked <= 2 * len(apart)


def test_a_run_goes_on_in_its_own_branch_where_a_log_is_forked() -> None:
    branch = log_of(
        WRITER, [StationIntroduced("Hall", BOX_KEY), *(post(f"other {number}") for number in range(3))]
    )
    giver = Giver([*LOG[:4], *branch])
    giver.owe([*LOG[1:4], *branch[1:]], AMONG_OTHERS)
    chains, hopeless = giver.filling._chains(giver.repairs.queue.due(1.0))

    assert sorted([LOG[1:4], branch[1:]], key=lambda chain: chain[0].entry.digest) == chains
    assert not hopeless
