"""What a node's configuration says before anybody changes it, as recorded from 2.7.26 and 2.8.0."""

from google.protobuf.unknown_fields import UnknownFieldSet
from meshtastic.protobuf.config_pb2 import Config
from meshtastic.protobuf.device_ui_pb2 import DeviceUIConfig
from meshtastic.protobuf.localonly_pb2 import LocalConfig, LocalModuleConfig
from meshtastic.protobuf.mesh_pb2 import DeviceMetadata, FileInfo, HardwareModel

from meshboard.sim.device.settings import DeviceSettings, Firmware
from meshboard.sync.air.time_on_air import PRESETS

FIRMWARE_VERSIONS = {Firmware.V2_7: "2.7.26.54e0d8d", Firmware.V2_8: "2.8.0.7754068"}
NEVER_S = 0xFFFFFFFF
UNSET_REGION = "UNSET"
POLICY_FIELD, STRICT = 9, 2  # SecurityConfig.packet_signature_policy of 2.8, which the package does not know
MQTT_PASSWORD = "large4cats"  # noqa: S105 -- Meshtastic's public broker, the same in every node

# FromRadio field 19, new in 2.8: which presets each region allows. The client package does not know it.
REGION_PRESETS = bytes.fromhex(
    "9a01ef010a0c0a0a000103040506070809100a0d0a0b000103040506070a0b0c0d0a0f0a0b000103040506070a0b0c0d"
    "100a0a0f0a0b000103040506070a0b0c0d100d0a080a020e0f100e18010a080a020c0d100d1801120208011202080212"
    "04080310011204081d100212040820100312020804120208051202080612020816120208091202080712020808120208"
    "0a1202080b1202080c1202080e1202081012020811120208121202081312020814120208151202081712020818120208"
    "191202081a1204081b10041204081c100412040821100412040825100512040822100512040823100512040824100512"
    "02080d"
)
# FromRadio moduleConfig with field 17, mesh_beacon, new in 2.8
MESH_BEACON_CONFIG = bytes.fromhex("4a058a01020805")


def device_ui() -> DeviceUIConfig:
    """Return the screen settings, which every node reports."""
    return DeviceUIConfig(screen_brightness=153, screen_timeout=30)


def is_strict(security: Config.SecurityConfig) -> bool:
    """Say whether these settings let a node take only signed broadcasts."""
    policies = [field.data for field in UnknownFieldSet(security) if field.field_number == POLICY_FIELD]
    return bool(policies) and policies[-1] == STRICT


def local_config(settings: DeviceSettings) -> LocalConfig:
    """Return a node's configuration."""
    config = _config(settings)
    if settings.is_strict:
        config.security.MergeFromString(bytes((POLICY_FIELD << 3, STRICT)))
    return config


def _config(settings: DeviceSettings) -> LocalConfig:
    return LocalConfig(
        device=Config.DeviceConfig(node_info_broadcast_secs=10800),
        position=_position(),
        power=Config.PowerConfig(wait_bluetooth_secs=60, sds_secs=NEVER_S, ls_secs=300, min_wake_secs=10),
        network=Config.NetworkConfig(ntp_server="meshtastic.pool.ntp.org"),
        display=Config.DisplayConfig(screen_on_secs=600),
        lora=_lora(settings),
        bluetooth=Config.BluetoothConfig(
            enabled=True, mode=Config.BluetoothConfig.PairingMode.FIXED_PIN, fixed_pin=123456
        ),
        security=Config.SecurityConfig(
            public_key=settings.public_key,
            private_key=bytes(32) if settings.public_key else b"",
            serial_enabled=True,
        ),
    )


def _position() -> Config.PositionConfig:
    return Config.PositionConfig(
        position_broadcast_secs=3600,
        position_broadcast_smart_enabled=True,
        gps_update_interval=120,
        position_flags=811,
        broadcast_smart_minimum_distance=100,
        broadcast_smart_minimum_interval_secs=300,
        gps_mode=Config.PositionConfig.GpsMode.NOT_PRESENT,
    )


def _lora(settings: DeviceSettings) -> Config.LoRaConfig:
    preset = PRESETS[settings.preset]
    is_old, has_region = settings.firmware is Firmware.V2_7, settings.region != UNSET_REGION
    return Config.LoRaConfig(
        use_preset=True,
        modem_preset=Config.LoRaConfig.ModemPreset.Value(settings.preset),
        bandwidth=int(preset.bandwidth_khz) if is_old else 0,
        spread_factor=preset.spreading_factor if is_old or has_region else 0,
        coding_rate=preset.coding_rate if has_region else 0,
        region=Config.LoRaConfig.RegionCode.Value(settings.region),
        hop_limit=settings.hop_limit,
        tx_enabled=True,
        tx_power=30,
        sx126x_rx_boosted_gain=True,
        fem_lna_mode=Config.LoRaConfig.FEM_LNA_Mode.NOT_PRESENT,
    )


def local_module_config(settings: DeviceSettings) -> LocalModuleConfig:
    """Return the configuration of a node's modules."""
    modules = LocalModuleConfig()
    modules.mqtt.address = "mqtt.meshtastic.org"
    modules.mqtt.username = "meshdev"
    modules.mqtt.password = MQTT_PASSWORD
    modules.mqtt.encryption_enabled = True
    modules.mqtt.root = "msh" if settings.region == UNSET_REGION else f"msh/{settings.region}"
    modules.telemetry.device_update_interval = 0x7FFFFFFF
    modules.ambient_lighting.current = 10
    modules.ambient_lighting.green, modules.ambient_lighting.blue = settings.mac[4:6]
    modules.detection_sensor.minimum_broadcast_secs = 45
    modules.detection_sensor.detection_trigger_type = modules.detection_sensor.TriggerType.LOGIC_HIGH
    modules.traffic_management.position_min_interval_secs = 39600
    return modules


def metadata(settings: DeviceSettings) -> DeviceMetadata:
    """Return what a node says about its hardware and firmware."""
    is_new = settings.firmware is Firmware.V2_8
    result = DeviceMetadata(
        firmware_version=FIRMWARE_VERSIONS[settings.firmware],
        device_state_version=25 if is_new else 24,
        hasWifi=True,
        position_flags=811,
        hw_model=HardwareModel.PORTDUINO,
        hasPKC=True,
        excluded_modules=15830 if is_new else 15814,
    )
    if is_new:
        has_xeddsa = b"\x70\x01"  # field 14, unknown to the client package
        result.MergeFromString(has_xeddsa)
    return result


def files() -> list[FileInfo]:
    """Return the files a node lists in its handshake."""
    sizes = {"device": 119, "nodes": 477, "channels": 55, "config": 178, "module": 108}
    listed = [
        FileInfo(file_name=f"/prefs/{name}.proto", size_bytes=size_bytes)
        for name, size_bytes in sizes.items()
    ]
    return [*listed, FileInfo(file_name="/prefs/transmit_history.dat", size_bytes=13)]
