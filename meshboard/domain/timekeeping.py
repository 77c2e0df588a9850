"""What time it probably is: the own clock, unless most of those heard lately agree on another time."""

from collections import OrderedDict
from collections.abc import Sequence

from meshboard.domain.ids import AuthorId

LATELY_S = 24 * 3600.0
"""How long what a station said counts: machines without a clock chip drift by seconds a day."""
MAX_HEARD = 64
ENOUGH = 3
CLOSE_S = 3600
"""Clocks that differ by less agree: more than news waits for the air, less than what expires is bad by."""


class Timekeeper:
    """Compares the own clock with the stamps of what others say at this moment.

    So a machine that wakes up in last March neither dates what is written on it back, nor takes what
    others wrote for what is to come; and one of them that is wrong, or lies, moves nobody else's time.
    """

    def __init__(self) -> None:
        self._ahead_s: OrderedDict[AuthorId, tuple[float, float]] = OrderedDict()

    def note(self, author: AuthorId, time_s: int, now_s: float) -> None:
        """Note a stamp that somebody who counts set just now; `time_s` in Unix seconds, `now_s` on a clock
        that never jumps.
        """
        self._ahead_s.pop(author, None)
        self._ahead_s[author] = (now_s, time_s - now_s)
        if len(self._ahead_s) > MAX_HEARD:
            self._ahead_s.popitem(last=False)

    def time_s(self, own_s: int | None, now_s: float) -> int | None:
        """Return Unix seconds, as far as can be told; `own_s`: what the own clock says, None = it is no use.

        Another's time only where more than half of all clocks, the own one included, agree on it.
        """
        votes = self._votes(own_s, now_s)
        agreed_s = _agreed(votes)
        if agreed_s is None or (own_s is not None and abs(own_s - agreed_s) <= CLOSE_S):
            return own_s
        return agreed_s

    def is_agreed(self, own_s: int | None, now_s: float) -> bool:
        """Say whether three clocks or more were compared, and most of them agree."""
        votes = self._votes(own_s, now_s)
        return len(votes) >= ENOUGH and _agreed(votes) is not None

    def _votes(self, own_s: int | None, now_s: float) -> Sequence[int]:
        heard = [ahead_s for heard_at, ahead_s in self._ahead_s.values() if now_s - heard_at < LATELY_S]
        return sorted([int(now_s + ahead_s) for ahead_s in heard] + ([] if own_s is None else [own_s]))


def _agreed(ascending: Sequence[int]) -> int | None:
    if not ascending:
        return None
    middle = ascending[len(ascending) // 2]
    close = sum(abs(vote - middle) <= CLOSE_S for vote in ascending)
    return middle if 2 * close > len(ascending) else None
