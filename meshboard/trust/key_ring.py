"""Epoch keys: those held open what was sealed with them, and at most one of them seals."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from meshboard.domain.ids import CircleId, EpochId
from meshboard.trust.circle import Circle
from meshboard.trust.seal import FrameSeal

LOW_BITS = 3  # of an epoch's number; what a frame's first byte says of it


@dataclass(frozen=True, slots=True, repr=False)
class EpochKey:
    """The key of one epoch. Whoever holds this value reads everything sealed in it: never print or log it."""

    id: EpochId
    number: int
    """0 for the circle's first epoch. Concurrent epochs share one."""
    key: bytes
    """32 bytes."""

    def __repr__(self) -> str:
        return f"EpochKey({self.id.hex()}, {self.number})"


def key_known_by(circle: Circle) -> EpochKey:
    """Return the epoch key that the circle was entered with."""
    return EpochKey(circle.epoch_id, circle.epoch, circle.epoch_key)


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The epoch keys a station holds of one circle."""

    circle: CircleId
    keys: tuple[EpochKey, ...]
    current: EpochKey | None
    """The one that may seal; None while the epoch that holds is known and its key is not."""
    _seals: dict[EpochKey, FrameSeal] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, circle: Circle) -> "KeyRing":
        """Return the ring of a circle with the one key it was entered with, which may seal."""
        key = key_known_by(circle)
        return cls(circle.id, (key,), key)

    def with_key(self, key: EpochKey) -> "KeyRing":
        """Return the ring with one more key, which opens and does not seal."""
        return self if key in self.keys else replace(self, keys=(*self.keys, key))

    def sealing_with(self, epoch: EpochId) -> "KeyRing":
        """Return the ring whose key of this epoch seals; nothing seals where that key is not held."""
        return replace(self, current=self.find(epoch))

    def find(self, epoch: EpochId) -> EpochKey | None:
        """Return the key of an epoch, None when it is not held."""
        return next((key for key in self.keys if key.id == epoch), None)

    def seal_of(self, key: EpochKey) -> FrameSeal:
        """Return the seal of an epoch; made once, since that costs more than opening a frame."""
        if key not in self._seals:
            self._seals[key] = FrameSeal(self.circle, key.number, key.key)
        return self._seals[key]

    @property
    def seal(self) -> FrameSeal | None:
        """What seals now; None while nothing may be sealed."""
        return None if self.current is None else self.seal_of(self.current)

    def openers(self, low_bits: int) -> Sequence[tuple[EpochKey, FrameSeal]]:
        """Return the keys of epochs whose numbers end in these bits, with their seals, the newest first."""
        matching = [key for key in self.keys if key.number & LOW_BITS == low_bits]
        matching.sort(key=lambda key: (key.number, key == self.current, key.id), reverse=True)
        return [(key, self.seal_of(key)) for key in matching]
