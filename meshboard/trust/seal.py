"""Seal frames so that only the circle can read or make them (RFC 5297; docs/protocol.md, section 5)."""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from meshboard.errors import TrustError
from meshboard.trust.circle import Circle, seal_key_of

SEAL_BYTES = 16  # the synthetic initialisation vector, RFC 5297 section 2.4


class FrameSeal:
    """Seals and opens the frames of one circle in its current epoch."""

    __slots__ = ("_cipher", "_circle_id", "_epoch", "epoch")

    def __init__(self, circle: Circle) -> None:
        self._cipher = AESSIV(seal_key_of(circle))
        self._circle_id = bytes(circle.id)
        self._epoch = circle.epoch.to_bytes(4, "big")
        self.epoch = circle.epoch

    def seal(self, version: int, frame_type: int, plaintext: bytes) -> bytes:
        """Return SIV and ciphertext, SEAL_BYTES longer than the plaintext of at least one byte."""
        return self._cipher.encrypt(plaintext, self._bound_to(version, frame_type))

    def open(self, version: int, frame_type: int, sealed: bytes) -> bytes:
        """Return the plaintext; TrustError when it is another circle's, altered or forged."""
        try:
            return self._cipher.decrypt(sealed, self._bound_to(version, frame_type))
        except (InvalidTag, ValueError) as error:
            raise TrustError("This frame was not sealed by this circle; it was ignored.") from error

    def _bound_to(self, version: int, frame_type: int) -> list[bytes]:
        return [bytes([version]), self._circle_id, self._epoch, bytes([frame_type])]
