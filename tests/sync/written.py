"""Entries of many authors and actors, of ordinary length."""

from functools import cache

from meshboard.domain.entries import Fact, LogId, PostPublished, SignedEntry, Stamp
from meshboard.domain.people import Actor
from meshboard.domain.posts import Category, PostContent, PostKind, Urgency
from meshboard.trust.identity import AuthorKey
from meshboard.wire.entry_bytes import Draft, sign_entry
from tests.support.engines.lossy_network import CIRCLE

WORDS = "some words that make a post of ordinary length, which fills a good part of a frame"


def post(words: str, urgency: Urgency = Urgency.NORMAL) -> PostPublished:
    return PostPublished(PostContent(PostKind.NEED, Category.WATER, urgency, f"{WORDS} {words}"))


@cache  # to sign hundreds takes seconds
def written(by: AuthorKey, number: int, fact: Fact | None = None, actor: Actor | None = None) -> SignedEntry:
    stamp, who = Stamp(number, 1_800_000_000), actor or Actor.member(by.author)
    salt = bytes([by.author[0], *number.to_bytes(7, "big")])
    draft = Draft(CIRCLE.id, LogId(by.author), number, stamp, who, fact or post(str(number)), salt)
    return sign_entry(draft, by)
