"""Alter valid bytes and texts, so that most of what is tried gets some way in."""

import random
from collections.abc import Callable, Sequence
from typing import TypeVar

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

T = TypeVar("T")
_TELLING = (0, 1, 2, 0x1F, 0x20, 0x40, 0x7F, 0x80, 0xC0, 0xFE, 0xFF)
MOST_BYTES = 4096


def drawn(strategy: st.SearchStrategy[T], count: int, number: int = 0) -> list[T]:
    """Return values of a strategy, the same ones for a number."""
    found: list[T] = []

    @seed(number)
    @settings(
        max_examples=count, database=None, phases=(Phase.generate,), suppress_health_check=list(HealthCheck)
    )
    @given(strategy)
    def collect(value: T) -> None:
        found.append(value)

    collect()
    return found


def altered(chance: random.Random, content: bytes, others: Sequence[bytes] = ()) -> bytes:
    """Return bytes changed in a few places, cut, or spliced with another; one time in eight as they were."""
    changes = chance.choice((0, 1, 1, 1, 2, 2, 3, 6))
    changed = bytearray(content)
    for _ in range(changes):
        chance.choice(_CHANGES)(chance, changed, others)
    return bytes(changed)


def _at(chance: random.Random, content: bytearray) -> int:
    if chance.random() < 0.4:  # most of what decides stands near the front
        return chance.randrange(min(len(content), 16) + 1)
    return chance.randrange(len(content) + 1)


def _flip(chance: random.Random, content: bytearray, _others: Sequence[bytes]) -> None:
    if content:
        content[min(_at(chance, content), len(content) - 1)] ^= 1 << chance.randrange(8)


def _set(chance: random.Random, content: bytearray, _others: Sequence[bytes]) -> None:
    if content:
        value = chance.choice(_TELLING) if chance.random() < 0.7 else chance.randrange(256)
        content[min(_at(chance, content), len(content) - 1)] = value


def _delete(chance: random.Random, content: bytearray, _others: Sequence[bytes]) -> None:
    at = _at(chance, content)
    del content[at : at + chance.choice((1, 1, 2, 8, 40))]


def _insert(chance: random.Random, content: bytearray, _others: Sequence[bytes]) -> None:
    at = _at(chance, content)
    content[at:at] = chance.randbytes(chance.choice((1, 1, 2, 8, 33)))


def _repeat(chance: random.Random, content: bytearray, _others: Sequence[bytes]) -> None:
    at = _at(chance, content)
    piece = content[at : at + chance.choice((1, 4, 16, 60))]
    if len(content) + 8 * len(piece) < MOST_BYTES:
        content[at:at] = piece * chance.choice((1, 2, 8))


def _cut(chance: random.Random, content: bytearray, _others: Sequence[bytes]) -> None:
    del content[_at(chance, content) :]


def _splice(chance: random.Random, content: bytearray, others: Sequence[bytes]) -> None:
    if others:
        at = _at(chance, content)
        content[at:] = chance.choice(others)[at:]


_CHANGES: tuple[Callable[[random.Random, bytearray, Sequence[bytes]], None], ...] = (
    _flip, _flip, _flip, _set, _set, _delete, _insert, _repeat, _cut, _splice, _splice
)  # fmt: skip


def altered_text(chance: random.Random, text: str, letters: str) -> bytes:
    """Return a text as UTF-8, changed in a few places, above all by `letters` that mean something."""
    content = list(text)
    for _ in range(chance.choice((0, 1, 1, 2, 4, 8))):
        at, width = chance.randrange(len(content) + 1), chance.choice((0, 0, 1, 3, 12))
        content[at : at + width] = [_letter(chance, letters) for _ in range(chance.choice((0, 1, 1, 2, 5)))]
    return as_bytes("".join(content))


def _letter(chance: random.Random, letters: str) -> str:
    if chance.random() < 0.7:
        return chance.choice(letters)
    return chr(chance.choice((chance.randrange(0x20), chance.randrange(0x3000), chance.randrange(0x110000))))


def as_text(case: bytes) -> str:
    """Return the text of a case; bytes that are no UTF-8 as a terminal would hand them over."""
    return case.decode("utf-8", "surrogateescape")


def as_bytes(text: str) -> bytes:
    """Return a text as a case."""
    return text.encode("utf-8", "surrogatepass")


def joined(parts: Sequence[bytes]) -> bytes:
    """Return several byte strings as one case."""
    return b"".join(len(part[:0xFFFF]).to_bytes(2, "big") + part[:0xFFFF] for part in parts)


def parted(case: bytes) -> list[bytes]:
    """Return the byte strings of a case, whatever its bytes."""
    parts, at = [], 0
    while at + 2 <= len(case):
        size = int.from_bytes(case[at : at + 2], "big")
        parts.append(case[at + 2 : at + 2 + size])
        at += 2 + size
    return parts
