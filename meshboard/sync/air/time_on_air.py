"""Compute how long a LoRa frame occupies the channel, for every Meshtastic preset.

Formula: Semtech, SX1276/77/78/79 data sheet (rev. 7), section 4.1.1.7, and AN1200.13. Presets: Meshtastic
firmware, `src/mesh/MeshRadio.h`, `modemPresetToParams`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

LORA_HEADER_BYTES = 16  # firmware `PacketHeader`: to, from, id, flags, channel hash, next hop, relay node
MAX_LORA_FRAME_BYTES = 255  # the length field of the LoRa physical layer is one byte
PKC_BYTES = (
    12  # public-key encryption adds 8 of authentication, 4 of nonce; firmware `MESHTASTIC_PKC_OVERHEAD`
)
SIGNED_BYTES = 165  # payload that a node of firmware 2.8 still signs: `Router.cpp`, signedDataFits
NODE_SIGNATURE_BYTES = 66
PREAMBLE_SYMBOLS = 16  # firmware `RadioInterface.h`, preambleLength
SYNC_WORD_SYMBOLS = 4.25  # data sheet: the preamble ends with 4.25 symbols of synchronisation
LOW_DATA_RATE_SYMBOL_S = 0.016  # symbols of 16 ms and more need the low data rate optimisation


@dataclass(frozen=True, slots=True)
class Preset:
    """One of Meshtastic's modem settings."""

    name: str
    spreading_factor: int
    bandwidth_khz: float
    coding_rate: int
    """The denominator: 5 means 4/5."""

    @property
    def symbol_s(self) -> float:
        """Seconds one LoRa symbol lasts."""
        chips_per_symbol = 1 << self.spreading_factor
        return chips_per_symbol / (self.bandwidth_khz * 1000.0)


PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        preset.name: preset
        for preset in (
            Preset("SHORT_TURBO", 7, 500.0, 5),
            Preset("SHORT_FAST", 7, 250.0, 5),
            Preset("SHORT_SLOW", 8, 250.0, 5),
            Preset("MEDIUM_FAST", 9, 250.0, 5),
            Preset("MEDIUM_SLOW", 10, 250.0, 5),
            Preset("LONG_TURBO", 11, 500.0, 8),
            Preset("LONG_FAST", 11, 250.0, 5),
            Preset("LONG_MODERATE", 11, 125.0, 8),
            Preset("LONG_SLOW", 12, 125.0, 8),
            Preset("VERY_LONG_SLOW", 12, 62.5, 8),
            Preset("LITE_FAST", 9, 125.0, 5),
            Preset("LITE_SLOW", 10, 125.0, 5),
            Preset("NARROW_FAST", 7, 62.5, 6),
            Preset("NARROW_SLOW", 8, 62.5, 6),
        )
    }
)
"""Every preset by its Meshtastic name."""


def time_on_air_s(lora_frame_bytes: int, preset: Preset) -> float:
    """Return the seconds a whole LoRa frame (explicit header, CRC on) occupies the channel."""
    preamble_symbols = PREAMBLE_SYMBOLS + SYNC_WORD_SYMBOLS
    return (preamble_symbols + _payload_symbols(lora_frame_bytes, preset)) * preset.symbol_s


def _payload_symbols(lora_frame_bytes: int, preset: Preset) -> int:
    optimised = 1 if preset.symbol_s >= LOW_DATA_RATE_SYMBOL_S else 0
    # 8 bits a byte, + 28 and + 16 for the explicit header and the CRC, as in the data sheet's formula
    bits = 8 * lora_frame_bytes - 4 * preset.spreading_factor + 28 + 16
    bits_per_block = 4 * (preset.spreading_factor - 2 * optimised)
    blocks = max(0, -(-bits // bits_per_block))
    return 8 + blocks * preset.coding_rate


def text_frame_bytes(text_bytes: int) -> int:
    """Return the size of the whole LoRa frame that carries a direct text under public-key encryption.

    Its port, 1, takes a byte less than ours. 219 bytes on a private port fill the 255 (tests/recordings).
    """
    return lora_frame_bytes(text_bytes) - 1 + PKC_BYTES


def lora_frame_bytes(payload_bytes: int) -> int:
    """Return the size of the whole LoRa frame that carries a payload on a private port (256 and up).

    The `Data` message around it: 3 bytes of port number, 2 of bitfield, and 2 of payload tag and length (3
    from 128 bytes on). So 231 bytes of payload fill the 255 of a frame, which is why 232 are refused.
    """
    length_bytes = 1 if payload_bytes < 128 else 2
    data_overhead_bytes = 3 + 2 + 1 + length_bytes
    return LORA_HEADER_BYTES + data_overhead_bytes + payload_bytes
