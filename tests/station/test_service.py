"""The service: decide, commit, and show what the ledger holds."""

import random
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from meshboard.domain.commands import (
    AddNote,
    ClaimPost,
    ConfirmClaim,
    DeliverClaim,
    EditPost,
    PublishPost,
    ReleaseClaim,
    WithdrawPost,
)
from meshboard.domain.people import Actor, ActorKind
from meshboard.domain.posts import Category, PostContent, PostKind, Quantity, Urgency
from meshboard.domain.standing import PostState
from meshboard.domain.views import Action, BoardQuery, PostView
from meshboard.errors import ConfigError, RuleError
from meshboard.station.board.service import Service
from meshboard.station.home.host import Host

INCOMPRESSIBLE = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOP", k=400))
NODE = Actor(ActorKind.HANDHELD, b"node-key")


def need(
    text: str = "water for five", amount: int | None = 10, urgency: Urgency = Urgency.NORMAL
) -> PostContent:
    quantity = Quantity(Decimal(amount), "gal") if amount else None
    return PostContent(PostKind.NEED, Category.WATER, urgency, text, quantity, place="5th & Oak")


@pytest.fixture
def board(tmp_path: Path) -> Iterator[Service]:
    host = Host(tmp_path)
    host.begin("Ana", new_circle="Kitchen")
    yield host.open()
    host.close()


def publish(board: Service, content: PostContent | None = None) -> PostView:
    return board.run(PublishPost(actor=board.me.actor, content=content or need()))


def test_a_post_is_on_the_board_once_committed(board: Service) -> None:
    posted = publish(board)

    listed = board.board(BoardQuery())
    assert [post.code for post in listed.posts] == [posted.code]
    assert (listed.total, listed.live_total) == (1, 1)
    assert board.find(posted.code.lower()).id == posted.id
    assert (posted.who.name, posted.who.is_me, posted.is_sent, posted.heard_by) == ("Ana", True, False, 0)


def test_the_most_pressing_comes_first_then_the_newest(board: Service) -> None:
    old, new = publish(board, need("old")), publish(board, need("new"))
    pressing = publish(board, need("pressing", urgency=Urgency.CRITICAL))

    assert [post.id for post in board.board(BoardQuery()).posts] == [pressing.id, new.id, old.id]


def test_a_claim_is_carried_from_promise_to_done(board: Service) -> None:
    post = publish(board)
    claimed = board.run(ClaimPost(actor=NODE, post=post.id, quantity=Quantity(Decimal(10)), signed_as="Noor"))
    assert claimed.my_claim is not None
    assert claimed.claims[0].sentence == "You have 10 gal, promised."
    assert board.post(post.id).claims[0].sentence == "Noor (through Ana) has 10 gal, promised."

    board.run(DeliverClaim(actor=NODE, claim=claimed.my_claim))
    done = board.run(ConfirmClaim(actor=board.me.actor, claim=claimed.my_claim))

    assert done.standing.state is PostState.DONE
    assert [line.sentence for line in done.history] == [
        "posted it", "claimed 10 gal", "said it is delivered", "confirmed what Noor (through Ana) did",
    ]  # fmt: skip
    assert board.board(BoardQuery()).posts == ()
    assert len(board.board(BoardQuery(live_only=False)).posts) == 1


def test_the_second_to_claim_is_told_that_they_wait(board: Service) -> None:
    post = publish(board, need(amount=None))
    board.run(ClaimPost(actor=NODE, post=post.id, signed_as="Noor"))

    late = board.run(ClaimPost(actor=board.me.actor, post=post.id))
    assert late.claims[1].sentence == "You wait, number 1 in the waiting line: others have all of it."
    assert late.claims[1].line_place == 1


def test_what_can_be_done_depends_on_who_looks(board: Service) -> None:
    post = publish(board)

    assert board.post(post.id).actions == (
        Action.CLAIM, Action.EDIT, Action.WITHDRAW, Action.NOTE, Action.CONTACT,
    )  # fmt: skip
    assert board.post(post.id, NODE).actions == (Action.CLAIM, Action.NOTE)
    claimed = board.run(ClaimPost(actor=NODE, post=post.id))
    assert Action.DELIVER in claimed.actions
    assert Action.CONFIRM in board.post(post.id).actions


