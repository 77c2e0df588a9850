"""The change of an epoch on the air: what its beginner says before the new key seals anything."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from meshboard.domain.circle_facts import EpochBegun
from meshboard.domain.entries import SignedEntry
from meshboard.domain.ids import AuthorId
from meshboard.errors import TrustError
from meshboard.sync.air.governor import Grade
from meshboard.sync.events import FrameUse
from meshboard.trust.boxes import BoxKey
from meshboard.trust.key_ring import EpochKey, KeyRing
from meshboard.trust.seal import Seal
from meshboard.wire.frames import HEAD_BYTES, Frame, Keys
from meshboard.wire.packer import EntriesPacker, FrameFull

MAX_RECIPIENTS = 4  # wrapped keys of 44 bytes in a frame of 231
_WRAPPED_BYTES = 44
_KEYS_OVERHEAD_BYTES = 17 + 4 + 8 + 5  # tag and seal, head, epoch id, the longest number


@dataclass(frozen=True, slots=True)
class DoorWord:
    """One frame about keys, ready to be said."""

    frame: Frame
    use: FrameUse
    grade: Grade
    seal: Seal
    hop_limit: int
    entries: tuple[SignedEntry, ...] = ()
    recipients: tuple[AuthorId, ...] = ()


def recipients_of_a_frame(max_frame_bytes: int) -> int:
    """Return how many authors one KEYS frame can give a key."""
    return min(MAX_RECIPIENTS, (max_frame_bytes - _KEYS_OVERHEAD_BYTES) // _WRAPPED_BYTES)


def keys_frame(own: AuthorId, box: BoxKey, epoch: EpochKey, to: Iterable[tuple[AuthorId, bytes]]) -> Keys:
    """Return the frame that gives these authors an epoch's key, each sealed to their box key."""
    wrapped = []
    for author, box_key in to:
        try:
            wrapped.append((author[:HEAD_BYTES], box.wrap_for(epoch, author, box_key)))
        except TrustError:
            continue  # its author published a key that nothing can be sealed to: the loss is theirs
    return Keys(own[:HEAD_BYTES], epoch.id, epoch.number, tuple(wrapped))


def farewell_words(
    entries: Sequence[SignedEntry], ring: KeyRing, max_frame_bytes: int, hop_limit: int
) -> Iterable[DoorWord]:
    """Yield the beginnings of epochs, each sealed with the key of the epoch before it."""
    for signed in entries:
        fact = signed.entry.fact
        parent = ring.find(fact.parent) if isinstance(fact, EpochBegun) else None
        packer = EntriesPacker(max_frame_bytes)
        try:
            packer.add(signed, has_link=True)
        except FrameFull:
            parent = None
        if parent is not None:
            yield DoorWord(
                frame=packer.frame(),
                use=FrameUse.NEWS,
                grade=Grade.CRITICAL,
                seal=ring.seal_of(parent),
                hop_limit=hop_limit,
                entries=(signed,),
            )


class EpochChange:
    """What is still to be said of changes of epochs, in order; nothing else is said before it."""

    def __init__(self) -> None:
        self._words: deque[DoorWord] = deque()

    @property
    def next(self) -> DoorWord | None:
        """The next word, None when all is said."""
        return self._words[0] if self._words else None

    def take(self) -> DoorWord:
        """Return the next word: it goes out now."""
        return self._words.popleft()

    def put_back(self, word: DoorWord) -> None:
        """Say a word again, before the others: the node refused it."""
        self._words.appendleft(word)

    def begin(self, farewell: Iterable[DoorWord], keys: Iterable[DoorWord]) -> None:
        """Plan a change; keys of the one before that were not given yet are worth nothing any more."""
        said = [word for word in self._words if word.entries]
        self._words = deque([*said, *farewell, *keys])
