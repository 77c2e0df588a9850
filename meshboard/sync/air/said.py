"""What was said before: the same is repeated ever more rarely."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from meshboard.bounded import BoundedMemory
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
