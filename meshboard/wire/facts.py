"""Facts as the rest of an entry, and back (docs/protocol.md, section 3)."""

from dataclasses import dataclass, replace
from enum import IntEnum

from meshboard.domain.entries import (
    ClaimAccepted,
    ClaimConfirmed,
    ClaimDelivered,
    ClaimReleased,
    Fact,
    PostClaimed,
    PostEdited,
    PostNoted,
    PostPublished,
    PostWithdrawn,
    StationIntroduced,
    Unknown,
    subject_of,
)
from meshboard.domain.ids import ClaimId, EntryId, PostId
from meshboard.domain.posts import Quantity
from meshboard.errors import RuleError, WireError
from meshboard.wire.bodies import (
    FromLaterVersion,
    content_words,
    pull_content,
    pull_terms,
    push_content,
    push_terms,
)
from meshboard.wire.cursor import Reader
from meshboard.wire.text import KNOWN_CODECS, unpack_words

_TAGS_FROM = 4  # text, unit, place and signed_as come first


class FactKind(IntEnum):
    """The numbers of the facts this version knows; 10 to 62 are for later ones."""

    STATION_INTRODUCED = 0
    POST_PUBLISHED = 1
    POST_EDITED = 2
    POST_WITHDRAWN = 3
    POST_NOTED = 4
    POST_CLAIMED = 5
    CLAIM_ACCEPTED = 6
    CLAIM_RELEASED = 7
    CLAIM_DELIVERED = 8
    CLAIM_CONFIRMED = 9


_KIND_OF: dict[type, FactKind] = {
    StationIntroduced: FactKind.STATION_INTRODUCED,
    PostPublished: FactKind.POST_PUBLISHED,
    PostEdited: FactKind.POST_EDITED,
    PostWithdrawn: FactKind.POST_WITHDRAWN,
    PostNoted: FactKind.POST_NOTED,
    PostClaimed: FactKind.POST_CLAIMED,
    ClaimAccepted: FactKind.CLAIM_ACCEPTED,
    ClaimReleased: FactKind.CLAIM_RELEASED,
    ClaimDelivered: FactKind.CLAIM_DELIVERED,
    ClaimConfirmed: FactKind.CLAIM_CONFIRMED,
}
MAX_KIND = 63  # six bits


@dataclass(frozen=True, slots=True)
class Parts:
    """What the header and the rest of an entry give to read its fact from."""

    kind: int
    subject: EntryId | None
    codec: int
    is_salted: bool
    body: bytes
    """The rest of the entry after its salt."""


def kind_of(fact: Fact) -> int:
    """Return the number of a fact's kind."""
    if not isinstance(fact, Unknown):
        return _KIND_OF[type(fact)]
    if not 0 <= fact.kind <= MAX_KIND:
        raise WireError(f"A fact's kind is 0 to {MAX_KIND}; this entry cannot be made.")
    return fact.kind


def push_fact(fact: Fact) -> tuple[bytes, list[str]]:
    """Return (the fixed part of the body, the words; an empty list for a fact that has none)."""
    match fact:
        case StationIntroduced(name=name):
            return b"", [name]
        case PostPublished(content=content, signed_as=signed_as):
            return push_content(content), content_words(content, signed_as)
        case PostEdited(content=content):
            return push_content(content), content_words(content)
        case PostNoted(text=text, signed_as=signed_as):
            return b"", [text, signed_as]
        case PostClaimed(note=note, signed_as=signed_as):
            return push_terms(fact), [note, signed_as] if note or signed_as else []
        case Unknown(body=body):
            return body, []
        case _:
            return b"", []


def has_words(fact: Fact) -> bool:
    """Say whether a fact carries words, and so a salt."""
    match fact:
        case StationIntroduced() | PostPublished() | PostEdited() | PostNoted():
            return True
        case PostClaimed(note=note, signed_as=signed_as):
            return bool(note or signed_as)
        case _:
            return False


