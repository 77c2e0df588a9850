"""Limits: everybody computes alike what is hidden, whatever came first."""

import random

from hypothesis import given
from hypothesis import strategies as st

from meshboard.domain.entries import ClaimAccepted, ClaimReleased, Entry, PostFlagged, PostNoted
from meshboard.domain.ids import ClaimId, PostId
from meshboard.domain.limits import (
    BOUNDS,
    Counted,
    LivePost,
    claims_beyond,
    is_hidden_by_flags,
    log_place,
    notes_beyond,
    posts_beyond,
)
from meshboard.domain.merge import PostRecord, merge, merge_post
from meshboard.domain.people import Actor, ActorKind, Party
from meshboard.domain.posts import Category, PostContent, PostKind, Urgency
from meshboard.domain.standing import PostState, stand
from tests.support.entries.unsigned import NOON, Author, need

MEMBER = {counted: BOUNDS[counted][Party.MEMBER].of_one for counted in Counted}
WALK_UPS, STRANGERS = BOUNDS[Counted.POST][Party.WALK_UP], BOUNDS[Counted.POST][Party.STRANGER]


def record_of(*entries: Entry) -> PostRecord:
    record = merge_post(entries)
    assert record is not None
    return record


def live(*entries: Entry, critical: bool = False) -> list[LivePost]:
    return [LivePost(log_place(entry), critical) for entry in entries]


def walk_up(number: int) -> Actor:
    return Actor(ActorKind.WALK_UP, number.to_bytes(8, "big"))


def stranger(number: int) -> Actor:
    return Actor(ActorKind.HANDHELD, number.to_bytes(8, "big"))


def test_the_newest_posts_beyond_a_persons_limit_are_hidden_until_others_close() -> None:
    ana = Author("ana")
    posts = [ana.publish(need(str(number))) for number in range(MEMBER[Counted.POST] + 2)]

    assert posts_beyond(live(*posts)).keys() == {posts[-1].id, posts[-2].id}
    assert posts_beyond(live(*posts[2:])).keys() == frozenset()


def test_critical_posts_are_reckoned_apart() -> None:
    ana = Author("ana")
    usual = [ana.publish(need(str(number))) for number in range(MEMBER[Counted.POST])]
    critical = [ana.publish(need(f"help {number}")) for number in range(MEMBER[Counted.CRITICAL] + 1)]

    assert posts_beyond([*live(*usual), *live(*critical, critical=True)]).keys() == {critical[-1].id}


def test_many_people_of_one_station_are_bounded_together() -> None:
    kiosk = Author("kiosk")
    posts = [kiosk.publish(need("x"), walk_up(number)) for number in range(WALK_UPS.of_all + 3)]

    assert posts_beyond(live(*posts)).keys() == {post.id for post in posts[-3:]}


def test_what_one_person_has_too_much_leaves_room_for_the_others_of_their_station() -> None:
    kiosk = Author("kiosk")
    flood = [kiosk.publish(need("x"), walk_up(0)) for _ in range(WALK_UPS.of_all)]
    later = kiosk.publish(need("rice"), walk_up(1))

    assert posts_beyond(live(*flood, later)).keys() == {post.id for post in flood[WALK_UPS.of_one :]}


def test_strangers_members_and_walk_ups_take_nothing_from_each_other() -> None:
    kiosk = Author("kiosk")
    invented = [kiosk.publish(need("x"), stranger(number)) for number in range(500)]
    at_keyboard = [kiosk.publish(need("x"), walk_up(number)) for number in range(500)]
    own = [kiosk.publish(need("x")) for _ in range(MEMBER[Counted.POST])]

    beyond = posts_beyond(live(*invented, *at_keyboard, *own))
    assert beyond.keys() == {
        post.id for post in (*invented[STRANGERS.of_all :], *at_keyboard[WALK_UPS.of_all :])
    }
    assert {(excess.party, excess.is_of_all, excess.limit) for excess in beyond.values()} == {
        (Party.STRANGER, True, STRANGERS.of_all),
        (Party.WALK_UP, True, WALK_UPS.of_all),
    }


def test_strangers_who_take_all_one_may_leave_the_first_of_another_its_place() -> None:
    kiosk = Author("kiosk")
    invented = [
        kiosk.publish(need("x"), stranger(number))
        for number in range(STRANGERS.of_all - 1)
        for _ in range(STRANGERS.of_one)
    ]
    real = kiosk.publish(need("insulin"), stranger(1000))
    one_more = kiosk.publish(need("insulin"), stranger(1001))

    beyond = posts_beyond(live(*invented, real, one_more))
    assert PostId(real.id) not in beyond
    assert PostId(one_more.id) in beyond


def test_no_station_pushes_out_what_somebody_posted_through_another() -> None:
    hall, liar = Author("hall"), Author("liar")
    noor = Actor(ActorKind.HANDHELD, b"noorkey.")
    real = hall.publish(need("insulin"), noor)
    invented = [liar.publish(need("x"), noor) for _ in range(MEMBER[Counted.POST] * 2)]

    assert PostId(real.id) not in posts_beyond(live(*invented, real))


