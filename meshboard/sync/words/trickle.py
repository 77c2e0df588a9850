"""When to say a word: often while stations differ, rarely while they agree."""

from meshboard import figures
from meshboard.bounded import BoundedMemory
from meshboard.figures import (
    DISAGREEMENT_PATIENCE,
    DISAGREEMENTS_REMEMBERED,
    LEAST_NEWS_INTERVALS,
    NEWS_INTERVALS_OF,
    PATIENT_INTERVALS,
)
from meshboard.sync.company.company import Company
from meshboard.sync.timing import Chance


class Trickle:
    """The Trickle timer (RFC 6206, section 4.2): often while stations differ, rarely while they agree."""

    def __init__(self, shortest_s: float, chance: Chance, company: Company, now_s: float) -> None:
        self._shortest_s = shortest_s
        self._chance = chance
        self._is_past_moment = False
        self._patience = PATIENT_INTERVALS
        self._company = company
        self._begin(self._news_s, now_s)

    @property
    def next_at(self) -> float:
        """When `advance` has something to do."""
        return self._ends_at if self._is_past_moment else self._moment_at

    def consistent(self) -> None:
        """Note that somebody just said the same."""
        self._heard += 1

    def said_as_much(self) -> None:
        """Note that we just said what our word would: none is needed in this interval."""
        self._heard += figures.TRICKLE_REDUNDANCY

    def note_told(self) -> None:
        """Note that we or somebody else told what they hold, with news that may be lost.

        Whoever differs has heard it, but among few no other news may follow for long.
        """
        if self._company.are_few:
            self.consistent()
        else:
            self.said_as_much()

    def reset(self, now_s: float) -> None:
        """Note that somebody differs: begin again with the shortest interval, unless already there."""
        self._patience = figures.PATIENT_INTERVALS
        if self._length_s > self._shortest_s:
            self._begin(self._shortest_s, now_s)

    def check_news(self, now_s: float, *, is_basic: bool) -> None:
        """Note that news is on its way to everybody: see soon, but not at once, whether it arrived.

        `is_basic`: others judge all else by it, such as who is in and which key counts.
        """
        self._patience = max(
            self._patience, figures.PATIENT_INTERVALS if is_basic else figures.PATIENT_WITH_POSTS
        )
        if self._length_s > self._news_s:
            self._begin(self._news_s, now_s)

    @property
    def _news_s(self) -> float:
        return self._shortest_s * max(LEAST_NEWS_INTERVALS, self._company.stations**2 // NEWS_INTERVALS_OF)

    def advance(self, now_s: float, *, is_settled: bool, is_alone: bool = False) -> bool:
        """Move to `now_s`; say whether this interval's word is due and nobody said it before.

        While not settled (a neighbour has not been heard to agree) the first intervals do not grow beyond
        those after news; among few, who say little, none does by much unless nobody was heard for a day.
        """
        is_due = False
        if not self._is_past_moment and now_s >= self._moment_at:
            self._is_past_moment = True
            is_due = self._heard < figures.TRICKLE_REDUNDANCY
        if now_s >= self._ends_at:
            self._patience = 0 if is_settled else max(self._patience - 1, 0)
            are_apart = self._company.are_few and not (is_settled or is_alone)
            self._begin(min(self._length_s * 2, self._longest_s(are_apart=are_apart)), now_s)
        return is_due

    def _longest_s(self, *, are_apart: bool) -> float:
        if self._patience:
            return self._news_s
        doublings = figures.APART_DOUBLINGS if are_apart else figures.TRICKLE_DOUBLINGS
        return self._shortest_s * (1 << doublings)

    def _begin(self, length_s: float, now_s: float) -> None:
        self._length_s = length_s
        self._ends_at = now_s + length_s
        self._moment_at = now_s + self._chance.uniform(length_s / 2, length_s)
        self._heard = 0
        self._is_past_moment = False


class Disagreements:
    """Counts how often the same two states met, so that stations that cannot agree fall silent."""

    def __init__(self) -> None:
        self._met: BoundedMemory[tuple[bytes, bytes], int] = BoundedMemory(DISAGREEMENTS_REMEMBERED)

    def is_worth_acting(self, ours: bytes, theirs: bytes) -> bool:
        """Count one more meeting of these states; say whether to act: first 16 times, then the 32nd, 64th."""
        times = self._met.get((ours, theirs), 0) + 1
        self._met[(ours, theirs)] = times
        return times <= DISAGREEMENT_PATIENCE or times & (times - 1) == 0
