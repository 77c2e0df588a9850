"""The real clock of a station."""

import hashlib
import time
from pathlib import Path

# A machine without a battery clock starts in 1970 or when its image was made. No meshboard existed
# before 2026 (2026-01-01T00:00:00Z), so a clock before it is wrong for certain.
EARLIEST_BELIEVABLE_S = 1_767_225_600


_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def boot_name() -> str:
    """Return a word that names this run of the machine; empty where the system does not tell (not Linux).

    Where it does, the monotonic clock began with it (clock_gettime(2), CLOCK_MONOTONIC).
    """
    try:
        told = _BOOT_ID.read_bytes()
    except OSError:
        return ""
    return hashlib.sha256(told).hexdigest()[:16]  # the id itself would tie the ledger to other files


class SystemClock:
    """The machine's clock, believed unless it is certainly wrong."""

    def monotonic_s(self) -> float:
        """Return seconds that never run backwards."""
        return time.monotonic()

    def wall_s(self) -> int | None:
        """Return Unix seconds, None while the machine's clock is certainly wrong."""
        now = int(time.time())
        return now if now >= EARLIEST_BELIEVABLE_S else None
