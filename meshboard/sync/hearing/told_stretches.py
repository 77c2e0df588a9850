"""What becomes of stretches that others say: which are taken, and which are answered with entries.

Whoever says a stretch may lie, or have a wrong clock. So it is taken only before an entry that is held and
for numbers that are lacking, and who holds in full what is not old says so by giving it.
"""

from collections.abc import Iterable, Sequence

from meshboard.domain.entries import LogId, SignedEntry
from meshboard.figures import DENIALS_HOURLY, DENIED_WITH, LOOKED_THROUGH
from meshboard.sync.air.answer_limits import AnswerLimit
from meshboard.sync.events import RejectReason, StretchTold
from meshboard.sync.holdings.ranges import Ranges, includes, minus, ranges_of, union
from meshboard.sync.holdings.stretches import hulls
from meshboard.sync.lanes import findings
from meshboard.sync.lanes.lanes import Lanes
from meshboard.sync.setup import EngineSetup
from meshboard.sync.store import Stretch
from meshboard.wire.frames import StretchItem


class ToldStretches:
    """Takes in stretches."""

    def __init__(self, setup: EngineSetup, lanes: Lanes) -> None:
        self._store = setup.store
        self._may_be_forgotten = setup.may_be_forgotten
        self._epochs = lanes.voice.epochs
        self._tell = lanes.tell
        self._doubted: set[LogId] = set()
        self._denials = AnswerLimit(DENIALS_HOURLY)

    def doubt(self, logs: Iterable[LogId]) -> None:
        """Note that others hold other entries under the same numbers: what was told of them may be wrong."""
        self._doubted.update(log for log in logs if any(one.is_told for one in self._store.stretches(log)))

    def take_in(
        self, item: StretchItem, came: Sequence[SignedEntry], hops: int, now_s: float
    ) -> StretchTold | RejectReason | None:
        """Return what to tell the shell, None where it is nothing new; `came`: new entries of that frame."""
        log = self._log_of(item, came)
        if log is None:
            return RejectReason.EARLY
        self._tell(findings.StretchSaid(item), now_s)
        self._deny(log, item, hops, now_s)
        told = Stretch(item.first, item.last, item.count, item.digest)
        if minus(told.numbers, self._held(log, came)):
            self._tell(findings.Coming(log), now_s)
            return StretchTold(log, told)
        return StretchTold(log, told) if self._is_corrected(log, told) else None

    def _log_of(self, item: StretchItem, came: Sequence[SignedEntry]) -> LogId | None:
        """Return the log of who counts in which the entry after a stretch is held, or came with it."""
        authors = {*self._store.authors(item.head), *(one.entry.author for one in came)}
        for author in sorted(authors):
            log = LogId(author, item.incarnation)
            is_of_head = author.startswith(item.head) and self._epochs.counts(author)
            if is_of_head and includes(self._held(log, came), item.last + 1):
                return log
        return None

    def _held(self, log: LogId, came: Sequence[SignedEntry]) -> Ranges:
        held = self._store.holdings().get(log)
        new = ranges_of(signed.entry.number for signed in came if signed.entry.log == log)
        return union(held.ranges if held else (), new)

    def _is_corrected(self, log: LogId, told: Stretch) -> bool:
        """Say whether others told another sum before, which others do not agree with."""
        if log not in self._doubted:
            return False
        same = [one for one in self._store.stretches(log) if one.is_told and one.numbers == told.numbers]
        self._doubted.difference_update([log] if same else [])
        return bool(same)

    def _deny(self, log: LogId, item: StretchItem, hops: int, now_s: float) -> None:
        """Give what is held in full of a stretch and is not old, the newest first."""
        forgotten = hulls(self._store.stretches(log))
        held = self._store.holdings().get(log)
        inside = minus(((item.first, item.last),), minus(((1, item.last),), held.ranges)) if held else ()
        full = minus(inside, forgotten)
        if not full or not self._denials.allows(item.head, now_s):
            return
        last = full[-1][1]
        entries = self._store.entries(log, max(item.first, last - LOOKED_THROUGH + 1), last)
        needed = [signed for signed in entries if not self._may_be_forgotten(signed)]
        self._tell(findings.TheyNeed(needed[-DENIED_WITH:], hops), now_s)
