"""Whom to give the current epoch's key, and when."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from meshboard.domain.ids import AuthorId, EpochId
from meshboard.figures import KEY_FRAMES_HOURLY, KEYS_REMEMBERED, MAX_HELD_BACK, REPEAT_PATIENCE
from meshboard.sync.air.answer_limits import HourlyLimit
from meshboard.sync.air.said import SaidMemory
from meshboard.sync.timing import Chance, Timings


@dataclass(frozen=True, slots=True)
class _Asked:
    due_at: float
    hops: int
    """Relays between here and who asked."""


class KeyGiving:
    """Plans KEYS frames in answer to others; overheard ones need not be said again."""

    def __init__(self, timings: Timings, chance: Chance, frame_recipients: int) -> None:
        """`frame_recipients`: how many one KEYS frame can give a key."""
        self._chance = chance
        self._frame_recipients = frame_recipients
        self._wait_s = timings.repair_wait_s
        self._farther_s = timings.farther_s
        self._patience_s = REPEAT_PATIENCE * timings.frame_s
        self._asked: dict[AuthorId, _Asked] = {}
        self._given: SaidMemory[tuple[AuthorId, EpochId]] = SaidMemory(timings.key_waits, KEYS_REMEMBERED)
        self._held_back: Counter[tuple[AuthorId, EpochId]] = Counter()
        self._hourly = HourlyLimit(KEY_FRAMES_HOURLY)

    def ask(self, author: AuthorId, epoch: EpochId, hops: int, now_s: float) -> bool:
        """Plan to give an author the key; say whether that is new, and not planned or done too lately.

        Who is nearer waits less.
        """
        allowed_at = self._given.allowed_at((author, epoch))
        if author in self._asked or allowed_at > now_s + self._patience_s:
            return False
        wait_s = self._chance.uniform(*self._wait_s) + hops * self._farther_s
        self._asked[author] = _Asked(max(now_s, allowed_at) + wait_s, hops)
        return True

    def ask_again(self, authors: Sequence[AuthorId], hops: int, now_s: float) -> None:
        """Plan once more to give these the key: the node refused the frame that did."""
        for author in authors:
            self._asked.setdefault(author, _Asked(now_s, hops))

    def times(self, author: AuthorId, epoch: EpochId) -> int:
        """Return how often we gave it lately."""
        return self._given.times((author, epoch))

    def note_given(self, author: AuthorId, epoch: EpochId, now_s: float) -> None:
        """Note that we gave an author a key."""
        self._given.note((author, epoch), now_s, by_us=True)
        self._held_back.pop((author, epoch), None)
        self._asked.pop(author, None)

    def was_given_by_another(self, author: AuthorId, epoch: EpochId, now_s: float) -> None:
        """Note that somebody else seems to have given an author the key we were about to."""
        if author in self._asked and self._held_back[author, epoch] < MAX_HELD_BACK:
            self._held_back[author, epoch] += 1
            self._given.note((author, epoch), now_s, by_us=False)
            del self._asked[author]

    def note_frame(self, now_s: float) -> None:
        """Note that a KEYS frame was said in answer."""
        self._hourly.note_said(now_s)

    def drop(self, authors: Sequence[AuthorId]) -> None:
        """Drop authors to whom nothing can be sealed, or who count no more."""
        for author in authors:
            self._asked.pop(author, None)

    def forget(self) -> None:
        """Drop what is planned: another key is current."""
        self._asked.clear()
        self._held_back.clear()

    def due(self, now_s: float) -> Sequence[AuthorId]:
        """Return who is to be given the key now, those who wait longest first: what one frame holds.

        Those whose wait is not over come along where there is room.
        """
        due_at = self.due_at()
        if due_at is None or due_at > now_s:
            return ()
        return sorted(self._asked, key=lambda author: (self._asked[author].due_at, author))[
            : self._frame_recipients
        ]

    def hops_of(self, authors: Sequence[AuthorId]) -> int:
        """Return how far away the farthest of these is."""
        return max((self._asked[author].hops for author in authors if author in self._asked), default=0)

    def due_at(self) -> float | None:
        """Return when the next frame may go, None when nobody is to be given a key."""
        if not self._asked:
            return None
        first = min(asked.due_at for asked in self._asked.values())
        return max(first, self._hourly.allowed_at())
