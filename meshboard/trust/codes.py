"""Pick-up codes: six letters by which a walk-up is known again, kept only as a slow hash."""

import hmac

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from meshboard.domain.ids import CODE_ALPHABET
from meshboard.errors import TrustError

PICK_UP_LETTERS = 6  # 30 bits
CODE_SALT_BYTES = 16  # RFC 9106, section 3.1
HASH_BYTES = 32
RANDOM_BYTES = 4
# 16 MiB and two passes: 27 ms on a server core, some 100 ms on a Raspberry Pi 4, not felt at a
# kiosk; whoever holds a stolen ledger keeps such a core busy for ten months to try all codes of one post.
# More memory would be pushed into swap on a Pi with 1 GB.
MEMORY_KIB = 16 * 1024
PASSES = 2
_TYPED_FOR = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


def pick_up_code(random: bytes) -> str:
    """Return the code of RANDOM_BYTES random bytes."""
    if len(random) != RANDOM_BYTES:
        raise TrustError(f"A pick-up code is made of {RANDOM_BYTES} random bytes, not of {len(random)}.")
    bits = int.from_bytes(random, "big")
    return "".join(CODE_ALPHABET[bits >> 5 * place & 31] for place in range(PICK_UP_LETTERS))


def normal_pick_up_code(typed: str) -> str | None:
    """Return a typed code in its written form (`k7q-2mo` …), or None if it cannot be one."""
    code = typed.strip().upper().translate(_TYPED_FOR)
    fits = len(code) == PICK_UP_LETTERS and all(letter in CODE_ALPHABET for letter in code)
    return code if fits else None


def hash_code(code: str, salt: bytes) -> bytes:
    """Return the HASH_BYTES bytes to keep of a code; `salt`: CODE_SALT_BYTES random bytes, kept with them.

    Takes as long as a code is meant to cost: call it off the event loop. TrustError for what is no code.
    """
    normal = normal_pick_up_code(code)
    if normal is None or len(salt) != CODE_SALT_BYTES:
        raise TrustError(f"A pick-up code has {PICK_UP_LETTERS} letters and digits.")
    slow = Argon2id(salt=salt, length=HASH_BYTES, iterations=PASSES, lanes=1, memory_cost=MEMORY_KIB)
    return slow.derive(normal.encode())


def is_code(typed: str, salt: bytes, kept: bytes) -> bool:
    """Say whether what was typed is the code of which `kept` is the hash."""
    return normal_pick_up_code(typed) is not None and hmac.compare_digest(hash_code(typed, salt), kept)
