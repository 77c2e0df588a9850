"""Whose word about what was handed over counts."""

from meshboard.figures import PACKETS_REMEMBERED
from meshboard.link import NodeNumber, Refusal
from meshboard.radio.handed_over import HandedFrame, HandedOver, HandedText

ANA, BEN = NodeNumber(1), NodeNumber(2)
FRAME, TEXT = HandedFrame(b"frame"), HandedText(ANA, 5)


def handed() -> HandedOver:
    over = HandedOver()
    over.remember(10, FRAME)
    over.remember(11, TEXT)
    return over


def test_a_text_is_settled_by_its_receiver_once_and_by_nobody_else() -> None:
    over = handed()

    assert over.settle(11, BEN) is None
    assert over.settle(11, ANA) == TEXT
    assert over.settle(11, ANA) is None


def test_nobody_but_our_own_node_settles_a_frame() -> None:
    over = handed()

    assert over.settle(10, ANA) is None
    assert over.take(10) == FRAME


def test_what_a_settled_text_took_of_the_air_is_still_for_our_own_node_to_say() -> None:
    over = handed()
    over.settle(11, ANA)

    assert over.take(11) == TEXT
    assert over.settle(11, ANA) is None


def test_what_is_forgotten_is_settled_no_more() -> None:
    over = handed()
    over.settle(11, ANA)
    for packet_id in range(100, 100 + PACKETS_REMEMBERED):
        over.remember(packet_id, FRAME)

    assert over.take(11) is None
    assert over._settled == set()


def test_a_queue_that_others_keep_filled_takes_one_frame_every_half_minute() -> None:
    over, given = HandedOver(), list[int]()
    for second in range(121):
        over.note_queue(3, float(second))
        if over.has_room(3, float(second)):
            over.expect_answer(second, float(second))
            assert not over.has_room(3, float(second))
            over.answered(second)
            given.append(second)

    assert given == [30, 60, 90, 120]


def test_a_full_queue_takes_none_and_one_with_room_takes_them_as_ever() -> None:
    over = HandedOver()
    over.note_queue(0, 0.0)
    assert not over.has_room(0, 100.0)

    over.note_queue(16, 101.0)
    over.expect_answer(1, 101.0)
    assert over.has_room(16, 101.0)
    over.expect_answer(2, 101.0)
    assert not over.has_room(16, 500.0)


def test_the_sentence_says_who_spoke() -> None:
    assert TEXT.refused("full", Refusal.QUEUE_FULL).reason.startswith("our node ")
    assert TEXT.refused("full", Refusal.NOT_HANDED).reason.startswith("this station ")
    assert TEXT.refused("full", Refusal.THERE).reason.startswith("the receiver's node !00000001 refused")


def test_the_journal_says_who_spoke_and_names_nobody() -> None:
    for why in Refusal:
        words = TEXT.refused("full", why).journal_words()
        assert "00000001" not in words
        assert ("the receiver's node refused" in words) == (why is Refusal.THERE)
        assert ("the node refused" in words) <= why.is_of_node
