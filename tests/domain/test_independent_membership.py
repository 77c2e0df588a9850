"""Membership as `domain.vouching` reckons it is that of docs/protocol.md, also on sets that liars made."""

import random
from collections.abc import Sequence

import pytest

from meshboard.domain.circle_facts import (
    AuthorVouched,
    Cut,
    EpochBegun,
    InviteClosed,
    InviteMade,
    StationJoined,
    VouchWithdrawn,
)
from meshboard.domain.entries import Fact
from meshboard.domain.ids import EpochId, MemberKey, invite_id
from tests.domain.circle_entries import ANA, FIRST_EPOCH, Book, author, key
from tests.domain.independent_membership import Going, membership_by_the_document

PAPERS = (b"an invite key of 32 bytes, tests", b"another invite key of 32 bytes!!")
EVERYBODY = "ABCDE"
STORIES_OF_EACH = 100


class Storyteller:
    """Lets any members do anything to each other, with any stamps."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._epochs = [FIRST_EPOCH]

    def tell(self) -> Book:
        """Return one story."""
        book = Book().found()
        for letter in EVERYBODY[1:]:
            book.arrive(letter)
            if self._chance.random() < 0.6:
                book.write(letter, self._joined(), time_s=self._time())
        for _ in range(self._chance.randint(0, 22)):
            fact = self._fact()
            count = self._chance.choice((None, None, self._chance.randint(0, 30)))
            entry = book.write(self._chance.choice(EVERYBODY + "AB"), fact, count, time_s=self._time())
            if isinstance(fact, EpochBegun):
                self._epochs.append(EpochId(bytes(entry.id)))
        return book

    def _fact(self) -> Fact:
        epoch = self._chance.choice(self._epochs)
        paper = invite_id(self._chance.choice(PAPERS))
        return self._chance.choice(
            (
                EpochBegun(epoch, b"c" * 16, self._cuts(2)),
                EpochBegun(epoch, b"c" * 16, self._cuts(2)),
                AuthorVouched(key(self._letter()), self._chance.choice((None, epoch))),
                VouchWithdrawn(key(self._letter()), self._cuts(3)),
                InviteMade(paper, self._chance.randint(0, 2), self._chance.choice((None, 9))),
                InviteClosed(paper, self._members(3)),
                self._joined(),
            )
        )  # fmt: skip

    def _joined(self) -> StationJoined:
        return StationJoined(self._chance.choice(PAPERS), b"p" * 64)

    def _time(self) -> int | None:
        return self._chance.choice((None, self._chance.randint(1, 20)))

    def _letter(self) -> str:
        return self._chance.choice(EVERYBODY)

    def _members(self, most: int) -> tuple[MemberKey, ...]:
        return tuple(sorted({key(self._letter()) for _ in range(self._chance.randint(0, most))}))

    def _cuts(self, most: int) -> tuple[Cut, ...]:
        return tuple(Cut(member, 0, self._chance.randint(0, 8)) for member in self._members(most))


@pytest.mark.parametrize("seed", range(5))
def test_the_document_and_the_code_come_to_the_same(seed: int) -> None:
    for story in range(STORIES_OF_EACH):
        book = Storyteller(seed * STORIES_OF_EACH + story).tell()

        assert _by_the_code(book) == _by_the_document(book), f"story {story}"


def _by_the_code(book: Book) -> Sequence[object]:
    told = book.told()
    gone = {one: standing for one, standing in told.standings.items() if not standing.counts}
    return (
        list(told.members()),
        told.epoch.id,
        told.is_rekey_due,
        {one: standing.reach for one, standing in gone.items()},
        {one for one, standing in told.standings.items() if standing.removed_by},
        {(log.author, number) for log, number in told.last_words},
    )


def _by_the_document(book: Book) -> Sequence[object]:
    told: Going = membership_by_the_document(FIRST_EPOCH, author(ANA), book.entries)
    known = told.circle.facts
    return (
        sorted(told.counts & known.keys()),
        told.epoch_that_holds(),
        told.is_epoch_due(),
        {one: told.reach_of(one) for one in known if one not in told.counts},
        {one for one in known if one[:8] in told.removals},
        {(one, entry.number) for one, entry in told.last_words.items()},
    )
