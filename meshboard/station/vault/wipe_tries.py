"""Wrong codes for a wipe by message, counted in the ledger: a restart gives nobody further tries.

By the machine's monotonic clock, as pick-up codes are (`station.board.pick_ups`): a try that seems to lie
ahead was made before the machine's last start, and is taken as just made.
"""

from collections.abc import Sequence

from meshboard.figures import WIPE_TRIES, WIPE_TRIES_WITHIN_S
from meshboard.ledger.circle.remembered import WRONG_WIPE_CODES
from meshboard.ledger.ledger import Ledger


def recent_tries(ledger: Ledger, now_s: float) -> Sequence[float]:
    """Return when the wrong codes of the last ten minutes came, the first first."""
    kept = ledger.remembered.read(WRONG_WIPE_CODES)
    return [at for at in (min(at, now_s) for at in kept) if now_s - at < WIPE_TRIES_WITHIN_S]


def begin_tries_anew(ledger: Ledger, now_s: float) -> None:
    """Let the ten minutes of tries from before the machine's last start begin now."""
    kept = ledger.remembered.read(WRONG_WIPE_CODES)
    if any(at > now_s for at in kept):
        ledger.remembered.keep(WRONG_WIPE_CODES, tuple(min(at, now_s) for at in kept))


def count_try(ledger: Ledger, now_s: float) -> bool:
    """Count a code as wrong before it is looked at; False and not counted when too many were of late."""
    begin_tries_anew(ledger, now_s)
    recent = recent_tries(ledger, now_s)
    if len(recent) >= WIPE_TRIES:
        return False
    ledger.remembered.keep(WRONG_WIPE_CODES, (*recent, now_s))
    return True


def wrong_wipe_words(count: int) -> str:
    """Return what the keeper is told of wrong codes, nothing where there were none."""
    if not count:
        return ""
    codes = "1 wrong code" if count == 1 else f"{count} wrong codes"
    locked = ": no more is tried until they are over" if count >= WIPE_TRIES else ""
    return f"{codes} for wiping by message in the last ten minutes{locked}"
