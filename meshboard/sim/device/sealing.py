"""Channel keys and what a node without them sees.

After the firmware's `Channels.cpp` and `CryptoEngine.cpp`. In the simulation a lock decides who can read; the
ciphertext is made only where a client gets to see it.
"""

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

from meshboard.sim.lora_frame import AirFrame, ChannelLock

# firmware Channels.h, defaultpsk: published, so a key of one byte hides nothing from anybody
_DEFAULT_KEY = bytes.fromhex("d4f1bb3a20290759f0bcffabcf4e6901")

PRESET_CHANNEL_NAMES = {
    "SHORT_TURBO": "ShortTurbo",
    "SHORT_FAST": "ShortFast",
    "SHORT_SLOW": "ShortSlow",
    "MEDIUM_FAST": "MediumFast",
    "MEDIUM_SLOW": "MediumSlow",
    "LONG_TURBO": "LongTurbo",
    "LONG_FAST": "LongFast",
    "LONG_MODERATE": "LongMod",
    "LONG_SLOW": "LongSlow",
    "VERY_LONG_SLOW": "VLongSlow",
    "LITE_FAST": "LiteFast",
    "LITE_SLOW": "LiteSlow",
    "NARROW_FAST": "NarrowFast",
    "NARROW_SLOW": "NarrowSlow",
}
"""What a channel with an empty name is called, by preset (firmware `DisplayFormatters.cpp`)."""


def expand_psk(psk: bytes) -> bytes:
    """Return the AES key for a psk: 0 bytes mean none, 1 byte a default one, others are padded with zeros."""
    if psk in (b"", b"\x00"):
        return b""
    if len(psk) == 1:
        return _DEFAULT_KEY[:-1] + bytes(((_DEFAULT_KEY[-1] + psk[0] - 1) & 0xFF,))
    return psk.ljust(16 if len(psk) <= 16 else 32, b"\x00")


def channel_hash(lock: ChannelLock) -> int:
    """Return the byte by which headers name a channel: all bytes of name and key, exclusive-or."""
    result = 0
    for value in lock.name.encode() + expand_psk(lock.psk):
        result ^= value
    return result


def ciphertext(frame: AirFrame) -> bytes:
    """Return a frame's body as a node without its channel sees it: AES-CTR from packet id and sender."""
    if not isinstance(frame.lock, ChannelLock):
        return b"\x00" * len(frame.body)
    key = expand_psk(frame.lock.psk)
    if not key:
        return frame.body
    nonce = frame.packet_id.to_bytes(8, "little") + frame.origin.to_bytes(4, "little") + bytes(4)
    encryptor = Cipher(AES(key), CTR(nonce)).encryptor()
    return encryptor.update(frame.body) + encryptor.finalize()
