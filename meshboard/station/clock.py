"""The real clock of a station."""

import time

# A machine without a battery clock starts in 1970 or when its image was made. No meshboard existed
# before 2026 (2026-01-01T00:00:00Z), so a clock before it is wrong for certain.
EARLIEST_BELIEVABLE_S = 1_767_225_600


class SystemClock:
    """The machine's clock, believed unless it is certainly wrong."""

    def monotonic_s(self) -> float:
        """Return seconds that never run backwards."""
        return time.monotonic()

    def wall_s(self) -> int | None:
        """Return Unix seconds, None while the machine's clock is certainly wrong."""
        now = int(time.time())
        return now if now >= EARLIEST_BELIEVABLE_S else None
