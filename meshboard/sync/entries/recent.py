"""What others' news brought lately and nobody said twice: it goes along where a longer frame costs no more.

Firmware 2.8 adds its own signature to a broadcast of up to `SIGNED_BYTES`, and none to a longer one. So a
frame a little shorter is on the air about as long as one with another entry in it, which some mostly lack: of
ten pairs of an entry and a station one or two are missed by the first flood.
"""

from collections.abc import Iterable, Sequence

from meshboard.bounded import BoundedMemory
from meshboard.domain.entries import SignedEntry
from meshboard.domain.ids import EntryId
from meshboard.figures import MAX_RECENT, NEWS_RECENT_S

SIGNED_BYTES = 165  # payload on a private port: firmware `Router.cpp`, signedDataFits
NODE_SIGNATURE_BYTES = 66


class Recent:
    """Entries that came as news, oldest first."""

    def __init__(self) -> None:
        self._came: BoundedMemory[EntryId, tuple[float, SignedEntry]] = BoundedMemory(MAX_RECENT)

    def note_news(self, signed: SignedEntry, now_s: float) -> None:
        """Note an entry that is new here and came as news; without a signature it cannot go by itself."""
        if signed.signature:
            self._came[signed.entry.id] = (now_s, signed)

    def note_said(self, entries: Iterable[EntryId]) -> None:
        """Note that we or another said these."""
        for entry_id in entries:
            self._came.pop(entry_id, None)

    def lately(self, now_s: float) -> Sequence[SignedEntry]:
        """Return what came in the last minutes and was said once."""
        return [signed for came_at, signed in self._came.values() if now_s - came_at < NEWS_RECENT_S]
