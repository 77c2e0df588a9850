"""Arithmetic on inclusive number ranges, ascending and not touching, and on log digests."""

from collections.abc import Iterable, Sequence

from meshboard.domain.entries import LogId, SignedEntry

Ranges = tuple[tuple[int, int], ...]
Lacking = Sequence[tuple[LogId, Ranges]]
"""What somebody lacks, by log."""
DIGEST_BYTES = 32


def ranges_of(numbers: Iterable[int]) -> Ranges:
    """Return the ranges that cover exactly these numbers."""
    ranges: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1] = (ranges[-1][0], number)
        else:
            ranges.append((number, number))
    return tuple(ranges)


def with_number(ranges: Ranges, number: int) -> Ranges:
    """Return the ranges with one more number."""
    before = [one for one in ranges if one[1] < number - 1]
    beside = [one for one in ranges if one[0] - 1 <= number <= one[1] + 1]
    after = [one for one in ranges if one[0] > number + 1]
    first = min((number, *(one[0] for one in beside)))
    last = max((number, *(one[1] for one in beside)))
    return (*before, (first, last), *after)


def union(ranges: Ranges, others: Ranges) -> Ranges:
    """Return what either has."""
    joined: list[tuple[int, int]] = []
    for first, last in sorted((*ranges, *others)):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = joined[-1][0], max(joined[-1][1], last)
        else:
            joined.append((first, last))
    return tuple(joined)


def minus(ranges: Ranges, others: Ranges) -> Ranges:
    """Return what `ranges` has and `others` has not."""
    left: list[tuple[int, int]] = []
    at = 0  # a liar's log is all gaps: each of the others is looked at once
    for first, last in ranges:
        start = first
        while at < len(others) and others[at][0] <= last:
            taken_first, taken_last = others[at]
            if taken_first > start:
                left.append((start, taken_first - 1))
            start = max(start, taken_last + 1)
            if taken_last > last:
                break
            at += 1
        if start <= last:
            left.append((start, last))
    return tuple(left)


def both(ranges: Ranges, others: Ranges) -> Ranges:
    """Return what both have."""
    return minus(ranges, minus(ranges, others))


def includes(ranges: Ranges, number: int) -> bool:
    """Say whether a number is in the ranges."""
    return any(first <= number <= last for first, last in ranges)


def count_of(ranges: Ranges) -> int:
    """Return how many numbers the ranges cover."""
    return sum(last - first + 1 for first, last in ranges)


def up_to(ranges: Ranges, last: int) -> Ranges:
    """Return the part of the ranges that does not go beyond `last`."""
    return tuple((first, min(end, last)) for first, end in ranges if first <= last)


def xor(digests: Iterable[bytes]) -> bytes:
    """Return the XOR of 32-byte digests, all zeros for none."""
    total = 0
    for digest in digests:
        total ^= int.from_bytes(digest, "big")
    return total.to_bytes(DIGEST_BYTES, "big")


def is_lacking(signed: SignedEntry, lacking: Lacking) -> bool:
    """Say whether an entry is among what somebody lacks."""
    entry = signed.entry
    return any(log == entry.log and includes(ranges, entry.number) for log, ranges in lacking)
