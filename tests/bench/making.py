"""A long past of a whole neighbourhood, made of real entries."""

from collections.abc import Iterator
from itertools import count, cycle, islice

from meshboard.domain.entries import (
    ClaimConfirmed,
    ClaimDelivered,
    PostClaimed,
    PostPublished,
    SignedEntry,
)
from meshboard.domain.people import ACTOR_KEY_BYTES, Actor, ActorKind
from meshboard.sim.corpus import own_corpus
from meshboard.trust.circle import Circle
from meshboard.wire.packer import measure_post
from tests.support.entries.signed import CIRCLE, Writer, claim_of, post_of, writer

STATIONS = 12
OPEN_STATIONS = 30  # of the walk-ups of each a board shows at most 400 posts and 40 critical ones
ENTRIES_A_POST = 4
WRITERS = range(100, 100 + OPEN_STATIONS)
"""The numbers of all who write here: a ledger that is to take their entries holds their `founding`."""


def past(entries: int, circle: Circle = CIRCLE) -> list[SignedEntry]:
    """Return introductions of STATIONS stations, then posts that were claimed, delivered and confirmed."""
    return list(islice(_happenings(circle), entries))


def open_posts(posts: int, circle: Circle = CIRCLE) -> list[SignedEntry]:
    """Return introductions, then posts that nobody has claimed."""
    return list(islice(_asked(circle), OPEN_STATIONS + posts))


def _asked(circle: Circle) -> Iterator[SignedEntry]:
    """Yield introductions, then posts of people who each came to a station once."""
    writers = [writer(number, circle) for number in WRITERS]
    yield from (one.introduce(f"Station {number}") for number, one in enumerate(writers, start=1))
    contents = cycle([content for content in own_corpus() if measure_post(content).fits])
    for number in count():
        walk_up = Actor(ActorKind.WALK_UP, number.to_bytes(ACTOR_KEY_BYTES, "big"))
        yield writers[number % OPEN_STATIONS].write(PostPublished(next(contents)), actor=walk_up)


def _happenings(circle: Circle) -> Iterator[SignedEntry]:
    writers = [writer(number, circle) for number in WRITERS[:STATIONS]]
    yield from (one.introduce(f"Station {number}") for number, one in enumerate(writers, start=1))
    contents = cycle([content for content in own_corpus() if measure_post(content).fits])
    for number in count():
        poster, helper = writers[number % STATIONS], writers[(number + 1) % STATIONS]
        published = poster.write(PostPublished(next(contents)))
        yield published
        yield from _rest_of_the_story(published, poster, helper)


def _rest_of_the_story(published: SignedEntry, poster: Writer, helper: Writer) -> Iterator[SignedEntry]:
    claimed = helper.write(PostClaimed(post_of(published)))
    yield claimed
    yield helper.write(ClaimDelivered(claim_of(claimed)))
    yield poster.write(ClaimConfirmed(claim_of(claimed)))