def pull_fact(parts: Parts) -> Fact:
    """Return the fact; one from a later version as Unknown, with its bytes as they are."""
    if parts.kind > max(FactKind) or parts.codec not in KNOWN_CODECS:
        return Unknown(parts.kind, parts.body)
    try:
        fact = _pull_known(FactKind(parts.kind), parts, Reader(parts.body))
    except FromLaterVersion:
        return Unknown(parts.kind, parts.body)
    if has_words(fact) != parts.is_salted or (parts.codec and not parts.is_salted):
        raise WireError("An entry's salt does not go with its fact; it was ignored.")
    if subject_of(fact) != parts.subject:
        raise WireError("An entry's subject does not go with its fact; it was ignored.")
    return fact


def _pull_known(kind: FactKind, parts: Parts, reader: Reader) -> Fact:
    match kind:
        case FactKind.STATION_INTRODUCED:
            (name,) = _pull_words(reader, parts, 1)
            return StationIntroduced(name)
        case FactKind.POST_PUBLISHED | FactKind.POST_EDITED:
            return _pull_post(kind, parts, reader)
        case FactKind.POST_NOTED:
            text, signed_as = _pull_words(reader, parts, 2)
            return PostNoted(_post(parts), text, signed_as)
        case FactKind.POST_CLAIMED:
            return _pull_claim(parts, reader)
        case FactKind.POST_WITHDRAWN:
            reader.expect_end()
            return PostWithdrawn(_post(parts))
        case FactKind.CLAIM_ACCEPTED:
            reader.expect_end()
            return ClaimAccepted(_claim(parts))
        case FactKind.CLAIM_RELEASED:
            reader.expect_end()
            return ClaimReleased(_claim(parts))
        case FactKind.CLAIM_DELIVERED:
            reader.expect_end()
            return ClaimDelivered(_claim(parts))
        case FactKind.CLAIM_CONFIRMED:
            reader.expect_end()
            return ClaimConfirmed(_claim(parts))


def _pull_post(kind: FactKind, parts: Parts, reader: Reader) -> Fact:
    bare = pull_content(reader)
    fields = unpack_words(parts.codec, reader.pull_rest())
    text, unit, place, signed_as = (*fields, "", "", "", "")[:_TAGS_FROM]
    if unit and bare.quantity is None:
        raise WireError("A post has a unit and no amount; the entry was ignored.")
    quantity = replace(bare.quantity, unit=unit) if bare.quantity else None
    content = replace(bare, text=text, place=place, quantity=quantity, tags=fields[_TAGS_FROM:])
    try:
        content_words(content)
    except RuleError as error:
        raise WireError("A post's words are out of bounds; the entry was ignored.") from error
    if kind is FactKind.POST_PUBLISHED:
        return PostPublished(content, signed_as)
    if signed_as:
        raise WireError("An edit is signed anew; the entry was ignored.")
    return PostEdited(_post(parts), content)


def _pull_claim(parts: Parts, reader: Reader) -> PostClaimed:
    terms = pull_terms(reader)
    note, signed_as = _pull_words(reader, parts, 2) if terms.has_words else ("", "")
    reader.expect_end()
    if terms.has_words and not (note or signed_as):
        raise WireError("A claim is said to have words and has none; the entry was ignored.")
    quantity = Quantity(terms.amount) if terms.amount is not None else None
    return PostClaimed(_post(parts), quantity, note, terms.by_when, terms.after, signed_as)


def _pull_words(reader: Reader, parts: Parts, count: int) -> tuple[str, ...]:
    fields = unpack_words(parts.codec, reader.pull_rest())
    if len(fields) > count:
        raise WireError("An entry has more words than its fact; it was ignored.")
    return fields + ("",) * (count - len(fields))


def _post(parts: Parts) -> PostId:
    return PostId(_subject(parts))


def _claim(parts: Parts) -> ClaimId:
    return ClaimId(_subject(parts))


def _subject(parts: Parts) -> EntryId:
    if parts.subject is None:
        raise WireError("An entry does not say what it is about; it was ignored.")
    return parts.subject
