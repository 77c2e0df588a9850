"""Whoever invents senders without end never displaces a member: played through the real responder."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from meshboard.domain.commands import AcceptClaim, AddNote, ClaimPost, PublishPost
from meshboard.domain.limits import BOUNDS, Counted
from meshboard.domain.people import Actor, ActorKind, Party
from meshboard.domain.views import BoardQuery, PostView
from meshboard.handheld.conversation import Conversation
from meshboard.handheld.paging import MAX_ANSWER_BYTES
from meshboard.link import NodeNumber, TextHeard
from meshboard.station.board.strangers import StrangersHour, critical_an_hour, entries_an_hour
from meshboard.station.texts.texts import HandheldSender, sender_of
from tests.support.stations.linked import KITCHEN, Air, Linked, eventually, running
from tests.support.stations.neighbours import NEED, STREET, Neighbour, tell

STRANGERS = {counted: BOUNDS[counted][Party.STRANGER] for counted in Counted}
AN_HOUR, CRITICAL_AN_HOUR = entries_an_hour(STREET.plan), critical_an_hour(STREET.plan)
EVERYTHING = BoardQuery()


def heard(number: int, *, is_proven: bool) -> HandheldSender:
    """Return who speaks under an invented number, or with a key made for it."""
    key = number.to_bytes(32, "big") if is_proven else None
    return sender_of(TextHeard("", NodeNumber(number), f"node {number}", key, direct=True, packet_id=number))


class Hall:
    """A keeper's station that handhelds write to, and a neighbour's that hears of it."""

    def __init__(self, folder: Path) -> None:
        self.keeper, self.neighbour = Neighbour(folder, "Hall"), Neighbour(folder, "Bo")
        self._conversation = Conversation(self.keeper.service, self.keeper.clock.monotonic_s)
        self._texts = count(1)

    def ask(self, text: str, sender: HandheldSender, after_s: float = 8.0) -> str:
        self.keeper.clock.monotonic += after_s
        answer = self._conversation.answer(text, replace(sender, text_number=next(self._texts)))
        assert answer is not None
        assert len(answer.text.encode()) <= MAX_ANSWER_BYTES
        assert "send: more" not in answer.text
        return answer.text

    def flood(
        self, texts: int, say: Callable[[int], str], *, is_proven: bool, after_s: float = 8.0
    ) -> list[str]:
        """Write under 64 numbers in turn."""
        return [self.ask(say(n), heard(n % 64 + 1, is_proven=is_proven), after_s) for n in range(texts)]

    def by_strangers(self) -> list[PostView]:
        posts = self.keeper.service.board(BoardQuery(with_hidden=True)).posts
        return [post for post in posts if post.standing and post.who.via]


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    made = Hall(tmp_path)
    yield made
    made.keeper.ledger.close()
    made.neighbour.ledger.close()


@pytest.mark.parametrize(
    ("texts", "is_proven"), [(450, False), (150, True)], ids=["invented numbers", "new keys"]
)
def test_hundreds_of_texts_of_64_strangers_leave_the_keepers_post_on_every_board(
    hall: Hall, texts: int, is_proven: bool
) -> None:
    answers = hall.flood(texts, lambda n: f"need water {n}", is_proven=is_proven)  # within an hour
    own = hall.keeper.service.publish(NEED)
    tell(hall.keeper, hall.neighbour)

    refused = [answer for answer in answers if "Not done" in answer]
    assert len(answers) - len(refused) == AN_HOUR.of_all
    for station in (hall.keeper, hall.neighbour):
        board = station.service.board(EVERYTHING)
        assert own.id in [post.id for post in board.posts]
        assert board.total == AN_HOUR.of_all + 1
    assert (own.hidden, own.beyond) == ("", "")


def test_over_hours_no_more_is_shown_than_the_bound_and_the_rest_is_said(hall: Hall) -> None:
    answers = hall.flood(220, lambda n: f"need water {n}", is_proven=False, after_s=70.0)
    own = hall.keeper.service.publish(NEED)
    tell(hall.keeper, hall.neighbour)

    shown, bound = hall.neighbour.service.board(EVERYTHING), STRANGERS[Counted.POST].of_all
    assert shown.total == bound + 1
    assert own.id in [post.id for post in shown.posts]
    assert shown.hidden == (f"{shown.hidden_count} posts of unknown handhelds hidden",)
    assert 0 < shown.hidden_count <= bound  # as much again is taken in, and no more
    hidden = [answer for answer in answers if "stored, but hidden" in answer]
    assert len(hidden) >= shown.hidden_count
    assert "takes no more" in answers[-1]

    code = re.findall(r"> (\w+): stored", hidden[0])[0]
    assert hall.neighbour.service.find(code).beyond == (
        f"beyond the {bound} posts that boards show of all unknown handhelds of one station together, "
        "until one of them closes"
    )


def test_some_who_take_all_they_may_leave_the_first_post_of_another_its_place(hall: Hall) -> None:
    for sender in range(10):
        for number in range(12):
            hall.ask(f"need water {number}", heard(sender + 1, is_proven=False), after_s=400.0)
    answer = hall.ask("need insulin", heard(99, is_proven=False))
    tell(hall.keeper, hall.neighbour)

    assert "It is on the board" in answer
    assert "insulin" in [post.content.text for post in hall.neighbour.service.board(EVERYTHING).posts]


def test_critical_posts_of_strangers_never_fill_the_top_of_a_screen(hall: Hall) -> None:
    hall.flood(120, lambda n: f"need help urgent critical {n}", is_proven=True, after_s=120.0)
    tell(hall.keeper, hall.neighbour)

    board = hall.neighbour.service.board(EVERYTHING)
    assert len(board.posts) == STRANGERS[Counted.CRITICAL].of_all
    assert board.hidden == (f"{board.hidden_count} critical posts of unknown handhelds hidden",)


def test_strangers_claims_hold_no_more_than_their_bound_and_members_claim_on(hall: Hall) -> None:
    needs = [hall.neighbour.service.publish(NEED) for _ in range(50)]
    tell(hall.keeper, hall.neighbour)
    answers = [
        hall.ask(f"take {post.code}", heard(n + 1, is_proven=False), after_s=90.0)
        for n, post in enumerate(needs)
    ]
    for n, post in enumerate(needs[:20]):  # their own word that it is done makes a promise no more than one
        hall.ask(f"done {post.code}", heard(n + 1, is_proven=False), after_s=90.0)
    for post in needs[-2:]:
        hall.keeper.claim(post.id)
    tell(hall.keeper, hall.neighbour)

    views = [hall.neighbour.service.post(post.id) for post in needs]
    bound = STRANGERS[Counted.CLAIM].of_all
    assert [post.standing.state.value for post in views] == ["claimed"] * bound + ["open"] * 8 + [
        "claimed"
    ] * 2
    assert "holds nothing until others close" in answers[bound]
    mine = next(claim for claim in views[-1].claims if claim.who.name == "Hall")
    assert mine.standing.holds == 1

    chosen = views[0].claims[0]
    hall.keeper.claim(needs[0].id)
    tell(hall.keeper, hall.neighbour)
    by_keeper = hall.neighbour.service.post(needs[0].id).claims[1]
    hall.neighbour.service.run(AcceptClaim(actor=hall.neighbour.me, claim=by_keeper.id))
    after = hall.neighbour.service.post(needs[0].id)
    assert after.claims[0].id == by_keeper.id
    assert chosen.id in [claim.id for claim in after.claims]


def test_strangers_notes_leave_a_member_theirs(hall: Hall) -> None:
    post = hall.keeper.service.publish(NEED)
    answers = hall.flood(30, lambda n: f"note {post.code} nonsense {n}", is_proven=False, after_s=90.0)
    hall.keeper.service.run(AddNote(actor=hall.keeper.me, post=post.id, text="at the back gate"))

    said = [line.sentence for line in hall.keeper.service.post(post.id).history]
    bound = STRANGERS[Counted.NOTE].of_all
    assert sum("nonsense" in sentence for sentence in said) == bound
    assert said[-1] == "noted: at the back gate"
    assert sum("note added" in answer for answer in answers) == bound
    assert f"beyond the {bound} notes that boards show of all unknown handhelds" in answers[-1]


def test_one_stranger_has_a_share_of_the_hour_and_what_ends_something_is_taken_longer(hall: Hall) -> None:
    one = heard(7, is_proven=True)
    answers = [hall.ask(f"need water {n}", one, after_s=10.0) for n in range(STRANGERS[Counted.POST].of_one)]
    codes = [re.findall(r"> (\w+) need", answer)[0] for answer in answers]
    more = [hall.ask(f"need bread {n}", one, after_s=10.0) for n in range(2)]
    gone = hall.ask(f"cancel {codes[0]}", one)

    assert "as many as any board shows of one unknown handheld" in more[0]
    assert "taken down" in gone
    other = heard(8, is_proven=True)
    assert "It is on the board" in hall.ask("need milk", other)


def test_an_hour_later_strangers_are_heard_again(hall: Hall) -> None:
    hall.flood(AN_HOUR.of_all, lambda n: f"need water {n}", is_proven=False, after_s=1.0)
    refused = hall.ask("need milk", heard(99, is_proven=False))
    wait_min = int(re.findall(r"Try again in (\d+) min", refused)[0])

    assert "on the board" in hall.ask("need milk", heard(99, is_proven=False), after_s=60.0 * wait_min)


def test_a_restart_is_no_fresh_hour_for_strangers(hall: Hall, tmp_path: Path) -> None:
    hall.flood(AN_HOUR.of_all, lambda n: f"need water {n}", is_proven=False, after_s=1.0)
    hall.keeper.ledger.close()
    hall.keeper.open(tmp_path)
    again = Conversation(hall.keeper.service, hall.keeper.clock.monotonic_s)

    answer = again.answer("need milk", heard(99, is_proven=False))
    assert answer is not None
    assert "Not done" in answer.text


def test_what_a_stranger_may_not_is_counted_for_nobody_else(hall: Hall) -> None:
    hall.flood(CRITICAL_AN_HOUR.of_all, lambda n: f"need help critical {n}", is_proven=True)
    refused = hall.ask("need help critical", heard(99, is_proven=True))

    assert "critical posts an hour" in refused
    assert "It is on the board" in hall.ask("need milk", heard(99, is_proven=True))
    walk_up = Actor(ActorKind.WALK_UP, b"walk-up.")
    hall.keeper.service.run(PublishPost(actor=walk_up, content=NEED))


def test_members_and_walk_ups_have_no_hour_to_keep_to() -> None:
    class Still:
        def monotonic_s(self) -> float:
            return 0.0

        def wall_s(self) -> int | None:
            return None

    hour, member = StrangersHour(STREET.plan, Still()), Actor(ActorKind.MEMBER, b"member..")
    for _ in range(2 * AN_HOUR.of_all):
        command = PublishPost(actor=member, content=NEED)
        hour.refuse(command)
        hour.note(command)


def test_a_members_claim_is_theirs_whatever_strangers_do(hall: Hall) -> None:
    post = hall.neighbour.service.publish(NEED)
    tell(hall.keeper, hall.neighbour)
    hall.keeper.service.run(ClaimPost(actor=hall.keeper.me, post=post.id))
    for number in range(1, 11):
        hall.ask(f"take {post.code}", heard(number, is_proven=False))
    tell(hall.keeper, hall.neighbour)

    assert hall.neighbour.service.post(post.id).claims[0].who.name == "Hall"


async def test_while_strangers_write_a_members_post_is_soon_on_the_other_board(tmp_path: Path) -> None:
    air = Air()
    hall, bo = Linked(tmp_path, "Hall", air), Linked(tmp_path, "Bo", air)
    responder = Conversation(hall.board(), hall.clock.monotonic_s)
    async with running(hall, bo, responder=responder):
        for number in range(96):  # all of it rests as long, and is due at once
            text = f"need help critical {number}" if number % 8 == 0 else f"need water {number}"
            sender = NodeNumber(1000 + number % 64)
            hall.link.hear(TextHeard(text, sender, "x", None, direct=True, packet_id=number))
        own = hall.board().publish(NEED)
        await eventually(lambda: bo.ledger.posts.record(own.id) is not None)
        before = bo.board().board(BoardQuery(with_hidden=True, limit=0)).total
        written = hall.board().board(BoardQuery(with_hidden=True, limit=0)).total
    assert written == 96 - 12 + critical_an_hour(KITCHEN.plan).of_all + 1
    assert before < written / 2  # the critical ones, and what its frame took along