def test_edits_notes_releases_and_withdrawals_show(board: Service) -> None:
    post = publish(board)
    edited = board.run(EditPost(actor=board.me.actor, post=post.id, content=need("water for six")))
    assert edited.content.text == "water for six"
    board.run(AddNote(actor=NODE, post=post.id, text="use the back gate"))
    claim = board.run(ClaimPost(actor=NODE, post=post.id)).my_claim
    assert claim is not None
    assert board.run(ReleaseClaim(actor=NODE, claim=claim)).standing.state is PostState.OPEN
    gone = board.run(WithdrawPost(actor=board.me.actor, post=post.id))

    assert gone.standing.state is PostState.WITHDRAWN
    assert "noted: use the back gate" in [line.sentence for line in gone.history]


def test_a_text_beyond_one_frame_is_refused_and_nothing_changes(board: Service) -> None:
    with pytest.raises(RuleError, match=r"bytes too long .* Nothing was lost"):
        publish(board, need(INCOMPRESSIBLE))

    assert board.board(BoardQuery(live_only=False)).posts == ()


def test_the_measure_says_how_much_to_take_out(board: Service) -> None:
    short, long = board.measure(need()), board.measure(need(INCOMPRESSIBLE))

    assert (short.over_bytes, long.over_bytes > 100) == (0, True)
    assert 0 < short.used_bytes < short.limit_bytes
    assert 0.5 < short.airtime_s < 2.2


def test_a_code_that_is_none_and_one_nobody_has_are_told_apart(board: Service) -> None:
    with pytest.raises(RuleError, match="not a code"):
        board.find("hello!")
    with pytest.raises(RuleError, match="no post ZZZZ"):
        board.find("zzzz")


def test_the_filter_finds_words_kinds_and_ones_own(board: Service) -> None:
    water = publish(board)
    soup = publish(board, PostContent(PostKind.OFFER, Category.FOOD, Urgency.LOW, "hot soup tonight"))
    board.run(PublishPost(actor=NODE, content=need("wood"), signed_as="Noor"))

    def found(query: BoardQuery) -> set[str]:
        return {post.content.text for post in board.board(query).posts}

    assert found(BoardQuery(text="SOUP")) == {"hot soup tonight"}
    assert found(BoardQuery(text="5th five")) == {"water for five"}
    assert found(BoardQuery(kinds=frozenset({PostKind.OFFER}))) == {soup.content.text}
    assert found(BoardQuery(categories=frozenset({Category.WATER}))) == {water.content.text, "wood"}
    assert found(BoardQuery(mine_only=True)) == {water.content.text, soup.content.text}


def test_another_process_sees_the_same_board(board: Service, tmp_path: Path) -> None:
    beside = Host(tmp_path)
    posted = publish(beside.open())
    beside.close()

    assert board.find(posted.code).content.text == "water for five"
    assert board.status().to_send == 2  # the introduction and the post
    assert board.status().link == "no station running"


def test_a_home_without_a_circle_says_how_to_begin(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="meshboard circle new"):
        Host(tmp_path / "nowhere").open()


def test_a_second_circle_stands_beside_the_first(board: Service, tmp_path: Path) -> None:
    Host(tmp_path).begin("Ben", new_circle="Other")

    assert board.status().circle_name == "Kitchen"
    beside = Host(tmp_path)
    assert [circle.name for circle in beside.circles()] == ["Kitchen", "Other"]
    assert beside.open().status().circle_name == "Kitchen"
    assert beside.open("oth").me.name == "Ben"
    beside.close()


def test_an_unknown_setting_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('lnik = "auto"\n')

    with pytest.raises(ConfigError, match=r"“lnik”.*link, port_number"):
        Host(tmp_path).begin("Ana", new_circle="Kitchen")
    assert not (tmp_path / "ledger.sqlite").exists()


def test_an_invite_lets_another_station_in(board: Service, tmp_path: Path) -> None:
    invite = board.circle.make_invite()
    other = Host(tmp_path / "other")

    assert other.begin("Ben", code=invite.code.lower().replace("-", " ")) == "Kitchen"
    assert other.open().status().circle_id == board.status().circle_id
    assert len(invite.qr_rows) <= 24
    assert {len(row) for row in invite.qr_rows} == {len(invite.qr_rows[0])}
    other.close()
