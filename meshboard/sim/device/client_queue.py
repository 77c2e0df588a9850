"""What waits in a node for its client: queue statuses and packets."""

from collections import deque
from collections.abc import Callable

from meshtastic.protobuf.mesh_pb2 import FromRadio, MeshPacket, QueueStatus
from meshtastic.protobuf.portnums_pb2 import PortNum

STORED_PACKETS = 32  # firmware MAX_RX_TOPHONE on most boards
STORED_STATUSES = 2  # recorded: of a burst's statuses only the two newest come out


class ClientQueue:
    """Keep what the client has not fetched yet; queue statuses overtake packets."""

    def __init__(self) -> None:
        self.on_change: Callable[[], None] = lambda: None
        self._statuses: deque[QueueStatus] = deque(maxlen=STORED_STATUSES)
        self._packets: list[MeshPacket] = []

    @property
    def has_packets(self) -> bool:
        """Say whether packets wait."""
        return bool(self._packets)

    def add_status(self, status: QueueStatus) -> None:
        """Keep a queue status; the third newest is forgotten."""
        self._statuses.append(status)
        self.on_change()

    def add_packet(self, packet: MeshPacket) -> None:
        """Keep a packet; when full, a new text pushes out the oldest and anything else is lost."""
        if len(self._packets) == STORED_PACKETS:
            if packet.decoded.portnum != PortNum.TEXT_MESSAGE_APP:
                return
            self._packets.pop(0)
        self._packets.append(packet)
        self.on_change()

    def take(self) -> list[bytes]:
        """Return all that waits as serialized `FromRadio` messages."""
        messages = [FromRadio(queueStatus=status) for status in self._statuses]
        messages += [FromRadio(packet=packet) for packet in self._packets]
        self.clear()
        return [message.SerializeToString() for message in messages]

    def clear(self) -> None:
        """Forget all that waits."""
        self._statuses.clear()
        self._packets.clear()
