"""The interval coder of words codec 2: a text is a point in [0, 1) (docs/protocol.md, section 4).

Whoever writes and whoever reads narrow the same interval by the same steps; integers only.
"""

_START_BITS = 32
_LEAST_RANGE = 1 << 24  # with totals of at most 2**16, every step keeps 8 bits of precision or more


class Interval:
    """The part of [0, 1) that a text begun so far has, in units of 2**-bits, and the ends claimed in it."""

    __slots__ = ("_bits", "_claim", "_length", "_low", "_range")

    def __init__(self) -> None:
        self._low = 0
        self._range = 1 << _START_BITS
        self._bits = _START_BITS
        self._length = 0
        self._claim = -1

    def point(self, total: int, known: int) -> int:
        """Return which of `total` parts comes next: for a writer, the one it knows."""
        raise NotImplementedError

    def take(self, start: int, size: int, total: int) -> None:
        """Narrow to the parts from `start` to `start` + `size` of `total`."""
        part = self._range // total
        self._low += part * start
        self._range = part * size
        while self._range < _LEAST_RANGE:
            self._widen()

    def decide(self, chance: int, known: bool) -> bool:
        """Narrow to yes, which has `chance` of 65536, or to no; return which."""
        is_so = self.point(65536, 0 if known else chance) < chance
        if is_so:
            self.take(0, chance, 65536)
        else:
            self.take(chance, 65536 - chance, 65536)
        return is_so

    def claim(self) -> tuple[int, int]:
        """Return (length, value) of the bytes that say: the text ends here.

        They are the first, by length and then by value, that lie in the interval and that no earlier end
        claimed.
        """
        while True:
            unit_bits = self._bits - 8 * self._length
            first = max(-(-self._low >> unit_bits), self._claim + 1)
            if first << unit_bits < self._low + self._range:
                self._claim = first
                return self._length, first
            self._length += 1
            self._claim = -1

    def _widen(self) -> None:
        self._low <<= 8
        self._range <<= 8
        self._bits += 8


class WritingInterval(Interval):
    """The interval of who knows the text."""

    __slots__ = ()

    def point(self, total: int, known: int) -> int:  # noqa: ARG002 -- the signature of all intervals
        """Return the part that is known."""
        return known

    def decide(self, chance: int, known: bool) -> bool:
        """Narrow to what is known."""
        part = self._range >> 16
        if known:
            self._range = part * chance
        else:
            self._low += part * chance
            self._range = part * (65536 - chance)
        while self._range < _LEAST_RANGE:
            self._widen()
        return known


class ReadingInterval(Interval):
    """The interval of who knows the bytes."""

    __slots__ = ("_offset", "_packed", "_pulled")

    def __init__(self, packed: bytes) -> None:
        super().__init__()
        self._packed = packed
        self._pulled = _START_BITS // 8
        self._offset = int.from_bytes(packed[: self._pulled].ljust(self._pulled, b"\0"))

    def point(self, total: int, known: int) -> int:  # noqa: ARG002 -- the signature of all intervals
        """Return the part that the bytes lie in."""
        return min(self._offset // (self._range // total), total - 1)

    def take(self, start: int, size: int, total: int) -> None:
        """Narrow to the parts from `start` to `start` + `size` of `total`."""
        self._offset -= self._range // total * start
        super().take(start, size, total)

    def decide(self, chance: int, known: bool) -> bool:  # noqa: ARG002 -- the signature of all intervals
        """Narrow to what the bytes say."""
        part = self._range >> 16
        edge = part * chance
        is_so = self._offset < edge
        if is_so:
            self._range = edge
        else:
            self._low += edge
            self._offset -= edge
            self._range = part * (65536 - chance)
        while self._range < _LEAST_RANGE:
            self._widen()
        return is_so

    def _widen(self) -> None:
        super()._widen()
        at = self._pulled
        self._offset = self._offset << 8 | (self._packed[at] if at < len(self._packed) else 0)
        self._pulled = at + 1
