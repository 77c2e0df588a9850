"""An independent decoder of words in every codec, written from docs/protocol.md, section 4, alone.

Dictionary and model are taken as they are: they are part of the protocol.
"""

import unicodedata
import zlib
from contextlib import suppress

LOCAL = (5, 3, 2)
RATIOS = (2, 3, 5, 7, 11, 16, 22, 29, 36, 43, 49, 54, 58, 60, 62)
NEW = ((0, 0x2FFF), (0x4E00, 0x9FFF), (0x3000, 0x4DFF), (0xA000, 0x10FFFF))


class Words:
    def __init__(self, dictionary: bytes, model: bytes) -> None:
        self.dictionary, self.model = dictionary, Model(model)

    def __call__(self, codec: int, packed: bytes) -> list[str]:
        joined = unpressed(packed, self.model) if codec == 2 else self._joined(codec, packed).decode()
        fields = joined.split("\n")
        is_shown = all(unicodedata.category(one) not in ("Cc", "Zl", "Zp") for one in "".join(fields))
        if not is_shown or len(joined.encode()) > 1024 or (fields[-1] == "" and joined + str(codec) != "0"):
            raise ValueError("nobody writes such words")
        return fields if joined else []

    def _joined(self, codec: int, packed: bytes) -> bytes:
        if codec == 0:
            return packed
        inflater = zlib.decompressobj(-15, zdict=self.dictionary)
        with suppress(zlib.error):
            joined = inflater.decompress(packed, 1025)
            if inflater.eof and not inflater.unused_data:
                return joined
        raise ValueError("it does not end with the body")


class Model:
    def __init__(self, file: bytes) -> None:
        parts = zlib.decompress(file).decode().split("\1")
        half, weights = [ord(one) for one in parts[0]], (ord(one) - 16384 for one in parts[1])
        self.chances = {x: half[-x] if x < 0 else 65536 - half[x] for x in range(-2047, 2048)}
        bins = [(k, distance, place) for k in range(7) for distance in range(3) for place in range(448)]
        self.weights = {place: next(weights) for place in bins}
        self.ranks = {(k, rank): next(weights) for k in range(7) for rank in range(8)}
        self.local = {(k, said): next(weights) for k in LOCAL for said in range(3)}
        self.frequency = {one: ord(n) - 1 for one, n in zip(parts[2], parts[3], strict=True)}
        self.packed: dict[str, tuple[str, str]] = {}
        contexts = list(parts[4])
        for at in range(5, 23, 3):
            ranks, counts, before = (part.split("\0") for part in parts[at : at + 3])
            self.packed.update(zip(contexts, zip(ranks, counts, strict=True), strict=True))
            contexts = [one + k for k, ones in zip(contexts, before, strict=True) for one in ones]

    def following(self, context: str) -> dict[str, int]:
        """Return the letters that follow, the most frequent first, and how often."""
        shorter = list(self.following(context[1:]) if len(context) > 1 else self.frequency)
        return {shorter[ord(r) - 2]: ord(n) - 1 for r, n in zip(*self.packed[context], strict=True)}

    def known(self, history: str) -> list[dict[str, int]]:
        """Return what follows each known context, the one of order 1 first."""
        known = 0
        while known < min(6, len(history)) and history[-known - 1 :] in self.packed:
            known += 1
        return [self.following(history[-k:]) for k in range(1, known + 1)]


class Interval:
    def __init__(self, body: bytes) -> None:
        self.low, self.range, self.bits = 0, 2**32, 32
        self.body, self.body_bits = int.from_bytes(body, "big"), 8 * len(body)
        self.claimed = (0, -1)

    def choose(self, sizes: list[int]) -> int:
        """Return which of parts of these sizes the body lies in, and narrow to it."""
        total = sum(sizes)
        part = self.range // total
        point = min(((self.body << self.bits >> self.body_bits) - self.low) // part, total - 1)
        start = place = 0
        while point >= start + sizes[place]:
            start, place = start + sizes[place], place + 1
        self.low, self.range = self.low + part * start, part * sizes[place]
        while self.range < 2**24:
            self.low, self.range, self.bits = self.low * 256, self.range * 256, self.bits + 8
        return place

    def claim(self) -> tuple[int, int]:
        """Return (length, value) of the first byte string in the interval that nothing shorter claimed."""
        length, value = self.claimed[0], self.claimed[1] + 1
        while True:
            unit = self.bits - 8 * length
            value = max(-(-self.low >> unit), value)
            if value << unit < self.low + self.range:
                self.claimed = (length, value)
                return self.claimed
            length, value = length + 1, 0


def unpressed(body: bytes, model: Model) -> str:
    interval, text, history = Interval(body), "", "\2"
    said: dict[str, str] = {}
    claimed = interval.claim()
    while claimed != (len(body), int.from_bytes(body, "big")):
        if claimed[0] > len(body) or len(text) == 400:
            raise ValueError("nobody writes such a body")
        letter = next_letter(interval, model, history, said)
        said |= {history[-k:]: letter for k in LOCAL}
        is_end, ends = letter == "\n", text.count("\n")
        history += "\3\4\5\6"[min(ends, 3)] if is_end else "0" if letter in "123456789" else letter
        text += letter
        claimed = claimed if is_end else interval.claim()
    return text


def next_letter(interval: Interval, model: Model, history: str, said: dict[str, str]) -> str:
    known = model.known(history)
    local = {k: said.get(history[-k:], "") for k in LOCAL}
    likely = [*filter(None, local.values()), *(one for ones in reversed(known[1:]) for one in ones)]
    tried: list[str] = []
    for candidate in list(dict.fromkeys(likely))[:12]:
        chance = model.chances[max(-2047, min(2047, odds_of(candidate, tried, model, known, local)))]
        if interval.choose([chance, 65536 - chance]) == 0:
            return candidate
        tried.append(candidate)
    after = {one: 2 * n - 1 for one, n in known[0].items() if one not in tried} if known else {}
    if known:
        place = interval.choose([*after.values(), len(after) + 1])
        if place < len(after):
            return list(after)[place]
    left = {one: n for one, n in model.frequency.items() if one not in tried and one not in after}
    place = interval.choose([*left.values(), 20])
    return list(left)[place] if place < len(left) else new_letter(interval, model)


def new_letter(interval: Interval, model: Model) -> str:
    first, last = NEW[interval.choose([1] * 4)]
    block = interval.choose([1] * ((last + 1 - first) // 256))
    letter = chr(first + 256 * block + interval.choose([1] * 256))
    if letter in model.frequency or "\ud800" <= letter <= "\udfff":
        raise ValueError("nobody writes this letter so")
    return letter


def odds_of(
    candidate: str, tried: list[str], model: Model, known: list[dict[str, int]], local: dict[int, str]
) -> int:
    highest, rank = len(known), len(tried)
    odds = model.ranks[highest, rank if rank < 4 else 4 if rank < 8 else 5]
    for k, counts in enumerate(known, start=1):
        total = sum(n for one, n in counts.items() if one not in tried)
        if total:
            odds += model.weights[k, min(highest - k, 2), bin_of(counts.get(candidate, 0), total)]
    return odds + sum(
        model.local[k, 0 if not one else 1 if one == candidate else 2] for k, one in local.items()
    )


def bin_of(n: int, t: int) -> int:
    if t < 16:
        return 16 * t + n
    b = 256 + 32 * (min(t.bit_length(), 10) - 5)
    if n == 0:
        return b
    ratio = 64 * n // t
    return (
        b + 10 + sum(ratio >= one for one in RATIOS) if ratio else b + 1 + min(7, (t // n).bit_length() - 6)
    )
