"""Relay as a Meshtastic node does: managed flooding, implicit acknowledgements, three transmissions.

After the firmware's `FloodingRouter`, `ReliableRouter` and `NextHopRouter` (2.7).
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from meshboard.link import NodeNumber
from meshboard.sim.lora_frame import AirFrame, FrameKey, last_byte

TRANSMISSIONS = 3  # firmware NUM_RELIABLE_RETX: the first and two repeats
REMEMBERED_FRAMES = 400  # firmware PACKETHISTORY_MAX is at least twice the node database's 100 to 200 nodes


class PacketPriority(Enum):
    """Order in the transmit queue, as in `MeshPacket.Priority`."""

    BACKGROUND = 10
    DEFAULT = 64
    RELIABLE = 70
    RESPONSE = 80
    HIGH = 100
    ACK = 120


class Cancellable(Protocol):
    """A timer that can be called off."""

    def cancel(self) -> None:
        """Make sure that it does not go off."""


class Transmitter(Protocol):
    """What flooding asks of a radio."""

    def enqueue(self, frame: AirFrame, priority: PacketPriority, heard_snr_db: float | None) -> bool:
        """Queue a frame; False when the queue is full. `heard_snr_db` is None for one's own."""

    def cancel(self, key: FrameKey) -> bool:
        """Take a frame out of the queue; False when it is not there."""

    def holds(self, key: FrameKey) -> bool:
        """Say whether a frame waits in the queue."""

    def repeat_after_s(self, frame: AirFrame) -> float:
        """Say how long to wait for an acknowledgement."""

    def schedule(self, delay_s: float, action: Callable[[], None]) -> Cancellable:
        """Call `action` later."""


class FloodListener(Protocol):
    """What flooding tells the node it serves."""

    def heard(self, frame: AirFrame, snr_db: float) -> None:
        """Take a frame heard for the first time."""

    def heard_again(self, frame: AirFrame) -> None:
        """Take note that the sender repeats a frame for us: our acknowledgement did not arrive."""

    def heard_own_relayed(self, frame: AirFrame) -> None:
        """Take note that somebody relays a frame of ours that waits for an acknowledgement."""

    def gave_up(self, frame: AirFrame) -> None:
        """Take note that no acknowledgement came after the last transmission."""

    def reads(self, frame: AirFrame) -> bool:
        """Say whether this node can open a frame."""

    def refuses(self, frame: AirFrame) -> bool:
        """Say whether this node neither takes nor relays a frame: an unsigned one under policy STRICT."""

    def before_relay(self, frame: AirFrame, snr_db: float) -> AirFrame:
        """Return the frame as it should be relayed; traceroute writes into it."""


@dataclass(slots=True)
class RelayPolicy:
    """What a node relays, from its role, rebroadcast mode and firmware."""

    relays: bool = True
    """False for role CLIENT_MUTE and rebroadcast mode NONE."""
    unreadable: bool = True
    """False for rebroadcast mode LOCAL_ONLY: only what the node can read."""
    forgets_unreadable: bool = False
    """True on 2.8: frames it cannot read are relayed each time they are heard (`relayOpaquePacket`)."""


@dataclass(slots=True)
class _Awaiting:
    frame: AirFrame
    priority: PacketPriority
    transmissions: int
    timer: Cancellable


