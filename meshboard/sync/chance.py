"""Chance as an argument: whoever runs the engine passes a source in, so that a seed replays everything."""

from typing import Protocol


class Chance(Protocol):
    """The one question the engine asks of chance; `random.Random` answers it."""

    def uniform(self, a: float, b: float, /) -> float:
        """Return a number drawn evenly from a to b."""
        ...
