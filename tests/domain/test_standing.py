"""Standing: what a post comes to at a time."""

from dataclasses import replace
from decimal import Decimal

from meshboard.domain.entries import ClaimConfirmed, ClaimDelivered, ClaimReleased, PostClaimed, PostWithdrawn
from meshboard.domain.ids import ClaimId, PostId
from meshboard.domain.merge import merge_post
from meshboard.domain.standing import PostStanding, PostState, stand
from meshboard.figures import SILENT_CONSENT_S, STALE_GRACE_S
from tests.support.entries.unsigned import NOON, Author, need

SIX, ZERO = Decimal(6), Decimal(0)
ana, ben, cem = Author("ana"), Author("ben"), Author("cem")
POST = ana.publish(need(amount=10))
POST_ID = PostId(POST.id)
BENS = ben.claim(POST_ID, 6)
CEMS = cem.claim(POST_ID, 6, after=(ClaimId(BENS.id),))


def standing_of(*entries: object, now_s: int | None = NOON) -> PostStanding:
    record = merge_post([POST, *entries])  # type: ignore[list-item]
    assert record is not None
    return stand(record, now_s)


def test_part_claims_add_up_and_the_rest_waits_in_line() -> None:
    standing = standing_of(CEMS, BENS)

    assert [(claim.holds, claim.waits) for claim in standing.claims] == [
        (SIX, ZERO),
        (Decimal(4), Decimal(2)),
    ]
    assert (standing.state, standing.left) == (PostState.CLAIMED, ZERO)


def test_a_release_moves_the_line_up() -> None:
    standing = standing_of(BENS, CEMS, ben.write(ClaimReleased(ClaimId(BENS.id))))

    assert standing.claims[0].record.entry == CEMS
    assert (standing.claims[0].holds, standing.left) == (SIX, Decimal(4))
    assert standing.state is PostState.PARTLY_CLAIMED


def test_a_claim_without_a_number_takes_what_is_left() -> None:
    rest = cem.claim(POST_ID, None, after=(ClaimId(BENS.id),))

    assert [claim.holds for claim in standing_of(BENS, rest).claims] == [6, 4]


def test_a_promise_past_its_time_and_grace_is_open_again() -> None:
    late = ben.write(PostClaimed(POST_ID, by_when=NOON))

    assert standing_of(late, now_s=NOON + STALE_GRACE_S).state is PostState.CLAIMED
    reopened = standing_of(late, now_s=NOON + STALE_GRACE_S + 1)
    assert (reopened.state, reopened.claims[0].is_stale) == (PostState.OPEN, True)
    assert standing_of(late, now_s=None).state is PostState.CLAIMED


def test_done_needs_both_sides_or_a_day_of_silence() -> None:
    whole = ben.claim(POST_ID, 10)
    delivery = ben.write(ClaimDelivered(ClaimId(whole.id)))
    confirmation = ana.write(ClaimConfirmed(ClaimId(whole.id)))

    assert standing_of(whole, delivery).state is PostState.CLAIMED
    both = standing_of(whole, delivery, confirmation)
    assert (both.state, both.is_inferred, both.done) == (PostState.DONE, False, Decimal(10))
    silent = standing_of(whole, delivery, now_s=NOON + SILENT_CONSENT_S)
    assert (silent.state, silent.is_inferred) == (PostState.DONE, True)
    assert standing_of(whole, delivery, now_s=None).state is PostState.CLAIMED


def test_a_post_expires_after_its_lifetime_and_never_without_a_clock() -> None:
    end = NOON + 72 * 3600

    assert standing_of(now_s=end - 1).state is PostState.OPEN
    assert standing_of(now_s=end).state is PostState.EXPIRED
    assert standing_of(now_s=None).state is PostState.OPEN
    undated = replace(POST, stamp=replace(POST.stamp, time_s=None))
    record = merge_post([undated])
    assert record is not None
    assert stand(record, end).state is PostState.OPEN


def test_a_withdrawn_post_is_withdrawn_even_when_claimed() -> None:
    assert standing_of(BENS, ana.write(PostWithdrawn(POST_ID))).state is PostState.WITHDRAWN
