"""Pick-up codes: a walk-up is known again by six letters, and nobody by guessing."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from meshboard.domain.commands import AcceptClaim, ClaimPost, EditPost, WithdrawPost
from meshboard.domain.people import ActorKind
from meshboard.domain.standing import PostState
from meshboard.errors import RuleError
from meshboard.figures import PICK_UP_BLOCKED_S, WRONG_AT_THE_STATION, WRONG_FOR_ONE_POST
from meshboard.station.board.service import Service
from meshboard.station.home.host import Host
from meshboard.ui.format import wrong_codes_lines
from tests.support.stations.acquainted import circle_of, settle_in
from tests.support.stations.neighbours import NEED, NOON, HandClock, Neighbour, tell

DOOR = "Noor, by the fountain at six"


@pytest.fixture
def kiosk(tmp_path: Path) -> Iterator[Neighbour]:
    """Return the station people walk up to."""
    station = Neighbour(tmp_path, "Hall kiosk")
    yield station
    station.ledger.close()


def wrong(code: str) -> str:
    """Return another code of the same form."""
    return ("1" if code[0] == "0" else "0") + code[1:]


def guess_wrong(kiosk: Neighbour, post_code: str, code: str, times: int) -> None:
    for _ in range(times):
        with pytest.raises(RuleError, match="not the pick-up code"):
            kiosk.service.pick_up(post_code, wrong(code))


def test_the_code_is_kept_only_as_a_hash_and_lets_its_owner_act(kiosk: Neighbour) -> None:
    post, code = kiosk.service.publish_for_walk_up(NEED, "Noor", DOOR)
    assert post.who.name == "Noor"
    assert code.encode() not in kiosk.bytes_on_disk()

    visit = kiosk.service.pick_up(post.code, f" {code[:3].lower()}-{code[3:]} ")
    assert visit.actor.kind is ActorKind.WALK_UP
    assert (visit.post.id, visit.post.is_mine) == (post.id, True)
    assert visit.post.contact is not None
    assert visit.post.contact.text == DOOR

    louder = replace(visit.post.content, text="insulin, please")
    edited = kiosk.service.run(EditPost(actor=visit.actor, post=post.id, content=louder))
    assert edited.who.is_me
    gone = kiosk.service.run(WithdrawPost(actor=visit.actor, post=post.id))
    assert gone.standing.state is PostState.WITHDRAWN


def test_codes_of_two_walk_ups_are_unrelated(kiosk: Neighbour) -> None:
    (one, code), (other, _) = (kiosk.service.publish_for_walk_up(NEED) for _ in range(2))

    with pytest.raises(RuleError, match="not the pick-up code"):
        kiosk.service.pick_up(other.code, code)
    assert kiosk.service.pick_up(one.code, code).post.id == one.id


def test_after_five_wrong_tries_even_the_right_code_waits_ten_minutes(kiosk: Neighbour) -> None:
    post, code = kiosk.service.publish_for_walk_up(NEED)
    guess_wrong(kiosk, post.code, code, WRONG_FOR_ONE_POST)

    with pytest.raises(RuleError, match="Try again in 10 minutes"):
        kiosk.service.pick_up(post.code, code)
    kiosk.clock.monotonic += PICK_UP_BLOCKED_S - 1
    with pytest.raises(RuleError, match="Try again in a minute"):
        kiosk.service.pick_up(post.code, code)
    kiosk.clock.monotonic += 1
    assert kiosk.service.pick_up(post.code, code).post.id == post.id


def test_setting_the_clock_or_restarting_unlocks_nothing(kiosk: Neighbour, tmp_path: Path) -> None:
    post, code = kiosk.service.publish_for_walk_up(NEED)
    guess_wrong(kiosk, post.code, code, WRONG_FOR_ONE_POST)
    kiosk.clock.wall = NOON + 24 * 3600
    with pytest.raises(RuleError, match="Too many"):
        kiosk.service.pick_up(post.code, code)

    kiosk.ledger.close()
    kiosk.clock = HandClock(wall=None, monotonic=5.0)  # the machine was started again, and knows no time
    kiosk.open(tmp_path)
    with pytest.raises(RuleError, match="Too many"):
        kiosk.service.pick_up(post.code, code)
    kiosk.clock.monotonic += PICK_UP_BLOCKED_S
    assert kiosk.service.pick_up(post.code, code).post.id == post.id


def test_tries_on_many_posts_are_bounded_together(kiosk: Neighbour) -> None:
    posts = [kiosk.service.publish_for_walk_up(NEED) for _ in range(8)]
    for post, code in posts[:7]:
        guess_wrong(kiosk, post.code, code, 4)
    guess_wrong(kiosk, posts[7][0].code, posts[7][1], WRONG_AT_THE_STATION - 28)

    with pytest.raises(RuleError, match="Too many"):
        kiosk.service.pick_up(posts[7][0].code, posts[7][1])
    pick_ups = kiosk.service.pick_ups
    first, *others = wrong_codes_lines(
        pick_ups.wrong_codes(), is_station_blocked=pick_ups.is_station_blocked()
    )
    assert "none is tried for any post" in first
    assert (len(others), any("none is tried" in line for line in others)) == (8, False)
    kiosk.clock.monotonic += PICK_UP_BLOCKED_S
    assert not pick_ups.is_station_blocked()


def test_tries_in_several_circles_of_one_kiosk_are_bounded_together(kiosk: Neighbour, tmp_path: Path) -> None:
    desk = settle_in(kiosk.ledger, circle_of("Kitchen", bytes(range(1, 33))), "Kiosk", kiosk.clock)
    other = Service(desk, Host(tmp_path / "nobody").radio)
    for _ in range(7):
        post, code = kiosk.service.publish_for_walk_up(NEED)
        guess_wrong(kiosk, post.code, code, 4)
    last, code = kiosk.service.publish_for_walk_up(NEED)
    guess_wrong(kiosk, last.code, code, WRONG_AT_THE_STATION - 28)
    post, code = other.publish_for_walk_up(NEED)

    assert other.pick_ups.is_station_blocked()
    assert other.pick_ups.wrong_codes() == ()  # its keeper is told of its own posts, and that none is tried
    with pytest.raises(RuleError, match="Too many"):
        other.pick_up(post.code, code)


def test_how_many_tries_are_left_is_said(kiosk: Neighbour) -> None:
    post, code = kiosk.service.publish_for_walk_up(NEED)
    guess_wrong(kiosk, post.code, code, WRONG_FOR_ONE_POST - 2)

    with pytest.raises(RuleError, match="There is 1 more try for ten minutes"):
        kiosk.service.pick_up(post.code, wrong(code))
    with pytest.raises(RuleError, match="There are no more tries for ten minutes"):
        kiosk.service.pick_up(post.code, wrong(code))


def test_trying_on_while_locked_does_not_keep_the_owner_out_for_longer(kiosk: Neighbour) -> None:
    post, code = kiosk.service.publish_for_walk_up(NEED)
    guess_wrong(kiosk, post.code, code, WRONG_FOR_ONE_POST)
    for _ in range(3):
        kiosk.clock.monotonic += PICK_UP_BLOCKED_S // 4
        with pytest.raises(RuleError, match="Too many"):
            kiosk.service.pick_up(post.code, wrong(code))
    kiosk.clock.monotonic += PICK_UP_BLOCKED_S // 4

    assert kiosk.service.pick_up(post.code, code).post.id == post.id


def test_the_keeper_sees_wrong_codes_for_a_day(kiosk: Neighbour) -> None:
    post, code = kiosk.service.publish_for_walk_up(NEED)
    guess_wrong(kiosk, post.code, code, 3)
    kiosk.clock.monotonic += 60
    kiosk.clock.wall = NOON + 60

    (seen,) = kiosk.service.pick_ups.wrong_codes()
    assert (seen.post_code, seen.count, seen.since, seen.is_locked) == (post.code, 3, NOON, False)

    guess_wrong(kiosk, post.code, code, 2)
    assert kiosk.service.pick_ups.wrong_codes()[0].is_locked
    kiosk.clock.monotonic += 24 * 3600
    assert kiosk.service.pick_ups.wrong_codes() == ()


def test_what_cannot_be_a_code_is_no_try(kiosk: Neighbour) -> None:
    post, _ = kiosk.service.publish_for_walk_up(NEED)

    for typed in ("", "12345", "1234567", "ñandú!"):
        with pytest.raises(RuleError, match="6 letters and digits"):
            kiosk.service.pick_up(post.code, typed)

    assert kiosk.service.pick_ups.wrong_codes() == ()


def test_a_void_code_fits_no_more_and_says_why(kiosk: Neighbour) -> None:
    post, code = kiosk.service.publish_for_walk_up(NEED)
    with pytest.raises(RuleError, match="Say why"):
        kiosk.service.pick_ups.void(post.id, "  ")
    kiosk.service.pick_ups.void(post.id, "the slip was left on the table")

    with pytest.raises(RuleError, match="void already: the slip was left on the table"):
        kiosk.service.pick_ups.void(post.id, "another reason")
    with pytest.raises(RuleError, match="void: the slip was left on the table"):
        kiosk.service.pick_up(post.code, code)
    assert not kiosk.service.pick_ups.has_code(post.id)


def test_a_post_of_the_member_or_of_another_station_has_no_code(kiosk: Neighbour, tmp_path: Path) -> None:
    bo = Neighbour(tmp_path, "Bo")
    theirs, code = bo.service.publish_for_walk_up(NEED)
    tell(kiosk, bo)

    for post in (kiosk.service.publish(NEED), theirs):
        with pytest.raises(RuleError, match="has no pick-up code here"):
            kiosk.service.pick_up(post.code, code)
    bo.ledger.close()


def test_a_walk_up_hands_their_contact_over_in_a_later_visit(kiosk: Neighbour, tmp_path: Path) -> None:
    bo = Neighbour(tmp_path, "Bo")
    post, code = kiosk.service.publish_for_walk_up(NEED, "Noor", DOOR)
    tell(kiosk, bo)
    claimed = bo.service.run(ClaimPost(actor=bo.me, post=post.id))
    tell(kiosk, bo)

    visit = kiosk.service.pick_up(post.code, code)
    assert [claim.on_accepting for claim in visit.post.claims] == [
        "Accepting hands your contact to Bo, and to nobody else."
    ]
    kiosk.service.run(AcceptClaim(actor=visit.actor, claim=claimed.claims[0].id))
    tell(kiosk, bo)

    read = bo.service.post(post.id).contact
    assert read is not None
    assert read.text == DOOR
    bo.ledger.close()
