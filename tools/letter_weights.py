"""Learns what evidence is worth: each text is told from the counts of all others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from meshboard.wire.letter_model import (
    BINS,
    LOCAL_ORDERS,
    MAX_ORDER,
    RANKS,
    START,
    STRETCH_LIMIT,
    STRETCH_ZERO,
    bin_of,
    candidates,
    rank_bin,
    remembered,
)

Counts = dict[str, dict[str, int]]
Slot = tuple[list[int], int]
_NAT = 1 << 16
_RATES = (51, 25, 8)  # of 1024, falling: 5 %, 2.4 % and 0.8 % of the error
_FIRST_SHARES = (
    50,
    20,
    20,
)  # per cent of its odds that a context gets before anything is learnt, by distance


@dataclass(slots=True)
class Evidence:
    """A known context and what it still holds."""

    order: int
    follow: Mapping[str, int]
    total: int


class Trainer:
    """Weights, in 1/65536 of log odds, while they are learnt."""

    def __init__(self, counts: Counts) -> None:
        self._counts = counts
        self._chances = half_chances()
        self._contexts = [[first_guess(share) for share in _FIRST_SHARES] for _ in range(MAX_ORDER + 1)]
        self._ranks = [[0] * RANKS for _ in range(MAX_ORDER + 1)]
        self._locals = [[0] * 3 for _ in LOCAL_ORDERS]

    def learn(self, texts: Sequence[str]) -> None:
        """Go through the texts a few times, more carefully each time."""
        for rate in _RATES:
            for words in texts:
                self._learn_from(words, rate)

    def rounded_weights(self) -> list[int]:
        """Return all weights as the model file has them, in 1/256."""
        tables = [table for order in self._contexts for table in order] + self._ranks + self._locals
        return [
            max(-STRETCH_ZERO, min(STRETCH_ZERO, (weight + 128) >> 8)) for table in tables for weight in table
        ]

    def _learn_from(self, words: str, rate: int) -> None:
        history, ended, said = START, 0, dict[str, str]()
        for letter in words:
            evidence = self._evidence(history, letter)
            local = [said.get(history[-order:], "") for order in LOCAL_ORDERS]
            for rank, candidate in enumerate(
                candidates([_by_count(known.follow, letter) for known in evidence], local)
            ):
                slots = self._slots(evidence, local, candidate, letter, rank)
                self._correct(slots, candidate == letter, rate)
                if candidate == letter:
                    break
                for known in evidence:
                    known.total -= known.follow.get(candidate, 0)
            for order in LOCAL_ORDERS:
                said[history[-order:]] = letter
            history += remembered(letter, ended)
            ended += letter == "\n"

    def _evidence(self, history: str, letter: str) -> list[Evidence]:
        """Return the contexts that are known from other places, the longest last."""
        found = []
        for order in range(1, min(MAX_ORDER, len(history)) + 1):
            follow = self._counts.get(history[-order:])
            if follow is None:
                break
            total = sum(follow.values()) - (letter in follow)
            if total <= 0:
                break
            found.append(Evidence(order, follow, total))
        return found

    def _slots(
        self, evidence: Sequence[Evidence], local: Sequence[str], candidate: str, letter: str, rank: int
    ) -> list[Slot]:
        slots = [(self._ranks[len(evidence)], rank_bin(rank))]
        for known in evidence:
            if known.total > 0:
                count = max(known.follow.get(candidate, 0) - (candidate == letter), 0)
                table = self._contexts[known.order][min(len(evidence) - known.order, 2)]
                slots.append((table, bin_of(count, known.total)))
        for said, table in zip(local, self._locals, strict=True):
            slots.append((table, 0 if not said else 1 if said == candidate else 2))
        return slots

    def _correct(self, slots: Sequence[Slot], is_so: bool, rate: int) -> None:
        odds = sum(table[place] for table, place in slots) >> 8
        odds = max(-STRETCH_LIMIT, min(STRETCH_LIMIT, odds))
        chance = _NAT - self._chances[odds] if odds >= 0 else self._chances[-odds]
        step = ((_NAT if is_so else 0) - chance) * rate >> 10
        for table, place in slots:
            table[place] += step


@cache
def half_chances() -> tuple[int, ...]:
    """Return 65536 / (1 + e^(i / 256)), rounded, by i; in decimals, since floats differ with the machine."""
    return tuple(round(_NAT / (1 + (Decimal(odds) / 256).exp())) for odds in range(STRETCH_LIMIT + 1))


@cache
def _first_guesses(share: int) -> tuple[int, ...]:
    table = [0] * BINS
    totals = [*range(1, 16), *(24 << size for size in range(6))]
    for total in totals:
        counts = range(total + 1) if total < 16 else sorted({total * ratio // 64 for ratio in range(64)})
        for count in counts:
            odds = (Decimal(10 * count + 3) / (10 * (total - count) + 7)).ln()
            table[bin_of(count, total)] = int(odds * _NAT * share / 100)
    return tuple(table)


def first_guess(share: int) -> list[int]:
    """Return a table by bin with `share` per cent of the log odds that count and total have by themselves."""
    return list(_first_guesses(share))


def _by_count(follow: Mapping[str, int], letter: str) -> list[str]:
    counts = {other: count - (other == letter) for other, count in follow.items()}
    return sorted((other for other in counts if counts[other]), key=lambda other: (-counts[other], other))
