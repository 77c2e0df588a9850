"""What waits for handhelds: in order, in turn, bounded, and not for ever."""

import pytest

from meshboard.figures import ANSWER_LASTS_S, MOST_ANSWERS, MOST_ANSWERS_OF_ONE
from meshboard.link import NodeNumber
from meshboard.station.texts.handheld_answers import WaitingAnswers
from meshboard.station.texts.texts import Answer, AnswerKind

ANA, BEN = NodeNumber(1), NodeNumber(2)


def drained(waiting: WaitingAnswers) -> list[tuple[int, str]]:
    said = []
    while (one := waiting.next()) is not None:
        waiting.took(one)
        said.append((int(one.to), one.answer.text))
    return said


def test_each_has_their_answers_in_order_and_all_take_turns() -> None:
    waiting = WaitingAnswers()
    for word in ("one", "two", "three"):
        waiting.add(Answer(word), ANA, 0.0)
    waiting.add(Answer("un"), BEN, 0.0)

    assert drained(waiting) == [(1, "one"), (2, "un"), (1, "two"), (1, "three")]


def test_a_newer_list_takes_the_place_of_an_older_one_and_of_its_pages() -> None:
    waiting = WaitingAnswers()
    waiting.add(Answer("list 1/2", AnswerKind.SHOWN), ANA, 0.0)
    waiting.add(Answer("list 2/2", AnswerKind.PAGE), ANA, 1.0)
    waiting.add(Answer("posted K7Q2"), ANA, 2.0)
    waiting.add(Answer("Ben's list", AnswerKind.SHOWN), BEN, 3.0)
    waiting.add(Answer("show K7Q2", AnswerKind.SHOWN), ANA, 4.0)

    assert drained(waiting) == [(1, "posted K7Q2"), (2, "Ben's list"), (1, "show K7Q2")]
    assert waiting.dropped == 0


def test_the_next_page_comes_after_the_page_that_still_waits() -> None:
    waiting = WaitingAnswers()
    waiting.add(Answer("list 1/2", AnswerKind.SHOWN), ANA, 0.0)
    waiting.add(Answer("list 2/2", AnswerKind.PAGE), ANA, 1.0)

    assert drained(waiting) == [(1, "list 1/2"), (1, "list 2/2")]


@pytest.mark.parametrize("kind", AnswerKind)
def test_the_same_answer_waits_once(kind: AnswerKind) -> None:
    waiting = WaitingAnswers()
    waiting.add(Answer("the same", kind), ANA, 0.0)
    waiting.add(Answer("the same", kind), ANA, 1.0)

    assert drained(waiting) == [(1, "the same")]


def test_of_one_who_has_too_many_the_oldest_goes_that_can_be_asked_for_again() -> None:
    waiting = WaitingAnswers()
    waiting.add(Answer("done 0"), ANA, 0.0)
    waiting.add(Answer("list", AnswerKind.SHOWN), ANA, 0.0)
    for number in range(1, MOST_ANSWERS_OF_ONE + 1):
        waiting.add(Answer(f"done {number}"), ANA, 0.0)

    assert drained(waiting) == [(1, f"done {number}") for number in range(1, MOST_ANSWERS_OF_ONE + 1)]
    assert waiting.dropped == 2


def test_one_who_writes_under_many_numbers_leaves_the_others_their_answer() -> None:
    waiting = WaitingAnswers()
    waiting.add(Answer("posted"), ANA, 0.0)
    for number in range(100, 100 + MOST_ANSWERS):
        waiting.add(Answer("list 1/2", AnswerKind.SHOWN), NodeNumber(number), 0.0)
        waiting.add(Answer("list 2/2", AnswerKind.PAGE), NodeNumber(number), 0.0)

    assert len(waiting) == MOST_ANSWERS
    assert (1, "posted") in drained(waiting)


def test_numbers_without_end_take_from_nobody_the_last_answer_that_waits() -> None:
    waiting = WaitingAnswers()
    waiting.add(Answer("posted"), ANA, 0.0)
    for number in range(100, 100 + 3 * MOST_ANSWERS):
        waiting.add(Answer("posted"), NodeNumber(number), 0.0)
    waiting.add(Answer("wiped", AnswerKind.URGENT), BEN, 0.0)

    assert len(waiting) == MOST_ANSWERS
    told = drained(waiting)
    assert told[:2] == [(2, "wiped"), (1, "posted")]
    assert [node for node, _ in told[2:]] == [*range(100, 100 + MOST_ANSWERS - 2)]


def test_what_nobody_waits_for_any_more_is_dropped_and_counted() -> None:
    waiting = WaitingAnswers()
    waiting.add(Answer("old"), ANA, 0.0)
    waiting.add(Answer("new"), ANA, ANSWER_LASTS_S - 1.0)
    waiting.drop_old(ANSWER_LASTS_S)

    assert drained(waiting) == [(1, "new")]
    assert waiting.dropped == 1


def test_whether_the_board_was_wiped_goes_before_all_else() -> None:
    waiting = WaitingAnswers()
    waiting.add(Answer("posted"), ANA, 0.0)
    waiting.add(Answer("wiped", AnswerKind.URGENT), BEN, 0.0)

    assert drained(waiting) == [(2, "wiped"), (1, "posted")]
