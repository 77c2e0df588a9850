"""When to say HELLO: that frames are heard here, or a newer epoch is known, whose key is not held."""

from collections.abc import Hashable
from typing import TypeVar

from meshboard import figures
from meshboard.bounded import BoundedMemory
from meshboard.sync.air.answer_limits import AnswerLimit, HourlyLimit
from meshboard.sync.timing import Chance, Timings

Seen = TypeVar("Seen", bound=Hashable)


class HelloPlan:
    """Plans this station's own HELLO: ever more rarely while nobody answers."""

    def __init__(self, timings: Timings, chance: Chance) -> None:
        self._waits = timings.hello_waits
        self._pause_s = timings.repair_wait_s
        self._postpone_s = timings.hold_s
        self._chance = chance
        self._due_at: float | None = None
        self._said = HourlyLimit(figures.HELLOS_HOURLY)
        self._times = 0
        self._postponed = 0
        self._yielded = 0

    def want(self, now_s: float) -> None:
        """Plan to say it, unless it is planned; a random wait comes last."""
        if self._due_at is None:
            last_s = self._said.last_s()
            if now_s - last_s > figures.HELLO_FORGET_S:
                self._times = 0
            allowed_at = last_s + self._waits.after(self._times) if self._times else now_s
            self._due_at = max(now_s, allowed_at, self._said.allowed_at()) + self._chance.uniform(
                *self._pause_s
            )

    @property
    def is_asking(self) -> bool:
        """Say whether it was said in vain so far."""
        return self._times > 0 and self._due_at is not None

    def was_said_by_another(self, now_s: float) -> None:
        """Note that somebody asked the same: what is answered to them may do for us."""
        if self._due_at is not None and self._postponed < figures.MAX_POSTPONED:
            self._postponed += 1
            self._due_at = max(self._due_at, now_s + self._chance.uniform(*self._postpone_s))

    def keys_are_given(self, now_s: float) -> None:
        """Note that somebody gives keys to others: ours may be in the next frame."""
        if self._due_at is not None and self._yielded < figures.MAX_YIELDED:
            self._yielded += 1
            self._due_at = max(self._due_at, now_s + self._chance.uniform(*self._postpone_s))

    def due_at(self) -> float | None:
        """Return when it may be said, None when it is not planned."""
        return self._due_at

    def note_said(self, now_s: float) -> None:
        """Note that we said it."""
        self._due_at = None
        self._postponed = self._yielded = 0
        self._times += 1
        self._said.note_said(now_s)

    def say_again(self, now_s: float) -> None:
        """Plan to say it once more: the node refused the frame."""
        self._due_at = now_s

    def hurry(self, now_s: float) -> None:
        """Note that what is answered can be judged better than before: go on asking as at first."""
        if self._times:
            self._times = 1
            self._due_at = None
            self.want(now_s)

    def settle(self) -> None:
        """Note that a key came: nothing needs to be asked, and a later need is a new one."""
        self._due_at = None
        self._times = 0


class HellosHeard:
    """Tells HELLOs heard before, and which unknown epochs were answered.

    By exact repeats, not by order: a former member may claim the highest counter in a member's name, and that
    member must still be heard.
    """

    def __init__(self) -> None:
        self._heard: BoundedMemory[tuple[bytes, int], None] = BoundedMemory(figures.HELLOS_REMEMBERED)
        self._answered: BoundedMemory[bytes, None] = BoundedMemory(figures.HELLOS_REMEMBERED)
        self._answers = AnswerLimit(figures.HELLOS_BACK_HOURLY)

    def is_repeated(self, head: bytes, counter: int) -> bool:
        """Take note of a HELLO; say whether it was heard before."""
        return _was_in(self._heard, (head, counter))

    def is_worth_hello_back(self, epoch: bytes, head: bytes, now_s: float) -> bool:
        """Say whether to say HELLO back to who named an epoch unknown here: once for each epoch."""
        return not _was_in(self._answered, epoch) and self._answers.allows(head, now_s)


def _was_in(memory: BoundedMemory[Seen, None], seen: Seen) -> bool:
    is_known = seen in memory
    memory[seen] = None
    return is_known
