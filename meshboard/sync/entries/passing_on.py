"""Pass on at once what somebody farther on lacks each time: no flood reaches beyond its hop limit.

Who lacks the news of a log every time is beyond its reach. Whoever holds the next of it then need not wait to
hear so. Now and then it is left to be asked for once more: the mesh may have changed.
"""

from collections.abc import Container, Iterable
from dataclasses import dataclass

from meshboard.bounded import BoundedMemory
from meshboard.domain.entries import Entry, LogId
from meshboard.domain.ids import EntryId
from meshboard.figures import FIRST_UNASKED, LACKED_TIMES, MAX_FRESH, MAX_PAIRS, MOST_UNASKED
from meshboard.sync.holdings.ranges import Lacking, includes


@dataclass(slots=True)
class _Lack:
    """How often somebody was heard to lack the news of a log."""

    times: int = 0
    unasked: int = 0
    """How many are passed on before one is left to be asked for."""
    left: int = 0


class PassingOn:
    """Learns from what others say they hold whom the news of which log never reaches."""

    def __init__(self, floods_s: float) -> None:
        """`floods_s`: how long news is under way; what is said before it ended tells nothing."""
        self._floods_s = floods_s
        self._fresh: BoundedMemory[EntryId, tuple[Entry, float, set[bytes]]] = BoundedMemory(MAX_FRESH)
        self._lacks: BoundedMemory[tuple[LogId, bytes], _Lack] = BoundedMemory(MAX_PAIRS)

    def note_came(self, entry: Entry, now_s: float) -> bool:
        """Note an entry that is new here, and was said once; say whether to pass it on."""
        self._fresh[entry.id] = entry, now_s, set()
        lacking = [lack for (log, _), lack in self._lacks.items() if log == entry.log and lack.left]
        for lack in lacking:
            lack.left -= 1
        return bool(lacking)

    def note_said(self, entries: Iterable[EntryId]) -> None:
        """Note that these were said again: who holds them may have them from there."""
        for entry_id in entries:
            self._fresh.pop(entry_id, None)

    def note_told(self, head: bytes, lacking: Lacking, now_s: float, *, told_of: Container[LogId]) -> None:
        """Note what a station lacks; `told_of`: of these logs it holds all else that is held here."""
        lacks, counted = dict(lacking), set[LogId]()
        for entry, came_at, told in self._fresh.values():
            log = entry.log
            if head in told or log.author.startswith(head) or now_s - came_at < self._floods_s:
                continue
            if includes(lacks.get(log, ()), entry.number):
                told.add(head)
                if log not in counted:  # a station that was off for some hours lacks many at once
                    self._note_lack(log, head)
                counted.add(log)
            elif log in told_of:
                told.add(head)
                self._lacks.pop((log, head), None)

    def _note_lack(self, log: LogId, head: bytes) -> None:
        lack = self._lacks[log, head] = self._lacks.get((log, head)) or _Lack()
        lack.times += 1
        if lack.times >= LACKED_TIMES and not lack.left:
            lack.unasked = min(max(2 * lack.unasked, FIRST_UNASKED), MOST_UNASKED)
            lack.left = lack.unasked
