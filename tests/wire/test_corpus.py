import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from statistics import median_low

import pytest

from meshboard.domain.entries import LogId, PostClaimed, PostPublished, Stamp
from meshboard.domain.ids import EntryId, PostId
from meshboard.domain.people import Actor
from meshboard.domain.posts import Category, PostContent, PostKind, Quantity, Urgency
from meshboard.errors import RuleError
from meshboard.link import MAX_FRAME_BYTES
from meshboard.trust.key_ring import KeyRing
from meshboard.trust.seal import DoorSeal, FrameSeal
from meshboard.wire.entry_bytes import Draft, sign_entry
from meshboard.wire.framing import open_frame, seal_frame
from meshboard.wire.packer import EntriesPacker, Surroundings, check_fits, measure_post
from tests.support.entries.drawn import CIRCLE, KEY

CORPUS = Path(__file__).parents[2] / "meshboard" / "demo" / "corpus" / "posts.jsonl"
BENCHMARKS = Path(__file__).parents[2] / "docs" / "benchmarks.md"


UNSEEN_NEEDS = (
    "Need 5 gal drinking water for family of 4 at 5th & Oak, pls!",
    "looking for a lawnmower blade and 2 spark plugs before dusk.",
    "My cousin needs eye drops and a quiet room after her surgery",
    "Could somebody lend us a kayak pump & patch kit this evening",
    "Anyone got spare hinges or a padlock? our gate blew off last",
)


def corpus() -> list[PostContent]:
    lines = [json.loads(line) for line in CORPUS.read_text(encoding="utf-8").splitlines()]
    return [
        PostContent(
            kind=PostKind[line["kind"].upper()],
            category=Category[line["category"].upper()],
            urgency=Urgency[line["urgency"].upper()],
            text=line["text"],
            quantity=Quantity(Decimal(line["qty"]), line["unit"] or "") if line["qty"] else None,
            place=line["place"] or "",
            lifetime_hours=line["hours"],
        )
        for line in lines
    ]


def draft_of(content: PostContent) -> Draft:
    stamp = Stamp(3000, 1_763_800_000)
    log = LogId(KEY.author)
    return Draft(CIRCLE.id, log, 300, stamp, Actor.member(KEY.author), PostPublished(content), b"saltsalt")


def test_the_sizes_in_the_benchmarks_are_true() -> None:
    sizes = [measure_post(content).frame_bytes for content in corpus()]
    fitting = sum(size <= MAX_FRAME_BYTES for size in sizes)

    sentence = (
        f"{fitting} of {len(sizes)} posts fit one frame; the median frame has {median_low(sizes)} bytes, "
        f"the largest {max(sizes)}."
    )
    assert sentence in BENCHMARKS.read_text(encoding="utf-8")


def test_every_post_of_the_corpus_fits_one_frame_and_comes_back() -> None:
    seal = FrameSeal(CIRCLE.id, CIRCLE.epoch, CIRCLE.epoch_key)
    fitting = [content for content in corpus() if measure_post(content).fits]
    for content in fitting:
        packer = EntriesPacker()
        packer.add(sign_entry(draft_of(content), KEY))
        frame = seal_frame(packer.frame(), seal)

        exact = measure_post(content, around=Surroundings(number=300, count=3000))
        assert exact.frame_bytes == len(frame) <= MAX_FRAME_BYTES
        assert packer.frame() == open_frame(frame, KeyRing.of(CIRCLE), DoorSeal(CIRCLE)).frame

    assert len(fitting) == len(corpus())


@pytest.mark.parametrize("text", UNSEEN_NEEDS)
def test_a_need_of_sixty_everyday_letters_takes_at_most_140_bytes(text: str) -> None:
    content = PostContent(PostKind.NEED, Category.WATER, Urgency.NORMAL, text)

    assert len(text) == 60
    assert measure_post(content, around=Surroundings(number=300, count=3000)).frame_bytes <= 140


def test_a_claim_takes_at_most_110_bytes() -> None:
    claim = PostClaimed(PostId(EntryId(b"the post")), Quantity(Decimal(4)))
    packer = EntriesPacker()
    packer.add(sign_entry(replace(draft_of(corpus()[0]), fact=claim, salt=b""), KEY))

    assert len(seal_frame(packer.frame(), FrameSeal(CIRCLE.id, CIRCLE.epoch, CIRCLE.epoch_key))) <= 110


def test_what_does_not_fit_is_refused_with_how_much_to_take_out() -> None:
    content = PostContent(PostKind.NEED, Category.OTHER, Urgency.NORMAL, "")
    jumble = "".join(chr(0x4E00 + place * 37 % 9000) for place in range(60))
    too_long = PostContent(PostKind.NEED, Category.OTHER, Urgency.NORMAL, jumble)

    measured = measure_post(too_long, around=Surroundings(number=300, count=3000))

    assert measure_post(content).fits
    assert not measured.fits
    with pytest.raises(RuleError, match=f"{-measured.left_bytes} bytes too long"):
        check_fits(sign_entry(draft_of(too_long), KEY))
