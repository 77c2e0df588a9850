"""What was stored here and is gone: noticed when a station starts, and told until it is found again."""

import logging

from meshboard.clock import Clock
from meshboard.figures import KEPT_AFTER_S, LOG_SETTLES_LATEST_S, LOG_SETTLES_S
from meshboard.ledger.circle.remembered import LOSSES_NOTICED
from meshboard.ledger.circle.taken_out import taken_out_words
from meshboard.ledger.ledger import Ledger
from meshboard.station.vault.backups import COUNTERS_AHEAD

_log = logging.getLogger("meshboard.station")


def notice_losses(ledger: Ledger, now_s: int | None) -> None:
    """Compare what logs hold with the tally; note when what is gone was missed, and begin a new log of ours.

    What others have of it they give again, as they give all that a summary shows to be lacking.
    """
    missing = _missing(ledger)
    known = ledger.remembered.read(LOSSES_NOTICED)
    if missing.keys() - known.keys():
        _log.warning("entries that were stored here are gone: %d", sum(missing.values()))
        noticed = {name: known.get(name, now_s) for name in missing}
        ledger.remembered.keep(LOSSES_NOTICED, noticed)
        for circle in ledger.circles.all():  # how far they went is lost too, and others heed no old ones
            ledger.store(circle.id).reserve_counters(COUNTERS_AHEAD)
    if missing.keys() & ledger.own_names():
        for circle in ledger.circles.all():
            ledger.begin_log_if_lost(circle.id)
    ledger.write_tally()


class LogKeeper:
    """Has entries moved out of the write-ahead log soon after the last of them, where damage would be silent.

    Not whatever else is committed, such as who was heard last: that would double what is written to the disk.
    """

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock
        self._settled_seq = self._seq = 0
        self._settled_at = self._changed_at = clock.monotonic_s()

    @property
    def due_at(self) -> float:
        """When to do so next."""
        latest_at = self._settled_at + LOG_SETTLES_LATEST_S
        is_settled = self._seq == self._settled_seq
        return latest_at if is_settled else min(latest_at, self._changed_at + LOG_SETTLES_S)

    def step(self, seq: int) -> None:
        """Do so if it is time to; `seq` is that of the last entry committed. Raises LedgerError."""
        now_s = self._clock.monotonic_s()
        if seq != self._seq:
            self._seq, self._changed_at = seq, now_s
        if now_s >= self.due_at:
            self._settled_seq, self._settled_at = seq, now_s
            self._ledger.settle()


def loss_words(ledger: Ledger, now_s: int | None) -> str:
    """Return sentences on what is lacking of what was stored here; empty where nothing is."""
    return " ".join(filter(None, (taken_out_words(ledger.path), _lost_words(ledger, now_s))))


def _lost_words(ledger: Ledger, now_s: int | None) -> str:
    """Return sentences on what the disk lost.

    After the time that others keep what is over it may be nowhere any more, and is not spoken of.
    """
    missing = _missing(ledger)
    if not missing:
        return ""
    noticed = ledger.remembered.read(LOSSES_NOTICED)
    missing = {name: count for name, count in missing.items() if not _is_long_ago(noticed.get(name), now_s)}
    every, own = sum(missing.values()), sum(missing[name] for name in missing.keys() & ledger.own_names())
    if not every:
        return ""
    entries = f"{every} {'entry' if every == 1 else 'entries'}"
    return (
        f"This machine's disk lost {entries} that had been stored here, {own} of them written here. The "
        "other boards are asked for them. What no other board has is gone: look whether your last posts, "
        "claims and notes are there, and write again what is not."
    )


def _missing(ledger: Ledger) -> dict[str, int]:
    """Return how many entries at the end of each log are gone, by its name in the tally."""
    held = ledger.held_by_name()
    return {
        name: last - held.get(name, 0) for name, last in ledger.tally().items() if last > held.get(name, 0)
    }


def _is_long_ago(noticed_at: int | None, now_s: int | None) -> bool:
    return noticed_at is not None and now_s is not None and now_s - noticed_at > KEPT_AFTER_S
