"""What was said before: the same is repeated ever more rarely, and a vain dispute falls silent."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from meshboard.bounded import BoundedMemory
from meshboard.figures import DISAGREEMENT_PATIENCE, DISAGREEMENTS_REMEMBERED
from meshboard.sync.timing import Waits

Key = TypeVar("Key", bound=Hashable)


@dataclass(slots=True)
class _Said:
    last_s: float
    times: int


class SaidMemory(Generic[Key]):
    """Remembers what was said on the air and when, and makes repeating it rarer each time."""

    def __init__(self, waits: Waits, capacity: int) -> None:
        self._waits = waits
        self._said: BoundedMemory[Key, _Said] = BoundedMemory(capacity)

    def note(self, key: Key, now_s: float, *, by_us: bool) -> None:
        """Note that we or another just said it; only our own saying makes the next wait grow."""
        said = self._said.get(key)
        times = said.times if said and now_s - said.last_s < self._waits.forget_s else 0
        times += by_us
        self._said[key] = _Said(now_s, times)

    def allowed_at(self, key: Key) -> float:
        """Return when it may be said again; minus infinity for what is not remembered."""
        said = self._said.get(key)
        if said is None:
            return float("-inf")
        return said.last_s + self._waits.after(said.times)

    def is_remembered(self, key: Key) -> bool:
        """Say whether it was said lately, by us or another."""
        return key in self._said

    def times(self, key: Key) -> int:
        """Return how often we said it since it was last forgotten."""
        said = self._said.get(key)
        return said.times if said else 0


class Disagreements:
    """Counts how often the same two states met, so that stations that cannot agree fall silent."""

    def __init__(self) -> None:
        self._met: BoundedMemory[tuple[bytes, bytes], int] = BoundedMemory(DISAGREEMENTS_REMEMBERED)

    def is_worth_acting(self, ours: bytes, theirs: bytes) -> bool:
        """Count one more meeting of these states; say whether to act: first 16 times, then the 32nd, 64th."""
        times = self._met.get((ours, theirs), 0) + 1
        self._met[(ours, theirs)] = times
        return times <= DISAGREEMENT_PATIENCE or times & (times - 1) == 0
