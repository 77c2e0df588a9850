"""Tell what is held by numbers alone, and see how what others tell differs (docs/protocol.md, section 6)."""

import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from meshboard.bounded import BoundedMemory
from meshboard.domain.entries import LogId
from meshboard.figures import CHANGED_SHARE, MAX_CHANGED, MAX_MISSES
from meshboard.sync.holdings.ranges import Lacking, Ranges, minus
from meshboard.sync.holdings.summary import NOTHING, Holdings, place_of
from meshboard.wire.cursor import push_varint
from meshboard.wire.frames import HEAD_BYTES, MAX_RANGES, TABLE_BYTES, Place, Told
from meshboard.wire.holdings import Waits, push_told_logs, push_waits


@dataclass(frozen=True, slots=True)
class ToldDifferences:
    """How what somebody tells differs from what is held here, as far as they told."""

    they_lack: Lacking
    we_lack: Lacking
    they_hold: Mapping[LogId, Ranges]
    """What they hold of the logs they lack something of."""
    waits: Mapping[LogId, Ranges]
    """What of the logs told came there and cannot be checked yet."""
    is_whole: bool
    """Whether they told all of their logs."""
    told_of: frozenset[LogId]
    """The logs they told."""

    @property
    def is_none(self) -> bool:
        """Say whether both hold the same numbers, as far as it was told."""
        return not (self.they_lack or self.we_lack)


class Teller:
    """Tells what is held: of more logs than fit, those that changed last, and of the rest a part in turn.

    Who differs mostly differs in what was written lately.
    """

    def __init__(self) -> None:
        self._next = 0
        self._told: dict[LogId, Ranges] = {}
        self._changed: BoundedMemory[LogId, None] = BoundedMemory(MAX_CHANGED)

    def tell(
        self,
        holdings: Holdings,
        most_bytes: int,
        waiting: Mapping[Place, Ranges] = NOTHING,
        more_bytes: int = 0,
    ) -> Told | None:
        """Return what fits so many bytes; None where nothing does.

        `waiting`: what came and cannot be checked yet, told in what is left and `more_bytes`.
        """
        logs = sorted(holdings)
        self._note_changes(holdings)
        choice = _Choice([holdings[log].ranges for log in logs])
        room = most_bytes - TABLE_BYTES
        if not choice.take_all(room):
            self._choose_part(choice, logs, room)
        if not choice.places:
            return None
        start, told = choice.told()
        beside = logs[start : start + len(told)]
        waits = [minus(waiting.get(place_of(log), ()), holdings[log].ranges) for log in beside]
        fitting = _waits_within(waits, room - choice.size + more_bytes)
        return Told(table_of(logs), start, told, fitting)

    def _note_changes(self, holdings: Holdings) -> None:
        """Note which logs are held in another way than last time; all of them are new the first time."""
        is_first = not self._told
        for log, held in holdings.items():
            if self._told.get(log) != held.ranges and not is_first:
                self._changed[log] = None
        self._told = {log: held.ranges for log, held in holdings.items()}

    def _choose_part(self, choice: "_Choice", logs: Sequence[LogId], room: int) -> None:
        first = self._next % len(logs)  # it has all the room: else one in many pieces would stop the turn
        choice.take([first], room)
        changed = (bisect_left(logs, log) for log in reversed(self._changed) if log in self._told)
        choice.take(changed, int(room * CHANGED_SHARE), misses=MAX_MISSES)
        more = choice.take((*range(first + 1, len(logs)), *range(first)), room)
        self._next = first + 1 + more


class _Choice:
    """Which logs of a table are told."""

    def __init__(self, numbers: Sequence[Ranges]) -> None:
        self._numbers = numbers
        self.places: set[int] = set()
        """Places in the table, from 0."""
        self.size = 0
        """Bytes."""

    def take_all(self, room: int) -> bool:
        """Choose all of them if they fit so many bytes; say whether they do."""
        return self._take(set(range(len(self._numbers))), room)

    def take(self, places: Iterable[int], room: int, misses: int = 0) -> int:
        """Choose these until more than so many did not fit; return how many did, chosen before or now."""
        count = 0
        for place in places:
            if place in self.places or self._take({place, *self.places}, room):
                count += 1
            elif misses:
                misses -= 1
            else:
                break
        return count

    def _take(self, places: set[int], room: int) -> bool:
        start, told = self._told(places)
        size = len(push_varint(start)) + len(push_told_logs(told))
        if size <= room:
            self.places, self.size = places, size
        return size <= room

    def told(self) -> tuple[int, tuple[Ranges, ...]]:
        """Return where in the table what is told begins, and what is told of each log from there on."""
        return self._told(self.places)

    def _told(self, places: set[int]) -> tuple[int, tuple[Ranges, ...]]:
        start, last = min(places, default=0), max(places, default=-1)
        return start, tuple(self._numbers[one] if one in places else () for one in range(start, last + 1))


def _waits_within(waits: Sequence[Ranges], most_bytes: int) -> Waits:
    """Return what waits of each log, by its place, as far as it fits."""
    fitting: Waits = ()
    for place, ranges in enumerate(waits):
        some = ranges[:MAX_RANGES]
        while some and len(push_waits((*fitting, (place, some)))) > most_bytes:
            some = some[:-1]
        if some:
            fitting = (*fitting, (place, some))
    return fitting


def table_of(logs: Sequence[LogId]) -> bytes:
    """Return the short hash over the places of all logs held, sorted."""
    places = b"".join(log.author[:HEAD_BYTES] + bytes([log.incarnation]) for log in logs)
    return hashlib.sha256(places).digest()[:TABLE_BYTES]


def told_by_log(told: Told, ours: Mapping[LogId, Ranges]) -> Mapping[LogId, Ranges]:
    """Return what somebody told of each log; nothing when they hold other logs than we do."""
    logs = sorted(ours)
    if told.table != table_of(logs) or told.start + len(told.ranges) > len(logs):
        return {}
    pairs = zip(logs[told.start :], told.ranges, strict=False)
    return {log: ranges for log, ranges in pairs if ranges}


def compare_told(told: Told, ours: Mapping[LogId, Ranges]) -> ToldDifferences | None:
    """Return how it differs from the ranges held here; None when they hold other logs than we do."""
    logs = sorted(ours)
    if told.table != table_of(logs) or told.start + len(told.ranges) > len(logs):
        return None
    pairs = [(log, ranges) for log, ranges in zip(logs[told.start :], told.ranges, strict=False) if ranges]
    they_lack = [(log, lacking) for log, ranges in pairs if (lacking := minus(ours[log], ranges))]
    we_lack = [(log, lacking) for log, ranges in pairs if (lacking := minus(ranges, ours[log]))]
    they_hold = {log: ranges for log, ranges in pairs if minus(ours[log], ranges)}
    waits = {logs[told.start + place]: ranges for place, ranges in told.waits}
    told_of = frozenset(log for log, _ in pairs)
    return ToldDifferences(they_lack, we_lack, they_hold, waits, len(pairs) == len(logs), told_of)
