"""The counter of what this station says of itself: it only grows."""

from collections import deque

from meshboard.figures import COUNTER_BLOCK
from meshboard.sync.store import Store

LARGEST_COUNTER = 2**32 - 1  # the longest there is: what is measured with it never grows
LAST_JUMP = LARGEST_COUNTER - 2**20  # liars must not use it up: two years of a word a minute are left


class Counters:
    """Hands out counter values that only grow, reserved in blocks ahead."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._next = 0
        self._end = 0
        self._recent: deque[int] = deque(maxlen=COUNTER_BLOCK)

    def take(self) -> int:
        """Return the next value."""
        if self._next >= self._end:
            self._next = self._store.reserve_counters(COUNTER_BLOCK)
            self._end = self._next + COUNTER_BLOCK
        taken, self._next = self._next, self._next + 1
        self._recent.append(taken)
        return taken

    def go_beyond(self, counter: int) -> bool:
        """Hand out only values above one that others heard in our name; say whether we were behind it.

        Then this ledger is an older copy, and others took all we said for stale.
        """
        unused = self._store.reserve_counters(0)
        following = self._next if self._next < self._end else unused
        if not following <= counter <= LAST_JUMP:
            return False
        self._store.reserve_counters(max(counter + 1 - unused, 0))
        self._next = self._end
        return True

    def is_own(self, counter: int) -> bool:
        """Say whether this value was handed out lately: then the frame is an echo of ours."""
        return counter in self._recent
