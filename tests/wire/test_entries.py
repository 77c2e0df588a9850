import hashlib
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from meshboard.domain.entries import ClaimAccepted, Entry, LogId, PostPublished, SignedEntry, Stamp, Unknown
from meshboard.domain.ids import CircleId, ClaimId, EntryId
from meshboard.domain.people import Actor, ActorKind
from meshboard.domain.posts import Category, PostContent, PostKind, Urgency
from meshboard.errors import RuleError, WireError
from meshboard.trust.identity import AuthorKey
from meshboard.wire.bodies import push_time
from meshboard.wire.cursor import UnknownVersion, push_varint
from meshboard.wire.entry_bytes import (
    Draft,
    PackedPlace,
    is_authentic,
    pack_entry,
    place_of_packed,
    sign_entry,
    unpack_entry,
)
from tests.support.entries.drawn import CIRCLE, KEY, contents, drafts

SALT = b"saltsalt"


def signed_or_skip(draft: Draft) -> SignedEntry:
    try:
        return sign_entry(draft, KEY)
    except RuleError:
        assume(False)
        raise


@given(drafts)
def test_every_fact_comes_back_as_it_was(draft: Draft) -> None:
    signed = signed_or_skip(draft)

    entry = signed.entry
    assert (draft.log, draft.number, draft.stamp, draft.actor) == (
        entry.log,
        entry.number,
        entry.stamp,
        entry.actor,
    )
    assert draft.fact == entry.fact
    assert PackedPlace(draft.log.incarnation, draft.number) == place_of_packed(signed.packed)
    assert is_authentic(signed)


@given(drafts, st.data())
def test_an_altered_entry_is_refused_or_not_authentic(draft: Draft, data: st.DataObject) -> None:
    signed = signed_or_skip(draft)
    at = data.draw(st.integers(0, len(signed.packed) - 1))
    packed = bytearray(signed.packed)
    packed[at] ^= data.draw(st.integers(1, 255))

    try:
        altered = unpack_entry(KEY.author, CIRCLE.id, bytes(packed), signed.signature, signed.link)
    except WireError:
        return
    assert not is_authentic(altered)


@given(drafts, st.data())
def test_one_meaning_has_one_encoding(draft: Draft, data: st.DataObject) -> None:
    """Whatever is read can be written, and is then the same bytes, but for compressed words."""
    packed = bytearray(signed_or_skip(draft).packed)
    for _ in range(data.draw(st.integers(1, 3))):
        packed[data.draw(st.integers(0, len(packed) - 1))] = data.draw(st.integers(0, 255))
    packed = packed[: data.draw(st.integers(1, len(packed)))] if data.draw(st.booleans()) else packed

    try:
        entry = unpack_entry(KEY.author, CIRCLE.id, bytes(packed), bytes(64)).entry
    except WireError:
        return
    assume(not isinstance(entry.fact, Unknown) and not packed[1] & 0b110)
    salt = SALT if (at := _salt_place(entry, packed)) is None else bytes(packed[at : at + 8])
    again = Draft(CIRCLE.id, entry.log, entry.number, entry.stamp, entry.actor, entry.fact, salt)
    codec_free, _ = pack_entry(again)
    assume(not codec_free[1] & 0b110)
    assert bytes(packed) == codec_free


def _salt_place(entry: Entry, packed: bytearray) -> int | None:
    """Return where the salt stands: after all of the header, whose parts say how long they are."""
    if not packed[1] & 0x20:
        return None
    header = 2 + (entry.log.incarnation > 0) + len(push_varint(entry.number))
    header += 0 if entry.actor.kind is ActorKind.MEMBER else 8
    header += len(push_varint(entry.stamp.count)) + len(push_time(entry.stamp.time_s))
    return header + (8 if packed[1] & 0x40 else 0)


@given(st.binary(max_size=260), st.binary(min_size=63, max_size=65))
def test_any_bytes_are_an_entry_or_a_wire_error(packed: bytes, signature: bytes) -> None:
    with suppress(WireError):
        unpack_entry(KEY.author, CIRCLE.id, packed, signature)


@given(drafts, st.binary(min_size=1, max_size=3))
def test_bytes_after_a_bodiless_fact_are_refused(draft: Draft, more: bytes) -> None:
    accepted = replace(draft, fact=ClaimAccepted(ClaimId(EntryId(b"subject."))))
    packed, _ = pack_entry(accepted)

    with pytest.raises(WireError):
        unpack_entry(KEY.author, CIRCLE.id, packed + more, bytes(64))


@given(drafts)
def test_an_entry_of_one_circle_or_author_is_nobody_elses(draft: Draft) -> None:
    signed = signed_or_skip(draft)
    other = AuthorKey(bytes(32)).author

    elsewhere = unpack_entry(KEY.author, CircleId(b"anothers"), signed.packed, signed.signature, signed.link)
    assert not is_authentic(elsewhere)
    assert not is_authentic(unpack_entry(other, CIRCLE.id, signed.packed, signed.signature, signed.link))


@given(drafts, contents)
def test_a_category_of_a_later_version_keeps_the_entry_whole(draft: Draft, content: PostContent) -> None:
    signed = signed_or_skip(replace(draft, fact=PostPublished(content), actor=Actor.member(KEY.author)))
    header = len(signed.packed) - len(body_of(signed)) - 8
    packed = bytearray(signed.packed)
    packed[header + 8 + 1] = 31 << 3 | packed[header + 8 + 1] & 7

    later = unpack_entry(KEY.author, CIRCLE.id, bytes(packed), signed.signature, signed.link)
    assert isinstance(later.entry.fact, Unknown)
    assert bytes(packed[header + 8 :]) == later.entry.fact.body


def body_of(signed: SignedEntry) -> bytes:
    """Return the body by what stays when another kind is written over it: an Unknown shows it."""
    packed = bytearray(signed.packed)
    packed[0] = 62
    unknown = unpack_entry(KEY.author, CIRCLE.id, bytes(packed), signed.signature, signed.link).entry.fact
    assert isinstance(unknown, Unknown)
    return unknown.body


@given(drafts)
def test_an_entry_of_a_later_version_says_so(draft: Draft) -> None:
    signed = signed_or_skip(draft)
    later = bytes([signed.packed[0] | 0x40]) + signed.packed[1:]

    with pytest.raises(UnknownVersion):
        unpack_entry(KEY.author, CIRCLE.id, later, signed.signature)


def test_a_forgotten_body_leaves_the_entry_checkable() -> None:
    """The digest needs of the rest only its hash."""
    post = PostPublished(PostContent(PostKind.NEED, Category.WATER, Urgency.HIGH, "water"))
    draft = Draft(
        CIRCLE.id, LogId(KEY.author), 7, Stamp(9, None), Actor.member(KEY.author), post, b"saltsalt"
    )
    packed, digest = pack_entry(draft)
    header_bytes = 2 + 1 + 1 + 1

    commitment = hashlib.sha256(packed[header_bytes:]).digest()
    expected = hashlib.sha256(
        b"meshboard entry 1" + CIRCLE.id + KEY.author + packed[:header_bytes] + commitment
    )
    assert expected.digest() == digest
    assert packed[header_bytes : header_bytes + 8] == b"saltsalt"
