"""The model of words codec 2: which letter follows which (docs/protocol.md, section 4)."""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import accumulate, islice

MAX_ORDER = 6
LOCAL_ORDERS = (5, 3, 2)
DISTANCES = 3  # weights of an order differ with how many longer contexts are known: none, one, more
BINS = 448
RANKS = 8
MAX_CANDIDATES = 12
LEAST_CANDIDATE_ORDER = 2
STRETCH_LIMIT = 2047  # log odds in 1/256: chances stay within 22 and 65514 of 65536
STRETCH_ZERO = 16384  # what is added to a weight to write it as a letter
MODEL_FILE = "letters.model"
PARTS = "\x01"
CONTEXTS = "\x00"
COUNT_ZERO, RANK_ZERO = 1, 2  # so that no count and no rank reads as one of the two above
START = "\x02"
_KEPT = 8192  # foretellings in memory, some hundred bytes each: what texts of one board share
_FIELD_ENDS = "\x03\x04\x05\x06"
_DIGITS_ALIKE = {ord(digit): "0" for digit in "123456789"}


class Context:
    """What followed some letters: letters by falling count, how often each, how often in all."""

    __slots__ = ("counts", "letters", "total")

    def __init__(self, letters: str, counts: Sequence[int]) -> None:
        self.letters = letters
        self.counts = dict(zip(letters, counts, strict=True))
        self.total = sum(counts)


@dataclass(frozen=True, slots=True)
class Weights:
    """What evidence is worth, in 1/256 of log odds."""

    contexts: list[list[list[int]]]
    """By order, distance to the longest known context, bin of (count, total)."""
    ranks: list[list[int]]
    """By the longest known order, rank of the candidate."""
    locals: list[list[int]]
    """By place in LOCAL_ORDERS: nothing said, this letter said, another said."""


class LetterModel:
    """A model, its contexts opened when first met."""

    def __init__(self, text: str) -> None:
        parts = iter(text.split(PARTS))
        half = [ord(letter) for letter in next(parts)]
        self.chances = [*half[:0:-1], *(65536 - odd for odd in half)]
        """Chance of 65536 by log odds in 1/256, from -STRETCH_LIMIT to STRETCH_LIMIT."""
        self.weights = _weights_of([ord(letter) - STRETCH_ZERO for letter in next(parts)])
        self.letters, sizes, first = next(parts), next(parts), next(parts)
        self.sizes = [ord(size) - COUNT_ZERO for size in sizes]
        self.starts = list(accumulate(self.sizes, initial=0))
        self.place_of = {letter: place for place, letter in enumerate(self.letters)}
        self._opened = {"": Context(self.letters, self.sizes)}
        self._foretold: dict[str, tuple[tuple[str, int], ...]] = {}
        self._closed: dict[str, tuple[str, str]] = {}
        known = [*first]
        for _ in range(MAX_ORDER):
            ranks, counts, children = (next(parts).split(CONTEXTS) for _ in range(3))
            self._closed.update(zip(known, zip(ranks, counts, strict=True), strict=True))
            known = [
                letter + context for context, more in zip(known, children, strict=True) for letter in more
            ]

    def contexts_of(self, history: str) -> list[Context]:
        """Return the known contexts at the end of a history, the shortest, of one letter, first."""
        found: list[Context] = []
        longer = self._opened[""]
        for order in range(1, min(MAX_ORDER, len(history)) + 1):
            key = history[-order:]
            context = self._opened.get(key) or self._open(key, longer.letters)
            if context is None:
                break
            found.append(context)
            longer = context
        return found

    def foretold(
        self, history: str, contexts: Sequence[Context], local: Sequence[str]
    ) -> Iterator[tuple[str, int]]:
        """Yield letters worth asking for and, of each, the chance of 65536 if none before it was the one.

        They come from the contexts known at the end of a history, the shortest first, and from what this text
        said (empty: nothing) after the same letters before.
        """
        key = CONTEXTS.join((history[len(history) - len(contexts) :], *local))
        asked = self._foretold.get(key, ())
        yield from asked
        if not asked and len(self._foretold) >= _KEPT:
            self._foretold.clear()
        for pair in islice(self._foretell(contexts, local), len(asked), None):
            asked = (*asked, pair)
            self._foretold[key] = asked
            yield pair

    def _foretell(self, contexts: Sequence[Context], local: Sequence[str]) -> Iterator[tuple[str, int]]:
        deepest, by_order = len(contexts), self.weights.contexts
        tables = [by_order[order][min(deepest - order, DISTANCES - 1)] for order in range(1, deepest + 1)]
        totals = [context.total for context in contexts]
        said = tuple(zip(local, self.weights.locals, strict=True))
        for rank, candidate in enumerate(candidates([context.letters for context in contexts], local)):
            counts = [context.counts.get(candidate, 0) for context in contexts]
            odds = self.weights.ranks[deepest][rank_bin(rank)]
            for table, count, total in zip(tables, counts, totals, strict=True):
                if total:
                    odds += table[bin_of(count, total)]
            for letter, table in said:
                odds += table[0 if not letter else 1 if letter == candidate else 2]
            yield candidate, self.chances[max(-STRETCH_LIMIT, min(STRETCH_LIMIT, odds)) + STRETCH_LIMIT]
            totals = [total - count for total, count in zip(totals, counts, strict=True)]

    def _open(self, key: str, shorter: str) -> Context | None:
        closed = self._closed.get(key)
        if closed is None:
            return None
        ranks, counts = closed
        letters = "".join([shorter[ord(rank) - RANK_ZERO] for rank in ranks])
        context = Context(letters, [ord(count) - COUNT_ZERO for count in counts])
        self._opened[key] = context
        return context


