"""A handheld's whole visit, with the real service on a real ledger file."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from meshboard.domain.standing import PostState
from meshboard.domain.views import BoardQuery
from meshboard.handheld.conversation import Conversation
from meshboard.handheld.paging import MAX_ANSWER_BYTES
from meshboard.ledger.ledger import Ledger
from meshboard.station.desk import Desk
from meshboard.station.report import StationReport
from meshboard.station.service import Service
from meshboard.station.texts import HandheldSender
from meshboard.trust.circle import make_open_circle
from tests.domain.making import NOON, handheld

ANA = HandheldSender(handheld(b"ana-node"), "Ana's node")
BO = HandheldSender(handheld(b"bo--node"), "Bo")


class NoonClock:
    """A clock that stands still; Conversation is given its own seconds."""

    def monotonic_s(self) -> float:
        return 0.0

    def wall_s(self) -> int | None:
        return NOON


class NoRadio:
    """No process drives a radio."""

    is_owner = False

    def someone_owns(self) -> bool:
        return False

    def report(self) -> StationReport | None:
        return None


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Service]:
    with Ledger.create(tmp_path / "hall.ledger") as ledger:
        circle = make_open_circle("Fifth and Oak", b"k" * 32)
        ledger.circles.add(circle, b"s" * 32)
        desk = Desk(ledger, circle, NoonClock())
        desk.introduce("Hall kiosk")
        yield Service(desk, NoRadio())


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
