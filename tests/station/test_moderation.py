"""What a board leaves out: whom it mutes, what members flag, what is beyond the limits."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from meshboard.domain.commands import AddNote, ClaimPost, FlagPost, PublishPost
from meshboard.domain.entries import PostClaimed, PostNoted, PostPublished
from meshboard.domain.limits import (
    BOUNDS,
    Counted,
)
from meshboard.domain.people import Actor, ActorKind, Party
from meshboard.domain.posts import Urgency
from meshboard.domain.views import Action, BoardQuery
from meshboard.errors import RuleError
from tests.support.stations.neighbours import NEED, NOON, Neighbour, tell

MEMBER = {counted: BOUNDS[counted][Party.MEMBER].of_one for counted in Counted}
EVERYTHING = BoardQuery()
HIDDEN_TOO = BoardQuery(with_hidden=True)
NOOR = Actor(ActorKind.HANDHELD, b"noornode")


@pytest.fixture
def street(tmp_path: Path) -> Iterator[tuple[Neighbour, Neighbour, Neighbour]]:
    """Return Ana, Bo and Cam."""
    stations = Neighbour(tmp_path, "Ana"), Neighbour(tmp_path, "Bo"), Neighbour(tmp_path, "Cam")
    yield stations
    for station in stations:
        station.ledger.close()


def flood(station: Neighbour, posts: int, urgency: Urgency = Urgency.NORMAL) -> None:
    """Write posts as somebody with a station of their own making does, past all rules."""
    for _ in range(posts):
        hours = 24 if urgency is Urgency.CRITICAL else 72
        station.desk.write(PostPublished(replace(NEED, urgency=urgency, lifetime_hours=hours)), station.me)


Street = tuple[Neighbour, Neighbour, Neighbour]


def test_two_flags_hide_a_post_everywhere_and_one_may_be_taken_back(street: Street) -> None:
    ana, bo, cam = street
    post = ana.service.publish(NEED)
    tell(*street)
    bo.service.run(FlagPost(actor=bo.me, post=post.id))
    tell(*street)
    assert not cam.service.post(post.id).is_hidden
    assert Action.FLAG in cam.service.post(post.id).actions
    cam.service.run(FlagPost(actor=cam.me, post=post.id))
    tell(*street)

    seen = bo.service.board(EVERYTHING).posts[0]
    assert (seen.hidden, [str(who) for who in seen.flagged_by]) == ("hidden by 2 members", ["Bo", "Cam"])
    assert not ana.service.post(post.id).is_hidden  # who posted it sees who flagged it
    assert len(ana.service.post(post.id).flagged_by) == 2

    cam.service.run(FlagPost(actor=cam.me, post=post.id, is_flagged=False))
    tell(*street)
    assert [station.service.post(post.id).hidden for station in street] == ["", "", ""]
    assert [line.sentence for line in ana.service.post(post.id).history] == [
        "posted it", "flagged it", "flagged it", "took the flag back",
    ]  # fmt: skip


def test_flagging_twice_or_as_a_handheld_is_refused(street: Street) -> None:
    ana, bo, _ = street
    post = ana.service.publish(NEED)
    tell(ana, bo)
    bo.service.run(FlagPost(actor=bo.me, post=post.id))

    with pytest.raises(RuleError, match="flagged it already"):
        bo.service.run(FlagPost(actor=bo.me, post=post.id))
    with pytest.raises(RuleError, match="Only a member"):
        bo.service.run(FlagPost(actor=NOOR, post=post.id))


def test_a_mute_hides_posts_and_notes_here_only_and_is_undone(street: Street) -> None:
    ana, bo, cam = street
    bos = bo.service.publish(NEED)
    anas = ana.service.publish(NEED)
    tell(*street)
    bo.service.run(AddNote(actor=bo.me, post=anas.id, text="nonsense"))
    tell(*street)
    ana.service.moderation.mute(bos.id)

    board = ana.service.board(EVERYTHING)
    assert [post.id for post in board.posts] == [anas.id]
    assert (board.total, board.hidden_count, board.hidden) == (1, 1, ("muted here: Bo",))
    assert ana.service.post(anas.id).hidden_notes == "notes not shown: 1 by somebody you muted"
    assert "noted: nonsense" not in [line.sentence for line in ana.service.post(anas.id).history]
    assert len(cam.service.board(EVERYTHING).posts) == 2
    assert len(ana.service.board(HIDDEN_TOO).posts) == 2

    (muted,) = ana.service.moderation.muted()
    assert (muted.name, muted.is_station) == ("Bo", False)
    ana.service.moderation.unmute(muted.id)
    assert len(ana.service.board(EVERYTHING).posts) == 2


def test_what_one_carries_stays_in_sight_whoever_is_muted(street: Street) -> None:
    ana, bo, _ = street
    carried, other = bo.service.publish(NEED), bo.service.publish(NEED)
    tell(ana, bo)
    ana.claim(carried.id)
    ana.service.moderation.mute(other.id)

    assert [post.id for post in ana.service.board(EVERYTHING).posts] == [carried.id]


def test_one_person_or_a_whole_station_is_muted(street: Street) -> None:
    ana, bo, _ = street
    noors = bo.service.run(PublishPost(actor=NOOR, content=NEED, signed_as="Noor"))
    bo.service.publish(NEED)
    tell(ana, bo)

    ana.service.moderation.mute(noors.id)
    assert len(ana.service.board(EVERYTHING).posts) == 1
    assert [view.name for view in ana.service.moderation.muted()] == ["Noor (through Bo)"]
    ana.service.moderation.mute(noors.id, whole_station=True)
    assert ana.service.board(EVERYTHING).posts == ()
    with pytest.raises(RuleError, match="your own station"):
        bo.service.moderation.mute(noors.id)


def test_a_flood_is_hidden_behind_a_line_on_every_board(street: Street) -> None:
    ana, bo, cam = street
    anas = ana.service.publish(NEED)
    flood(bo, MEMBER[Counted.POST] + 7)
    flood(bo, MEMBER[Counted.CRITICAL] + 2, Urgency.CRITICAL)
    tell(*street)

    for station in (ana, cam):
        board = station.service.board(EVERYTHING)
        assert anas.id in [post.id for post in board.posts]
        assert (board.total, board.hidden_count) == (MEMBER[Counted.POST] + MEMBER[Counted.CRITICAL] + 1, 9)
        assert board.hidden == ("9 more from the same person, Bo",)
    assert cam.service.board(HIDDEN_TOO).total == MEMBER[Counted.POST] + MEMBER[Counted.CRITICAL] + 10

    own = bo.service.board(EVERYTHING)
    assert (own.total, own.hidden_count) == (MEMBER[Counted.POST] + MEMBER[Counted.CRITICAL] + 10, 0)
    assert own.hidden == ("9 of yours hidden on the other boards",)

    cam.clock.wall = NOON + 30 * 3600  # the critical ones are over by then
    assert cam.service.board(EVERYTHING).hidden_count == 7


def test_promises_by_the_dozen_hold_only_the_first(street: Street) -> None:
    ana, bo, _ = street
    posts = [ana.service.publish(NEED) for _ in range(MEMBER[Counted.CLAIM] + 2)]
    tell(ana, bo)
    for post in posts[: MEMBER[Counted.CLAIM]]:
        bo.claim(post.id)
    with pytest.raises(RuleError, match="as many as count at once"):
        bo.claim(posts[-1].id)

    for post in posts[MEMBER[Counted.CLAIM] :]:
        bo.desk.write(PostClaimed(post.id), bo.me)
    tell(ana, bo)

    states = [ana.service.post(post.id).standing.state.value for post in posts]
    assert states == ["claimed"] * MEMBER[Counted.CLAIM] + ["open"] * 2
    assert ana.service.post(posts[-1].id).claims[0].sentence == (
        "What Bo promised is beyond the 20 promises that count of one member: "
        "it holds nothing until others close."
    )
    assert [post.standing.state.value for post in ana.service.board(EVERYTHING).posts[:2]] == ["open", "open"]


def test_a_members_post_beyond_what_boards_show_is_stored_shown_at_home_and_sent(street: Street) -> None:
    ana, bo, _ = street
    flood(ana, MEMBER[Counted.POST])
    one_more = ana.service.publish(NEED)
    critical = ana.service.publish(replace(NEED, urgency=Urgency.CRITICAL))
    noors = ana.service.run(PublishPost(actor=NOOR, content=NEED))
    tell(*street)

    limit = f"beyond the {MEMBER[Counted.POST]} posts that boards show of one member"
    assert ana.service.post(one_more.id).beyond.startswith(limit)
    assert (critical.beyond, noors.beyond) == ("", "")
    at_home = {post.id for post in ana.service.board(BoardQuery()).posts}
    assert {one_more.id, critical.id, noors.id} <= at_home
    elsewhere = {post.id for post in bo.service.board(BoardQuery()).posts}
    assert one_more.id not in elsewhere
    assert {critical.id, noors.id} <= elsewhere
    assert one_more.id in {post.id for post in bo.service.board(BoardQuery(with_hidden=True)).posts}


def test_notes_beyond_the_limit_are_refused_and_counted(street: Street) -> None:
    ana, bo, _ = street
    post = ana.service.publish(NEED)
    tell(ana, bo)
    for number in range(MEMBER[Counted.NOTE]):
        bo.service.run(AddNote(actor=bo.me, post=post.id, text=str(number)))
    with pytest.raises(RuleError, match="10 notes"):
        bo.service.run(AddNote(actor=bo.me, post=post.id, text="more"))

    bo.desk.write(PostNoted(post.id, "and more"), bo.me)
    assert bo.service.post(post.id).hidden_notes == (
        "notes not shown: 1 beyond the 10 notes that boards show of one member"
    )


def test_a_claim_through_another_station_of_the_same_name_is_somebody_else(street: Street) -> None:
    ana, bo, cam = street
    post = ana.service.publish(NEED)
    tell(*street)
    bo.service.run(ClaimPost(actor=NOOR, post=post.id, signed_as="Noor"))
    cam.service.run(ClaimPost(actor=NOOR, post=post.id, signed_as="Noor"))
    tell(*street)

    assert len(ana.service.post(post.id).claims) == 2
