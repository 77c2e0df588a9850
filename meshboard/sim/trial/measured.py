"""The kinds of figure a trial comes to: spreads, shares of a rolling hour, ratios."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from meshboard.figures import HOUR_S


@dataclass(frozen=True, slots=True)
class Spread:
    """How some values are spread; None where there are none."""

    p50: float | None
    p95: float | None
    max: float | None


def spread(values: Iterable[float]) -> Spread:
    """Return the median, the 95th percentile and the greatest of some values."""
    ordered = sorted(values)
    return Spread(percentile(ordered, 50), percentile(ordered, 95), ordered[-1] if ordered else None)


def percentile(ordered: Sequence[float], percent: int) -> float | None:
    """Return the least of these sorted values that so many percent do not exceed (nearest rank)."""
    if not ordered:
        return None
    return ordered[math.ceil(len(ordered) * percent / 100) - 1]


def ratio(part: float, whole: float) -> float | None:
    """Return what share of the whole a part is, None of nothing."""
    return part / whole if whole > 0 else None


def max_share(sent: Sequence[tuple[float, float]], ends_s: float, window_s: float = HOUR_S) -> float:
    """Return the largest share of any window of time that transmissions, (begin, length) in order, take up.

    Those that a window cuts count with the part inside, as do those that the run's end cuts. The share is
    greatest where a window begins with a transmission or ends with one.
    """
    spans = [(begin_s, min(begin_s + length_s, ends_s)) for begin_s, length_s in sent if begin_s < ends_s]
    sent_before_s = [0.0]
    for begin_s, end_s in spans:
        sent_before_s.append(sent_before_s[-1] + end_s - begin_s)
    most_s, first, last = 0.0, 0, 0
    for number, (begin_s, end_s) in enumerate(spans):
        while spans[first][1] <= end_s - window_s:
            first += 1
        cut_s = max(0.0, end_s - window_s - spans[first][0])
        most_s = max(most_s, sent_before_s[number + 1] - sent_before_s[first] - cut_s)
        while last < len(spans) and spans[last][0] < begin_s + window_s:
            last += 1
        cut_s = max(0.0, spans[last - 1][1] - begin_s - window_s)
        most_s = max(most_s, sent_before_s[last] - sent_before_s[number] - cut_s)
    return most_s / window_s
