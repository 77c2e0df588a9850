"""Find where two logs with the same numbers differ, by digests of ever smaller pieces."""

from collections.abc import Iterator, Sequence

from meshboard.domain.entries import LogId, SignedEntry
from meshboard.figures import SMALL_PIECE
from meshboard.sync.holdings.ranges import Ranges
from meshboard.sync.holdings.stretches import hulls, whole
from meshboard.sync.holdings.summary import place_of
from meshboard.sync.store import Store
from meshboard.wire.frames import MAX_PIECES, SHORT_DIGEST_BYTES, Ask


def ask_about(store: Store, log: LogId, first: int, last: int) -> Ask:
    """Return the digests of up to MAX_PIECES pieces of the log from first to last.

    Of what was forgotten only the digest of a whole stretch is left: a piece that would cut one goes on to
    its end.
    """
    size = max(SMALL_PIECE, -(-(last - first + 1) // MAX_PIECES))
    held, forgotten = _Held(store, log, first, last), hulls(store.stretches(log))
    pieces: list[tuple[int, bytes]] = []
    start = first
    while start <= last:
        end = _uncut(min(start + size - 1, last), forgotten)
        pieces.append((end - start + 1, held.digest_of(start, end)))
        start = end + 1
    return Ask(place_of(log), first, tuple(pieces))


def differing_pieces(store: Store, log: LogId, ask: Ask) -> Iterator[tuple[int, int, Sequence[SignedEntry]]]:
    """Yield (first, last, entries held there) of each piece where something else is held here.

    Pieces that cut a stretch of ours are taken together: the sum of their digests is that of the whole.
    """
    last = ask.first + sum(count for count, _ in ask.pieces) - 1
    forgotten = hulls(store.stretches(log))
    held = _Held(store, log, ask.first, last)
    start, end, told = ask.first, ask.first - 1, bytes(SHORT_DIGEST_BYTES)
    for count, short_digest in ask.pieces:
        end += count
        told = bytes(a ^ b for a, b in zip(told, short_digest, strict=True))
        if _uncut(end, forgotten) > end:
            continue
        if not _cuts(start, forgotten) and held.digest_of(start, end) != told:
            yield start, end, held.entries_of(start, end)
        start, told = end + 1, bytes(SHORT_DIGEST_BYTES)


def is_finest(store: Store, log: LogId, first: int, last: int) -> bool:
    """Say whether what is asked about these numbers cannot be asked finer, for a stretch that fills them."""
    return last - first >= SMALL_PIECE and len(ask_about(store, log, first, last).pieces) == 1


class _Held:
    """What is held of some numbers of a log, in full and of forgotten entries."""

    def __init__(self, store: Store, log: LogId, first: int, last: int) -> None:
        self._stretches = store.stretches(log)
        beyond = _uncut(last, hulls(self._stretches))
        self._entries = store.entries(log, first, beyond)

    def entries_of(self, first: int, last: int) -> Sequence[SignedEntry]:
        return [signed for signed in self._entries if first <= signed.entry.number <= last]

    def digest_of(self, first: int, last: int) -> bytes:
        held = [signed.entry for signed in self.entries_of(first, last)]
        return whole(self._stretches, first, last, held).digest[:SHORT_DIGEST_BYTES]


def _uncut(last: int, forgotten: Ranges) -> int:
    """Return the last number of the stretch that one is in, else that number."""
    return next((end for start, end in forgotten if start <= last <= end), last)


def _cuts(first: int, forgotten: Ranges) -> bool:
    """Say whether a piece that begins with a number cuts a stretch."""
    return any(start < first <= end for start, end in forgotten)
