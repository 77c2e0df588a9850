"""Words codec 2: each letter foretold from those before it (docs/protocol.md, section 4)."""

from bisect import bisect_right

from meshboard.errors import WireError
from meshboard.wire.interval import Interval, ReadingInterval, WritingInterval
from meshboard.wire.letter_model import (
    LOCAL_ORDERS,
    START,
    STRETCH_LIMIT,
    Context,
    LetterModel,
    bin_of,
    candidates,
    remembered,
)

_NOVEL = 20  # of the total of all letters: what a letter has that the model does not know
_NOVEL_RANGES = ((0, 0x3000), (0x4E00, 0x5200), (0x3000, 0x1E00), (0xA000, 0x106000))  # (first, how many)


def press(words: str, model: LetterModel) -> bytes:
    """Return the words, not empty and not ending in a line feed, in the one way they are written."""
    interval = WritingInterval()
    teller = _Teller(model, interval)
    length, value = interval.claim()
    for letter in words:
        teller.tell(letter)
        if letter != "\n":
            length, value = interval.claim()
    return value.to_bytes(length)


def unpress(packed: bytes, model: LetterModel, max_letters: int, max_bytes: int) -> str:
    """Return the words, or WireError where no words within the limits are written so."""
    interval = ReadingInterval(packed)
    teller = _Teller(model, interval)
    wanted = (len(packed), int.from_bytes(packed))
    claimed = interval.claim()
    words = ""
    while claimed != wanted:
        if claimed[0] > wanted[0] or len(words) == max_letters:
            raise WireError("No words are written like this; the entry was ignored.")
        letter = teller.tell(None)
        words += letter
        if letter != "\n":
            claimed = interval.claim()
    if len(words.encode()) > max_bytes:
        raise WireError("The words are longer than allowed; the entry was ignored.")
    return words


class _Teller:
    """Tells one letter after the other to an interval, or has them told by it."""

    def __init__(self, model: LetterModel, interval: Interval) -> None:
        self._model = model
        self._interval = interval
        self._history = START
        self._fields_ended = 0
        self._said: dict[str, str] = {}

    def tell(self, letter: str | None) -> str:
        """Narrow the interval to the next letter, which is None for who reads, and return it."""
        history = self._history
        contexts = self._model.contexts_of(history)
        ends = [history[-order:] for order in LOCAL_ORDERS]
        local = [self._said.get(end, "") for end in ends]
        tried: list[str] = []
        told = self._by_candidates(letter, contexts, local, tried)
        if told is None and contexts:
            told = self._by_last_letter(letter, contexts[0], tried)
        if told is None:
            told = self._by_frequency(letter, tried)
        for end in ends:
            self._said[end] = told
        self._history = history + remembered(told, self._fields_ended)
        self._fields_ended += told == "\n"
        return told

    def _by_candidates(
        self, letter: str | None, contexts: list[Context], local: list[str], tried: list[str]
    ) -> str | None:
        """Tell by asking for one candidate after the other; None where it is none of them.

        The loop that all time goes into: what could be a function is written out.
        """
        weights, chances, decide = self._model.weights, self._model.chances, self._interval.decide
        ranks, tables = weights.ranks[len(contexts)], weights.contexts[len(contexts)]
        evidence = list(enumerate([context.counts.get for context in contexts]))
        totals = [context.total for context in contexts]
        said = [pair for pair in zip(local, weights.locals, strict=True) if pair[0]]
        silent = sum([table[0] for other, table in zip(local, weights.locals, strict=True) if not other])
        for candidate in candidates([context.letters for context in contexts], local):
            odds = silent + ranks[len(tried)]
            for place, count_of in evidence:
                total = totals[place]
                if total:
                    count = count_of(candidate, 0)
                    odds += tables[place][total * 16 + count if total < 16 else bin_of(count, total)]
                    totals[place] = total - count
            for other, table in said:
                odds += table[1 if other == candidate else 2]
            if odds > STRETCH_LIMIT:
                odds = STRETCH_LIMIT
            elif odds < -STRETCH_LIMIT:
                odds = -STRETCH_LIMIT
            if decide(chances[odds + STRETCH_LIMIT], candidate == letter):
                return candidate
            tried.append(candidate)
        return None

    def _by_last_letter(self, letter: str | None, context: Context, tried: list[str]) -> str | None:
        """Tell by what follows the last letter anywhere; None for none of that."""
        left = [(other, 2 * count - 1) for other, count in context.counts.items() if other not in tried]
        size_of_others = sum(size for _, size in left)
        total = size_of_others + len(left) + 1
        start_of, start = {}, 0
        for other, size in left:
            start_of[other] = start
            start += size
        point = self._interval.point(total, start_of.get(letter or "", size_of_others))
        for other, size in left:
            if start_of[other] <= point < start_of[other] + size:
                self._interval.take(start_of[other], size, total)
                return other
        self._interval.take(size_of_others, len(left) + 1, total)
        tried.extend(other for other, _ in left)
        return None

    def _by_frequency(self, letter: str | None, tried: list[str]) -> str:
        """Tell by how often each letter of the model is met, those left out that it is not."""
        model = self._model
        out = sorted(model.place_of[other] for other in set(tried) if other in model.place_of)
        known = model.starts[-1] - sum(model.sizes[place] for place in out)
        place = model.place_of.get(letter or "")
        start = (
            known
            if place is None
            else model.starts[place] - sum(model.sizes[other] for other in out if other < place)
        )
        point = self._interval.point(known + _NOVEL, start)
        if point >= known:
            self._interval.take(known, _NOVEL, known + _NOVEL)
            return self._novel(letter)
        for other in out:
            if model.starts[other] <= point:
                point += model.sizes[other]
        place = bisect_right(model.starts, point) - 1
        start = model.starts[place] - sum(model.sizes[other] for other in out if other < place)
        self._interval.take(start, model.sizes[place], known + _NOVEL)
        return model.letters[place]

    def _novel(self, letter: str | None) -> str:
        """Tell a letter that the model does not know, by its code point."""
        code_point = ord(letter) if letter else 0
        chosen = next(
            place for place, (first, count) in enumerate(_NOVEL_RANGES) if first <= code_point < first + count
        )
        chosen = self._pick(chosen, len(_NOVEL_RANGES))
        first, count = _NOVEL_RANGES[chosen]
        block = self._pick((code_point - first) >> 8, count >> 8)
        told = chr(first + (block << 8) + self._pick(code_point - first & 255, 256))
        if told in self._model.place_of or "\ud800" <= told <= "\udfff":
            raise WireError("A letter is not written in its shortest form; the entry was ignored.")
        return told

    def _pick(self, known: int, total: int) -> int:
        point = self._interval.point(total, known)
        self._interval.take(point, 1, total)
        return point
