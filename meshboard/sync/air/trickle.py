"""When to say a word: often while stations differ, and never into the relays of a frame just heard."""

from meshboard import figures
from meshboard.sync.chance import Chance
from meshboard.sync.timing import Timings


class Trickle:
    """The Trickle timer (RFC 6206, section 4.2): often while stations differ, rarely while they agree."""

    def __init__(self, shortest_s: float, chance: Chance, now_s: float) -> None:
        self._shortest_s = shortest_s
        self._chance = chance
        self._is_past_moment = False
        self._patience = figures.PATIENT_INTERVALS
        self.stations = 2
        """How many stations there are, this one included."""
        self._begin(self._news_s, now_s)

    @property
    def are_few(self) -> bool:
        """Say whether hardly anybody else would answer in our place, or soon tell what they hold."""
        return self.stations <= figures.TRICKLE_FEW

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
        if self.are_few:
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
        return self._shortest_s * max(
            figures.LEAST_NEWS_INTERVALS, self.stations**2 // figures.NEWS_INTERVALS_OF
        )

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
            are_apart = self.are_few and not (is_settled or is_alone)
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


class Calm:
    """Waits until a frame has probably been relayed to the end: two floods that meet collide."""

    def __init__(self, timings: Timings, chance: Chance) -> None:
        self.at = float("-inf")
        """When to speak at the earliest."""
        self._pause_s = timings.calm_s
        self._relay_wait_s = timings.relay_wait_s
        self._longest_s = timings.longest_calm_s
        self._since = float("-inf")
        self._chance = chance

    def note_frame(self, air_s: float, relays: int, ends_at: float) -> None:
        """Note a frame of the circle, which so many more relays may pass on one by one once it ends."""
        if ends_at > self.at:
            self._since = ends_at
        quiet_at = ends_at + relays * (air_s + self._relay_wait_s) + self._chance.uniform(*self._pause_s)
        self.at = min(max(self.at, quiet_at), self._since + self._longest_s)