def candidates(by_order: Sequence[Sequence[str]], local: Sequence[str]) -> Iterator[str]:
    """Yield the letters worth asking for one by one, none twice.

    First those that followed the same letters in this text, then those that follow the known contexts (given
    by order, from 1), of the longest first.
    """
    seen: set[str] = set()
    asked = [letter for letter in local if letter]
    for letters in (asked, *reversed(by_order[LEAST_CANDIDATE_ORDER - 1 :])):
        for letter in letters:
            if letter not in seen:
                seen.add(letter)
                yield letter
                if len(seen) == MAX_CANDIDATES:
                    return


def remembered(letter: str, fields_ended: int) -> str:
    """Return what stands for a letter in histories: all digits are alike, and ends of fields are numbered."""
    if letter == "\n":
        return _FIELD_ENDS[min(fields_ended, len(_FIELD_ENDS) - 1)]
    return letter.translate(_DIGITS_ALIKE)


# fmt: off
_RATIO_BINS = (
    0, 0, 1, 2, 2, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 5, 6, 6, 6, 6, 6, 6,
    7, 7, 7, 7, 7, 7, 7, 8, 8, 8, 8, 8, 8, 8, 9, 9, 9, 9, 9, 9, 9, 10,
    10, 10, 10, 10, 10, 11, 11, 11, 11, 11, 12, 12, 12, 12, 13, 13, 14, 14, 15, 15, 15,
)
# fmt: on
_EXACT_BELOW = 16


def bin_of(count: int, total: int) -> int:
    """Return the bin of evidence: exact for small totals, else by size of the total and by ratio."""
    if total < _EXACT_BELOW:
        return total * _EXACT_BELOW + count
    base = 256 + (min(total.bit_length(), 10) - 5) * 32
    if not count:
        return base
    ratio = count * 64 // total
    return base + (10 + _RATIO_BINS[ratio] if ratio else 1 + min(7, (total // count).bit_length() - 6))


def rank_bin(rank: int) -> int:
    """Return the bin of a candidate's rank."""
    return rank if rank < 4 else 4 if rank < 8 else 5


@cache
def letter_model() -> LetterModel:
    """Return the model that is part of the protocol, read when first needed."""
    packed = resources.files(__package__).joinpath(MODEL_FILE).read_bytes()
    return LetterModel(zlib.decompress(packed).decode())


def _weights_of(flat: list[int]) -> Weights:
    numbers = iter(flat)

    def take(count: int) -> list[int]:
        return [next(numbers) for _ in range(count)]

    contexts = [[take(BINS) for _ in range(DISTANCES)] for _ in range(MAX_ORDER + 1)]
    ranks = [take(RANKS) for _ in range(MAX_ORDER + 1)]
    return Weights(contexts, ranks, [take(3) for _ in LOCAL_ORDERS])
