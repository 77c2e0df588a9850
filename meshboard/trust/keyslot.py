"""Key slots: the ledger's key, wrapped so that only a passphrase or a key file opens it.

    slot    = magic: 4 ‖ version: 1 ‖ kind: 1 ‖ lanes: 1 ‖ 0 ‖ memory in KiB: 4 ‖ iterations: 4 ‖ salt: 16
              ‖ wrapped: 48 ‖ check: 8
    wrapped = AES-256-SIV (RFC 5297) of the ledger's key, bound to everything before it
    check   = first 8 bytes of SHA-256 of everything before it; tells damage from a wrong passphrase

Whole numbers are big endian; a key file's slot has 0 for lanes, memory and iterations.
"""

import hashlib
import struct
from dataclasses import dataclass
from enum import Enum

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from meshboard.errors import RuleError, TrustError
from meshboard.trust.secret import Secret

LEDGER_KEY_BYTES = 32  # AES-256, as SQLCipher uses it; zetetic.net/sqlcipher/sqlcipher-api, "raw key"
KEY_FILE_BYTES = 32
SALT_BYTES = 16  # RFC 9106, section 3.1
SLOT_BYTES = 88
MIN_PASSPHRASE_CHARACTERS = 10
MIN_DIFFERENT_CHARACTERS = 5

_MAGIC = b"mBky"
_VERSION = 1
_HEAD = struct.Struct(">4sBBBBII16s")
_CHECK_BYTES = 8
_WRAPPING_KEY_BYTES = 64  # AES-256-SIV takes two keys of 32
_LEAST_MEMORY_KIB, _MOST_MEMORY_KIB = 8 * 1024, 1024 * 1024  # more than 1 GiB no kiosk has: a damaged slot
_MOST_ITERATIONS, _MOST_LANES = 1000, 16
_MOST_WORK_KIB = 16 * 1024 * 1024  # memory × iterations: 18 s of a server core, 36 times what we ask for


class SlotKind(Enum):
    """What opens a slot."""

    PASSPHRASE = 1
    KEY_FILE = 2


@dataclass(frozen=True, slots=True)
class Cost:
    """What one try of a passphrase costs: Argon2id, RFC 9106."""

    memory_kib: int
    iterations: int
    lanes: int = 1

    @property
    def is_bearable(self) -> bool:
        """Say whether it is neither a mockery of protection nor more than a small machine can do."""
        return (
            _LEAST_MEMORY_KIB <= self.memory_kib <= _MOST_MEMORY_KIB
            and 1 <= self.iterations <= _MOST_ITERATIONS
            and 1 <= self.lanes <= _MOST_LANES
            and self.memory_kib * self.iterations <= _MOST_WORK_KIB
        )


@dataclass(frozen=True, slots=True)
class KeySlot:
    """A wrapped ledger key."""

    salt: bytes
    cost: Cost | None
    """None = a key file's slot."""
    wrapped: bytes

    @property
    def kind(self) -> SlotKind:
        """What opens it."""
        return SlotKind.PASSPHRASE if self.cost else SlotKind.KEY_FILE


def wrap_key(ledger_key: Secret, opener: Secret, salt: bytes, cost: Cost | None) -> KeySlot:
    """Wrap a ledger's key under a passphrase at this cost, or under a key file's bytes where it is None."""
    head = _head(salt, cost)
    return KeySlot(salt, cost, _cipher(opener, salt, cost).encrypt(bytes(ledger_key.reveal()), [head]))


def unwrap_key(slot: KeySlot, opener: Secret) -> Secret:
    """Return the ledger's key; TrustError when this passphrase or key file does not open the slot."""
    try:
        return Secret(
            _cipher(opener, slot.salt, slot.cost).decrypt(slot.wrapped, [_head(slot.salt, slot.cost)])
        )
    except InvalidTag as error:
        raise TrustError(_WRONG[slot.kind]) from error


def pack_slot(slot: KeySlot) -> bytes:
    """Return a slot as the bytes of its file."""
    body = _head(slot.salt, slot.cost) + slot.wrapped
    return body + _check(body)


