"""Author keys: who signed an entry (docs/protocol.md, section 2)."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from meshboard.domain.ids import AuthorId
from meshboard.errors import TrustError

SEED_BYTES = 32  # RFC 8032, section 5.1.5
AUTHOR_KEY_BYTES = 32
SIGNATURE_BYTES = 64


class AuthorKey:
    """A station's signing key, made from 32 random bytes that the caller keeps secret."""

    __slots__ = ("_private", "author")

    author: AuthorId
    """The public key: what others know this station by."""

    def __init__(self, seed: bytes) -> None:
        if len(seed) != SEED_BYTES:
            raise TrustError(
                f"The station's key has {len(seed)} bytes instead of {SEED_BYTES}; restore it from a backup."
            )
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.author = AuthorId(self._private.public_key().public_bytes_raw())

    def __repr__(self) -> str:
        return f"AuthorKey({self.author.hex()[:8]}…)"

    def sign(self, digest: bytes) -> bytes:
        """Return the 64-byte signature over an entry's digest."""
        return self._private.sign(digest)


def is_signed_by(author: AuthorId, digest: bytes, signature: bytes) -> bool:
    """Say whether `signature` is the author's over `digest`; any bytes may be asked about."""
    try:
        Ed25519PublicKey.from_public_bytes(author).verify(signature, digest)
    except (InvalidSignature, ValueError):
        return False
    return True
