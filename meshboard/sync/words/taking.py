"""Take in much that is lacking here: ask for the most urgent of it soon, for the rest when silence falls."""

from collections.abc import Mapping

from meshboard.domain.entries import LogId
from meshboard.sync.chance import Chance
from meshboard.sync.entries.bulk import is_much
from meshboard.sync.entries.repair import Lacking
from meshboard.sync.holdings.ranges import Ranges, count_of, includes
from meshboard.sync.timing import Timings
from meshboard.sync.words.wanting import Wants


class Taking:
    """Whether much is coming here. What we would say of what we hold is then old before it is said."""

    def __init__(self, timings: Timings, chance: Chance, wants: Wants) -> None:
        self._timings = timings
        self._chance = chance
        self._wants = wants
        self._has_begun = False
        self.lacks_much = False
        """Whether much was lacking, or the rest of it, when something of it came last."""
        self._first_until = float("-inf")
        self.ask_at = float("-inf")
        """When to ask for it at the earliest: until then it is coming, or somebody was asked."""

    def is_on(self, now_s: float) -> bool:
        """Say whether much is coming, or was asked for lately."""
        return now_s < self.ask_at

    def is_for_first(self, now_s: float) -> bool:
        """Say whether to ask, as soon as we may, is to ask for the most urgent of much."""
        return max(self.ask_at, now_s) < self._first_until

    def note_came(self, lacking: Lacking, now_s: float, *, fills_gaps: bool, is_member: bool) -> None:
        """Note that new entries came; `fills_gaps`: some were known to be lacking, and are not news.

        `is_member`: we know that we count; before that what comes waits here for those who let us in, untold.
        """
        if not is_member:
            self._wait(now_s)
        if not is_member or not self._is_much(lacking):
            return
        if not self._has_begun:
            self._has_begun = True
            self._first_until = now_s + self._timings.first_window_s
        if fills_gaps or not self.is_on(now_s) or now_s < self._first_until:
            self._wait(now_s)

    def note_asked(self, lacking: Lacking, now_s: float) -> None:
        """Note that we told what we hold: whoever gives much needs time for it."""
        if self._is_much(lacking):
            self._wait(now_s)
            if now_s < self._first_until:
                self.ask_at = now_s + self._chance.uniform(*self._timings.first_again_s)

    def note_asks_too(self, lacking: Lacking, theirs: Mapping[LogId, Ranges], now_s: float) -> None:
        """Note what somebody holds who asks: whoever lacks most of what we lack asks for us as well."""
        told = [(log, ranges) for log, ranges in lacking if log in theirs]
        same = sum(1 for log, ranges in told if not includes(theirs[log], ranges[0][0]))
        if self._is_much(lacking) and told and 2 * same >= len(told):
            self._wait(now_s)

    def _is_much(self, lacking: Lacking) -> bool:
        """Say whether much is lacking, or the rest of it."""
        count = sum(count_of(ranges) for _, ranges in lacking)
        self.lacks_much = is_much(count, self._wants.stations, is_under_way=self.lacks_much)
        self._has_begun &= self.lacks_much
        return self.lacks_much

    def _wait(self, now_s: float) -> None:
        is_first = now_s < self._first_until
        timings = self._timings
        wait_s = timings.first_ask_s if is_first else timings.bulk_ask_s(self._wants.stations)
        self.ask_at = now_s + self._chance.uniform(*wait_s)
