"""Keep what authors wrote for whom nobody vouched yet: the vouch may still be on its way."""

from collections import OrderedDict
from collections.abc import Callable

from meshboard.bounded import BoundedMemory
from meshboard.domain.entries import SignedEntry
from meshboard.domain.ids import AuthorId
from meshboard.figures import MAX_WAITING, MAX_WAITING_OF_ONE
from meshboard.link import NodeNumber


class Unvouched:
    """Entries that were refused, in memory only; the oldest go first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[bytes, SignedEntry] = OrderedDict()
        self._came_from: BoundedMemory[bytes, NodeNumber] = BoundedMemory(MAX_WAITING)

    def __len__(self) -> int:
        return len(self._kept)

    def note_came(self, signed: SignedEntry, node: NodeNumber) -> None:
        """Remember who brought an entry of an author who does not count, in case it is refused."""
        self._came_from[signed.entry.digest] = node

    def holds(self, digest: bytes) -> bool:
        """Say whether this entry was refused before and is kept here."""
        return digest in self._kept

    def add(self, signed: SignedEntry) -> NodeNumber:
        """Keep a refused entry; return the node that brought it, 0 when that is forgotten."""
        digest, author = signed.entry.digest, signed.entry.author
        self._kept.setdefault(digest, signed)
        same = [kept for kept, one in self._kept.items() if one.entry.author == author]
        if len(same) > MAX_WAITING_OF_ONE:
            del self._kept[same[0]]
        elif len(self._kept) > MAX_WAITING:
            self._kept.popitem(last=False)
        return self._came_from.pop(digest, NodeNumber(0))

    def take(self, counts: Callable[[AuthorId], bool]) -> tuple[SignedEntry, ...]:
        """Return and forget what authors wrote who count now."""
        taken = [one for one in self._kept.values() if counts(one.entry.author)]
        for signed in taken:
            del self._kept[signed.entry.digest]
        return tuple(taken)
