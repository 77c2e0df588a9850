"""Find where two logs with the same numbers differ, by digests of ever smaller pieces."""

from collections.abc import Iterator, Sequence

from meshboard.domain.entries import LogId, SignedEntry
from meshboard.sync.ranges import xor
from meshboard.sync.store import Store
from meshboard.sync.summary import place_of
from meshboard.wire.frames import MAX_PIECES, SHORT_DIGEST_BYTES, Ask

SMALL_PIECE = 4  # numbers: that many entries cost about as much air as asking further


def ask_about(store: Store, log: LogId, first: int, last: int) -> Ask:
    """Return the digests of up to MAX_PIECES pieces of the log from first to last."""
    size = max(SMALL_PIECE, -(-(last - first + 1) // MAX_PIECES))
    held = store.entries(log, first, last)
    pieces = tuple(
        (min(size, last - start + 1), _digest_of(held, start, start + size - 1))
        for start in range(first, last + 1, size)
    )
    return Ask(place_of(log), first, pieces)


def differing_pieces(store: Store, log: LogId, ask: Ask) -> Iterator[tuple[int, int, Sequence[SignedEntry]]]:
    """Yield (first, last, entries held there) of each piece where something else is held here."""
    first = ask.first
    for count, short_digest in ask.pieces:
        last = first + count - 1
        held = store.entries(log, first, last)
        if _digest_of(held, first, last) != short_digest:
            yield first, last, held
        first = last + 1


def _digest_of(held: Sequence[SignedEntry], first: int, last: int) -> bytes:
    inside = (signed.entry.digest for signed in held if first <= signed.entry.number <= last)
    return xor(inside)[:SHORT_DIGEST_BYTES]
