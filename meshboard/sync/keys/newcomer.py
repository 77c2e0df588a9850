"""A station to which nobody is known yet: it says who it is until somebody shows that they count."""

from collections.abc import Sequence

from meshboard.domain.circle_facts import InviteMade, StationJoined
from meshboard.domain.entries import LogId, SignedEntry
from meshboard.domain.ids import InviteId
from meshboard.sync.entries.repair import Repairs
from meshboard.sync.keys.hello import HelloPlan
from meshboard.sync.keys.known_epochs import KnownEpochs
from meshboard.sync.setup import EngineSetup

JOINED_AT = 2  # the number of the entry by which a newcomer shows its invite


class Newcomer:
    """What this station says while it knows nobody. Its code may be of an epoch that is over."""

    def __init__(self, setup: EngineSetup, epochs: KnownEpochs, repairs: Repairs, hello: HelloPlan) -> None:
        self._own = setup.author
        self._store = setup.store
        self._epochs = epochs
        self._knock_waits = setup.timings.hello_waits
        self._repairs = repairs
        self._hello = hello

    def knock(self, now_s: float) -> None:
        """Plan a HELLO where nobody is known: it is heard also by those whose frames do not open here."""
        if self._epochs.is_nobody_known:
            self._hello.want(now_s + self._knock_waits.first_s)

    def introduce_again(self, hops: int, now_s: float) -> None:
        """Say again who this is where nobody is known: nobody may know it either."""
        if self._epochs.is_nobody_known:
            self._repairs.give_these(self._introduction(), hops, now_s)

    def is_invite_unknown(self) -> bool:
        """Say whether it is not known here yet who made the invite that this station came by."""
        facts = [one.entry.fact for one in self._introduction()]
        shown = {fact.invite for fact in facts if isinstance(fact, StationJoined)}
        return bool(shown) and not shown <= self._invites_made()

    def _introduction(self) -> Sequence[SignedEntry]:
        return self._store.entries(LogId(self._own), 1, JOINED_AT)

    def _invites_made(self) -> set[InviteId]:
        facts = [one.entry.fact for one in self._epochs.facts()]
        return {fact.invite for fact in facts if isinstance(fact, InviteMade)}
