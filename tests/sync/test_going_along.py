"""Whose turn it is to give, how far words go, and what goes along with a frame that its node would sign."""

from itertools import permutations
from random import Random

import pytest

from meshboard.domain.entries import PostPublished, SignedEntry
from meshboard.domain.posts import Category, PostContent, PostKind, Urgency
from meshboard.figures import MAX_RECENT, NEWS_RECENT_S
from meshboard.link import LinkState, LinkStatus
from meshboard.sync.air.time_on_air import SIGNED_BYTES
from meshboard.sync.air.unsaid import FrameLimit
from meshboard.sync.company.company import Company
from meshboard.sync.company.reach import Reach
from meshboard.sync.entries.filling import Filling, Recent
from meshboard.sync.entries.outbox import Outbox
from meshboard.sync.entries.repair import Repairs
from meshboard.sync.memory_store import MemoryStore
from meshboard.sync.timing import Timings
from meshboard.trust.identity import AuthorKey
from meshboard.wire.frames import MAX_FRAME_BYTES
from meshboard.wire.framing import FRAME_OVERHEAD_BYTES, push_frame
from meshboard.wire.packer import EntriesPacker
from tests.sync.written import written

TIMINGS = Timings(2.0, 5.0)
WATER = PostPublished(PostContent(PostKind.NEED, Category.WATER, Urgency.NORMAL, "Water"))
HEADS = [bytes([number]) * 4 for number in range(1, 6)]


def test_each_station_has_its_own_turn_whoever_asks() -> None:
    for asker in HEADS:
        turns = set()
        for own in HEADS:
            others = Company(TIMINGS, Reach(0, TIMINGS))
            for head in HEADS:
                if head != own:
                    others.note(head, b"", 0.0)
            if own != asker:
                turns.add(others.turn_after(asker, own, 1.0))

        assert turns == set(range(len(HEADS) - 1))


def test_not_the_same_one_gives_to_everybody_first() -> None:
    first = set()
    for asker, own in permutations(HEADS, 2):
        others = Company(TIMINGS, Reach(0, TIMINGS))
        for head in HEADS:
            if head != own:
                others.note(head, b"", 0.0)
        if others.turn_after(asker, own, 1.0) == 0:
            first.add(own)

    assert len(first) > 1


def entries(count: int) -> list[SignedEntry]:
    author = AuthorKey(bytes(32))
    return [written(author, number, WATER) for number in range(2, 2 + count)]


def test_what_came_lately_goes_along_once() -> None:
    recent = Recent()
    one, two, *rest = entries(MAX_RECENT + 1)
    recent.note_news(one, 0.0)
    recent.note_news(two, 1.0)
    recent.note_said([one.entry.id])

    assert recent.lately(NEWS_RECENT_S) == [two]
    assert recent.lately(1.0 + NEWS_RECENT_S) == []
    for signed in (one, *rest):
        recent.note_news(signed, 2.0)
    assert two not in recent.lately(3.0)


def test_a_frame_is_made_longer_than_the_node_signs() -> None:
    store = MemoryStore()
    outbox = Outbox(5.0, Random(1))
    filling = Filling(store, outbox, repairs_in(store, outbox), FrameLimit(MAX_FRAME_BYTES))
    first, *others = entries(3)
    packer = EntriesPacker()
    packer.add(first)

    filling.lengthen(packer, others, SIGNED_BYTES)

    assert len(packer.entries) == 2
    assert SIGNED_BYTES < FRAME_OVERHEAD_BYTES + len(push_frame(packer.frame())) <= MAX_FRAME_BYTES
    filling.lengthen(packer, others, SIGNED_BYTES)
    assert len(packer.entries) == 2


@pytest.mark.parametrize("letters", range(0, 140, 3))
def test_what_goes_along_fits_with_its_authors_key_where_the_frame_has_keys(letters: int) -> None:
    store = MemoryStore()
    outbox = Outbox(5.0, Random(1))
    filling = Filling(store, outbox, repairs_in(store, outbox), FrameLimit(MAX_FRAME_BYTES))
    text = "".join(Random(2).choices("bcdfghjklmnpqrstvwxz", k=letters + 1))
    long = PostPublished(PostContent(PostKind.NEED, Category.WATER, Urgency.NORMAL, text))
    packer = EntriesPacker(is_keyed=True)
    packer.add(entries(1)[0])

    filling.lengthen(packer, [written(AuthorKey(bytes(32)), 3, long)], SIGNED_BYTES)

    assert FRAME_OVERHEAD_BYTES + len(push_frame(packer.frame())) <= MAX_FRAME_BYTES


def test_nothing_goes_along_that_does_not_make_it_longer_than_that() -> None:
    store = MemoryStore()
    outbox = Outbox(5.0, Random(1))
    filling = Filling(store, outbox, repairs_in(store, outbox), FrameLimit(MAX_FRAME_BYTES))
    packer = EntriesPacker()
    packer.add(entries(1)[0])

    filling.lengthen(packer, [], SIGNED_BYTES)

    assert len(packer.entries) == 1


@pytest.mark.parametrize(
    ("firmware", "signs"),
    [("2.7.26.54e0d8d", False), ("2.8.0.abc", True), ("3.0.1", True), ("", False), ("next", False)],
)
def test_firmware_from_2_8_on_signs(firmware: str, *, signs: bool) -> None:
    assert LinkStatus(LinkState.UP, firmware=firmware).signs_broadcasts is signs


def repairs_in(store: MemoryStore, outbox: Outbox) -> Repairs:
    timings = Timings(2.0, 5.0)
    return Repairs(timings, Random(1), store, outbox, Company(timings, Reach(0, timings)))
