"""Rules: what may be asked for, and the sentence that says why not."""

from decimal import Decimal

import pytest

from meshboard.domain.commands import (
    ClaimPost,
    ConfirmClaim,
    DeliverClaim,
    EditPost,
    PublishPost,
    ReleaseClaim,
    WithdrawPost,
)
from meshboard.domain.entries import Entry, PostClaimed, PostPublished
from meshboard.domain.ids import ClaimId, PostId
from meshboard.domain.merge import PostRecord, merge_post
from meshboard.domain.posts import Category, PostContent, PostKind, Quantity, Urgency
from meshboard.domain.rules import decide
from meshboard.domain.standing import PostStanding, stand
from meshboard.errors import RuleError
from tests.support.entries.unsigned import NOON, Author, handheld, need

ana, ben = Author("ana"), Author("ben")
POST = ana.publish(need(amount=10))
POST_ID = PostId(POST.id)


def seen(*entries: Entry, now_s: int = NOON) -> tuple[PostRecord, PostStanding]:
    record = merge_post([POST, *entries])
    assert record is not None
    return record, stand(record, now_s)


def test_a_post_is_cleaned_before_it_is_published() -> None:
    command = PublishPost(actor=ana.actor, content=need("two\nlines"))

    fact = decide(command, ana.id, None)
    assert isinstance(fact, PostPublished)
    assert fact.content.text == "two lines"


@pytest.mark.parametrize(
    ("amount", "sentence"),
    [("0", "greater than zero"), ("-3", "greater than zero"), ("NaN", "greater than zero"),
     ("1.234", "two decimals"), ("1e9", "at most 1,000,000")],
)  # fmt: skip
def test_an_impossible_quantity_is_refused(amount: str, sentence: str) -> None:
    content = PostContent(PostKind.NEED, Category.WATER, Urgency.LOW, "water", Quantity(Decimal(amount)))

    with pytest.raises(RuleError, match=sentence):
        decide(PublishPost(actor=ana.actor, content=content), ana.id, None)


def test_a_claim_on_an_expired_post_is_refused() -> None:
    with pytest.raises(RuleError, match="expired"):
        decide(ClaimPost(actor=ben.actor, post=POST_ID), ben.id, seen(now_s=NOON + 10**7))


def test_a_claim_on_a_notice_is_refused() -> None:
    notice = ana.publish(PostContent(PostKind.NOTICE, Category.INFO, Urgency.LOW, "water is safe again"))
    record = merge_post([notice])
    assert record is not None

    with pytest.raises(RuleError, match="notice"):
        decide(ClaimPost(actor=ben.actor, post=PostId(notice.id)), ben.id, (record, stand(record, NOON)))


def test_claiming_more_than_is_wanted_is_refused() -> None:
    with pytest.raises(RuleError, match="about 10 gal in all"):
        decide(ClaimPost(actor=ben.actor, post=POST_ID, quantity=Quantity(Decimal(11))), ben.id, seen())


def test_a_claim_names_the_latest_claims_it_had_seen() -> None:
    first = ben.claim(POST_ID, 1)
    second = ben.claim(POST_ID, 1, after=(ClaimId(first.id),))

    fact = decide(ClaimPost(actor=ana.actor, post=POST_ID), ana.id, seen(first, second))
    assert isinstance(fact, PostClaimed)
    assert fact.after == (ClaimId(second.id),)


def test_only_the_poster_or_the_station_that_posted_may_change_a_post() -> None:
    with pytest.raises(RuleError, match="Only whoever posted"):
        decide(WithdrawPost(actor=ben.actor, post=POST_ID), ben.id, seen())
    with pytest.raises(RuleError, match="Only whoever posted"):
        decide(EditPost(actor=handheld(), post=POST_ID, content=need()), ana.id, seen())
    assert decide(WithdrawPost(actor=ana.actor, post=POST_ID), ana.id, seen())


def test_only_the_claimer_delivers_and_releases_and_only_the_poster_confirms() -> None:
    claim = ben.claim(POST_ID, 5)
    claim_id = ClaimId(claim.id)

    for command in (
        DeliverClaim(actor=ana.actor, claim=claim_id),
        ReleaseClaim(actor=ana.actor, claim=claim_id),
    ):
        with pytest.raises(RuleError, match="Only whoever made a claim"):
            decide(command, ana.id, seen(claim))
    with pytest.raises(RuleError, match="Only whoever posted"):
        decide(ConfirmClaim(actor=ben.actor, claim=claim_id), ben.id, seen(claim))


def test_an_edit_that_changes_nothing_is_refused() -> None:
    with pytest.raises(RuleError, match="says this already"):
        decide(EditPost(actor=ana.actor, post=POST_ID, content=need(amount=10)), ana.id, seen())
