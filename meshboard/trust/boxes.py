"""Boxes: epoch keys sealed to one author by another (docs/protocol.md, section 6, KEYS)."""

from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from meshboard.domain.ids import AuthorId, CircleId, EpochId
from meshboard.errors import TrustError
from meshboard.trust.circle import EPOCH_KEY_BYTES
from meshboard.trust.derivation import X25519_KEY_BYTES, box_pair, derive, shared_secret
from meshboard.trust.identity import AuthorKey
from meshboard.trust.key_ring import EpochKey

WRAPPED_BYTES = EPOCH_KEY_BYTES + 8  # RFC 3394, section 2.2.1
_WRAPPING_KEY_BYTES = 32  # AES-256


class BoxKey:
    """A station's X25519 key in one circle, made from the seed of its author key there."""

    __slots__ = ("_author", "_circle", "_private", "public")

    public: bytes
    """What others seal to: 32 bytes in the first entry of the station's log."""

    def __init__(self, seed: bytes, circle: CircleId) -> None:
        self._author = AuthorKey(seed).author
        self._circle = circle
        self._private = box_pair(derive(seed, circle, b"meshboard 1 box", X25519_KEY_BYTES))
        self.public = self._private.public_key().public_bytes_raw()

    def __repr__(self) -> str:
        return f"BoxKey({self._author.hex()[:8]}…)"

    def wrap_for(self, epoch: EpochKey, to_author: AuthorId, to_box_key: bytes) -> bytes:
        """Return an epoch's key for one author and nobody else, WRAPPED_BYTES bytes.

        TrustError when nothing can be sealed to this box key.
        """
        key = self._wrapping_key(to_box_key, epoch.id, self._author, to_author)
        return aes_key_wrap(key, epoch.key)

    def unwrap(
        self, epoch: EpochId, number: int, from_author: AuthorId, from_box_key: bytes, wrapped: bytes
    ) -> EpochKey:
        """Return the epoch key that another author sealed to this station.

        TrustError when it is for somebody else, of another epoch or author, or altered. Whether it is the
        right key the epoch's commitment says (`circle.commitment_of`).
        """
        key = self._wrapping_key(from_box_key, epoch, from_author, self._author)
        try:
            epoch_key = aes_key_unwrap(key, wrapped) if len(wrapped) == WRAPPED_BYTES else b""
        except InvalidUnwrap:
            epoch_key = b""
        if len(epoch_key) != EPOCH_KEY_BYTES:
            raise TrustError("A key was not sealed to this station; it was ignored.")
        return EpochKey(epoch, number, epoch_key)

    def _wrapping_key(
        self, box_key: bytes, epoch: EpochId, from_author: AuthorId, to_author: AuthorId
    ) -> bytes:
        shared = shared_secret(self._private, box_key)
        purpose = b"meshboard 1 epoch key" + epoch + from_author + to_author
        return derive(shared, self._circle, purpose, _WRAPPING_KEY_BYTES)
