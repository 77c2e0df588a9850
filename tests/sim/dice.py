"""Chance that draws what a test wants."""

from random import Random


class Dice(Random):
    """Chance that draws these slots and loses nothing."""

    def __init__(self, slots: list[int]) -> None:
        super().__init__(0)
        self._slots = slots

    def randrange(self, start: int, stop: int | None = None, step: int = 1) -> int:
        del start, stop, step
        return self._slots.pop(0)


class Highest(Random):
    """Chance that draws the last slot of every window, so that the window's size shows, and loses nothing."""

    def randrange(self, start: int, stop: int | None = None, step: int = 1) -> int:
        del stop, step
        return start - 1
