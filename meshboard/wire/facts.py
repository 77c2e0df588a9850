"""Facts as the rest of an entry, and back (docs/protocol.md, section 3)."""

from dataclasses import replace

from meshboard.domain.circle_facts import CircleFounded, StationIntroduced
from meshboard.domain.entries import (
    Fact,
    PostClaimed,
    PostEdited,
    PostNoted,
    PostPublished,
    Unknown,
    subject_of,
)
from meshboard.domain.people import ActorKind
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
from meshboard.wire.circle_bodies import X25519_KEY_BYTES, checked_time_zone, exactly
from meshboard.wire.cursor import Reader
from meshboard.wire.kinds import MEMBER_KINDS, FactKind
from meshboard.wire.text_bytes import KNOWN_CODECS, unpack_words
from meshboard.wire.wordless import WordlessParts, post_of, pull_wordless, push_wordless

_TAGS_FROM = 4  # text, unit, place and signed_as come first


def push_fact(fact: Fact) -> tuple[bytes, list[str]]:
    """Return (the fixed part of the body, the words; an empty list for a fact that has none)."""
    match fact:
        case StationIntroduced(name=name, box_key=box_key):
            return exactly(box_key, X25519_KEY_BYTES, "box key"), [name]
        case CircleFounded(name=name, time_zone=time_zone, box_key=box_key):
            return exactly(box_key, X25519_KEY_BYTES, "box key"), [name, checked_time_zone(time_zone)]
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
            return push_wordless(fact), []


def has_words(fact: Fact) -> bool:
    """Say whether a fact carries words, and so a salt."""
    match fact:
        case StationIntroduced() | CircleFounded() | PostPublished() | PostEdited() | PostNoted():
            return True
        case PostClaimed(note=note, signed_as=signed_as):
            return bool(note or signed_as)
        case _:
            return False


def pull_fact(parts: WordlessParts) -> Fact:
    """Return the fact; one from a later version as Unknown, with its bytes as they are."""
    if parts.kind not in FactKind.__members__.values() or parts.codec not in KNOWN_CODECS:
        return Unknown(parts.kind, parts.body)
    try:
        fact = _pull_known(FactKind(parts.kind), parts, Reader(parts.body))
    except FromLaterVersion:
        return Unknown(parts.kind, parts.body)
    if has_words(fact) != parts.is_salted or (parts.codec and not parts.is_salted):
        raise WireError("An entry's salt does not go with its fact; it was ignored.")
    if parts.kind in MEMBER_KINDS and parts.actor_kind is not ActorKind.MEMBER:
        raise WireError("Only a member says this, for itself; the entry was ignored.")
    if subject_of(fact) != parts.subject:
        raise WireError("An entry's subject does not go with its fact; it was ignored.")
    return fact


def _pull_known(kind: FactKind, parts: WordlessParts, reader: Reader) -> Fact:
    match kind:
        case FactKind.STATION_INTRODUCED:
            box_key = reader.pull(X25519_KEY_BYTES)
            (name,) = _pull_words(reader, parts, 1)
            return StationIntroduced(name, box_key)
        case FactKind.CIRCLE_FOUNDED:
            box_key = reader.pull(X25519_KEY_BYTES)
            name, time_zone = _pull_words(reader, parts, 2)
            return CircleFounded(name, checked_time_zone(time_zone), box_key)
        case FactKind.POST_PUBLISHED | FactKind.POST_EDITED:
            return _pull_post(kind, parts, reader)
        case FactKind.POST_NOTED:
            text, signed_as = _pull_words(reader, parts, 2)
            return PostNoted(post_of(parts), text, signed_as)
        case FactKind.POST_CLAIMED:
            return _pull_claim(parts, reader)
        case _:
            return pull_wordless(parts, reader)


def _pull_post(kind: FactKind, parts: WordlessParts, reader: Reader) -> Fact:
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
    return PostEdited(post_of(parts), content)


def _pull_claim(parts: WordlessParts, reader: Reader) -> PostClaimed:
    terms = pull_terms(reader)
    note, signed_as = _pull_words(reader, parts, 2) if terms.has_words else ("", "")
    reader.expect_end()
    if terms.has_words and not (note or signed_as):
        raise WireError("A claim is said to have words and has none; the entry was ignored.")
    quantity = Quantity(terms.amount) if terms.amount is not None else None
    return PostClaimed(post_of(parts), quantity, note, terms.by_when, terms.after, signed_as)


def _pull_words(reader: Reader, parts: WordlessParts, count: int) -> tuple[str, ...]:
    fields = unpack_words(parts.codec, reader.pull_rest())
    if len(fields) > count:
        raise WireError("An entry has more words than its fact; it was ignored.")
    return fields + ("",) * (count - len(fields))
