"""What is held, said in few bytes, and how two tellings differ (docs/protocol.md, section 6)."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from meshboard.domain.entries import Entry, LogId
from meshboard.figures import MAX_STRANGE
from meshboard.sync.holdings.ranges import Ranges, minus, up_to, xor
from meshboard.sync.store import LogHoldings, Store
from meshboard.wire.frames import (
    HEAD_BYTES,
    MAX_RANGES,
    SHORT_DIGEST_BYTES,
    STATE_BYTES,
    LogLine,
    Place,
    Speaker,
    Summary,
)
from meshboard.wire.framing import push_frame
from meshboard.wire.holdings import push_line

Holdings = Mapping[LogId, LogHoldings]
_LARGEST_COUNTER = 2**32 - 1
NOTHING: Mapping[Place, Ranges] = MappingProxyType({})
LOWEST_PLACE = Place(bytes(HEAD_BYTES), 0)
HIGHEST_PLACE = Place(b"\xff" * HEAD_BYTES, 255)


@dataclass(frozen=True, slots=True)
class Differences:
    """How a summary differs from what is held here."""

    they_lack: tuple[tuple[LogId, Ranges], ...]
    we_lack: tuple[tuple[LogId, Ranges], ...]
    """Of logs that are known here."""
    has_unknown: bool
    """Whether they hold logs of which nothing is held here."""
    forked: tuple[LogId, ...]
    """Logs with equal ranges and another digest: two entries under one number."""
    ahead: tuple[tuple[Place, int], ...]
    """Logs they hold more of, and the highest number they hold."""
    they_hold: Mapping[LogId, Ranges] = field(default_factory=dict)
    """What they hold of the logs they lack something of."""
    waits: Mapping[LogId, Ranges] = field(default_factory=dict)
    """What of these came there and cannot be checked yet."""
    keyless: tuple[tuple[LogId, int], ...] = ()
    """Entries that wait there, one of each log of which nothing is held: its author's key is lacking."""
    told_of: frozenset[LogId] = frozenset()
    """The logs of which the summary tells all that they hold."""
    is_whole: bool = True
    """Whether it tells of all logs."""

    @property
    def is_none(self) -> bool:
        """Say whether both hold the same, as far as the summary tells."""
        return not (self.they_lack or self.we_lack or self.has_unknown or self.forked)


def place_of(log: LogId) -> Place:
    """Return where a log stands in the sorted table."""
    return Place(log.author[:HEAD_BYTES], log.incarnation)


def without(store: Store, hidden: Iterable[Entry]) -> Holdings:
    """Return the holdings as if the hidden entries were not held: those still at rest in the outbox."""
    resting = {entry.digest: entry for entry in hidden}
    holdings = store.holdings()
    seen = dict(holdings)
    for entry in resting.values():
        held = seen.get(entry.log)
        if held is None:
            continue
        ranges = minus(held.ranges, ((entry.number, entry.number),))
        if _has_forks(holdings[entry.log]):
            under = {signed.entry.digest for signed in store.entries(entry.log, entry.number, entry.number)}
            if entry.digest not in under:
                continue  # it gave way to others of its number
            if not under <= resting.keys():
                ranges = held.ranges
        if not ranges:
            del seen[entry.log]
            continue
        seen[entry.log] = LogHoldings(ranges, xor((held.digest, entry.digest)), held.count - 1)
    return seen


def state_of(holdings: Holdings) -> bytes:
    """Return the short hash over everything held that a beacon says."""
    state = hashlib.sha256()
    for log, held in sorted(holdings.items(), key=lambda pair: pair[0]):
        state.update(
            log.author + bytes([log.incarnation]) + held.digest + len(held.ranges).to_bytes(4, "big")
        )
        for first, last in held.ranges:
            state.update(first.to_bytes(4, "big") + last.to_bytes(4, "big"))
    return state.digest()[:STATE_BYTES]


