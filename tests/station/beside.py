"""What a process beside the station knows of it, and a clock moved by hand."""

from dataclasses import dataclass

NOON = 1_790_000_000


@dataclass
class HandClock:
    """Two clocks moved by hand."""

    monotonic: float = 10_000.0
    wall: int | None = NOON

    def monotonic_s(self) -> float:
        return self.monotonic

    def wall_s(self) -> int | None:
        return self.wall


class Beside:
    """What a process beside the station knows of it."""

    is_owner = False

    def someone_owns(self) -> bool:
        return True

    def report(self) -> None:
        return None
