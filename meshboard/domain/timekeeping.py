"""What time it probably is: the own clock, unless most of those heard lately agree on another time."""

from collections.abc import Sequence

from meshboard.bounded import BoundedMemory
from meshboard.clock import Clock
from meshboard.domain.ids import AuthorId
from meshboard.figures import CLOCK_LATELY_S, CLOCKS_CLOSE_S, CLOCKS_ENOUGH, CLOCKS_HEARD


class CommonClock:
    """A clock set right by the stamps of what others say at this moment, where most of them agree.

    So a machine that wakes up in last March neither dates what is written on it back, nor takes what
    others wrote for what is to come; and one of them that is wrong, or lies, moves nobody else's time.
    """

    def __init__(self, own: Clock) -> None:
        self._own = own
        self._ahead_s: BoundedMemory[AuthorId, tuple[float, float]] = BoundedMemory(CLOCKS_HEARD)

    def note(self, author: AuthorId, time_s: int) -> None:
        """Note a stamp that somebody who counts set just now, in Unix seconds."""
        now_s = self.monotonic_s()
        self._ahead_s[author] = (now_s, time_s - now_s)

    def monotonic_s(self) -> float:
        """Return the own clock's seconds, which never run backwards."""
        return self._own.monotonic_s()

    def wall_s(self) -> int | None:
        """Return Unix seconds, None while nothing tells them.

        Another's time only where more than half of all clocks, the own one included, agree on it.
        """
        return self._set_right(self._own.wall_s())

    def off_s(self) -> int:
        """Return by how many seconds the own clock is ahead of the time gone by instead, negative = behind.

        0 where the own clock is gone by, and where it tells no time.
        """
        own_s = self._own.wall_s()
        right_s = self._set_right(own_s)
        return 0 if own_s is None or right_s is None else own_s - right_s

    def is_agreed(self) -> bool:
        """Say whether three clocks or more were compared, and most of them agree."""
        votes = self._votes(self._own.wall_s())
        return len(votes) >= CLOCKS_ENOUGH and _agreed(votes) is not None

    def _set_right(self, own_s: int | None) -> int | None:
        agreed_s = _agreed(self._votes(own_s))
        if agreed_s is None or (own_s is not None and abs(own_s - agreed_s) <= CLOCKS_CLOSE_S):
            return own_s
        return agreed_s

    def _votes(self, own_s: int | None) -> Sequence[int]:
        now_s = self.monotonic_s()
        heard = [ahead_s for heard_at, ahead_s in self._ahead_s.values() if now_s - heard_at < CLOCK_LATELY_S]
        return sorted([int(now_s + ahead_s) for ahead_s in heard] + ([] if own_s is None else [own_s]))


def _agreed(ascending: Sequence[int]) -> int | None:
    if not ascending:
        return None
    middle = ascending[len(ascending) // 2]
    close = sum(abs(vote - middle) <= CLOCKS_CLOSE_S for vote in ascending)
    return middle if 2 * close > len(ascending) else None
