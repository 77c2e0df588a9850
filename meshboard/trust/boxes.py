"""What is sealed to one station: epoch keys and contacts (docs/protocol.md, sections 3 and 6)."""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from meshboard.domain.ids import AuthorId, CircleId, ClaimId, EpochId
from meshboard.domain.text import shown_line, typed_line
from meshboard.errors import RuleError, TrustError
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


MAX_CONTACT_BYTES = 64  # with a walk-up's actor key 80 would not fit a frame of 231 (section 11)
PADDED_TO_BYTES = 16  # so that a contact's size says only which of four lengths it has
SEAL_BYTES = 16  # RFC 5297
_CIPHER_KEY_BYTES = 64


class ClaimKeyPair:
    """A station's X25519 key for contacts: replaced weekly, and destroyed with the claims it was for."""

    __slots__ = ("_seed", "public")

    public: bytes
    """What posters seal to: 32 bytes in a ClaimKeyOffered."""

    def __init__(self, seed: bytes) -> None:
        self._seed = seed
        self.public = box_pair(seed).public_key().public_bytes_raw()

    def __repr__(self) -> str:
        return f"ClaimKeyPair({self.public.hex()[:8]}…)"

    def open(self, sealed: bytes, claim: ClaimId) -> str:
        """Return the contact, as `open_contact` does."""
        return open_contact(sealed, claim, self._seed)


def seal_contact(text: str, claim: ClaimId, claim_key: bytes, ephemeral_seed: bytes) -> bytes:
    """Return a contact that only the holder of `claim_key` reads.

    `ephemeral_seed`: 32 random bytes, used once. RuleError says what is wrong with the text; TrustError when
    nothing can be sealed to the key.
    """
    words = typed_line(text, "contact", MAX_CONTACT_BYTES).encode()
    if not words:
        raise RuleError("The contact is empty; say how to reach you.")
    ephemeral = box_pair(ephemeral_seed)
    public = ephemeral.public_key().public_bytes_raw()
    cipher = _cipher(shared_secret(ephemeral, claim_key), claim, public, claim_key)
    padded = words.ljust(-(-len(words) // PADDED_TO_BYTES) * PADDED_TO_BYTES, b"\0")
    return public + cipher.encrypt(padded, [claim])


def open_contact(sealed: bytes, claim: ClaimId, private_seed: bytes) -> str:
    """Return the contact, fit to be shown; TrustError when it is another claim's or key's, or altered."""
    pair = box_pair(private_seed)
    ephemeral, rest = sealed[:X25519_KEY_BYTES], sealed[X25519_KEY_BYTES:]
    shared = shared_secret(pair, ephemeral)
    cipher = _cipher(shared, claim, ephemeral, pair.public_key().public_bytes_raw())
    try:
        return shown_line(cipher.decrypt(rest, [claim]).rstrip(b"\0").decode())
    except (InvalidTag, ValueError) as error:
        raise TrustError("This contact was not sealed to this station's key, or was altered.") from error


def _cipher(shared: bytes, claim: ClaimId, ephemeral: bytes, claim_key: bytes) -> AESSIV:
    purpose = b"meshboard 1 contact" + ephemeral + claim_key
    return AESSIV(derive(shared, claim, purpose, _CIPHER_KEY_BYTES))
