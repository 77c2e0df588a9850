"""Which texts were acted on is kept for a day, and few of them."""

from pathlib import Path

import pytest

from meshboard.domain.people import Actor, ActorKind, TextId
from meshboard.figures import DONE_TEXTS, DONE_TEXTS_LAST_S
from meshboard.ledger.ledger import Ledger
from tests.support.entries.signed import CIRCLE, NOON


def text(number: int, sender: bytes = b"ana-node", *, is_proven: bool = True) -> TextId:
    return TextId(Actor(ActorKind.HANDHELD, sender), number, is_proven)


class Hall:
    """A ledger in which texts are acted on."""

    def __init__(self, path: Path) -> None:
        self.ledger = Ledger.create(path)
        self.ledger.circles.add(CIRCLE, b"s" * 32)

    def keep(self, *texts: TextId, now_s: int | None = NOON) -> None:
        with self.ledger.writing():
            for one in texts:
                self.ledger.done_texts.keep(CIRCLE.id, one, now_s)

    def has(self, one: TextId) -> bool:
        return self.ledger.done_texts.has(CIRCLE.id, one)


@pytest.fixture
def hall(tmp_path: Path) -> Hall:
    return Hall(tmp_path / "hall.ledger")


def test_a_text_is_known_for_a_day_and_not_for_ever(hall: Hall) -> None:
    hall.keep(text(1))
    hall.keep(text(2), now_s=NOON + DONE_TEXTS_LAST_S - 1)
    assert hall.has(text(1))

    hall.keep(text(3), now_s=NOON + DONE_TEXTS_LAST_S)
    assert [hall.has(text(number)) for number in (1, 2, 3)] == [False, True, True]


def test_without_a_clock_texts_are_known_and_bounded_by_their_number(hall: Hall) -> None:
    hall.keep(*(text(number) for number in range(1, DONE_TEXTS + 2)), now_s=None)

    assert [hall.has(text(number)) for number in (1, 2, DONE_TEXTS + 1)] == [False, True, True]


def test_a_flood_of_invented_senders_pushes_out_no_proven_one(hall: Hall) -> None:
    hall.keep(text(1))
    invented = [text(1, number.to_bytes(8, "big"), is_proven=False) for number in range(DONE_TEXTS + 20)]
    hall.keep(*invented)

    assert hall.has(text(1))
    assert sum(map(hall.has, invented)) == DONE_TEXTS


def test_leaving_a_circle_forgets_who_wrote_to_it(hall: Hall) -> None:
    hall.keep(text(1))
    hall.ledger.circles.forget(CIRCLE.id)

    assert not hall.has(text(1))


def test_the_same_text_is_kept_once(hall: Hall) -> None:
    hall.keep(text(1), text(1))

    assert hall.has(text(1))
