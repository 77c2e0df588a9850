"""Forgetting: what nobody needs any more, and every reason to keep it."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from meshboard.domain.entries import (
    ClaimAccepted,
    ClaimConfirmed,
    ClaimDelivered,
    ClaimReleased,
    Entry,
    LogId,
    PostClaimed,
    PostEdited,
    PostNoted,
    PostWithdrawn,
    SignedEntry,
)
from meshboard.domain.forgetting import (
    LONGEST_OPEN_S,
    forgettable,
    may_be_forgotten,
    old_entries,
    over_since,
    sure_time,
)
from meshboard.domain.ids import ClaimId, EntryId, PostId
from meshboard.domain.merge import PostRecord, merge_post
from meshboard.figures import DAY_S, KEPT_AFTER_S, QUIET_S, SILENT_CONSENT_S, STALE_GRACE_S
from tests.support.entries.unsigned import NOON, Author, need

LASTS_S = 72 * 3600  # `need` expires after its lifetime of 72 hours
EXPIRES = NOON + LASTS_S
SIGNATURE = b"s" * 64


def at(name: str, time_s: int | None, number: int = 10) -> Author:
    return Author(name, time_s, number=number)


POST = at("ana", NOON).publish(need(amount=10))
POST_ID = PostId(POST.id)
CLAIM = at("ben", NOON + 60).claim(POST_ID, 10)
CLAIM_ID = ClaimId(CLAIM.id)
LATE_PROMISE = at("ben", NOON).write(PostClaimed(POST_ID, by_when=EXPIRES + 5 * DAY_S))
MUCH_TOO_LATE = at("ben", NOON).write(PostClaimed(POST_ID, by_when=NOON + 2 * LONGEST_OPEN_S))
DELIVERED = at("ben", NOON + 120, 20).write(ClaimDelivered(CLAIM_ID))
CONFIRMED = at("ana", NOON + 300, 20).write(ClaimConfirmed(CLAIM_ID))
WITHDRAWN = at("ana", NOON + 600, 20).write(PostWithdrawn(POST_ID))


def record_of(*entries: Entry, post: Entry = POST) -> PostRecord:
    record = merge_post([post, *entries])
    assert record is not None
    return record


CASES: Sequence[tuple[str, Sequence[Entry], int]] = [
    ("it expired", [], EXPIRES),
    ("it was withdrawn", [WITHDRAWN], NOON + 600),
    (
        "it was withdrawn after it expired",
        [at("ana", EXPIRES + DAY_S).write(PostWithdrawn(POST_ID))],
        EXPIRES,
    ),
    ("both sides said done", [CLAIM, DELIVERED, CONFIRMED], NOON + 300 + SILENT_CONSENT_S),
    ("one side did, and nobody objected", [CLAIM, DELIVERED], NOON + 120 + SILENT_CONSENT_S),
    ("a promise without a time ends with its post", [CLAIM], EXPIRES),
    ("so does one that was chosen", [CLAIM, at("ana", NOON).write(ClaimAccepted(CLAIM_ID))], EXPIRES),
    ("somebody promised to come later", [LATE_PROMISE], EXPIRES + 5 * DAY_S + STALE_GRACE_S),
    (
        "and took it back",
        [LATE_PROMISE, at("ben", NOON, 30).write(ClaimReleased(ClaimId(LATE_PROMISE.id)))],
        EXPIRES,
    ),
    ("a promise for later than anybody lives counts for nothing", [MUCH_TOO_LATE], EXPIRES),
    (
        "a note stamped next year does not keep it",
        [at("cem", NOON + LONGEST_OPEN_S).write(PostNoted(POST_ID, "hi"))],
        EXPIRES,
    ),
    (
        "an edit makes it last anew",
        [at("ana", NOON + DAY_S, 20).write(PostEdited(POST_ID, need("still", amount=10)))],
        EXPIRES + DAY_S,
    ),
    (
        "a slow clock's delivery ends it no sooner than it was posted",
        [CLAIM, at("ben", NOON - LONGEST_OPEN_S, 20).write(ClaimDelivered(CLAIM_ID))],
        NOON,
    ),
]


@pytest.mark.parametrize(("entries", "over_s"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_post_may_be_forgotten_a_set_time_after_it_is_over(entries: Sequence[Entry], over_s: int) -> None:
    record = record_of(*entries)

    assert not may_be_forgotten(record, over_s + KEPT_AFTER_S - 1)
    assert may_be_forgotten(record, over_s + KEPT_AFTER_S)


def test_nothing_is_forgotten_while_the_time_is_not_known() -> None:
    assert not may_be_forgotten(record_of(WITHDRAWN), None)


def test_a_post_without_a_stamp_is_over_only_by_its_posters_word() -> None:
    unstamped = at("ana", None).publish(need(amount=10))
    claim = at("ben", NOON).claim(PostId(unstamped.id), 10)
    delivered = at("ben", NOON, 20).write(ClaimDelivered(ClaimId(claim.id)))
    withdrawn = at("ana", NOON + 5, 20).write(PostWithdrawn(PostId(unstamped.id)))

    assert over_since(record_of(post=unstamped)) is None
    assert over_since(record_of(claim, delivered, post=unstamped)) is None
    assert over_since(record_of(withdrawn, post=unstamped)) == NOON + 5


FAR = EXPIRES + KEPT_AFTER_S


def signed(entry: Entry, signature: bytes = SIGNATURE) -> SignedEntry:
    return SignedEntry(entry, b"", signature)


def test_all_that_is_about_an_old_post_goes_and_what_is_about_none_stays() -> None:
    ana, ben = Author("ana"), Author("ben")
    log = [ana.publish(need(f"need {number}")) for number in range(5)]
    note = ben.write(PostNoted(PostId(log[3].id), "on my way"), number=7)
    last = ben.write(PostNoted(PostId(log[3].id), "there"), number=8)

    assert old_entries([signed(one) for one in (*log, note, last)], FAR) == {
        log[1].digest,
        log[2].digest,
        log[3].digest,
        note.digest,
    }


def test_what_comes_late_about_something_forgotten_goes_too() -> None:
    gone = EntryId(b"long ago")
    ben = at("ben", NOON)
    late, last = ben.write(PostNoted(PostId(gone), "hi")), ben.write(PostNoted(PostId(gone), "hello?"))
    held = [signed(late), signed(last)]

    assert old_entries(held, NOON) == frozenset()
    assert old_entries(held, NOON, {gone}) == {late.digest}
    assert old_entries(held, NOON + LONGEST_OPEN_S + KEPT_AFTER_S) == {late.digest}
    assert old_entries(held, None, {gone}) == frozenset()


def test_what_proves_an_entry_that_is_kept_stays() -> None:
    ana = at("ana", NOON)
    posts = [ana.publish(need(f"need {number}")) for number in range(5)]
    lasting = replace(posts[1], stamp=replace(posts[1].stamp, time_s=FAR))
    entries = [posts[0], lasting, *posts[2:]]
    without = [signed(one, b"" if one in (lasting, posts[2]) else SIGNATURE) for one in entries]

    assert old_entries([signed(one) for one in entries], FAR) == {
        one.digest for one in (posts[0], *posts[2:4])
    }
    assert old_entries(without, FAR) == {posts[0].digest}


def test_claims_stay_with_a_post_that_cannot_go() -> None:
    post = Author("ana").publish(need(amount=10))  # entry 1 of its log
    claim = at("ben", NOON).claim(PostId(post.id), 10)

    assert (
        forgettable({PostId(post.id): [post, claim]}, (), {LogId(at("ben", 0).id): 99}, set()) == frozenset()
    )


def test_a_clock_is_trusted_near_what_others_have_stamped() -> None:
    ana, ben = Author("ana").id, Author("ben").id

    assert sure_time(NOON, ana, {ana: NOON, ben: NOON - QUIET_S}) == NOON
    assert sure_time(NOON + 1, ana, {ana: NOON, ben: NOON - QUIET_S}) is None
    assert sure_time(NOON, ana, {ana: NOON - 60}) == NOON
    assert sure_time(NOON, ana, {}) is None
    assert sure_time(None, ana, {ben: NOON}) is None
