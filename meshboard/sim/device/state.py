"""What a virtual node keeps: its owner, channels, configuration, clock and the nodes it knows."""

from dataclasses import dataclass

from meshtastic.protobuf.channel_pb2 import Channel
from meshtastic.protobuf.channel_pb2 import ChannelSettings as ChannelMessage
from meshtastic.protobuf.mesh_pb2 import HardwareModel, NodeInfo, User

from meshboard.link import NodeNumber
from meshboard.sim.device import defaults
from meshboard.sim.device.sealing import PRESET_CHANNEL_NAMES, channel_hash
from meshboard.sim.device.settings import CHANNELS, DeviceSettings, Firmware
from meshboard.sim.lora_frame import ChannelLock

HAS_XEDDSA_SIGNED = b"\x70\x01"  # NodeInfo field 14 of 2.8, unknown to the client package
POSITION_PRECISION_BITS = 13  # what 2.7 sets for the default channel; 2.8 sends no position there


@dataclass(slots=True)
class KnownNode:
    """Another node, as this one knows it."""

    user: User
    snr_db: float = 0.0
    hops: int | None = None
    heard_at: int | None = None
    """Unix seconds, None while the node did not know the time."""


class NodeState:
    """Everything a reboot keeps."""

    def __init__(self, settings: DeviceSettings) -> None:
        self.settings = settings
        self.number = settings.number
        self.firmware = settings.firmware
        self.owner = User(
            id=f"!{settings.number:08x}",
            long_name=settings.long_name,
            short_name=settings.short_name,
            macaddr=settings.mac,
            hw_model=HardwareModel.PORTDUINO,
            public_key=settings.public_key,
            is_unmessagable=False,
        )
        self.config = defaults.local_config(settings)
        self.modules = defaults.local_module_config(settings)
        self.channels = [self._channel(index) for index in range(CHANNELS)]
        self.known: dict[NodeNumber, KnownNode] = {}

    def _channel(self, index: int) -> Channel:
        if index >= len(self.settings.channels):
            return Channel(index=index, settings=ChannelMessage())
        wanted = self.settings.channels[index]
        role = Channel.Role.PRIMARY if index == 0 else Channel.Role.SECONDARY
        message = ChannelMessage(name=wanted.name, psk=wanted.psk)
        if index == 0:
            bits = POSITION_PRECISION_BITS if self.firmware is Firmware.V2_7 else 0
            message.module_settings.position_precision = bits
            message.module_settings.SetInParent()
        return Channel(index=index, settings=message, role=role)

    def lock_of(self, index: int) -> ChannelLock | None:
        """Return the lock of a channel, None when it is disabled or there is no such index."""
        if not 0 <= index < CHANNELS or self.channels[index].role == Channel.Role.DISABLED:
            return None
        settings = self.channels[index].settings
        return ChannelLock(settings.name or self._preset_channel_name(), settings.psk)

    def index_of(self, lock: ChannelLock) -> int | None:
        """Return which of this node's channels opens a lock, None when none does."""
        return next((index for index in range(CHANNELS) if self.lock_of(index) == lock), None)

    def hash_of(self, index: int) -> int:
        """Return the header byte of a channel that is not disabled."""
        lock = self.lock_of(index)
        assert lock is not None
        return channel_hash(lock)

    def tuning(self) -> tuple[object, ...]:
        """Return what decides the frequency and modulation; only equal ones hear each other.

        With channel_num 0 the primary channel's name picks the frequency slot; EU_868 has a single one.
        """
        lora = self.config.lora
        slot: object = lora.channel_num
        if not lora.channel_num and lora.region != lora.RegionCode.EU_868:
            slot = self.channels[0].settings.name or self._preset_channel_name()
        return lora.region, lora.modem_preset, slot

    def learn(self, number: NodeNumber, user: User) -> None:
        """Keep who a node says it is."""
        known = self.known.get(number)
        if known is None:
            self.known[number] = KnownNode(user)
        else:
            known.user = user

    def key_of(self, number: NodeNumber) -> bytes:
        """Return a node's public key, empty when it is not known."""
        known = self.known.get(number)
        return known.user.public_key if known else b""

    def own_node_info(self) -> NodeInfo:
        """Return the entry about this node itself."""
        result = NodeInfo(num=self.number, user=self.owner, is_favorite=True)
        result.position.SetInParent()
        return self._marked(result)

    def other_node_infos(self) -> list[NodeInfo]:
        """Return the entries about all other nodes."""
        return [self._node_info(number, known) for number, known in self.known.items()]

    def _node_info(self, number: NodeNumber, known: KnownNode) -> NodeInfo:
        result = NodeInfo(num=number, user=known.user, snr=known.snr_db)
        if known.hops is not None:
            result.hops_away = known.hops
        if known.heard_at is not None:
            result.last_heard = known.heard_at
        return self._marked(result)

    def _marked(self, info: NodeInfo) -> NodeInfo:
        if self.firmware is Firmware.V2_8 and self.settings.region != defaults.UNSET_REGION:
            info.MergeFromString(HAS_XEDDSA_SIGNED)
        return info

    def _preset_channel_name(self) -> str:
        lora = self.config.lora
        known = lora.modem_preset in lora.ModemPreset.values()
        return PRESET_CHANNEL_NAMES[lora.ModemPreset.Name(lora.modem_preset) if known else "LONG_FAST"]
