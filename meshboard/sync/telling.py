"""Tell what is held by numbers alone, and see how what others tell differs (docs/protocol.md, section 6)."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from meshboard.domain.entries import LogId
from meshboard.sync.ranges import Ranges, minus
from meshboard.sync.repair import Lacking
from meshboard.sync.summary import NOTHING, Holdings, place_of
from meshboard.wire.cursor import push_varint
from meshboard.wire.frames import HEAD_BYTES, MAX_RANGES, TABLE_BYTES, Place, Told
from meshboard.wire.holdings import Waits, push_told_log, push_waits

TOLD_WITH_NEWS_BYTES = 28  # 0.2 s on LONG_FAST; about twenty short logs, of more a part each time
TOLD_BYTES = 64  # in a word of its own
WAITS_BYTES = 48  # there for what came and cannot be checked yet: a dozen runs


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
    """Tells what is held, where it is too much for one frame a part each time in turn."""

    def __init__(self) -> None:
        self._next = 0

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
        start = self._next if self._next < len(logs) else 0
        left = most_bytes - TABLE_BYTES - len(push_varint(start))
        told: list[Ranges] = []
        for log in logs[start:]:
            left -= len(push_told_log(holdings[log].ranges))
            if left < 0:
                break
            told.append(holdings[log].ranges)
        self._next = 0 if start + len(told) == len(logs) else start + len(told)
        if not told:
            return None
        waits = [minus(waiting.get(place_of(log), ()), holdings[log].ranges) for log in logs[start:]]
        fitting = _waits_within(waits[: len(told)], max(left, 0) + more_bytes)
        return Told(table_of(logs), start, tuple(told), fitting)


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
    return dict(zip(logs[told.start :], told.ranges, strict=False))


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
