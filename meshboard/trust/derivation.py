"""Derive keys from keys, each for one purpose (HKDF-SHA256, RFC 5869; docs/protocol.md, section 2)."""

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from meshboard.errors import TrustError

X25519_KEY_BYTES = 32  # RFC 7748, section 5


def derive(key: bytes, salt: bytes, purpose: bytes, length: int) -> bytes:
    """Return `length` bytes that say nothing of the key or of what is derived for another purpose."""
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=purpose).derive(key)


def box_pair(seed: bytes) -> X25519PrivateKey:
    """Return the X25519 key of 32 secret bytes."""
    if len(seed) != X25519_KEY_BYTES:
        raise TrustError(f"A box's secret has {len(seed)} bytes instead of {X25519_KEY_BYTES}.")
    return X25519PrivateKey.from_private_bytes(seed)


def shared_secret(private: X25519PrivateKey, public: bytes) -> bytes:
    """Return what both ends of two X25519 keys know and nobody else.

    TrustError for a public key that gives the same secret to everybody (RFC 7748, section 6.1) or is none.
    """
    try:
        return private.exchange(X25519PublicKey.from_public_bytes(public))
    except (ValueError, InvalidKey) as error:
        raise TrustError("Nothing can be sealed to somebody's key; nothing was done.") from error
