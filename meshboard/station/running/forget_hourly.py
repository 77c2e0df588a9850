"""Forget in a running station: at its start, and every hour, a little at a time."""

import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from meshboard.clock import Clock
from meshboard.domain.entries import SignedEntry, subject_of
from meshboard.domain.forgetting import is_about_a_post, may_be_forgotten
from meshboard.domain.ids import ClaimId, PostId
from meshboard.errors import LedgerError
from meshboard.figures import FORGET_EVERY_S, KEPT_AFTER_S, NEARLY_S
from meshboard.ledger.file.durable import destroy
from meshboard.ledger.ledger import Ledger
from meshboard.station.circle.desk import Desk
from meshboard.station.vault.holding import HomeFiles

_log = logging.getLogger("meshboard.station")


class Forgetter:
    """Forgets in one ledger, one short transaction at each turn of the station."""

    def __init__(self, ledger: Ledger, clock: Clock, is_agreed: Callable[[], bool]) -> None:
        """`is_agreed`: whether others' clocks bear out the time; else it begins FORGET_EVERY_S later."""
        self._ledger = ledger
        self._clock = clock
        self._is_agreed = is_agreed
        self._alone_at = clock.monotonic_s() + FORGET_EVERY_S
        self._pass: Iterator[int] | None = None
        self._next_at = float("-inf")
        self._gone = 0

    @property
    def is_busy(self) -> bool:
        """Whether it is in the middle of a pass."""
        return self._pass is not None

    @property
    def due_at(self) -> float:
        """When the next pass begins; past in the middle of one."""
        may_begin = self._next_at >= self._alone_at or self._is_agreed()
        return self._next_at if may_begin else self._alone_at

    def step(self) -> bool:
        """Forget a little, if it is time to; say whether something went. LedgerError leaves it for later."""
        now_s = self._clock.monotonic_s()
        if self._pass is None and now_s >= self.due_at:
            self._pass, self._next_at = (
                self._ledger.forgetting.steps(self._clock.wall_s()),
                now_s + FORGET_EVERY_S,
            )
        if self._pass is None:
            return False
        try:
            count = next(self._pass, None)
        except BaseException:
            self._pass = None
            raise
        self._gone += count or 0
        if count is None:
            self._end()
        return bool(count)

    def _end(self) -> None:
        drop_old_copies(self._ledger.path, self._clock.wall_s())
        if self._gone:
            _log.info("%d entries were forgotten", self._gone)
        self._pass, self._gone = None, 0


def drop_old_copies(ledger: Path, now_s: int | None) -> None:
    """Destroy copies from before migrations that are as old as what is forgotten: all of it is in them."""
    copies = list(ledger.parent.glob(f"{ledger.name}.version-*"))
    if not copies or now_s is None:
        return
    with suppress(OSError, LedgerError), HomeFiles(ledger.parent).alone(wait_s=0):  # else in an hour
        for copy in copies:
            if copy.stat().st_mtime + KEPT_AFTER_S <= now_s:
                destroy(copy)


def is_old(desk: Desk, signed: SignedEntry) -> bool:
    """Say whether an entry may be forgotten within a day, as this station reckons.

    Where the time is not known here, nobody else's reckoning is doubted.
    """
    if not is_about_a_post(signed.entry.fact):
        return False
    now_s, posts = desk.clock.wall_s(), desk.ledger.posts
    subject = subject_of(signed.entry.fact) or signed.entry.id
    record = posts.record(posts.post_of(ClaimId(subject)) or PostId(subject)) if now_s is not None else None
    return now_s is None or record is None or may_be_forgotten(record, now_s + NEARLY_S)
