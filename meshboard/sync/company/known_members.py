"""Who counts, as the shell last said."""

from collections.abc import Mapping, Sequence

from meshboard.domain.ids import AuthorId
from meshboard.wire.frames import HEAD_BYTES


class Members:
    """The authors that count, each with the key that epoch keys are sealed to."""

    def __init__(self, own: AuthorId, box_keys: Mapping[AuthorId, bytes] | None) -> None:
        """None: a circle of version 0.1, in which everybody counts."""
        self._own = own
        self._box_keys = box_keys

    def __len__(self) -> int:
        """Return how many count, as far as it is known here; 0 in a circle of version 0.1."""
        return len(self._box_keys or {})

    def counts(self, author: AuthorId) -> bool:
        """Say whether all that an author writes counts; what this station writes always does."""
        return self._box_keys is None or author == self._own or author in self._box_keys

    @property
    def is_own_known(self) -> bool:
        """Say whether this station counts for itself: not before its vouch came, nor once it is out."""
        return self._box_keys is None or self._own in self._box_keys

    @property
    def is_nobody_known(self) -> bool:
        """Say whether nobody counts here: the circle's first entry has not come."""
        return self._box_keys is not None and not self._box_keys

    def come_to(self, later: "Members") -> frozenset[AuthorId]:
        """Return who counts later and not yet here."""
        return frozenset(later._box_keys or ()) - frozenset(self._box_keys or ())

    def with_head(self, head: bytes) -> Sequence[AuthorId]:
        """Return the others who count, whose key begins so, and to whom a key can be sealed."""
        known = self._box_keys or {}
        return [
            author
            for author, box_key in known.items()
            if author[:HEAD_BYTES] == head and box_key and author != self._own
        ]

    def box_key(self, author: AuthorId) -> bytes:
        """Return what to seal an epoch key to, empty for who does not count."""
        return (self._box_keys or {}).get(author, b"")
