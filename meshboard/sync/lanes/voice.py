"""What all lanes speak with: who we are, the seal, what others may know, and what the air allows."""

from collections.abc import Sequence

from meshboard.domain.entries import SignedEntry
from meshboard.sync.company.company import Company
from meshboard.sync.company.counters import Counters
from meshboard.sync.company.reach import Reach
from meshboard.sync.entries.bulk import Taking
from meshboard.sync.entries.outbox import Outbox
from meshboard.sync.events import FrameUse, OutgoingFrame
from meshboard.sync.holdings.early import Early
from meshboard.sync.holdings.summary import Holdings, without
from meshboard.sync.holdings.telling import Teller
from meshboard.sync.keys.known_epochs import KnownEpochs
from meshboard.sync.lanes.clearance import Clearance
from meshboard.sync.setup import EngineSetup
from meshboard.trust.seal import Seal
from meshboard.wire.frames import Frame, Speaker, Told
from meshboard.wire.framing import seal_frame


class Voice:
    """Built once; lanes and hearing take from it what they need."""

    def __init__(self, setup: EngineSetup, now_s: float) -> None:
        self.head = setup.head
        self.counters = Counters(setup.store)
        self.reach = Reach(setup.config.hop_limit, setup.timings)
        self.company = Company(setup.timings, self.reach)
        self.epochs = KnownEpochs(setup, now_s)
        self.air = Clearance(setup, self.company, self.reach)
        self.outbox = Outbox(setup.config.rest_s, setup.chance)
        self.early = Early()
        self.taking = Taking(setup.timings, setup.chance, self.company)
        self._store = setup.store
        self._teller = Teller()

    def visible(self, now_s: float) -> Holdings:
        """Return what others may know is held here: everything but entries at rest."""
        return without(self._store, self.outbox.resting(now_s))

    def told(self, most_bytes: int, now_s: float, waits_bytes: int = 0) -> Told | None:
        """Return what is held, in a frame that goes out now.

        What waits to be checked is told in what is left, and `waits_bytes` more.
        """
        return self._teller.tell(self.visible(now_s), most_bytes, self.early.ranges(), waits_bytes)

    def speaker(self) -> Speaker:
        """Return who says the next word: our head and a counter that only grows."""
        return Speaker(self.head, self.counters.take())

    def sealed(
        self,
        frame: Frame,
        use: FrameUse,
        hop_limit: int,
        entries: Sequence[SignedEntry] = (),
        *,
        seal: Seal | None = None,
        is_urgent: bool = False,
    ) -> OutgoingFrame:
        """Return a frame with these entries in it; without a seal it is sealed with the current key."""
        payload = seal_frame(frame, seal or self.epochs.seal)
        ids = tuple(signed.entry.id for signed in entries)
        return OutgoingFrame(payload, hop_limit, use, self.air.air_s(len(payload)), ids, is_urgent)
