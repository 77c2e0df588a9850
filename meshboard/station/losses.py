"""What was stored here and is gone: noticed when a station starts, and told until it is found again."""

import json
import logging
from dataclasses import astuple, dataclass

from meshboard.clock import Clock
from meshboard.domain.forgetting import KEPT_AFTER_S
from meshboard.ledger.ledger import Ledger
from meshboard.sync.ranges import Ranges

SETTLES_AFTER_S = 5.0
AT_THE_LATEST_S = 1800.0
_LOST = "lost"
_log = logging.getLogger("meshboard.station")


@dataclass(frozen=True, slots=True)
class Loss:
    """The end of a log that is gone: the numbers after `kept`, up to `last`."""

    name: str
    """The log's in the tally."""
    is_own: bool
    kept: int
    last: int
    noticed_at: int | None
    """Unix seconds, None = not known."""

    def lacking(self, held: Ranges) -> int:
        """Return how many of these numbers are not held."""
        found = sum(max(0, min(last, self.last) - max(first, self.kept + 1) + 1) for first, last in held)
        return self.last - self.kept - found


def notice_losses(ledger: Ledger, now_s: int | None) -> None:
    """Compare what logs hold with the tally; remember what is gone, and write to a new log where it is ours.

    What others have of it they give again, as they give all that a summary shows to be lacking.
    """
    held = {name: ranges[-1][1] for name, ranges in ledger.held_by_name().items()}
    own = {ledger.own_name(circle.id): circle.id for circle in ledger.circles.all()}
    losses = [
        Loss(name, name in own, held.get(name, 0), last, now_s)
        for name, last in ledger.tally().items()
        if last > held.get(name, 0)
    ]
    if losses:
        _log.warning("entries that were stored here are gone: %d", sum(one.last - one.kept for one in losses))
        _remember(ledger, [*_remembered(ledger), *losses])
        for name in {one.name for one in losses if one.is_own}:
            ledger.circles.begin_incarnation(own[name])
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

    def step(self, seq: int) -> None:
        """Do so if it is time to; `seq` is that of the last entry committed. Raises LedgerError."""
        now_s = self._clock.monotonic_s()
        if seq != self._seq:
            self._seq, self._changed_at = seq, now_s
        is_due = seq != self._settled_seq and now_s - self._changed_at >= SETTLES_AFTER_S
        if is_due or now_s - self._settled_at >= AT_THE_LATEST_S:
            self._settled_seq, self._settled_at = seq, now_s
            self._ledger.settle()


def loss_words(ledger: Ledger, now_s: int | None) -> str:
    """Return sentences on what is still lacking of what was stored here; empty where nothing is.

    After the time that others keep what is over it may be nowhere any more, and is not spoken of.
    """
    losses = [one for one in _remembered(ledger) if not _is_long_ago(one, now_s)]
    if not losses:
        return ""
    held = ledger.held_by_name()
    own = sum(one.lacking(held.get(one.name, ())) for one in losses if one.is_own)
    every = sum(one.lacking(held.get(one.name, ())) for one in losses)
    if not every:
        return ""
    entries = f"{every} {'entry' if every == 1 else 'entries'}"
    return (
        f"This machine's disk lost {entries} that had been stored here, {own} of them written here. The "
        "other boards are asked for them. What no other board has is gone: look whether your last posts, "
        "claims and notes are there, and write again what is not."
    )


def _is_long_ago(loss: Loss, now_s: int | None) -> bool:
    return None not in (loss.noticed_at, now_s) and (now_s or 0) - (loss.noticed_at or 0) > KEPT_AFTER_S


def _remembered(ledger: Ledger) -> list[Loss]:
    return [Loss(*told) for told in json.loads(ledger.circles.setting(_LOST) or "[]")]


def _remember(ledger: Ledger, losses: list[Loss]) -> None:
    ledger.circles.remember(_LOST, json.dumps([astuple(one) for one in losses]))
