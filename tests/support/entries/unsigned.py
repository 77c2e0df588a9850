"""Makes entries by hand for tests of the pure domain: digests stand in for signatures."""

import hashlib
from dataclasses import dataclass, field
from decimal import Decimal

from meshboard.domain.entries import Entry, Fact, LogId, PostClaimed, PostPublished, Stamp
from meshboard.domain.ids import AuthorId, CircleId, ClaimId, EntryId, PostId
from meshboard.domain.people import Actor, ActorKind
from meshboard.domain.posts import Category, PostContent, PostKind, Quantity, Urgency

CIRCLE = CircleId(b"circle-1")
NOON = 1_800_000_000


@dataclass
class Author:
    """Writes one log; give `time_s` to set its clock."""

    name: str
    time_s: int | None = NOON
    number: int = 0
    count: int = 0
    id: AuthorId = field(init=False)

    def __post_init__(self) -> None:
        self.id = AuthorId(hashlib.sha256(self.name.encode()).digest())

    @property
    def actor(self) -> Actor:
        return Actor.member(self.id)

    def write(self, fact: Fact, actor: Actor | None = None, number: int | None = None) -> Entry:
        self.number += 1
        self.count += 1
        used = number or self.number
        digest = hashlib.sha256(repr((self.id, used, fact, actor, self.count)).encode()).digest()
        return Entry(
            id=EntryId(digest[:8]),
            digest=digest,
            circle=CIRCLE,
            log=LogId(self.id),
            number=used,
            stamp=Stamp(self.count, self.time_s),
            actor=actor or self.actor,
            fact=fact,
        )

    def publish(self, content: PostContent, actor: Actor | None = None) -> Entry:
        return self.write(PostPublished(content), actor)

    def claim(self, post: PostId, amount: int | None = None, after: tuple[ClaimId, ...] = ()) -> Entry:
        quantity = None if amount is None else Quantity(Decimal(amount))
        return self.write(PostClaimed(post, quantity, after=after))


def need(text: str = "water for the shelter", amount: int | None = None, unit: str = "gal") -> PostContent:
    return PostContent(
        PostKind.NEED,
        Category.WATER,
        Urgency.NORMAL,
        text,
        quantity=None if amount is None else Quantity(Decimal(amount), unit),
    )


def handheld(key: bytes = b"handheld") -> Actor:
    return Actor(ActorKind.HANDHELD, key)
