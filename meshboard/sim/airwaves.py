"""Say how long Meshtastic's radios wait and send: slots, contention windows, repeats.

Time on air is in `sync.air.time_on_air`, what a region lets a node send in `sync.air.budget`; this
adds what the firmware builds on it, from `src/mesh/RadioInterface.cpp` and `.h` (2.7).
"""

from random import Random

from meshboard.sync.air.time_on_air import Preset, time_on_air_s

CONTENTION_MIN = 3  # firmware CWmin: a window of 2**3 slots
CONTENTION_MAX = 8  # firmware CWmax: a window of 2**8 slots
WORST_SNR_DB = -20  # firmware SNR_MIN
BEST_SNR_DB = 10  # firmware SNR_MAX
SIMULATED_SNR_DB = 6.25  # what the firmware's simulated radio says of every frame, as recorded
NOISE_FLOOR_DBM = -120  # what nodes report in local_stats
PROCESSING_S = 4.5  # firmware PROCESSING_TIME_MSEC: building, sending and decoding a packet, generously
CAPTURE_DB = 6.0  # a frame this much stronger survives an overlap; BENCHMARK.md section 1

REGIONS = frozenset(
    {
        "UNSET",
        "US",
        "EU_433",
        "EU_868",
        "CN",
        "JP",
        "ANZ",
        "KR",
        "TW",
        "RU",
        "IN",
        "NZ_865",
        "TH",
        "LORA_24",
        "UA_433",
        "UA_868",
        "MY_433",
        "MY_919",
        "SG_923",
        "PH_433",
        "PH_868",
        "PH_915",
        "ANZ_433",
        "KZ_433",
        "KZ_863",
        "NP_865",
        "BR_902",
        "ITU1_2M",
        "ITU2_2M",
        "EU_866",
        "EU_874",
        "EU_917",
        "EU_N_868",
        "ITU3_2M",
    }
)
"""Meshtastic's region codes (`Config.LoRaConfig.RegionCode`)."""


def slot_time_s(preset: Preset) -> float:
    """Return one contention slot: 2.5 symbols to detect activity, plus propagation and turnaround."""
    propagation_turnaround_s = 0.0002 + 0.0004 + 0.007
    return 2.5 * preset.symbol_s + propagation_turnaround_s


def window_exponent_for_snr(snr_db: float) -> int:
    """Return the exponent of a relay's window: who hears the sender worst relays first."""
    clamped_db = min(max(int(snr_db), WORST_SNR_DB), BEST_SNR_DB)
    steps = CONTENTION_MAX - CONTENTION_MIN
    return CONTENTION_MIN + (clamped_db - WORST_SNR_DB) * steps // (BEST_SNR_DB - WORST_SNR_DB)


def window_exponent_for_use(utilisation: float) -> int:
    """Return the exponent of an originator's window; `utilisation` is the channel's, 0.0 to 1.0."""
    steps = CONTENTION_MAX - CONTENTION_MIN
    return CONTENTION_MIN + int(min(max(utilisation, 0.0), 1.0) * steps)


def own_delay_s(preset: Preset, utilisation: float, chance: Random) -> float:
    """Draw the wait before sending something of one's own."""
    return chance.randrange(1 << window_exponent_for_use(utilisation)) * slot_time_s(preset)


def relay_delay_s(preset: Preset, snr_db: float, chance: Random, *, router: bool = False) -> float:
    """Draw the wait before relaying a frame heard at `snr_db`; routers go before everybody else."""
    exponent = window_exponent_for_snr(snr_db)
    if router:
        return chance.randrange(2 * exponent) * slot_time_s(preset)
    slots_left_to_routers = 2 * CONTENTION_MAX
    return (slots_left_to_routers + chance.randrange(1 << exponent)) * slot_time_s(preset)


def repeat_after_s(preset: Preset, frame_bytes: int, utilisation: float) -> float:
    """Return how long a node waits for an acknowledgement before it sends again (getRetransmissionMsec)."""
    own_slots = 1 << window_exponent_for_use(utilisation)
    middling_answer_slots = 1 << ((CONTENTION_MAX + CONTENTION_MIN) // 2)
    slots = own_slots + 2 * CONTENTION_MAX + middling_answer_slots
    return 2 * time_on_air_s(frame_bytes, preset) + slots * slot_time_s(preset) + PROCESSING_S
