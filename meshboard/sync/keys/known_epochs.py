"""What is known here of epochs and members: which keys are held, who counts, and which epochs are over."""

from collections.abc import Mapping, Sequence

from meshboard.domain.circle_facts import EpochBegun
from meshboard.domain.entries import SignedEntry
from meshboard.domain.ids import AuthorId, EpochId
from meshboard.figures import EPOCHS_LOOK_S
from meshboard.sync.setup import EngineSetup
from meshboard.trust.key_ring import EpochKey, KeyRing
from meshboard.trust.seal import Seal
from meshboard.wire.frames import HEAD_BYTES


class KnownEpochs:
    """The keys and the members that all that is heard and said goes by; every part sees the same."""

    def __init__(self, setup: EngineSetup, now_s: float) -> None:
        self.trust = setup.trust
        self.first = EpochId(bytes(setup.circle.id))
        self.ring = setup.trust.ring
        self._box_keys = setup.trust.members
        self.over: frozenset[EpochId] = frozenset()
        self._own = setup.author
        self._look(now_s)

    def facts(self) -> Sequence[SignedEntry]:
        """Return the facts about the circle that are held and count, oldest first."""
        return self.trust.circle_facts()

    def change_ring(self, ring: KeyRing, now_s: float) -> None:
        """Go on with another ring."""
        self.ring = ring
        self._look(now_s)

    def change_members(self, box_keys: Mapping[AuthorId, bytes]) -> frozenset[AuthorId]:
        """Take note of who counts now, each with its box key; return who did not before."""
        come = frozenset(box_keys) - frozenset(self._box_keys)
        self._box_keys = box_keys
        return come

    @property
    def current(self) -> EpochKey | None:
        """The key that seals, None while it is not held."""
        return self.ring.current

    @property
    def seal(self) -> Seal:
        """What the current key seals with; ask only while `may_seal`."""
        seal = self.ring.seal
        assert seal is not None
        return seal

    @property
    def named(self) -> EpochId:
        """The epoch this station says it is in: the first one while it has no key."""
        return self.current.id if self.current else self.first

    @property
    def may_seal(self) -> bool:
        """Say whether anything but HELLO may be said."""
        return self.current is not None

    @property
    def is_lagging(self) -> bool:
        """Say whether a key is held of an epoch whose beginning did not come yet: it is lacking here."""
        return any(key != self.current and key.id not in self.over for key in self.ring.keys)

    def find(self, epoch: EpochId) -> EpochKey | None:
        """Return the key of an epoch, None where it is not held."""
        return self.ring.find(epoch)

    @property
    def member_count(self) -> int:
        """How many count, as far as it is known here."""
        return len(self._box_keys)

    def counts(self, author: AuthorId) -> bool:
        """Say whether all that an author writes counts; what this station writes always does."""
        return author == self._own or author in self._box_keys

    @property
    def is_own_known(self) -> bool:
        """Say whether this station counts for itself: not before its vouch came, nor once it is out."""
        return self._own in self._box_keys

    @property
    def is_nobody_known(self) -> bool:
        """Say whether nobody counts here: the circle's first entry has not come."""
        return not self._box_keys

    def with_head(self, head: bytes) -> Sequence[AuthorId]:
        """Return the others who count, whose key begins so, and to whom a key can be sealed."""
        return [
            author
            for author, box_key in self._box_keys.items()
            if author[:HEAD_BYTES] == head and box_key and author != self._own
        ]

    def box_key(self, author: AuthorId) -> bytes:
        """Return what to seal an epoch key to, empty for who does not count."""
        return self._box_keys.get(author, b"")

    def is_behind(self, epoch: EpochKey, now_s: float) -> bool:
        """Say whether an epoch is over, as far as is known here: former members may have its key.

        Its number does not tell: of epochs begun apart the one that wins may have the lower one.
        """
        if self.current is None or epoch == self.current:
            return False
        if epoch.id not in self.over and now_s - self._looked_at > EPOCHS_LOOK_S:
            self._look(now_s)
        return epoch.id in self.over

    def _look(self, now_s: float) -> None:
        """See which epochs have begun: all but the current one are over."""
        self._looked_at = now_s
        self.over = frozenset(_epochs_from(self.first, self.facts())) - {self.named}


def _epochs_from(first: EpochId, facts: Sequence[SignedEntry]) -> set[EpochId]:
    """Return the epochs whose whole line is known; one whose parent is missing cannot be judged yet."""
    children: dict[EpochId, list[EpochId]] = {}
    for entry in (signed.entry for signed in facts):
        if isinstance(entry.fact, EpochBegun):
            children.setdefault(entry.fact.parent, []).append(EpochId(bytes(entry.id)))
    known: set[EpochId] = set()
    waiting = [first]
    while waiting:
        epoch = waiting.pop()
        known.add(epoch)
        waiting.extend(child for child in children.get(epoch, ()) if child not in known)
    return known
