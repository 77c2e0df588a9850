"""Runs of entries: what is packed closely comes out exactly as its author signed it."""

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshboard.domain.entries import ClaimDelivered, LogId, PostWithdrawn, SignedEntry, Stamp
from meshboard.domain.ids import ClaimId, EntryId, PostId
from meshboard.domain.people import Actor
from meshboard.errors import RuleError, WireError
from meshboard.wire.cursor import Reader
from meshboard.wire.entry_bytes import Draft, is_authentic, is_before, link_after, sign_entry
from meshboard.wire.frames import Entries, FrameType
from meshboard.wire.framing import pull_frame, push_frame
from meshboard.wire.items import item_of, pull_item, push_item, run_of
from meshboard.wire.salts import salt_of
from tests.support.entries.drawn import CIRCLE, KEY, drafts


@st.composite
def chains(draw: st.DrawFn) -> list[SignedEntry]:
    """Draw entries of one log that follow each other, whatever their facts and stamps."""
    log = LogId(KEY.author, draw(st.integers(0, 2)))
    first = draw(st.sampled_from([1, 2, 62, 127, 128, 40_000]))
    chain: list[SignedEntry] = []
    for draft in draw(st.lists(drafts, min_size=1, max_size=5)):
        link = link_after(chain[-1]) if chain else bytes(16) if first == 1 else b"some link before"
        with suppress(RuleError):
            chain.append(sign_entry(replace(draft, log=log, number=first + len(chain), link=link), KEY))
    return chain or [_delivered(1, bytes(16), Stamp(1, None))]


def _delivered(number: int, link: bytes, stamp: Stamp) -> SignedEntry:
    fact = ClaimDelivered(ClaimId(EntryId(b"theclaim")))
    return sign_entry(
        Draft(CIRCLE.id, LogId(KEY.author), number, stamp, Actor.member(KEY.author), fact, b"", link), KEY
    )


def _three() -> list[SignedEntry]:
    chain: list[SignedEntry] = []
    for number in (7, 8, 9):
        link = link_after(chain[-1]) if chain else b"some link before"
        chain.append(_delivered(number, link, Stamp(1000 + number, 1_763_800_000 + number)))
    return chain


@given(chains(), st.booleans(), st.booleans(), st.booleans())
def test_a_run_comes_back_as_it_was(
    chain: list[SignedEntry], has_link: bool, is_signed: bool, is_keyed: bool
) -> None:
    run = run_of(chain, is_keyed=is_keyed, has_link=has_link, is_signed=is_signed)
    said = Entries((run,), is_keyed)

    kind = FrameType.KEYED_ENTRIES if is_keyed else FrameType.ENTRIES
    assert said == pull_frame(kind, push_frame(said))


@given(chains())
def test_what_a_run_says_is_what_was_signed_with_keys_its_salts_follow_from(chain: list[SignedEntry]) -> None:
    heard = pull_item(Reader(push_item(run_of(chain, has_link=True, is_signed=True))))
    keys = heard.salt_keys or (b"",) * len(chain)

    assert tuple(one.packed for one in chain) == heard.packed
    for signed, key in zip(chain, keys, strict=True):
        assert key in (b"", *(one.salt_key for one in chain))
        assert not key or salt_of(key, signed.entry.log.incarnation, signed.entry.number) in signed.packed
    first = next((place for place, one in enumerate(chain) if one.salt_key), None)
    assert first is None or keys[first] == chain[first].salt_key


@given(chains(), st.data())
def test_one_run_has_one_encoding(chain: list[SignedEntry], data: st.DataObject) -> None:
    pushed = bytearray(push_item(run_of(chain, has_link=True, is_signed=data.draw(st.booleans()))))
    for _ in range(data.draw(st.integers(1, 3))):
        pushed[data.draw(st.integers(0, len(pushed) - 1))] = data.draw(st.integers(0, 255))
    reader = Reader(bytes(pushed))

    with suppress(WireError):
        pulled = pull_item(reader)
        assert push_item(pulled) == bytes(pushed)[: reader.at]


@given(st.binary(max_size=214))
def test_any_bytes_are_items_or_a_wire_error(inside: bytes) -> None:
    with suppress(WireError):
        pull_frame(FrameType.ENTRIES, b"\xd8" + inside)


def test_entries_close_together_take_few_bytes() -> None:
    chain = _three()

    run = len(push_item(run_of(chain, has_link=True, is_signed=False)))
    assert sum(len(push_item(item_of(one))) for one in chain) == 258
    assert run == 1 + 1 + 1 + 4 + 16 + 17 + 2 * 12


def test_entries_that_do_not_follow_each_other_make_no_run() -> None:
    first, _, third = _three()

    with pytest.raises(WireError):
        push_item(run_of([first, third], has_link=True, is_signed=True))


def test_an_entry_is_before_only_the_one_whose_link_tells_so() -> None:
    first, second, third = _three()
    other = replace(first, entry=replace(first.entry, digest=bytes(32)))

    assert is_before(first, second)
    assert is_before(second, third)
    assert not is_before(first, third)
    assert not is_before(other, second)
    assert not is_before(replace(first, link=bytes(16)), second)


def test_a_signature_holds_for_one_link_only() -> None:
    signed = _three()[1]

    assert is_authentic(signed)
    assert not is_authentic(replace(signed, link=bytes(16)))
    assert not is_authentic(replace(signed, link=b""))
    assert not is_authentic(replace(signed, signature=b""))


def test_an_entry_signed_before_there_were_links_is_authentic() -> None:
    draft = Draft(
        CIRCLE.id,
        LogId(KEY.author),
        4,
        Stamp(4, None),
        Actor.member(KEY.author),
        PostWithdrawn(PostId(EntryId(b"the post"))),
        b"",
        link=b"",
    )
    old = sign_entry(draft, KEY)

    assert is_authentic(old)
    assert is_before(old, _delivered(5, link_after(old), Stamp(5, None)))
