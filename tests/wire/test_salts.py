"""Salt keys: one said for a block of a log takes the place of all its salts, and changes nothing signed."""

from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshboard.domain.entries import ClaimDelivered, Fact, LogId, PostNoted, SignedEntry, Stamp
from meshboard.domain.ids import ClaimId, EntryId, PostId
from meshboard.domain.people import Actor
from meshboard.errors import RuleError, WireError
from meshboard.wire.cursor import Reader
from meshboard.wire.entry_bytes import FIRST_LINK, Draft, is_authentic, link_after, sign_entry, unpack_entry
from meshboard.wire.frames import Item
from meshboard.wire.items import item_of, pull_item, push_item, run_of
from meshboard.wire.salts import block_of, blocks_of, latest_salt_key, salt_of, span_of_block
from tests.support.entries.drawn import CIRCLE, KEY, drafts

A, B = b"salt key", b"2nd key."
NOTE = PostNoted(PostId(EntryId(b"the post")), "xkcd")
DONE = ClaimDelivered(ClaimId(EntryId(b"theclaim")))


def signed(
    number: int, salt_key: bytes = A, fact: Fact = NOTE, link: bytes = b"some link before"
) -> SignedEntry:
    stamp = Stamp(3 * number, 1_763_800_000 + 60 * number)
    draft = Draft(CIRCLE.id, LogId(KEY.author), number, stamp, Actor.member(KEY.author), fact, b"saltsalt")
    return sign_entry(replace(draft, link=FIRST_LINK if number == 1 else link, salt_key=salt_key), KEY)


def log_of(*salt_keys: bytes, first: int = 2) -> list[SignedEntry]:
    log: list[SignedEntry] = []
    for number, key in enumerate(salt_keys, start=first):
        log.append(signed(number, key, link=link_after(log[-1]) if log else b"some link before"))
    return log


def said(entries: list[SignedEntry]) -> Item:
    return run_of(entries, has_link=True, is_signed=False)


def heard(item: Item) -> Item:
    return pull_item(Reader(push_item(item)))


def test_a_salt_follows_from_its_key_and_its_place() -> None:
    expected = sha256(b"meshboard salt 1" + A + b"\x02" + b"\x00\x00\x01\x2c").digest()[:8]

    assert salt_of(A, 2, 300) == expected
    assert len({salt_of(A, 2, 300), salt_of(A, 0, 300), salt_of(A, 2, 301), salt_of(B, 2, 300)}) == 4


def test_a_block_is_64_numbers_from_1_on() -> None:
    assert [block_of(number) for number in (1, 64, 65, 128, 129)] == [0, 0, 1, 1, 2]
    assert span_of_block(1) == (65, 128)
    assert list(blocks_of(64, 65)) == [0, 1]


@given(st.integers(1, 2**32 - 1))
def test_a_number_is_within_its_block(number: int) -> None:
    first, last = span_of_block(block_of(number))

    assert first <= number <= last == first + 63


def test_an_entry_takes_the_key_of_the_latest_before_it_in_its_block() -> None:
    keys = [(64, B), (65, A), (66, b""), (67, B), (70, A)]

    assert latest_salt_key(keys, 65) == b""
    assert latest_salt_key(keys, 67) == A
    assert latest_salt_key(keys, 70) == B
    assert latest_salt_key([], 1) == b""


@given(drafts)
def test_what_is_signed_is_the_same_as_with_that_salt_and_no_key(draft: Draft) -> None:
    keyed = replace(draft, salt_key=A)
    plain = replace(draft, salt=salt_of(A, draft.log.incarnation, draft.number), salt_key=b"")

    try:
        one, other = sign_entry(keyed, KEY), sign_entry(plain, KEY)
    except RuleError:  # too long for a frame, whichever way
        return
    assert one == other
    assert (one.packed, one.signature) == (other.packed, other.signature)


@given(drafts, st.booleans())
def test_a_single_brings_its_key_at_no_cost(draft: Draft, is_keyed: bool) -> None:
    try:
        entry = sign_entry(draft, KEY)
    except RuleError:  # too long for a frame
        return
    keyed, plain = item_of(entry, is_keyed=is_keyed), item_of(replace(entry, salt_key=b""), is_keyed=is_keyed)

    assert len(push_item(keyed)) == len(push_item(plain))
    assert keyed.salt_keys == ((entry.salt_key,) if entry.salt_key else ())
    assert heard(item_of(entry)) == item_of(entry)


def test_a_run_of_one_block_says_its_key_once() -> None:
    log = log_of(*[A] * 5)
    without = [replace(one, salt_key=b"") for one in log]

    assert len(push_item(said(log))) == len(push_item(said(without))) - 4 * 8
    assert heard(said(log)).salt_keys == (A,) * 5


def test_a_run_into_the_next_block_says_both_keys() -> None:
    log = log_of(A, A, B, B, first=127)

    assert heard(said(log)) == said(log)
    assert heard(said(log)).salt_keys == (A, A, B, B)
    assert push_item(said(log)).count(A) == push_item(said(log)).count(B) == 1


@pytest.mark.parametrize("keys", [(A, B, A), (A, b"", A), (b"", A, b""), (B, b"", b"")])
def test_entries_of_one_block_with_other_keys_or_none_come_back_as_signed(keys: tuple[bytes, ...]) -> None:
    log = log_of(*keys)
    item = heard(said(log))
    first = next(key for key in keys if key)

    assert item.packed == tuple(one.packed for one in log)
    assert item.salt_keys == tuple(key if key == first else b"" for key in keys)


def test_entries_without_words_neither_have_a_key_nor_lose_that_of_their_block() -> None:
    log = log_of(A, A, A)
    middle = signed(3, A, DONE, link_after(log[0]))
    item = heard(said([log[0], middle, log[2]]))

    assert middle.salt_key == b""
    assert item.salt_keys == (A, b"", A)


def test_an_entry_whose_key_was_lost_is_said_with_that_of_its_block() -> None:
    first, second = log_of(A, A)

    assert said([first, replace(second, salt_key=b"")]) == said([first, second])


def test_a_key_that_gives_another_salt_is_not_said() -> None:
    log = [replace(one, salt_key=B) for one in log_of(A, A)]

    assert said(log).salt_keys == ()
    assert item_of(log[0]).salt_keys == ()


def test_an_altered_key_makes_the_signature_wrong() -> None:
    entry = signed(7)
    pushed = push_item(item_of(entry)).replace(A, B)
    item = pull_item(Reader(pushed))

    assert item.salt_keys == (B,)
    assert not is_authentic(unpack_entry(KEY.author, CIRCLE.id, item.packed[0], item.signature, entry.link))


def test_two_keys_for_one_block_cannot_be_said_in_one_run() -> None:
    item = said(log_of(A, A))

    with pytest.raises(WireError):
        push_item(replace(item, salt_keys=(A, B)))


def test_copies_with_and_without_a_key_are_one_entry_and_show_none() -> None:
    entry = signed(7)

    assert entry == replace(entry, salt_key=b"")
    assert len({entry, replace(entry, salt_key=b"")}) == 1
    assert "salt_key" not in repr(entry)


def test_a_single_of_a_later_version_leaves_the_others_of_its_frame() -> None:
    later = bytearray(push_item(item_of(signed(7))))
    later[2] |= 0x19  # an actor of kind 3, whose parts nobody finds

    item = pull_item(Reader(bytes(later)))
    assert push_item(item) == bytes(later)
    with pytest.raises(WireError):
        unpack_entry(KEY.author, CIRCLE.id, item.packed[0])
