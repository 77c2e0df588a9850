"""A node that floods and acknowledges as firmware does and says nothing of its own.

The virtual device (`sim.device`) is the same node with a client's protocol, reports and settings around it; a
simulation of days leaves them out, as BENCHMARK.md does.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from meshboard.link import NodeNumber
from meshboard.sim.flood import Flood, PacketPriority, RelayPolicy
from meshboard.sim.lora_frame import (
    BROADCAST,
    KEY_OVERHEAD_BYTES,
    AirFrame,
    ChannelLock,
    KeyLock,
    Lock,
    last_byte,
)
from meshboard.sim.mesh import Mesh
from meshboard.sync.air.time_on_air import LORA_HEADER_BYTES, MAX_LORA_FRAME_BYTES, lora_frame_bytes

SIGNATURE_BYTES = 66  # 2.8 adds it to broadcasts that still fit: firmware `Router.cpp`, signedDataFits
TEXT_DATA_BYTES = 2 + 2 + 2  # port number, bitfield, payload tag and length; one more from 128 bytes on
ACK_DATA_BYTES = 2 + 4 + 5 + 2  # port number, a routing message of no error, request id, bitfield
TEXT_EVERY_S = 2.0  # firmware PhoneAPI: an earlier text of its host is refused
HOPS_TO_SPARE = 2  # for an answer (firmware getHopLimitForResponse)
PUBLIC = ChannelLock("LongFast", b"\x01")
"""The channel everybody has; acknowledgements go on it, since firmware does not encrypt them by key."""


@dataclass(frozen=True, slots=True)
class PlainFrame(AirFrame):
    """A frame whose payload is known without opening it; `body` is only as long as the real one."""

    payload: bytes = b""
    request_id: int = 0
    """The packet it acknowledges, 0 when it is none."""

    def __post_init__(self) -> None:
        """Refuse what no radio can send."""
        assert self.frame_bytes <= MAX_LORA_FRAME_BYTES


class PlainNode:
    """One node of a mesh in virtual time."""

    def __init__(self, index: int, mesh: Mesh, *, signs: bool, hop_limit: int) -> None:
        """Join the mesh; `signs`: firmware 2.8, which also relays what it cannot read again and again."""
        self.number = NodeNumber(index + 1)
        self.mesh = mesh
        self.radio = mesh.radios[index]
        self.keys: Collection[ChannelLock] = ()
        self.reads_all = False
        """True for the group's own relays: they have every channel's key."""
        self.hop_limit = hop_limit
        self.on_payload: Callable[[bytes, NodeNumber, int], None] = _ignore_payload
        self.on_text: Callable[[bytes, NodeNumber], None] = _ignore_text
        self.on_end: Callable[[int, bool], None] = _ignore_end
        """Is told once of each text's packet id whether anybody acknowledged it, a relay included."""
        self.signs = signs
        """Whether it adds a signature of its own to what is short enough."""
        policy = RelayPolicy(forgets_unreadable=signs)
        self.flood = Flood(self.number, self.radio, self, policy)
        self.radio.on_heard = self.flood.receive
        self._key = self.number.to_bytes(32, "big")
        self._texts: set[int] = set()
        self._next_text_s = 0.0

    def frame_bytes(self, payload_bytes: int) -> int:
        """Return the size of the whole LoRa frame in which this node broadcasts a payload."""
        plain_bytes = lora_frame_bytes(payload_bytes)
        is_signed = self.signs and plain_bytes + SIGNATURE_BYTES <= MAX_LORA_FRAME_BYTES
        return plain_bytes + SIGNATURE_BYTES * is_signed

    def broadcast(self, payload: bytes, lock: ChannelLock, hop_limit: int) -> bool:
        """Send a payload on a channel's private port; False when the transmit queue is full."""
        body_bytes = self.frame_bytes(len(payload)) - LORA_HEADER_BYTES
        frame = self._frame(BROADCAST, lock, body_bytes, hop_limit)
        return self.flood.send(replace(frame, payload=payload), PacketPriority.DEFAULT)

    def text_frame_bytes(self, payload: bytes) -> int:
        """Return the size of the whole LoRa frame in which this node sends a direct text."""
        return LORA_HEADER_BYTES + _text_data_bytes(payload) + KEY_OVERHEAD_BYTES

    def fits(self, payload: bytes) -> bool:
        """Say whether the node would take a direct text; larger ones come back as TOO_LARGE."""
        return self.text_frame_bytes(payload) <= MAX_LORA_FRAME_BYTES

    def text(self, to: "PlainNode", payload: bytes) -> int:
        """Send a direct text that wants an acknowledgement; return its packet id, 0 when it is refused."""
        if self.mesh.now < self._next_text_s:
            return 0
        self._next_text_s = self.mesh.now + TEXT_EVERY_S
        data_bytes = _text_data_bytes(payload)
        frame = self._frame(to.number, KeyLock(self._key, to._key), data_bytes, self.hop_limit)
        if not self.flood.send(replace(frame, payload=payload, want_ack=True), PacketPriority.HIGH):
            return 0
        self._texts.add(frame.packet_id)
        return frame.packet_id

    def heard(self, frame: AirFrame, _snr_db: float) -> None:
        """Take a frame heard for the first time."""
        assert isinstance(frame, PlainFrame)
        if not self.reads(frame):
            return
        if frame.to == BROADCAST:
            self.on_payload(frame.payload, frame.origin, frame.hops)
        elif frame.to == self.number:
            self._take_direct(frame)
        elif frame.request_id:
            self.flood.overheard_answer(frame.to, frame.request_id)
        if frame.request_id and not self.signs:
            self.flood.learn_next_hop(frame, frame.request_id)

    def heard_again(self, frame: AirFrame) -> None:
        """Acknowledge once more what the sender repeats."""
        assert isinstance(frame, PlainFrame)
        if frame.want_ack:
            self._acknowledge(frame)

    def heard_own_relayed(self, frame: AirFrame) -> None:
        """Take a relay of this node's own packet as an acknowledgement, on 2.7 also of a direct one."""
        if not (isinstance(frame.lock, KeyLock) and self.signs):
            self.flood.acknowledged(frame.packet_id)
            self._text_ends(frame.packet_id, arrived=True)

    def gave_up(self, frame: AirFrame) -> None:
        """Tell the sender that nobody answered."""
        self._text_ends(frame.packet_id, arrived=False)

    def refuses(self, frame: AirFrame) -> bool:  # noqa: ARG002 -- the host's signature
        """Refuse nothing: trials are about nodes that take unsigned packets."""
        return False

    def reads(self, frame: AirFrame) -> bool:
        """Say whether this node can open a frame."""
        match frame.lock:
            case KeyLock(_, receiver):
                return receiver == self._key
            case ChannelLock():
                return self.reads_all or frame.lock == PUBLIC or frame.lock in self.keys

    def before_relay(self, frame: AirFrame, _snr_db: float) -> AirFrame:
        """Relay everything as it is."""
        return frame

    def _take_direct(self, frame: PlainFrame) -> None:
        if frame.request_id:
            self.flood.acknowledged(frame.request_id)
            self._text_ends(frame.request_id, arrived=True)
        else:
            self.on_text(frame.payload, frame.origin)
        if frame.want_ack:
            self._acknowledge(frame)

    def _text_ends(self, packet_id: int, *, arrived: bool) -> None:
        if packet_id in self._texts:
            self._texts.discard(packet_id)
            self.on_end(packet_id, arrived)

    def _acknowledge(self, frame: PlainFrame) -> None:
        is_text = not frame.request_id
        if not is_text and not frame.is_from_origin:
            return  # recorded: answers that came over a relay are not acknowledged
        hop_limit = min(frame.hops + HOPS_TO_SPARE, self.hop_limit) if is_text else 0
        ack = self._frame(frame.origin, PUBLIC, ACK_DATA_BYTES, hop_limit)
        self.flood.send(replace(ack, request_id=frame.packet_id, want_ack=is_text), PacketPriority.ACK)

    def _frame(self, to: NodeNumber, lock: Lock, body_bytes: int, hop_limit: int) -> PlainFrame:
        return PlainFrame(
            origin=self.number,
            to=to,
            packet_id=self.mesh.chance.randrange(1, 1 << 32),
            hop_limit=hop_limit,
            hop_start=hop_limit,
            want_ack=False,
            channel_hash=0,
            lock=lock,
            body=bytes(body_bytes),
            relay_node=last_byte(self.number),
            next_hop=0 if to == BROADCAST else self.flood.next_hop_to(to),
        )


def _text_data_bytes(payload: bytes) -> int:
    return TEXT_DATA_BYTES + (len(payload) >= 128) + len(payload)


def _ignore_payload(_payload: bytes, _sender: NodeNumber, _hops: int) -> None:
    """Stand in until a station listens."""


def _ignore_text(_payload: bytes, _sender: NodeNumber) -> None:
    """Stand in until a board listens."""


def _ignore_end(_packet_id: int, _arrived: bool) -> None:
    """Stand in until somebody waits for an acknowledgement."""
