"""Answers to handhelds pass the governor as frames do: counted, kept, held back, shown, in turn with them."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from meshboard.figures import ANSWERS_MOST, TEXT_PATIENCE
from meshboard.ledger.circle.remembered import AIRTIME_LOG
from meshboard.ledger.ledger import Ledger
from meshboard.link import LinkState, LinkStatus, NodeNumber, Refusal, SendRefused
from meshboard.station.air.airtime import StationAirtime
from meshboard.station.board.service import Service
from meshboard.station.circle.desk import Desk
from meshboard.station.process.real_clock import SystemClock, boot_name
from meshboard.station.texts.handheld_answers import HandheldAnswers
from meshboard.station.texts.texts import Answer, AnswerKind, HandheldSender
from meshboard.sync.air.governor import Grade, Rule
from meshboard.sync.events import FrameUse
from tests.station.beside import Beside, HandClock
from tests.support.stations.linked import KITCHEN, Air, Linked, MemoryLink, critical, eventually, running

NODE = LinkStatus(LinkState.UP, hop_limit=0)
ANA = NodeNumber(1)
LIST = Answer("> " + "K7Q2 need 5 gal: water @5th&oak (water)\n" * 4, AnswerKind.SHOWN)
BUDGET_S = 360.0


class Kiosk:
    """The answers of a station with a fresh hour."""

    def __init__(self, ledger: Ledger) -> None:
        self.clock = HandClock()
        self.airtime = StationAirtime(ledger, self.clock, "boot")
        self.answering = HandheldAnswers(self.airtime, self.clock)

    def spent_s(self) -> float:
        return self.airtime.governor.spent_s(self.clock.monotonic)

    def wait(self, seconds: float) -> None:
        self.clock.monotonic += seconds

    def rule(self) -> Rule | None:
        return next(iter(self.answering.held())).rule


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.create(tmp_path / "ledger.sqlite") as ledger:
        yield ledger


@pytest.fixture
def kiosk(ledger: Ledger) -> Kiosk:
    return Kiosk(ledger)


def test_a_text_counts_in_the_hour_and_outlives_the_process(kiosk: Kiosk, ledger: Ledger) -> None:
    kiosk.answering.add(LIST, ANA)
    assert kiosk.answering.next_text(NODE) is not None
    kiosk.airtime.save_log()

    again = StationAirtime(ledger, kiosk.clock, "boot").governor
    assert again.spent_s(kiosk.clock.monotonic) == pytest.approx(1.65, abs=0.1)
    assert [one.use for one in again.log()] == [FrameUse.TEXT]
    assert "K7Q2" not in ledger.remembered.read(AIRTIME_LOG)


def test_relays_by_the_nodes_own_hop_limit_keep_the_next_frame_waiting(kiosk: Kiosk) -> None:
    kiosk.answering.add(LIST, ANA)
    kiosk.answering.next_text(replace(NODE, hop_limit=4))

    waits_s = kiosk.airtime.governor.allowed_at(1.0, Grade.NEWS) - kiosk.clock.monotonic
    assert waits_s == pytest.approx(1.3 * 3.0 * kiosk.spent_s())


def test_a_busy_channel_stops_answers_as_it_stops_news_and_whether_a_wipe_came_later(kiosk: Kiosk) -> None:
    kiosk.airtime.governor.note_channel_utilisation(0.25, kiosk.clock.monotonic)
    kiosk.answering.add(LIST, ANA)
    assert kiosk.answering.next_text(NODE) is None
    assert kiosk.rule() is Rule.BUSY

    kiosk.answering.add(Answer("> wiped", AnswerKind.URGENT), ANA)
    said = kiosk.answering.next_text(NODE)
    assert said is not None
    assert said.answer.text == "> wiped"

    kiosk.airtime.governor.note_channel_utilisation(0.60, kiosk.clock.monotonic)
    kiosk.answering.add(Answer("> wiped again", AnswerKind.URGENT), ANA)
    assert kiosk.answering.next_text(NODE) is None


def test_whether_the_board_was_wiped_does_not_wait_behind_a_frame(kiosk: Kiosk) -> None:
    kiosk.airtime.governor.record(2.0, 3, kiosk.clock.monotonic, FrameUse.NEWS)
    kiosk.answering.add(LIST, ANA)
    assert kiosk.answering.next_text(NODE) is None
    assert kiosk.rule() is Rule.SPACING

    kiosk.answering.add(Answer("> wiped", AnswerKind.URGENT), ANA)
    assert kiosk.answering.next_text(NODE) is not None


def test_two_texts_are_two_seconds_apart(kiosk: Kiosk) -> None:
    for number in (1, 2):
        kiosk.answering.add(Answer("> ok"), NodeNumber(number))
    assert kiosk.answering.next_text(NODE) is not None

    kiosk.wait(2.0)
    assert kiosk.answering.next_text(NODE) is None
    kiosk.wait(0.2)
    assert kiosk.answering.next_text(NODE) is not None


def test_handhelds_that_write_without_end_leave_the_board_most_of_the_hour(kiosk: Kiosk) -> None:
    kiosk.airtime.governor.note_channel_utilisation(0.0, kiosk.clock.monotonic + 3600.0)
    for number in range(2000):
        kiosk.wait(1.5)
        kiosk.answering.add(replace(LIST, text=f"{LIST.text}{number}"), NodeNumber(number % 7))
        kiosk.answering.next_text(NODE)

    assert kiosk.spent_s() <= ANSWERS_MOST * BUDGET_S
    assert kiosk.rule() is Rule.ANSWERS
    assert kiosk.airtime.governor.allowed_at(2.0, Grade.NEWS) <= kiosk.clock.monotonic


def test_a_board_that_has_spent_its_part_still_answers_some(kiosk: Kiosk) -> None:
    governor = kiosk.airtime.governor
    governor.note_channel_utilisation(0.0, kiosk.clock.monotonic + 3600.0)
    while governor.allowed_at(2.0, Grade.NEWS) <= kiosk.clock.monotonic:
        governor.record(2.0, 0, kiosk.clock.monotonic, FrameUse.REPAIR)
        kiosk.wait(2.7)
    said = 0
    for number in range(100):
        kiosk.wait(2.7)
        kiosk.answering.add(replace(LIST, text=f"{LIST.text}{number}"), ANA)
        said += kiosk.answering.next_text(NODE) is not None

    assert 8 <= said <= 12
    assert kiosk.rule() is Rule.RESERVE
    assert governor.allowed_at(2.0, Grade.CRITICAL) <= kiosk.clock.monotonic


def test_a_text_that_the_node_refused_took_no_air_and_one_that_nobody_confirmed_three_times(
    kiosk: Kiosk,
) -> None:
    size = len(LIST.text.encode())
    kiosk.answering.add(LIST, ANA)
    kiosk.answering.next_text(NODE)
    once_s = kiosk.spent_s()

    unconfirmed = SendRefused("", why=Refusal.UNANSWERED, text_bytes=size)
    kiosk.answering.take_back(unconfirmed, NODE)
    assert kiosk.spent_s() == pytest.approx(3 * once_s)

    kiosk.answering.take_back(SendRefused("", why=Refusal.OTHER, text_bytes=size), NODE)
    assert kiosk.spent_s() == pytest.approx(2 * once_s)
    kiosk.wait(60.0)
    assert kiosk.airtime.governor.held_by(1.0, Grade.NEWS)[0] <= kiosk.clock.monotonic


class Chatty:
    """Answers with more than it was asked."""

    def answer(self, text: str, sender: HandheldSender) -> Answer | None:  # noqa: ARG002 -- the port has it
        return Answer(f"> {text}", AnswerKind.DONE)


async def test_another_process_sees_what_answers_wait_and_what_they_took(tmp_path: Path) -> None:
    kiosk = Linked(tmp_path, "Kiosk", Air())
    async with running(kiosk, responder=Chatty()):
        kiosk.link.hear_text("list")
        await eventually(lambda: bool(kiosk.link.texts))
        governor = kiosk.station._airtime.governor
        governor.note_channel_utilisation(0.3, SystemClock().monotonic_s())
        kiosk.link.hear_text("help")
        with Ledger.open(kiosk.path) as beside:
            board = Service(Desk(beside, KITCHEN, SystemClock()), Beside())
            await eventually(
                lambda: any(one.counted.startswith("1 answer") for one in board.airtime().waiting)
            )
            seen = board.airtime()

    answer = next(one for one in seen.waiting if one.counted == "1 answer to a handheld")
    assert answer.rule == Rule.BUSY.value
    assert seen.by_use["text"] > 0.0
    assert len(kiosk.link.texts) == 1


async def test_what_a_text_takes_is_kept_before_it_goes(tmp_path: Path) -> None:
    kiosk = Linked(tmp_path, "Kiosk", Air())
    kept: list[FrameUse | None] = []

    class Witness(MemoryLink):
        def send_text(self, text: str, to: NodeNumber) -> None:
            with Ledger.open(kiosk.path) as beside:
                again = StationAirtime(beside, SystemClock(), boot_name())
                kept.extend(one.use for one in again.governor.log())
            super().send_text(text, to)

    kiosk.link = Witness(Air())
    async with running(kiosk, responder=Chatty()):
        kiosk.link.hear_text("list")
        await eventually(lambda: bool(kiosk.link.texts))

    assert FrameUse.TEXT in kept


async def test_answers_wait_while_the_link_is_away_and_come_when_it_is_back(tmp_path: Path) -> None:
    kiosk = Linked(tmp_path, "Kiosk", Air())
    async with running(kiosk, responder=Chatty()):
        governor = kiosk.station._airtime.governor
        governor.note_channel_utilisation(0.3, SystemClock().monotonic_s())
        kiosk.link.hear_text("list")
        kiosk.link.turn(LinkState.LOST)
        governor.note_channel_utilisation(0.0, SystemClock().monotonic_s())
        await eventually(lambda: kiosk.station.report().link.state is LinkState.LOST)
        assert kiosk.link.texts == []

        kiosk.link.turn(LinkState.UP)
        await eventually(lambda: len(kiosk.link.texts) == 1)


class Order(MemoryLink):
    """A link that notes in which order frames and texts go."""

    def __init__(self, air: Air) -> None:
        super().__init__(air)
        self.said: list[str] = []

    def send_text(self, text: str, to: NodeNumber) -> None:
        self.said.append("text")
        super().send_text(text, to)

    def send_frame(self, payload: bytes, hop_limit: int, channel: int = 0) -> None:
        self.said.append("frame")
        super().send_frame(payload, hop_limit, channel)


async def test_a_critical_post_goes_before_the_answers_that_wait_with_it(tmp_path: Path) -> None:
    kiosk = Linked(tmp_path, "Kiosk", Air())
    link = kiosk.link = Order(kiosk.air)
    async with running(kiosk, responder=Chatty()):
        governor = kiosk.station._airtime.governor
        for number in range(2, TEXT_PATIENCE + 3):  # frames that no answer waits for use no patience up
            kiosk.desk.write(critical("insulin"), kiosk.desk.member)
            await eventually(partial(sent_through, kiosk, number))
        governor.note_channel_utilisation(0.9, SystemClock().monotonic_s())
        kiosk.desk.write(critical("plasma"), kiosk.desk.member)
        for sender in (50, 51, 52):
            kiosk.link.hear_text("list", sender=sender)
        waiting = kiosk.station._running[KITCHEN.id].engine.waiting
        await eventually(lambda: any(one.what == "critical posts" for one in waiting(0.0)))
        link.said.clear()
        governor.note_channel_utilisation(0.0, SystemClock().monotonic_s())
        await eventually(lambda: link.said.count("text") == 3)

    assert link.said[0] == "frame"


def sent_through(station: Linked, number: int) -> bool:
    return station.desk.sent_through() >= number
