"""What people do: posts in the corpus's order, claims that are delivered and confirmed."""

from collections import Counter

from meshboard.domain.entries import ClaimConfirmed, ClaimDelivered, PostClaimed, PostPublished
from meshboard.sim.corpus import own_corpus
from meshboard.sim.trial.traffic import CorpusReader
from tests.sim.trial.running import QUIET_CELL, post, run


def claims(count: int, **table: object) -> dict[str, object]:
    return {"kind": "claims", "count": count, "from_h": 0.2, "to_h": 0.7} | table


def test_rows_come_in_order_and_again_with_a_suffix() -> None:
    posts = own_corpus()[:3]
    reader = CorpusReader(posts, seed=1)

    texts = [reader.take().text for _ in range(6)]

    start = [content.text for content in posts].index(texts[0])
    assert texts[:3] == [posts[(start + place) % 3].text for place in range(3)]
    assert [text[:-7] for text in texts[3:]] == texts[:3]
    assert len(set(texts)) == 6


def test_a_third_each_claims_delivers_and_confirms() -> None:
    over = run(QUIET_CELL | {"traffic": [post(4, to_h=0.2), claims(6)]})

    kinds = Counter(type(made.signed.entry.fact) for made in over.record.made.values())
    assert kinds == {PostPublished: 4, PostClaimed: 2, ClaimDelivered: 2, ClaimConfirmed: 2}


def test_claims_are_of_others_posts_and_only_where_these_have_arrived() -> None:
    over = run(QUIET_CELL | {"traffic": [post(4, to_h=0.2), claims(9)]})
    by = {entry_id: made.by for entry_id, made in over.record.made.items()}

    for made in over.record.made.values():
        fact = made.signed.entry.fact
        if isinstance(fact, PostClaimed):
            assert made.by != by[fact.post]
            assert over.record.arrived_s[fact.post, made.by or 0] <= made.made_s
        if isinstance(fact, ClaimConfirmed):
            claim = over.record.made[fact.claim].signed.entry.fact
            assert isinstance(claim, PostClaimed)
            assert made.by == by[claim.post]


def test_all_claims_can_be_on_one_post() -> None:
    over = run(QUIET_CELL | {"traffic": [post(4, to_h=0.2), claims(9, post="same")]})

    facts = [made.signed.entry.fact for made in over.record.made.values()]
    assert len({fact.post for fact in facts if isinstance(fact, PostClaimed)}) == 1


def test_urgency_and_stations_are_as_asked() -> None:
    over = run(QUIET_CELL | {"traffic": [post(4, urgency="critical", stations=[1])]})

    assert {(made.by, made.urgency.name if made.urgency else "") for made in over.record.made.values()} == {
        (1, "CRITICAL")
    }
