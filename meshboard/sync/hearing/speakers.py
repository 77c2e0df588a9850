"""Whose word is stale: the highest counters heard, in each epoch apart."""

from collections.abc import Mapping

from meshboard.bounded import BoundedMemory
from meshboard.domain.ids import EpochId
from meshboard.figures import MAX_EPOCHS, MAX_STRANGERS
from meshboard.sync.events import RejectReason
from meshboard.wire.frames import Speaker


class Speakers:
    """Remembers the highest counter of every station heard, and refuses what is not above it."""

    def __init__(self, heard: Mapping[bytes, int]) -> None:
        self._heard = dict(heard)

    def check(self, speaker: Speaker, *, is_stranger: bool) -> RejectReason | None:
        """Take note of a speaker's counter; return why it is to be ignored, None when it is fresh."""
        last = self._heard.get(speaker.head)
        if last is None and is_stranger and len(self._heard) >= MAX_STRANGERS:
            return RejectReason.TOO_MANY
        if last is not None and speaker.counter <= last:
            return RejectReason.STALE
        self._heard[speaker.head] = speaker.counter
        return None

    def latest_of(self, head: bytes) -> Speaker:
        """Return a station that was heard, with the highest counter it had."""
        return Speaker(head, self._heard[head])


class EpochSpeakers:
    """Keeps the counters heard in each epoch apart.

    Former members have the keys of past epochs: a counter they claim in somebody's name must not make that
    station's words of today stale.
    """

    def __init__(self, epoch: EpochId | None, heard: Mapping[bytes, int]) -> None:
        """Begin with what was heard before this start in the epoch that seals, None when there is none."""
        self._of: BoundedMemory[EpochId, Speakers] = BoundedMemory(MAX_EPOCHS)
        if epoch is not None:
            self._of[epoch] = Speakers(heard)

    def of(self, epoch: EpochId) -> Speakers:
        """Return the counters of one epoch."""
        speakers = self._of[epoch] = self._of.get(epoch) or Speakers({})
        return speakers