def summary_parts(
    holdings: Holdings, head: bytes, room: int, waiting: Mapping[Place, Ranges] = NOTHING
) -> Sequence[Summary]:
    """Return the summaries, counter 0, that together tell everything held; each fits `room` bytes.

    `waiting`: what came and cannot be checked yet. Of logs of which nothing is held some are told.
    """
    table = sorted(holdings.items(), key=lambda pair: pair[0])
    told = [tuple(_lines_of(log, held, waiting.get(place_of(log), ()))) for log, held in table]
    of_held = {place_of(log) for log in holdings}
    strange = sorted(place for place in waiting if waiting[place] and place not in of_held)[:MAX_STRANGE]
    told.extend((LogLine(place, waiting[place][:MAX_RANGES], b"", is_waiting=True),) for place in strange)
    told.sort(key=lambda lines: lines[0].place)
    speaker = Speaker(head, _LARGEST_COUNTER)
    overhead = len(push_frame(Summary(speaker, (LOWEST_PLACE, HIGHEST_PLACE), ())))
    groups: list[list[LogLine]] = [[]]
    left = room - overhead
    for lines in told:
        size = sum(len(push_line(line)) for line in lines)
        if size > left and groups[-1]:
            groups.append([])
            left = room - overhead
        groups[-1].extend(lines)
        left -= size
    return [Summary(speaker, span, tuple(group)) for span, group in zip(_spans(groups), groups, strict=True)]


def compare(summary: Summary, holdings: Holdings) -> Differences:
    """Return how somebody's summary differs from what is held here."""
    lines = {line.place: line for line in summary.lines if not line.is_waiting}
    waiting = {line.place: line.ranges for line in summary.lines if line.is_waiting}
    first, last = summary.span or (LOWEST_PLACE, HIGHEST_PLACE)
    ours = {place_of(log): log for log in sorted(holdings) if first <= place_of(log) <= last}
    they_lack: list[tuple[LogId, Ranges]] = []
    they_hold: dict[LogId, Ranges] = {}
    forked: list[LogId] = []
    keyless: list[tuple[LogId, int]] = []
    for place, log in sorted(ours.items()):
        held, line = holdings[log], lines.get(place)
        lacking = _lacking(held, line)
        if lacking:
            they_lack.append((log, lacking))
            they_hold[log] = line.ranges if line else ()
        if line is None and place in waiting:
            keyless.append((log, waiting[place][-1][1]))
        if line and _is_forked(held, line):
            forked.append(log)
    theirs = {
        place: minus(line.ranges, holdings[ours[place]].ranges if place in ours else ())
        for place, line in lines.items()
    }
    ahead = tuple((place, lines[place].ranges[-1][1]) for place, ranges in theirs.items() if ranges)
    we_lack = tuple((ours[place], ranges) for place, ranges in theirs.items() if ranges and place in ours)
    has_unknown = any(place not in ours for place in lines)
    partial = {place for place, line in lines.items() if line.is_partial}
    told_of = frozenset(log for place, log in ours.items() if place not in partial)
    return Differences(
        they_lack=tuple(they_lack),
        we_lack=we_lack,
        has_unknown=has_unknown,
        forked=tuple(forked),
        ahead=ahead,
        they_hold=they_hold,
        waits={ours[place]: ranges for place, ranges in waiting.items() if place in ours},
        keyless=tuple(keyless),
        told_of=told_of,
        is_whole=summary.span is None,
    )


def _lines_of(log: LogId, held: LogHoldings, waiting: Ranges) -> Iterator[LogLine]:
    is_partial = len(held.ranges) > MAX_RANGES
    short_digest = b"" if is_partial else held.digest[:SHORT_DIGEST_BYTES]
    yield LogLine(place_of(log), held.ranges[:MAX_RANGES], short_digest)
    not_held = minus(waiting, held.ranges)
    if not_held:
        yield LogLine(place_of(log), not_held[:MAX_RANGES], b"", is_waiting=True)


def _spans(groups: Sequence[Sequence[LogLine]]) -> list[tuple[Place, Place] | None]:
    """Return adjoining spans that cover the whole table, so that absence anywhere means "holds none"."""
    if len(groups) == 1:
        return [None]
    starts = [LOWEST_PLACE, *(group[0].place for group in groups[1:])]
    ends = [*(_just_before(start) for start in starts[1:]), HIGHEST_PLACE]
    return list(zip(starts, ends, strict=True))


def _has_forks(held: LogHoldings) -> bool:
    return held.count > sum(last - first + 1 for first, last in held.ranges)


def _just_before(place: Place) -> Place:
    if place.incarnation:
        return Place(place.head, place.incarnation - 1)
    before = max(int.from_bytes(place.head, "big") - 1, 0)
    return Place(before.to_bytes(HEAD_BYTES, "big"), 255)


def _is_forked(held: LogHoldings, line: LogLine) -> bool:
    same_numbers = not line.is_partial and line.ranges == held.ranges
    return same_numbers and line.short_digest != held.digest[:SHORT_DIGEST_BYTES]


def _lacking(held: LogHoldings, line: LogLine | None) -> Ranges:
    if line is None:
        return held.ranges
    told = up_to(held.ranges, line.ranges[-1][1]) if line.is_partial else held.ranges
    return minus(told, line.ranges)
