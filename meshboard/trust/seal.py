"""Seal frames so that only the circle can read or make them (RFC 5297; docs/protocol.md, section 5)."""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from meshboard.domain.ids import CircleId
from meshboard.errors import TrustError
from meshboard.trust.circle import Circle, door_key_of, seal_key_of

SEAL_BYTES = 16  # the synthetic initialisation vector, RFC 5297 section 2.4
DOOR_EPOCH = 0xFFFFFFFF  # no epoch's number: what the door's key sealed is never taken for an epoch's


class Seal:
    """Seals and opens frames with one key."""

    __slots__ = ("_bound", "_cipher", "epoch")

    epoch: int
    """The number of the epoch the frames are bound to."""

    def __init__(self, circle: CircleId, epoch: int, key: bytes) -> None:
        self._cipher = AESSIV(key)
        self._bound = bytes(circle), epoch.to_bytes(4, "big")
        self.epoch = epoch

    def seal(self, version: int, frame_type: int, plaintext: bytes) -> bytes:
        """Return SIV and ciphertext, SEAL_BYTES longer than the plaintext of at least one byte."""
        return self._cipher.encrypt(plaintext, self._bound_to(version, frame_type))

    def open(self, version: int, frame_type: int, sealed: bytes) -> bytes:
        """Return the plaintext; TrustError when it is another circle's or epoch's, altered or forged."""
        try:
            return self._cipher.decrypt(sealed, self._bound_to(version, frame_type))
        except (InvalidTag, ValueError) as error:
            raise TrustError("This frame was not sealed by this circle; it was ignored.") from error

    def _bound_to(self, version: int, frame_type: int) -> list[bytes]:
        return [bytes([version]), *self._bound, bytes([frame_type])]


class FrameSeal(Seal):
    """Seals and opens the frames of one circle in one epoch."""

    __slots__ = ()

    def __init__(self, circle: CircleId, epoch: int, epoch_key: bytes) -> None:
        super().__init__(circle, epoch, seal_key_of(circle, epoch_key))


class DoorSeal(Seal):
    """Seals and opens what stations say to each other about keys, whatever epoch they know.

    Former members have this key; what it seals tells them nothing else.
    """

    __slots__ = ()

    def __init__(self, circle: Circle) -> None:
        super().__init__(circle.id, DOOR_EPOCH, door_key_of(circle))
