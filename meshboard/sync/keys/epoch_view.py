"""What is known here of epochs: which keys are held, who counts, and which epochs are over."""

from meshboard.domain.ids import EpochId
from meshboard.sync.company.known_members import Members
from meshboard.sync.entries.repair import Repairs
from meshboard.sync.keys.past_epochs import Past
from meshboard.sync.setup import EngineSetup
from meshboard.trust.key_ring import EpochKey, KeyRing


class EpochView:
    """The keys and the members that asking for a key and giving one go by; both share it."""

    def __init__(self, setup: EngineSetup, repairs: Repairs, now_s: float) -> None:
        self.config = setup.config
        self.trust = setup.trust
        self.own = setup.author
        self.first_epoch = EpochId(bytes(setup.circle.id))
        self.ring = setup.trust.ring if setup.trust else KeyRing.of(setup.circle)
        self.members = Members(setup.author, setup.trust.members if setup.trust else None)
        self.past = Past(setup, repairs)
        self.past.look(self.named, now_s)

    @property
    def named(self) -> EpochId:
        """The epoch this station says it is in: the first one while it has no key."""
        return self.ring.current.id if self.ring.current else self.first_epoch

    @property
    def may_seal(self) -> bool:
        """Say whether anything but HELLO may be said."""
        return self.ring.current is not None

    @property
    def is_lagging(self) -> bool:
        """Say whether a key is held of an epoch whose beginning did not come yet: it is lacking here."""
        current = self.ring.current
        return any(key != current and key.id not in self.past.over for key in self.ring.keys)

    def is_behind(self, epoch: EpochKey, now_s: float) -> bool:
        """Say whether an epoch is over, as far as is known here: former members may have its key.

        Its number does not tell: of epochs begun apart the one that wins may have the lower one.
        """
        if self.ring.current is None or epoch == self.ring.current:
            return False
        return self.past.is_over(epoch.id, self.named, now_s)
