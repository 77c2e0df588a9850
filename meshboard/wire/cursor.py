"""Read and write bounded bytes: pull and push pairs with one error (docs/protocol.md, section 1)."""

from meshboard.errors import WireError

MAX_VARINT = 2**32 - 1
_MAX_VARINT_BYTES = 5  # 32 bits in sevens


class UnknownVersion(WireError):  # noqa: N818 -- a state of the peer, named as such
    """The bytes are of a version this meshboard cannot take apart; update it."""


class Reader:
    """A place in bytes that only moves forward; every pull raises WireError at the end."""

    __slots__ = ("_at", "_bytes")

    def __init__(self, content: bytes) -> None:
        self._bytes = content
        self._at = 0

    @property
    def at(self) -> int:
        """How many bytes have been pulled."""
        return self._at

    @property
    def left(self) -> int:
        """How many bytes are left."""
        return len(self._bytes) - self._at

    def pull(self, size: int) -> bytes:
        """Return the next `size` bytes."""
        if size > self.left:
            raise WireError("The bytes end too early; they were ignored.")
        start, self._at = self._at, self._at + size
        return self._bytes[start : self._at]

    def pull_rest(self) -> bytes:
        """Return everything that is left."""
        return self.pull(self.left)

    def pull_byte(self) -> int:
        """Return the next byte as a number."""
        return self.pull(1)[0]

    def peek_byte(self) -> int:
        """Return the next byte as a number and leave it there."""
        byte = self.pull_byte()
        self._at -= 1
        return byte

    def pull_varint(self) -> int:
        """Return the next varint, 0 to MAX_VARINT, which must be in its shortest form."""
        value = 0
        for place in range(_MAX_VARINT_BYTES):
            byte = self.pull_byte()
            value |= (byte & 0x7F) << (7 * place)
            if byte < 0x80:
                if value > MAX_VARINT or (byte == 0 and place > 0):
                    break
                return value
        raise WireError("A number is too large or not in its shortest form; the bytes were ignored.")

    def expect_end(self) -> None:
        """Refuse bytes that are left over."""
        if self.left:
            raise WireError("There are bytes left over; all were ignored.")


def push_varint(value: int) -> bytes:
    """Return a number of 0 to MAX_VARINT in its shortest form."""
    if not 0 <= value <= MAX_VARINT:
        raise WireError(f"The number {value} cannot be sent; it must be 0 to {MAX_VARINT}.")
    pushed = bytearray()
    while value >= 0x80:
        pushed.append(value & 0x7F | 0x80)
        value >>= 7
    pushed.append(value)
    return bytes(pushed)