class Flood:
    """Managed flooding on one node."""

    def __init__(
        self, number: NodeNumber, radio: Transmitter, host: FloodListener, policy: RelayPolicy
    ) -> None:
        self.number = number
        self.policy = policy
        self._radio = radio
        self._host = host
        self._seen: OrderedDict[FrameKey, None] = OrderedDict()
        self._awaiting: dict[int, _Awaiting] = {}
        self._next_hops: dict[NodeNumber, int] = {}

    def next_hop_to(self, node: NodeNumber) -> int:
        """Return the relay that an answer from a node came through, 0 while none is known."""
        return self._next_hops.get(node, 0)

    def learn_next_hop(self, answer: AirFrame, asked_id: int) -> None:
        """Learn the way to a node from its answer to a packet that this node sent or relayed."""
        if (answer.to, asked_id) in self._seen:
            self._next_hops[answer.origin] = answer.relay_node

    def send(self, frame: AirFrame, priority: PacketPriority) -> bool:
        """Send a frame of this node's own; False when the transmit queue is full."""
        self._remember(frame.key)
        if not self._radio.enqueue(frame, priority, None):
            return False
        if frame.want_ack:
            timer = self._arm(frame)
            self._awaiting[frame.packet_id] = _Awaiting(frame, priority, 1, timer)
        return True

    def acknowledged(self, packet_id: int) -> None:
        """Stop repeating a packet: its acknowledgement, or a refusal, has come."""
        awaiting = self._awaiting.pop(packet_id, None)
        if awaiting is not None:
            awaiting.timer.cancel()
            self._radio.cancel(awaiting.frame.key)

    def overheard_answer(self, asker: NodeNumber, packet_id: int) -> None:
        """Relay no more what another node's answer shows to have arrived (NextHopRouter::sniffReceived)."""
        self._radio.cancel((asker, packet_id))

    def restart(self) -> None:
        """Forget what waits, as a reboot does; what was heard stays remembered, as others still relay it."""
        for awaiting in self._awaiting.values():
            awaiting.timer.cancel()
        self._awaiting.clear()

    def receive(self, frame: AirFrame, snr_db: float) -> None:
        """Take a frame from the air."""
        if frame.origin == self.number and frame.packet_id in self._awaiting:
            self._host.heard_own_relayed(frame)
        elif frame.origin == self.number and frame.key in self._seen:
            return  # a relay of what it sent; what only claims to be its own passes, as in ReliableRouter
        elif self._host.refuses(frame):
            return  # not remembered either: who sends an unsigned copy first must not silence the signed one
        elif self.policy.forgets_unreadable and not self._host.reads(frame) and frame.to != self.number:
            self._receive_unremembered(frame, snr_db)
        elif frame.key in self._seen:
            self._receive_duplicate(frame, snr_db)
        else:
            self._remember(frame.key)
            self._relay(frame, snr_db)
            self._host.heard(frame, snr_db)

    def _receive_unremembered(self, frame: AirFrame, snr_db: float) -> None:
        if not self._radio.holds(frame.key):
            self._relay(frame, snr_db)
        if frame.key not in self._seen:
            self._remember(frame.key)
            self._host.heard(frame, snr_db)

    def _receive_duplicate(self, frame: AirFrame, snr_db: float) -> None:
        if frame.is_from_origin:
            if frame.to == self.number:
                self._host.heard_again(frame)
            elif not self._radio.holds(frame.key):
                self._relay(frame, snr_db)
        else:
            self._radio.cancel(frame.key)

    def _relay(self, frame: AirFrame, snr_db: float) -> None:
        if frame.to == self.number or frame.hop_limit == 0 or not self._may_relay(frame):
            return
        altered = self._host.before_relay(frame, snr_db)
        copy = altered.relayed_by(self.number, self.next_hop_to(frame.to))
        self._radio.enqueue(copy, PacketPriority.DEFAULT, snr_db)

    def _may_relay(self, frame: AirFrame) -> bool:
        is_asked = frame.next_hop in (0, last_byte(self.number))
        return self.policy.relays and is_asked and (self.policy.unreadable or self._host.reads(frame))

    def _arm(self, frame: AirFrame) -> Cancellable:
        return self._radio.schedule(self._radio.repeat_after_s(frame), lambda: self._repeat(frame.packet_id))

    def _repeat(self, packet_id: int) -> None:
        awaiting = self._awaiting[packet_id]
        if awaiting.transmissions == TRANSMISSIONS:
            del self._awaiting[packet_id]
            self._host.gave_up(awaiting.frame)
            return
        awaiting.transmissions += 1
        awaiting.timer = self._arm(awaiting.frame)
        if awaiting.transmissions == TRANSMISSIONS:
            self._next_hops.pop(awaiting.frame.to, None)
            awaiting.frame = awaiting.frame.for_everybody_to_relay()
        if not self._radio.holds(awaiting.frame.key):
            self._radio.enqueue(awaiting.frame, awaiting.priority, None)

    def _remember(self, key: FrameKey) -> None:
        self._seen[key] = None
        if len(self._seen) > REMEMBERED_FRAMES:
            self._seen.popitem(last=False)
