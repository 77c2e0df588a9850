"""What pure code may know about time: a clock is something that is passed in."""

from typing import Protocol


class Clock(Protocol):
    """Two readings of time; the real one lives in `meshboard.station.process.real_clock`."""

    def monotonic_s(self) -> float:
        """Seconds that never run backwards; zero is arbitrary. For timers."""

    def wall_s(self) -> int | None:
        """Unix seconds as well as this station knows them, None when it has no believable time."""
