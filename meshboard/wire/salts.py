"""Salts, and the keys they follow from, one for a block of a log (docs/protocol.md, section 3)."""

import hashlib
from collections.abc import Iterable

SALT_BYTES = 8
SALT_KEY_BYTES = 8
BLOCK_ENTRIES = 64
_DOMAIN = b"meshboard salt 1"


def salt_of(key: bytes, incarnation: int, number: int) -> bytes:
    """Return the salt of the entry with this number, by the key of its block: SALT_KEY_BYTES random bytes."""
    place = bytes([incarnation]) + number.to_bytes(4, "big")
    return hashlib.sha256(_DOMAIN + key + place).digest()[:SALT_BYTES]


def block_of(number: int) -> int:
    """Return the block an entry's number is of: 0 for 1 to BLOCK_ENTRIES, and so on."""
    return (number - 1) // BLOCK_ENTRIES


def span_of_block(block: int) -> tuple[int, int]:
    """Return the first and the last number of a block."""
    return block * BLOCK_ENTRIES + 1, (block + 1) * BLOCK_ENTRIES


def blocks_of(first: int, last: int) -> range:
    """Return the blocks that the numbers first to last inclusive are of."""
    return range(block_of(first), block_of(last) + 1)


def latest_salt_key(keys: Iterable[tuple[int, bytes]], number: int) -> bytes:
    """Return the key an entry of this number takes from those before it: of the highest number of its block.

    `keys`: number and salt key of entries of its log, the key empty where none is known. Empty when there is
    none: then its author draws one.
    """
    first, _ = span_of_block(block_of(number))
    before = [(one, key) for one, key in keys if key and first <= one < number]
    return max(before)[1] if before else b""
