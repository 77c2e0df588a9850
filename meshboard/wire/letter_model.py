"""The model of words codec 2: which letter follows which (docs/protocol.md, section 4)."""

import zlib
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import accumulate, chain
from re import finditer

MAX_ORDER = 6
LOCAL_ORDERS = (5, 3, 2)
DISTANCES = 3  # weights of an order differ with how many longer contexts are known: none, one, more
BINS = 448
RANKS = 8
MAX_CANDIDATES = 12
LEAST_CANDIDATE_ORDER = 2
STRETCH_LIMIT = 2047  # log odds in 1/256: chances stay within 22 and 65514 of 65536
STRETCH_ZERO = 16384  # what is added to a weight to write it as a letter
MOST_OPENED = 8192  # contexts kept opened, and as many that were before: 5 MB, those of 300 posts
MODEL_FILE = "letters.model"
PARTS = "\x01"
CONTEXTS = "\x00"
COUNT_ZERO, RANK_ZERO = 1, 2  # so that no count and no rank reads as one of the two above
START = "\x02"
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
    """By the highest known order, then by order of the context from 1, then by bin of (count, total)."""
    ranks: list[list[int]]
    """By the highest known order, then by rank of the candidate."""
    locals: list[list[int]]
    """By place in LOCAL_ORDERS: nothing said, this letter said, another said."""


class LetterModel:
    """A model: its contexts as a tree in arrays, a sixth of what they would take one by one.

    What was met lately is kept opened.
    """

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
        self._whole = Context(self.letters, self.sizes)
        self._opened: dict[int, Context] = {}
        self._opened_before: dict[int, Context] = {}
        by_order = list(parts)
        self._ranks, self._counts = CONTEXTS.join(by_order[::3]), CONTEXTS.join(by_order[1::3])
        """Of each context, those of one letter first, what followed it."""
        self._followers_at = _starts_of(self._ranks)
        self._children = CONTEXTS.join([first, *by_order[2::3]])
        """Of the empty context and then of each: the letters before it that make a longer one known."""
        self._children_at = _starts_of(self._children)

    def contexts_of(self, history: str) -> list[Context]:
        """Return the known contexts at the end of a history, the shortest, of one letter, first."""
        found: list[Context] = []
        shorter, parent = self._whole, 0
        begins, find, opened = self._children_at, self._children.find, self._opened
        for letter in history[: -MAX_ORDER - 1 : -1]:
            child = find(letter, begins[parent], begins[parent + 1] - 1)
            if child < 0:
                break
            place = child - parent  # so many marks are before it
            shorter = opened.get(place) or self._open(place, shorter.letters)
            found.append(shorter)
            parent = place + 1
        return found

    def _open(self, place: int, shorter: str) -> Context:
        if place in self._opened_before:
            return self._keep(place, self._opened_before[place])
        followers = slice(self._followers_at[place], self._followers_at[place + 1] - 1)
        letters = "".join([shorter[ord(rank) - RANK_ZERO] for rank in self._ranks[followers]])
        return self._keep(
            place, Context(letters, [ord(count) - COUNT_ZERO for count in self._counts[followers]])
        )

    def _keep(self, place: int, context: Context) -> Context:
        """Keep a context opened for a while; what is not met again goes with the second lot after it."""
        if len(self._opened) >= MOST_OPENED:
            self._opened, self._opened_before = {}, self._opened
        self._opened[place] = context
        return context


def _starts_of(joined: str) -> "array[int]":
    """Return where each of some joined pieces begins, and where one more would."""
    ends = (mark.end() for mark in finditer(CONTEXTS, joined))
    return array("I", chain([0], ends, [len(joined) + 1]))


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
    base = 96 + total.bit_length() * 32 if total < 512 else 416
    if not count:
        return base
    ratio = count * 64 // total
    if ratio:
        return base + 10 + _RATIO_BINS[ratio]
    return base + 1 + min(7, (total // count).bit_length() - 6)


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

    by_order = [[take(BINS) for _ in range(DISTANCES)] for _ in range(MAX_ORDER + 1)]
    by_rank = [take(RANKS) for _ in range(MAX_ORDER + 1)]
    return Weights(
        [
            [by_order[order][min(highest - order, DISTANCES - 1)] for order in range(1, highest + 1)]
            for highest in range(MAX_ORDER + 1)
        ],
        [[table[rank_bin(rank)] for rank in range(MAX_CANDIDATES)] for table in by_rank],
        [take(3) for _ in LOCAL_ORDERS],
    )
