"""A handheld's whole visit, with the real service on a real ledger file."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from meshboard.domain.circle_facts import StationIntroduced
from meshboard.domain.people import TextId
from meshboard.domain.standing import PostState
from meshboard.domain.views import BoardQuery
from meshboard.handheld.conversation import Conversation
from meshboard.handheld.paging import MAX_ANSWER_BYTES
from meshboard.ledger.ledger import Ledger
from meshboard.station.board.service import Service
from meshboard.station.circle.desk import Desk
from meshboard.station.texts.texts import HandheldSender
from tests.support.entries.signed import BOX_KEY
from tests.support.entries.unsigned import NOON, handheld
from tests.support.stations.acquainted import circle_of, settle_in
from tests.support.stations.linked import Alone

ANA = HandheldSender(handheld(b"ana-node"), "Ana's node")
BO = HandheldSender(handheld(b"bo--node"), "Bo")


class NoonClock:
    """A clock that stands still; Conversation is given its own seconds."""

    def monotonic_s(self) -> float:
        return 0.0

    def wall_s(self) -> int | None:
        return NOON


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Service]:
    with Ledger.create(tmp_path / "hall.ledger") as ledger:
        settle_in(ledger, circle_of("Fifth and Oak", b"k" * 32), "Hall kiosk", NoonClock())
    with Ledger.open(tmp_path / "hall.ledger") as ledger:
        yield serving(ledger)


def serving(ledger: Ledger) -> Service:
    """Return what a process that opens the hall's ledger acts through."""
    return Service(Desk(ledger, ledger.circles.all()[0], NoonClock()), Alone())


class Talker:
    """Writes to the hall, a minute between messages."""

    def __init__(self, hall: Service) -> None:
        self._seconds = 0.0
        self._conversation = Conversation(hall, lambda: self._seconds)

    def ask(self, text: str, sender: HandheldSender = ANA) -> str:
        self._seconds += 61
        answer = self._conversation.answer(text, sender)
        assert answer is not None
        assert len(answer.text.encode()) <= MAX_ANSWER_BYTES
        return answer.text


def test_a_need_is_posted_taken_delivered_and_confirmed_by_two_handhelds(hall: Service) -> None:
    talk = Talker(hall)
    code = re.findall(r"> (\w{4,5}) need 5 gal: water @5th&oak", talk.ask("need water 5 gal @5th&oak"))[0]

    assert f"{code} need 5 gal water @5th&oak" in talk.ask("list", BO)
    assert "You have 5 gal, promised." in talk.ask(f"take {code.lower()}", BO)
    assert "note added" in talk.ask(f"note {code} at the back gate", BO)
    assert "Bo (through Hall kiosk) noted: at the back gate" in talk.ask(f"show {code}")
    assert "marked as delivered" in talk.ask(f"done {code}", BO)
    assert "confirmed, thank you. It is done." in talk.ask(f"done {code}")
    assert hall.find(code).standing.state is PostState.DONE


def test_what_a_handheld_posts_shows_whose_node_it_came_from(hall: Service) -> None:
    Talker(hall).ask("offer soup 40 portions")

    (post,) = hall.board(BoardQuery()).posts
    assert str(post.who) == "Ana's node (through Hall kiosk)"


def test_a_post_too_long_for_a_frame_is_refused_and_not_stored(hall: Service) -> None:
    no_two_alike = "".join(chr(0x13000 + 7 * place) for place in range(90))

    answer = Talker(hall).ask(f"need {no_two_alike}")

    assert "too long" in answer
    assert hall.board(BoardQuery()).total == 0


def test_a_handhelds_view_is_its_own(hall: Service) -> None:
    talk = Talker(hall)
    talk.ask("need water")
    talk.ask("need bread", BO)

    assert "water" in talk.ask("my")
    assert "bread" not in talk.ask("my")


def nth(number: int, sender: HandheldSender = ANA) -> HandheldSender:
    """Return the sender of a text that their node gave this number."""
    return replace(sender, text_number=number)


@pytest.fixture
def after_restart(hall: Service, tmp_path: Path) -> Iterator[Talker]:
    """Another process, which remembers nothing but what is on the disk."""
    with Ledger.open(tmp_path / "hall.ledger") as ledger:
        yield Talker(serving(ledger))


def test_a_text_heard_again_after_a_restart_takes_nothing_down(hall: Service, after_restart: Talker) -> None:
    talk = Talker(hall)
    talk.ask("need water", nth(0x211))
    assert "taken down" in talk.ask("cancel", nth(0x212))
    code = re.findall(r"> (\w{4,5}) need", talk.ask("need insulin", nth(0x213)))[0]

    assert "done already" in after_restart.ask(f"cancel {code}", nth(0x212))
    assert "done already" in after_restart.ask("need insulin", nth(0x213))
    assert [post.content.text for post in hall.board(BoardQuery()).posts] == ["insulin"]


def test_the_yes_to_a_question_is_one_act_too(hall: Service, after_restart: Talker) -> None:
    talk = Talker(hall)
    talk.ask("we have no water", nth(1))
    talk.ask("yes", nth(2))

    assert "done already" in after_restart.ask("yes", nth(2))
    assert hall.board(BoardQuery()).total == 1


def test_the_same_number_of_another_sender_is_another_text(hall: Service, after_restart: Talker) -> None:
    Talker(hall).ask("need water", nth(7))

    assert "It is on the board" in after_restart.ask("need bread", nth(7, BO))


def test_a_text_without_a_number_is_never_taken_for_another(hall: Service, after_restart: Talker) -> None:
    Talker(hall).ask("need water")

    assert "It is on the board" in after_restart.ask("need bread")


def test_a_text_that_was_refused_may_come_again(hall: Service, after_restart: Talker) -> None:
    assert "ZZZZ" in Talker(hall).ask("take ZZZZ", nth(9))

    assert "done already" not in after_restart.ask("take ZZZZ", nth(9))


def test_a_text_that_is_only_shown_something_is_answered_each_time(
    hall: Service, after_restart: Talker
) -> None:
    assert Talker(hall).ask("list", nth(9)) == after_restart.ask("list", nth(9))


def test_an_act_and_the_memory_of_it_are_on_the_disk_together_or_not_at_all(hall: Service) -> None:
    text = TextId(ANA.actor, 5, is_proven=False)
    desk = hall._desk

    with suppress(KeyboardInterrupt), desk.writing():
        desk.ledger.done_texts.keep(desk.circle.id, text, hall.now())
        desk.write(StationIntroduced("Hall", BOX_KEY), desk.member)
        raise KeyboardInterrupt
    assert not hall.was_done(text)

    with desk.writing():
        desk.ledger.done_texts.keep(desk.circle.id, text, hall.now())
        desk.write(StationIntroduced("Hall", BOX_KEY), desk.member)
    assert hall.was_done(text)


def test_a_text_that_was_asked_about_and_done_is_done_for_good(hall: Service, after_restart: Talker) -> None:
    talk = Talker(hall)
    talk.ask("we have no water", nth(1))
    talk.ask("yes", nth(2))
    talk.ask("list", nth(3))

    assert "done already" in talk.ask("we have no water", nth(1))
    assert "done already" in after_restart.ask("we have no water", nth(1))
    assert hall.board(BoardQuery()).total == 1