def test_promises_beyond_the_limit_hold_nothing_until_others_are_given_back() -> None:
    ana, ben = Author("ana"), Author("ben")
    posts = [ana.publish(need(str(number))) for number in range(MEMBER[Counted.CLAIM] + 1)]
    claims = [ben.claim(PostId(post.id)) for post in posts]
    records = merge([*posts, *claims])
    last = records[PostId(posts[-1].id)]

    beyond = claims_beyond(records.values())
    assert beyond.keys() == {ClaimId(claims[-1].id)}
    assert stand(last, NOON, beyond).state is PostState.OPEN
    held_back = stand(last, NOON, beyond).claims[0]
    assert held_back.is_beyond
    assert held_back.is_waiting

    back = ben.write(ClaimReleased(ClaimId(claims[0].id)))
    assert claims_beyond(merge([*posts, *claims, back]).values()).keys() == frozenset()


def test_what_the_poster_chose_holds_whatever_else_its_claimer_promised() -> None:
    ana, ben = Author("ana"), Author("ben")
    posts = [ana.publish(need(str(number))) for number in range(MEMBER[Counted.CLAIM] + 1)]
    claims = [ben.claim(PostId(post.id)) for post in posts]
    chosen = ana.write(ClaimAccepted(ClaimId(claims[-1].id)))

    assert claims_beyond(merge([*posts, *claims, chosen]).values()).keys() == frozenset()


def test_notes_of_one_person_on_one_post_are_bounded() -> None:
    ana, ben = Author("ana"), Author("ben")
    post = PostId(ana.publish(need()).id)
    notes = [ben.write(PostNoted(post, str(number))) for number in range(MEMBER[Counted.NOTE] + 2)]

    assert notes_beyond([ana.write(PostNoted(post, "thanks")), *notes]).keys() == {notes[-1].id, notes[-2].id}


def test_two_members_hide_a_post_and_one_may_take_it_back() -> None:
    ana, ben, cam = Author("ana"), Author("ben"), Author("cam")
    post = ana.publish(need())
    once = ben.write(PostFlagged(PostId(post.id), True))
    again = ben.write(PostFlagged(PostId(post.id), True))
    other = cam.write(PostFlagged(PostId(post.id), True))
    back = cam.write(PostFlagged(PostId(post.id), False))

    assert not is_hidden_by_flags(record_of(post, once, again))
    assert record_of(post, once, again).flags == (again,)
    assert is_hidden_by_flags(record_of(post, once, other))
    assert not is_hidden_by_flags(record_of(post, once, other, back))


def test_only_members_at_their_own_station_flag() -> None:
    ana, ben = Author("ana"), Author("ben")
    post = ana.publish(need())
    invented = [ben.write(PostFlagged(PostId(post.id), True), walk_up(number)) for number in range(3)]
    as_ana = ben.write(PostFlagged(PostId(post.id), True), ana.actor)

    assert record_of(post, *invented, as_ana).flags == ()


def test_a_critical_post_stays_in_sight_whoever_flags_it() -> None:
    ana, ben, cam = Author("ana"), Author("ben"), Author("cam")
    post = ana.publish(PostContent(PostKind.NEED, Category.MEDICAL, Urgency.CRITICAL, "ambulance"))
    flags = [author.write(PostFlagged(PostId(post.id), True)) for author in (ben, cam)]

    assert len(record_of(post, *flags).flags) == 2
    assert not is_hidden_by_flags(record_of(post, *flags))


@st.composite
def floods(draw: st.DrawFn) -> list[Entry]:
    """Write posts, claims and flags of a few stations in some order."""
    authors = [Author(name) for name in "abc"]
    people = [None, walk_up(1), stranger(1), stranger(2)]
    written: list[Entry] = []
    posts: list[PostId] = []
    for turn in range(draw(st.integers(1, 70))):
        author = authors[0] if turn % 4 else draw(st.sampled_from(authors))  # one of them floods
        what = draw(st.integers(0, 3 if posts else 0))
        if what == 0:
            entry = author.publish(need(), draw(st.sampled_from(people)))
            posts.append(PostId(entry.id))
        elif what == 3:
            entry = author.write(PostFlagged(draw(st.sampled_from(posts)), draw(st.booleans())))
        else:
            entry = author.claim(draw(st.sampled_from(posts)))
        written.append(entry)
    return written


@given(floods(), st.randoms(use_true_random=False), st.integers(0, 8))
def test_limits_are_the_same_whatever_the_order_and_however_often_heard(
    written: list[Entry], chance: random.Random, repeated: int
) -> None:
    shuffled = [*written, *written[:repeated]]
    chance.shuffle(shuffled)
    told, retold = merge(written), merge(shuffled)

    assert claims_beyond(told.values()) == claims_beyond(reversed(list(retold.values())))
    assert posts_beyond(live(*(r.entry for r in told.values()))) == posts_beyond(
        live(*(r.entry for r in retold.values()))
    )
    assert {post: record.flags for post, record in told.items()} == {
        post: record.flags for post, record in retold.items()
    }
