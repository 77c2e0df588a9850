"""The one thread through which a link sends: a send may block, and texts must be spaced."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from meshtastic.protobuf import mesh_pb2, portnums_pb2

from meshboard.link import NodeNumber
from meshboard.radio.client import QuietClient
from meshboard.radio.link_journal import JOURNAL
from meshboard.radio.packets import BROADCAST


@dataclass(frozen=True, slots=True)
class FrameToSend:
    """A frame on its way to the node."""

    packet_id: int
    payload: bytes = field(repr=False)
    port_number: int
    channel_index: int
    hop_limit: int


@dataclass(frozen=True, slots=True)
class OutgoingText:
    """A direct text on its way to the node."""

    packet_id: int
    payload: bytes = field(repr=False)
    to: NodeNumber


Outgoing = FrameToSend | OutgoingText
_Job = Outgoing | None
"""What to send next; None stands for a heartbeat."""


class Sender:
    """Send for one link; frames at once, texts at least `text_spacing_s` apart, over reconnections too."""

    def __init__(self, text_spacing_s: float, on_failed: Callable[[Outgoing], None]) -> None:
        self._text_spacing_s = text_spacing_s
        self._on_failed = on_failed
        self._changed = threading.Condition()
        self._client: QuietClient | None = None
        self._frames: deque[FrameToSend] = deque()
        self._texts: deque[OutgoingText] = deque()
        self._ping_due = False
        self._ending = False
        self._next_text_at = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="meshboard radio sender", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def attach(self, client: QuietClient) -> None:
        """Send through this client from now on."""
        with self._changed:
            self._client = client
            self._changed.notify()

    def detach(self) -> None:
        """Send through none; what was waiting fails."""
        with self._changed:
            self._client = None
            self._ping_due = False
            waiting: list[Outgoing] = [*self._frames, *self._texts]
            self._frames.clear()
            self._texts.clear()
        for outgoing in waiting:
            self._on_failed(outgoing)

    def send_frame(self, frame: FrameToSend) -> None:
        """Send a frame as soon as may be."""
        with self._changed:
            self._frames.append(frame)
            self._changed.notify()

    def send_text(self, text: OutgoingText) -> None:
        """Send a text when its turn has come."""
        with self._changed:
            self._texts.append(text)
            self._changed.notify()

    def texts_waiting(self) -> int:
        """Return how many texts have not had their turn."""
        return len(self._texts)

    def ping(self) -> None:
        """Ask the node for a sign of life, and for the state of its queue."""
        with self._changed:
            self._ping_due = True
            self._changed.notify()

    def finish(self, timeout_s: float) -> None:
        """Send the frames that wait, drop the texts, and end the thread."""
        with self._changed:
            self._ending = True
            self._changed.notify()
        self._thread.join(timeout_s)

    def _run(self) -> None:
        while (turn := self._await_turn()) is not None:
            client, job = turn
            try:
                _transmit(client, job)
            except (Exception, SystemExit) as trouble:  # noqa: BLE001 -- thread boundary; the library may exit
                JOURNAL.info("a send failed: %s", type(trouble).__name__)
                if job is not None:
                    self._on_failed(job)
            if isinstance(job, OutgoingText):
                self._next_text_at = time.monotonic() + self._text_spacing_s

    def _await_turn(self) -> tuple[QuietClient, _Job] | None:
        with self._changed:
            while True:
                if self._client is not None and self._ping_due:
                    self._ping_due = False
                    return self._client, None
                if self._client is not None and self._frames:
                    return self._client, self._frames.popleft()
                if self._ending:
                    return None
                wait_s = self._next_text_at - time.monotonic()
                if self._client is not None and self._texts and wait_s <= 0:
                    return self._client, self._texts.popleft()
                self._changed.wait(wait_s if self._client is not None and self._texts else None)


def _transmit(client: QuietClient, job: _Job) -> None:
    match job:
        case None:
            client.sendHeartbeat()  # type: ignore[no-untyped-call]
        case FrameToSend():
            packet = mesh_pb2.MeshPacket(id=job.packet_id, channel=job.channel_index)
            packet.decoded.portnum = _port(job.port_number)
            packet.decoded.payload = job.payload
            client._sendPacket(packet, BROADCAST, wantAck=False, hopLimit=job.hop_limit)
        case OutgoingText():
            packet = mesh_pb2.MeshPacket(id=job.packet_id, priority=mesh_pb2.MeshPacket.RELIABLE)
            packet.decoded.portnum = portnums_pb2.TEXT_MESSAGE_APP
            packet.decoded.payload = job.payload
            client._sendPacket(packet, job.to, wantAck=True)


def _port(number: int) -> portnums_pb2.PortNum.ValueType:
    return portnums_pb2.PortNum.ValueType(number)
