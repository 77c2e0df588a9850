"""Merge: the same set of entries means the same, in whatever order it came."""

import random

from hypothesis import given
from hypothesis import strategies as st

from meshboard.domain.entries import (
    MAX_COUNT,
    ClaimAccepted,
    ClaimConfirmed,
    ClaimDelivered,
    ClaimReleased,
    Entry,
    PostEdited,
    PostNoted,
    PostWithdrawn,
)
from meshboard.domain.ids import ClaimId, EntryId, PostId
from meshboard.domain.merge import PostRecord, merge, merge_post
from meshboard.domain.standing import stand
from tests.support.entries.unsigned import NOON, Author, handheld, need


def record_of(*entries: Entry) -> PostRecord:
    record = merge_post(entries)
    assert record is not None
    return record


def claimers(record: PostRecord) -> list[Entry]:
    return [claim.entry for claim in record.claims]


def test_the_second_claim_waits_for_the_first_it_had_seen() -> None:
    ana, ben, cem = Author("ana"), Author("ben"), Author("cem")
    post = ana.publish(need())
    first = ben.claim(PostId(post.id))
    second = cem.claim(PostId(post.id), after=(ClaimId(first.id),))

    assert claimers(record_of(second, first, post)) == [first, second]


def test_a_clock_of_last_year_does_not_win() -> None:
    ana, ben, slow = Author("ana"), Author("ben"), Author("slow", time_s=NOON - 31_536_000)
    post = ana.publish(need())
    honest, doubted = ben.claim(PostId(post.id)), slow.claim(PostId(post.id))

    assert claimers(record_of(post, doubted, honest)) == [honest, doubted]


def test_what_the_poster_accepted_stays_first_whatever_arrives_later() -> None:
    ana, ben, cem = Author("ana"), Author("ben"), Author("cem")
    post = ana.publish(need())
    first = ben.claim(PostId(post.id))
    chosen = cem.claim(PostId(post.id), after=(ClaimId(first.id),))
    acceptance = ana.write(ClaimAccepted(ClaimId(chosen.id)))
    delivery = ben.write(ClaimDelivered(ClaimId(first.id)))

    assert claimers(record_of(post, first, chosen, acceptance, delivery)) == [chosen, first]


def test_a_delivered_claim_goes_before_a_promised_one() -> None:
    ana, ben, cem = Author("ana"), Author("ben"), Author("cem")
    post = ana.publish(need())
    first = ben.claim(PostId(post.id))
    second = cem.claim(PostId(post.id), after=(ClaimId(first.id),))
    delivery = cem.write(ClaimDelivered(ClaimId(second.id)))

    assert claimers(record_of(post, first, second, delivery)) == [second, first]


def test_the_last_edit_holds_though_a_lying_member_used_all_counts_up() -> None:
    ana = Author("ana")
    post = ana.publish(need())
    edits = []
    for number in range(6):
        ana.count = MAX_COUNT - 1  # one more than the highest that was ever heard is no more there
        edits.append(ana.write(PostEdited(PostId(post.id), need(f"water {number}"))))

    assert merge([post, *edits])[PostId(post.id)].content.text == "water 5"


def test_only_the_poster_edits_withdraws_accepts_and_confirms() -> None:
    ana, ben, eve = Author("ana"), Author("ben"), Author("eve")
    post = ana.publish(need())
    claim = ben.claim(PostId(post.id))
    meddling = [
        eve.write(PostEdited(PostId(post.id), need("nothing"))),
        eve.write(PostWithdrawn(PostId(post.id))),
        eve.write(ClaimAccepted(ClaimId(claim.id))),
        eve.write(ClaimConfirmed(ClaimId(claim.id))),
        eve.write(ClaimReleased(ClaimId(claim.id))),
        eve.write(ClaimDelivered(ClaimId(claim.id))),
    ]

    before, after = record_of(post, claim), record_of(post, claim, *meddling)
    assert (before.content, before.withdrawn, before.claims) == (after.content, after.withdrawn, after.claims)


