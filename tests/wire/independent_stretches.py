"""The independent decoder's reading of a stretch, by section 6 of docs/protocol.md alone."""

from typing import Protocol

from tests.wire.independent_keys import need


class Bytes(Protocol):
    def take(self, size: int) -> bytes: ...

    def byte(self, most: int = 255) -> int: ...

    def varint(self) -> int: ...


def stretch(part: Bytes, form: int) -> dict[str, object]:
    """Return what a stretch says whose form was read."""
    incarnation = part.byte() if form & 32 else 0
    first, n, head = part.varint(), part.varint(), part.take(4)
    more = part.varint() if form & 16 else 0
    need(not form & 11 and bool(incarnation) == (form & 32 > 0) and bool(more) == (form & 16 > 0))
    need(first > 1 and 0 < n < 2**32 - first and more <= n)
    said = {"head": head.hex(), "incarnation": incarnation, "first": first, "last": first + n - 1}
    return said | {"count": n + more, "digest": part.take(32).hex()}
