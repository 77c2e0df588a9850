"""Time on air and waiting times, against figures from data sheets and recordings."""

import math
from random import Random

import pytest
from meshtastic.protobuf.config_pb2 import Config

from meshboard.sim.airwaves import (
    REGIONS,
    own_delay_s,
    relay_delay_s,
    repeat_after_s,
    slot_time_s,
    window_exponent_for_snr,
    window_exponent_for_use,
)
from meshboard.sim.device.sealing import PRESET_CHANNEL_NAMES
from meshboard.sync.air.budget import REGION_DUTY_SHARE
from meshboard.sync.air.time_on_air import PRESETS, Preset, lora_frame_bytes, time_on_air_s

LONG_FAST = PRESETS["LONG_FAST"]
SHORT_FAST = PRESETS["SHORT_FAST"]


@pytest.mark.parametrize(("frame_bytes", "expected_s"), [(50, 0.64), (100, 1.01), (174, 1.54), (255, 2.16)])
def test_time_on_air_of_long_fast_is_the_published_one(frame_bytes: int, expected_s: float) -> None:
    assert expected_s == round(time_on_air_s(frame_bytes, LONG_FAST), 2)


def test_time_on_air_counted_by_hand_for_fifty_bytes() -> None:
    symbol_s = 2**11 / 250_000
    payload_symbols = 8 + 10 * 5  # (400 - 44 + 28 + 16) bits / 44 a block = 9.09, so 10 blocks of 5 symbols

    assert time_on_air_s(50, LONG_FAST) == pytest.approx((16 + 4.25 + payload_symbols) * symbol_s)


def test_slow_symbols_use_the_low_data_rate_optimisation() -> None:
    symbol_s = 2**12 / 125_000  # 32.8 ms, above the 16 ms from which it is used
    payload_symbols = 8 + 10 * 8  # (400 - 48 + 44) bits / (4 x (12 - 2)) a block = 9.9, so 10 blocks of 8

    assert time_on_air_s(50, PRESETS["LONG_SLOW"]) == pytest.approx((20.25 + payload_symbols) * symbol_s)


def radiolib_us(frame_bytes: int, preset: Preset) -> int:
    """Count as firmware 2.7 does: RadioLib 7, `SX126x::getTimeOnAir`, in whole microseconds."""
    symbol_us = (10_000 << preset.spreading_factor) // int(preset.bandwidth_khz * 10)
    is_optimised = symbol_us >= 16_000
    divisor = 4 * (preset.spreading_factor - 2 * is_optimised)
    bits = max(0, 8 * frame_bytes + 16 - 4 * preset.spreading_factor + 8 + 20)
    quarters = (16 + 8) * 4 + 17 + -(-bits // divisor) * preset.coding_rate * 4
    return symbol_us * quarters // 4


def firmware_s(frame_bytes: int, preset: Preset) -> float:
    """Count as `RadioInterface::getPacketTime` did: it rounds up after the coding rate, not before."""
    symbol_s = (1 << preset.spreading_factor) / (preset.bandwidth_khz * 1000.0)
    is_optimised = symbol_s > 16e-3
    bits = 8.0 * frame_bytes - 4 * preset.spreading_factor + 28 + 16
    divisor = 4 * (preset.spreading_factor - 2 * is_optimised)
    payload_symbols = 8 + max(math.ceil(bits / divisor * preset.coding_rate), 0)
    return (16 + 4.25) * symbol_s + payload_symbols * symbol_s


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_time_on_air_is_the_firmwares_for_every_preset_and_size(preset: Preset) -> None:
    for frame_bytes in range(16, 256):
        seconds = time_on_air_s(frame_bytes, preset)

        assert seconds == pytest.approx(radiolib_us(frame_bytes, preset) / 1e6, rel=1e-4)
        assert 0 <= round((seconds - firmware_s(frame_bytes, preset)) / preset.symbol_s) < preset.coding_rate


def test_a_preset_is_slower_the_further_it_reaches() -> None:
    order = [
        "SHORT_TURBO",
        "SHORT_FAST",
        "SHORT_SLOW",
        "MEDIUM_FAST",
        "MEDIUM_SLOW",
        "LONG_TURBO",
        "LONG_FAST",
    ]
    order += ["LONG_MODERATE", "LONG_SLOW", "VERY_LONG_SLOW"]
    airtimes_s = [time_on_air_s(100, PRESETS[name]) for name in order]

    assert sorted(airtimes_s) == airtimes_s


def test_the_largest_payload_fills_the_largest_frame() -> None:
    assert lora_frame_bytes(231) == 255


def test_a_slot_of_long_fast_is_28_ms() -> None:
    assert slot_time_s(LONG_FAST) == pytest.approx(0.028, abs=0.0002)


@pytest.mark.parametrize(
    ("snr_db", "exponent"), [(-30.0, 3), (-20.0, 3), (-8.0, 5), (6.25, 7), (10.0, 8), (20.0, 8)]
)
def test_who_hears_the_sender_worst_has_the_smallest_window(snr_db: float, exponent: int) -> None:
    assert exponent == window_exponent_for_snr(snr_db)


@pytest.mark.parametrize(("utilisation", "exponent"), [(0.0, 3), (0.5, 5), (1.0, 8)])
def test_a_busy_channel_widens_the_window(utilisation: float, exponent: int) -> None:
    assert exponent == window_exponent_for_use(utilisation)


def test_relays_leave_the_first_slots_to_routers() -> None:
    chance = Random(1)
    slot_s = slot_time_s(LONG_FAST)

    plain = [relay_delay_s(LONG_FAST, 6.25, chance) / slot_s for _ in range(200)]
    routers = [relay_delay_s(LONG_FAST, 6.25, chance, router=True) / slot_s for _ in range(200)]

    assert min(plain) >= 16
    assert max(plain) < 16 + 128
    assert max(routers) < 16


def test_an_own_frame_waits_fewer_than_eight_slots_on_a_quiet_channel() -> None:
    chance = Random(1)
    slots = {round(own_delay_s(LONG_FAST, 0.0, chance) / slot_time_s(LONG_FAST)) for _ in range(200)}

    assert slots == set(range(8))


def test_three_unanswered_transmissions_take_what_real_nodes_took() -> None:
    assert 3 * repeat_after_s(LONG_FAST, 60, 0.0) == pytest.approx(22, abs=1.5)  # recorded: 21 to 23 s
    assert 3 * repeat_after_s(SHORT_FAST, 60, 0.0) == pytest.approx(15.3, abs=0.5)  # recorded: 15 s


def test_regions_and_presets_are_the_ones_the_protocol_knows() -> None:
    assert set(Config.LoRaConfig.RegionCode.keys()) == REGIONS
    assert set(PRESETS) == set(Config.LoRaConfig.ModemPreset.keys()) == set(PRESET_CHANNEL_NAMES)
    assert set(REGION_DUTY_SHARE) <= REGIONS