def test_nobody_speaks_for_another_stations_member() -> None:
    ana, eve = Author("ana"), Author("eve")
    forged = eve.write(PostNoted(PostId(EntryId(b"12345678")), "as ana"), actor=ana.actor)

    assert merge([forged]) == {}
    post = ana.publish(need())
    assert record_of(post, eve.write(PostNoted(PostId(post.id), "hi"), actor=ana.actor)).notes == ()


def test_the_receivers_confirmation_outweighs_a_release_that_crossed_it() -> None:
    ana, ben = Author("ana"), Author("ben")
    post = ana.publish(need())
    claim = ben.claim(PostId(post.id))
    release = ben.write(ClaimReleased(ClaimId(claim.id)))
    confirmation = ana.write(ClaimConfirmed(ClaimId(claim.id)))

    assert record_of(post, claim, release, confirmation).claims[0].released is None


def test_what_a_handheld_asks_elsewhere_waits_for_its_own_station() -> None:
    hall, library = Author("hall"), Author("library")
    post = hall.publish(need(), actor=handheld())
    asked = library.write(PostWithdrawn(PostId(post.id)), actor=handheld())

    waiting = record_of(post, asked)
    assert (waiting.withdrawn, waiting.asked) == (None, (asked,))

    repeated = hall.write(PostWithdrawn(PostId(post.id)), actor=handheld())
    settled = record_of(post, asked, repeated)
    assert (settled.withdrawn, settled.asked) == (repeated, ())


def test_two_entries_under_one_number_both_count_the_same_everywhere() -> None:
    ana = Author("ana")
    one, other = ana.publish(need("one")), ana.write(ana.publish(need("two")).fact, number=1)

    assert merge([one, other]) == merge([other, one])
    assert len(merge([one, other])) == 2


@st.composite
def neighbourhoods(draw: st.DrawFn) -> list[Entry]:
    """Entries of four authors at odds with one another over two posts, clocks and all."""
    clocks = st.one_of(st.none(), st.integers(NOON - 10**8, NOON + 10**8))
    authors = [Author(name, draw(clocks)) for name in ("ana", "ben", "cem", "dua")]
    posts = [authors[0].publish(need(amount=10)), authors[1].publish(need())]
    entries = list(posts)
    claims: list[Entry] = []
    for _ in range(draw(st.integers(0, 14))):
        author = draw(st.sampled_from(authors))
        post = PostId(draw(st.sampled_from(posts)).id)
        choice = draw(st.integers(0, 7))
        if choice <= 2 or not claims:
            seen = tuple(ClaimId(claim.id) for claim in claims[-draw(st.integers(0, 2)) :][:2])
            entry = author.claim(post, draw(st.one_of(st.none(), st.integers(1, 10))), seen)
            claims.append(entry)
        else:
            claim = ClaimId(draw(st.sampled_from(claims)).id)
            fact = (ClaimAccepted, ClaimReleased, ClaimDelivered, ClaimConfirmed)[choice % 4](claim)
            entry = author.write(fact)
        entries.append(entry)
    return entries


@given(neighbourhoods(), st.randoms(use_true_random=False))
def test_merge_is_free_of_order_and_duplicates(entries: list[Entry], chance: random.Random) -> None:
    shuffled = entries + entries[: len(entries) // 2]
    chance.shuffle(shuffled)

    assert merge(entries) == merge(shuffled)


@given(neighbourhoods(), st.integers(0, 20))
def test_merging_a_part_first_changes_nothing(entries: list[Entry], cut: int) -> None:
    part = merge(entries[:cut])
    whole = merge(entries)

    assert set(part) <= set(whole)
    for post, record in whole.items():
        assert merge_post(record.history) == record, post


@given(neighbourhoods())
def test_promises_never_share_out_more_than_is_wanted(entries: list[Entry]) -> None:
    for record in merge(entries).values():
        standing = stand(record, None)
        firm = sum(claim.holds for claim in standing.claims if claim.record.is_firm)

        assert standing.held <= max(standing.wanted, firm)
        assert standing.left == max(standing.wanted - standing.held, 0)
