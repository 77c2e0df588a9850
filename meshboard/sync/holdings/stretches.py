"""What is left of forgotten entries: which numbers, how many, and the XOR of their digests.

So what is held of a log comes out as if nothing had been forgotten, and stations that forgot agree with those
that did not yet. Of what was forgotten here the ids are kept as well, 8 bytes each: they tell the same entry
that comes again, which is not kept, from another one of its number, which is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from meshboard.domain.entries import Entry
from meshboard.domain.ids import EntryId
from meshboard.sync.holdings.ranges import Ranges, minus, ranges_of, union, xor
from meshboard.sync.store import LogHoldings, Stretch

Stretches = Sequence[Stretch]
"""Of one log, by first number; those forgotten here may lie inside what others told."""


def forget(stretches: Stretches, entries: Iterable[Entry]) -> Stretches:
    """Return the stretches when these entries of the log, held until now, are forgotten here."""
    gone = list(entries)
    new = [_own(first, last, gone) for first, last in ranges_of(entry.number for entry in gone)]
    own = _sorted([*new, *(one for one in stretches if not one.is_told)])
    joined: list[Stretch] = []
    for one in own:
        if joined and one.first <= joined[-1].last + 1:
            joined[-1] = _joined(joined[-1], one)
        else:
            joined.append(one)
    return _sorted([*joined, *(one for one in stretches if one.is_told)])


def take_told(stretches: Stretches, told: Stretch, held: Iterable[Entry]) -> Stretches | None:
    """Return the stretches when others told one; None where it brings nothing, or cannot be.

    `held`: the entries of these numbers held in full. What was told before and reaches beyond it gives way:
    what is lacking then is asked for again, since nothing tells which part of a digest is whose. Where
    nothing is lacking, what is told of the very same numbers takes the place of what was told before.
    """
    known = [entry for entry in held if told.includes(entry.number)]
    kept = [one for one in stretches if not one.is_told and _is_inside(one, told)]
    before = [one for one in stretches if one.is_told and (one.first, one.last) == (told.first, told.last)]
    unknown = minus(told.numbers, union(ranges_of(entry.number for entry in known), hulls(kept)))
    is_lacking = bool(minus(unknown, hulls(stretches)))
    count = told.count - len(known) - sum(one.count for one in kept)
    if not (is_lacking or before) or not unknown or count < _size(unknown):
        return None
    digest = xor((told.digest, *(entry.digest for entry in known), *(one.digest for one in kept)))
    new = replace(told, count=count, digest=digest, ids=frozenset())
    beside = [one for one in stretches if one.last < told.first or one.first > told.last]
    return None if new in before else _sorted([*beside, *kept, new])


def give_up(stretches: Stretches, entry: Entry) -> Stretches | None:
    """Return the stretches when an entry came in full that others said nobody needs; None: it is in none."""
    for one in stretches:
        if one.is_told and one.includes(entry.number):
            left = replace(one, count=one.count - 1, digest=xor((one.digest, entry.digest)))
            return (
                [other for other in stretches if other is not one]
                if not left.count
                else _sorted([left if other is one else other for other in stretches])
            )
    return None


def is_forgotten(stretches: Stretches, entry_id: EntryId) -> bool:
    """Say whether this very entry was forgotten here."""
    return any(entry_id in one.ids for one in stretches)


def with_stretches(held: LogHoldings, stretches: Stretches) -> LogHoldings:
    """Return what is held of a log together with what is left of what was forgotten of it."""
    ranges = held.ranges
    for one in stretches:
        ranges = union(ranges, one.numbers)
    digest = xor((held.digest, *(one.digest for one in stretches)))
    return LogHoldings(ranges, digest, held.count + sum(one.count for one in stretches))


def hulls(stretches: Stretches) -> Ranges:
    """Return the numbers of all stretches, joined where they touch or overlap."""
    ranges: Ranges = ()
    for one in stretches:
        ranges = union(ranges, one.numbers)
    return ranges


def whole(stretches: Stretches, first: int, last: int, held: Iterable[Entry]) -> Stretch:
    """Return all entries of a hull's numbers as one stretch, those held in full (`held`) among them."""
    full = [entry for entry in held if first <= entry.number <= last]
    inside = [one for one in stretches if first <= one.first and one.last <= last]
    digest = xor((*(entry.digest for entry in full), *(one.digest for one in inside)))
    return Stretch(first, last, len(full) + sum(one.count for one in inside), digest)


def _is_inside(one: Stretch, other: Stretch) -> bool:
    return other.first <= one.first and one.last <= other.last


def _own(first: int, last: int, gone: Sequence[Entry]) -> Stretch:
    inside = [entry for entry in gone if first <= entry.number <= last]
    digest = xor(entry.digest for entry in inside)
    return Stretch(first, last, len(inside), digest, frozenset(entry.id for entry in inside))


def _joined(one: Stretch, other: Stretch) -> Stretch:
    last, digest = max(one.last, other.last), xor((one.digest, other.digest))
    return Stretch(one.first, last, one.count + other.count, digest, one.ids | other.ids)


def _sorted(stretches: Iterable[Stretch]) -> Stretches:
    return sorted(stretches, key=lambda one: (one.first, one.last, one.is_told))


def _size(ranges: Ranges) -> int:
    return sum(last - first + 1 for first, last in ranges)