def read_slot(packed: bytes) -> KeySlot:
    """Read the bytes of a slot's file; TrustError with a sentence when they are not exactly one slot."""
    if len(packed) < _HEAD.size or packed[:4] != _MAGIC:
        raise TrustError(f"The key slot is not one that meshboard made. {_WHAT_NOW}")
    _, version, kind, lanes, unused, memory_kib, iterations, salt = _HEAD.unpack_from(packed)
    if version != _VERSION:
        raise TrustError(
            f"The key slot was made by a newer meshboard (version {version}; this one knows {_VERSION}). "
            "Install the newer meshboard on this machine too."
        )
    body = packed[:-_CHECK_BYTES]
    if len(packed) != SLOT_BYTES or _check(body) != packed[-_CHECK_BYTES:] or unused:
        raise TrustError(f"The key slot is damaged. {_WHAT_NOW}")
    cost = Cost(memory_kib, iterations, lanes) if kind == SlotKind.PASSPHRASE.value else None
    if (cost and not cost.is_bearable) or (
        cost is None and (kind, lanes, memory_kib, iterations) != _NO_COST
    ):
        raise TrustError(f"The key slot asks for something meshboard never asks for. {_WHAT_NOW}")
    return KeySlot(salt, cost, body[_HEAD.size :])


def refuse_tiny(passphrase: Secret) -> None:
    """Raise RuleError with the reason when a passphrase is too easily found by trying."""
    words = passphrase.reveal().decode("utf-8", "surrogateescape")
    if len(words) < MIN_PASSPHRASE_CHARACTERS:
        raise RuleError(
            f"A passphrase needs at least {MIN_PASSPHRASE_CHARACTERS} characters: whoever has a copy of the "
            "ledger finds shorter ones by trying. Four or five words that do not belong together are good."
        )
    if len(set(words)) < MIN_DIFFERENT_CHARACTERS:
        raise RuleError(
            "That passphrase repeats itself too much, and would be tried early. "
            "Four or five words that do not belong together are good."
        )


_NO_COST = (SlotKind.KEY_FILE.value, 0, 0, 0)
_WHAT_NOW = "Put ledger.key back from where you keep a copy, or restore a backup: meshboard restore FILE."
_WRONG = {
    SlotKind.PASSPHRASE: "That is not this board's passphrase. Nothing was changed; try again.",
    SlotKind.KEY_FILE: "That key file does not belong to this board. Nothing was changed; try another stick.",
}


def _head(salt: bytes, cost: Cost | None) -> bytes:
    kind = SlotKind.PASSPHRASE if cost else SlotKind.KEY_FILE
    lanes, memory_kib, iterations = (cost.lanes, cost.memory_kib, cost.iterations) if cost else (0, 0, 0)
    return _HEAD.pack(_MAGIC, _VERSION, kind.value, lanes, 0, memory_kib, iterations, salt)


def _check(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()[:_CHECK_BYTES]


def _cipher(opener: Secret, salt: bytes, cost: Cost | None) -> AESSIV:
    material = bytes(opener.reveal())
    if cost is None:
        return AESSIV(HKDF(SHA256(), _WRAPPING_KEY_BYTES, salt, b"meshboard key file").derive(material))
    try:
        return AESSIV(argon2(material, salt, cost, _WRAPPING_KEY_BYTES))
    except MemoryError as error:
        raise TrustError(
            f"This machine lacks the memory to check the passphrase ({cost.memory_kib // 1024} MiB). "
            "Close something and try again."
        ) from error


def argon2(material: bytes, salt: bytes, cost: Cost, length: int) -> bytes:
    """Return Argon2id of a low-entropy secret (RFC 9106); TrustError where the library lacks it."""
    try:
        kdf = Argon2id(
            salt=salt,
            length=length,
            iterations=cost.iterations,
            lanes=cost.lanes,
            memory_cost=cost.memory_kib,
        )
    except UnsupportedAlgorithm as error:
        raise TrustError(
            "This machine's cryptography library has no Argon2id. Install a newer “cryptography” package."
        ) from error
    return kdf.derive(material)
