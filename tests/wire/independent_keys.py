"""Independent keys, seals and invites, written from docs/protocol.md alone: sections 2, 3, 5, 6 and 8."""

import hashlib
from collections.abc import Mapping
from contextlib import suppress

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap

DOOR_EPOCH = 2**32 - 1
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def need(is_so: object) -> None:
    if not is_so:
        raise ValueError


def sha(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def hkdf(key: bytes, salt: bytes, *info: bytes, size: int = 32) -> bytes:
    return HKDF(SHA256(), size, salt, b"".join(info)).derive(key)


def ed25519_public(seed: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def x25519_public(private: bytes) -> bytes:
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def x25519(private: bytes, public: bytes) -> bytes:
    return X25519PrivateKey.from_private_bytes(private).exchange(X25519PublicKey.from_public_bytes(public))


def is_signed(signature: bytes, by: bytes, *parts: bytes) -> bool:
    with suppress(InvalidSignature):
        Ed25519PublicKey.from_public_bytes(by).verify(signature, b"".join(parts))
        return True
    return False


def link_after(link: bytes, digest: bytes) -> bytes:
    return sha(b"meshboard link 1", link, digest)[:16]


def channel_seed_of(first_epoch_key: bytes) -> bytes:
    return hkdf(first_epoch_key, b"", b"meshboard 1 channel seed", size=16)


def circle_id_of(channel_seed: bytes, founder: bytes) -> bytes:
    return sha(b"meshboard 1 circle", channel_seed, founder)[:8]


def door_key_of(channel_seed: bytes, circle: bytes) -> bytes:
    return hkdf(channel_seed, circle, b"meshboard 1 door", size=64)


def seal_key_of(epoch_key: bytes, circle: bytes) -> bytes:
    return hkdf(epoch_key, circle, b"meshboard 1 seal", size=64)


def commitment_of(epoch_key: bytes, circle: bytes) -> bytes:
    return sha(b"meshboard 1 epoch", circle, epoch_key)[:16]


def box_private(author_seed: bytes, circle: bytes) -> bytes:
    return hkdf(author_seed, circle, b"meshboard 1 box")


def invite_key_of(secret: bytes) -> bytes:
    return ed25519_public(hkdf(secret, b"", b"meshboard 1 invite"))


def opened(frame: bytes, circle: bytes, epochs: Mapping[int, bytes], door: bytes) -> tuple[int, bytes]:
    """Return type and plaintext; `epochs`: seal keys by the epoch's number."""
    kind = frame[0] >> 2 & 7
    need(18 <= len(frame) <= 231 and frame[0] >> 5 == 1 and kind > 0)
    for number in [DOOR_EPOCH] if kind in (6, 7) else sorted(epochs, reverse=True):
        bound = [b"\1", circle, number.to_bytes(4, "big"), bytes([kind])]
        with suppress(InvalidTag):
            if number & 3 == frame[0] & 3:
                return kind, AESSIV(epochs.get(number, door)).decrypt(frame[1:], bound)
    raise ValueError("no key opens it")


def unwrapped(wrapped: bytes, shared: bytes, circle: bytes, *names: bytes) -> bytes:
    """Return an epoch key; `names`: the epoch's id, the giver's and the receiver's author keys."""
    return aes_key_unwrap(hkdf(shared, circle, b"meshboard 1 epoch key", *names), wrapped)


def contact_of(sealed: bytes, claim: bytes, claim_private: bytes) -> str:
    ephemeral, claim_key = sealed[:32], x25519_public(claim_private)
    shared = x25519(claim_private, ephemeral)
    key = hkdf(shared, claim, b"meshboard 1 contact", ephemeral, claim_key, size=64)
    return AESSIV(key).decrypt(sealed[32:], [claim]).rstrip(b"\0").decode()


def from_letters(letters: str) -> bytes:
    bits = 0
    for letter in letters:
        bits = bits << 5 | LETTERS.index(letter)
    size, padding = divmod(5 * len(letters), 8)
    return (bits >> padding).to_bytes(size, "big")


def check_letter(group: str, place: int) -> str:
    check = (place + 1) % 32
    for letter in group:
        check = (check ^ LETTERS.index(letter)) << 1
        check ^= 0b100101 if check & 32 else 0
    return LETTERS[check]


def from_code(code: str) -> bytes:
    groups = code.split("-")
    need(all(group[5:] == check_letter(group[:5], place) for place, group in enumerate(groups)))
    return from_letters("".join(group[:5] for group in groups))


def invite_of(sealed: bytes, *, is_file: bool = False) -> dict[str, object]:
    """Return what an invite says, with its checksum checked."""
    at = 0

    def take(size: int) -> bytes:
        nonlocal at
        at += size
        return sealed[at - size : at]

    first, region, preset, name_bytes = take(4)
    version = first >> 5
    slot = int.from_bytes(take(2 if first & 16 else 0), "big")
    channel_bytes = take(1)[0] if first & 8 else 0
    is_late, has_expiry = version == 2 and first & 4 > 0, version == 2 and first & 2 > 0
    said: dict[str, object] = {"version": version, "region": region, "preset": preset, "slot": slot}
    if version == 2:
        said["expiry"] = int.from_bytes(take(3), "big") if has_expiry else None
        said["circle"] = take(8).hex()
        said["epoch"] = int.from_bytes(take(4), "big") if is_late else 0
        said["epoch_id"] = take(8).hex() if is_late else said["circle"]
        said["channel_seed"] = take(16).hex() if is_late else None
    said["key"] = take(32).hex()
    said["secret"] = take(16 if version == 2 else 0).hex()
    said["name"], said["channel"] = take(name_bytes).decode(), take(channel_bytes).decode()
    if is_file:
        said["author"] = take(32).hex()
        size = take(1)[0]
        said["packed"], said["link"] = take(size & 127).hex(), take(16 if size & 128 else 0).hex()
        said["signature"] = take(64).hex()
    need(sha(sealed[:at])[:2] == sealed[at : at + 2] and not any(sealed[at + 2 :]))
    return said
