"""An entry with a text of a known length."""

from meshboard.domain.entries import LogId, PostPublished, SignedEntry, Stamp
from meshboard.domain.ids import CircleId
from meshboard.domain.people import Actor
from meshboard.domain.posts import Category, PostContent, PostKind, Urgency
from meshboard.trust.identity import AuthorKey
from meshboard.wire.entry_bytes import Draft, sign_entry

KEY = AuthorKey(bytes(32))
TEXT = "x" * 60


def entry(number: int = 1, key: AuthorKey = KEY) -> SignedEntry:
    content = PostContent(PostKind.NEED, Category.OTHER, Urgency.NORMAL, TEXT)
    log = LogId(key.author)
    draft = Draft(
        CircleId(bytes(8)),
        log,
        number,
        Stamp(number, 1_800_000_000),
        Actor.member(key.author),
        PostPublished(content),
        bytes(8),
    )
    return sign_entry(draft, key)
