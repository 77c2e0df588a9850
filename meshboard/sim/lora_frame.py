"""What is on the air: one LoRa frame, and who can read it."""

from dataclasses import dataclass, field, replace

from meshboard.link import NodeNumber
from meshboard.sync.air.time_on_air import LORA_HEADER_BYTES

BROADCAST = NodeNumber(0xFFFFFFFF)
KEY_OVERHEAD_BYTES = 12  # public-key encryption adds an 8-byte tag and a 4-byte nonce


@dataclass(frozen=True, slots=True)
class ChannelLock:
    """Readable by every node that has a channel of this name and key."""

    name: str
    psk: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeyLock:
    """Readable by one node, which also learns for certain who sent it."""

    sender: bytes
    """The sender's public key."""
    receiver: bytes
    """The receiver's public key."""


Lock = ChannelLock | KeyLock
FrameKey = tuple[NodeNumber, int]


@dataclass(frozen=True, slots=True)
class AirFrame:
    """One LoRa frame: the 16-byte Meshtastic header and a body that only some can open."""

    origin: NodeNumber
    to: NodeNumber
    packet_id: int
    hop_limit: int
    hop_start: int
    want_ack: bool
    channel_hash: int
    lock: Lock
    body: bytes
    """The `Data` message. Anybody may count its bytes; only who holds `lock` may look inside."""
    relay_node: int
    """Last byte of the number of the node that sent this copy."""
    next_hop: int = 0
    """Last byte of the node asked to relay it, 0 for everybody."""

    @property
    def key(self) -> FrameKey:
        """What identifies the packet, whoever relays it."""
        return self.origin, self.packet_id

    @property
    def frame_bytes(self) -> int:
        """Size of the whole LoRa frame."""
        overhead_bytes = KEY_OVERHEAD_BYTES if isinstance(self.lock, KeyLock) else 0
        return LORA_HEADER_BYTES + len(self.body) + overhead_bytes

    @property
    def hops(self) -> int:
        """Relays this copy has passed."""
        return max(0, self.hop_start - self.hop_limit)

    @property
    def is_from_origin(self) -> bool:
        """Say whether this copy visibly came from the sender itself."""
        return self.hop_start > 0 and self.hop_start == self.hop_limit

    def relayed_by(self, node: NodeNumber, next_hop: int) -> "AirFrame":
        """Return the copy that a relay sends."""
        return replace(self, hop_limit=self.hop_limit - 1, relay_node=last_byte(node), next_hop=next_hop)

    def for_everybody_to_relay(self) -> "AirFrame":
        """Return the copy without a named relay, sent when the named one did not answer."""
        return replace(self, next_hop=0)


def last_byte(node: NodeNumber) -> int:
    """Return the byte by which headers name a node; 0 is not a name, so it becomes 255."""
    return (node & 0xFF) or 0xFF
