"""The meshtastic client with manners: quiet, never exiting, never reconnecting behind our back.

The library (2.7.11) prints, logs payloads, may call `sys.exit`, reconnects on its own reader thread, runs
a heartbeat timer that outlives the connection, and resends whatever was refused; each override below
takes one of these away. firmware-notes/client-library.md has the list. What comes over the air does not
reach the library at all: it reads a byte at a time, makes a dictionary of every packet and keeps every
sender it ever heard of, which whoever sends much can make this machine pay for.
"""

import contextlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from google.protobuf.message import DecodeError
from google.protobuf.unknown_fields import UnknownFieldSet
from meshtastic.protobuf import channel_pb2, config_pb2, mesh_pb2, portnums_pb2
from meshtastic.stream_interface import StreamInterface

from meshboard.bounded import BoundedMemory
from meshboard.errors import LinkLost
from meshboard.figures import BETWEEN_READS_S, GOODBYE_S, KEPT_FREE, MAX_NAMES, SLICE_S
from meshboard.link import DEFAULT_HOP_LIMIT, NodeNumber
from meshboard.radio.link_config import LinkTiming
from meshboard.radio.link_journal import JOURNAL
from meshboard.radio.packets import is_forged, sender_of, share_of
from meshboard.radio.stream import MessageCutter

SIGNATURE_POLICY_FIELD = 9  # config.proto of firmware 2.8, SecurityConfig.packet_signature_policy
STRICT = 2  # the same: COMPATIBLE 0, BALANCED 1
CONFIG_ONLY_NONCE = 69420  # the node tells its settings but not its node list; PhoneAPI.h
TO_THE_LIBRARY = frozenset(
    (
        "my_info",
        "metadata",
        "node_info",
        "channel",
        "config",
        "moduleConfig",
        "config_complete_id",
        "queueStatus",
    )
)
"""What a node tells its client of itself; the rest (its log, notices, files) nobody here reads."""


class ClosedByNodeError(ConnectionError):
    """The other end closed the connection."""


@dataclass(frozen=True, slots=True)
class ChannelSlot:
    """One of a node's eight channels."""

    index: int
    name: str
    key: bytes = field(repr=False)
    in_use: bool


@dataclass(frozen=True, slots=True)
class NodeSettings:
    """What a node told of itself."""

    node: NodeNumber
    name: str
    firmware: str
    region_set: bool
    channels: tuple[ChannelSlot, ...]
    channel_use: float | None
    """Share of time the channel was busy, None when the node has not said."""
    hop_limit: int = DEFAULT_HOP_LIMIT
    drops_unsigned: bool = False
    """Whether it takes only signed broadcasts, as policy STRICT of firmware 2.8 says."""


@dataclass(frozen=True, slots=True)
class ClientEars:
    """Whom a client tells; called on its reader thread."""

    on_settings: Callable[[], None]
    on_queue: Callable[[mesh_pb2.QueueStatus], None]
    on_packet: Callable[[mesh_pb2.MeshPacket], None]
    on_lost: Callable[[], None]


class QuietClient(StreamInterface):
    """What the TCP and the serial client have in common; not usable by itself."""

    def _prepare(self, ears: ClientEars, timing: LinkTiming) -> None:
        self._ears = ears
        self.timing = timing
        self._write_lock = threading.Lock()
        self._write_patience_s = timing.connect_s
        self._settled = threading.Event()
        self._abandoned = False
        self._cutter = MessageCutter()
        self._names: BoundedMemory[NodeNumber, str] = BoundedMemory(MAX_NAMES)
        self.gone = threading.Event()
        """Set when the connection has ended."""
        self.heard_at = time.monotonic()
        """When the node last said anything, by the monotonic clock."""

    def abandon(self) -> None:
        """Make every wait of this client end; callable from any thread."""
        self._abandoned = True
        self._settled.set()
        self.gone.set()

    def silence_s(self) -> float:
        """Return how long the node has said nothing."""
        return time.monotonic() - self.heard_at

    def queue_is_busy(self) -> bool:
        """Say whether the node last reported that more waits in its queue than it is given more to."""
        return self.queueStatus is not None and self.queueStatus.free <= KEPT_FREE

    def settings(self) -> NodeSettings:
        """Return what the node told of itself in the last complete handshake."""
        own = self.own_number()
        slots: list[channel_pb2.Channel] = self.localNode.channels or []
        known = (self.nodesByNum or {}).get(own, {})
        lora = self.localNode.localConfig.lora
        percent = known.get("deviceMetrics", {}).get("channelUtilization")
        return NodeSettings(
            node=own,
            name=self.name_of(own),
            firmware=self.metadata.firmware_version if self.metadata else "",
            region_set=lora.region != config_pb2.Config.LoRaConfig.UNSET,
            channels=tuple(_slot(channel) for channel in slots),
            channel_use=None if percent is None else share_of(float(percent)),
            drops_unsigned=is_strict(self.localNode.localConfig.security),
            hop_limit=lora.hop_limit if self.localNode.localConfig.HasField("lora") else DEFAULT_HOP_LIMIT,
        )

    def own_number(self) -> NodeNumber:
        """Return our node's number, -1 until the node has told it."""
        return NodeNumber(self.localNode.nodeNum)

    def name_of(self, node: NodeNumber) -> str:
        """Return a node's long name as it was heard, or as our node knows it, or `!0a1b2c3d`."""
        if heard := self._names.get(node):
            return heard
        user = (self.nodesByNum or {}).get(node, {}).get("user", {})
        # The library makes up a name and marks it by a hardware model no real node announces.
        announced = "" if user.get("hwModel") == "UNSET" else str(user.get("longName", ""))
        return announced or f"!{node:08x}"

    def reread_settings(self) -> None:
        """Ask the node for its settings again; `on_settings` is called when they have come."""
        setattr(self, "_localChannels", [])  # noqa: B010 -- declared as None, used as a list
        self.configId = CONFIG_ONLY_NONCE
        request = mesh_pb2.ToRadio()
        request.want_config_id = CONFIG_ONLY_NONCE
        self._sendToRadio(request)

    def connect(self) -> None:
        """Connect, with a reader of our own: the library's makes a system call for each byte."""
        self._rxThread = threading.Thread(target=self._read_on, name="stream reader", daemon=True)
        super().connect()

    def hang_up(self) -> None:
        """Say goodbye, as far as the connection still carries it, and end reader and connection."""
        self.abandon()
        self._wantExit = True
        self._write_patience_s = GOODBYE_S
        with contextlib.suppress(Exception):
            self._say_goodbye()
        with contextlib.suppress(Exception):
            self._end_transport()
        self._join_reader(1.0)

    def close(self) -> None:
        """End the connection; the library's name for `hang_up`."""
        self.hang_up()

    def _say_goodbye(self) -> None:
        self._sendDisconnect()  # type: ignore[no-untyped-call]

    def _end_transport(self) -> None:
        raise NotImplementedError

    def _join_reader(self, timeout_s: float) -> None:
        with contextlib.suppress(RuntimeError):  # never started
            self._rxThread.join(timeout_s)

    def _read_on(self) -> None:
        try:
            while not self._wantExit:
                stream, came_at = self._read_some(), time.monotonic()
                for message in self._cutter.feed(stream):
                    self._handleFromRadio(message)
                # each time it wakes, whatever else this process does has to stop for it
                time.sleep(max(came_at + BETWEEN_READS_S - time.monotonic(), 0.0) if stream else 0.0)
        except Exception as end:  # noqa: BLE001 -- thread boundary; however it ended, it ended
            JOURNAL.debug("reading from the node ended: %s", type(end).__name__)
        finally:
            self._disconnected()

    def _read_some(self) -> bytes:
        """Wait for bytes of the node and return what there is; nothing for none yet. Raises at the end."""
        raise NotImplementedError

    def _handleFromRadio(self, fromRadioBytes: bytes) -> None:  # noqa: N802, N803 -- the library's name
        self.heard_at = time.monotonic()
        try:
            self._take(mesh_pb2.FromRadio.FromString(fromRadioBytes), fromRadioBytes)
        except DecodeError:
            JOURNAL.info("the node sent %d bytes that are no message", len(fromRadioBytes))
        except (Exception, SystemExit):  # noqa: BLE001 -- reader thread boundary: no single message may end it
            JOURNAL.exception("a message of the node could not be read")

    def _take(self, told: mesh_pb2.FromRadio, serialized: bytes) -> None:
        what = told.WhichOneof("payload_variant")
        if what == "packet":
            self._take_packet(told.packet)
        elif what == "rebooted":
            self.gone.set()  # its settings, and who listens to it, may be others now
            self._ears.on_lost()
        elif what in TO_THE_LIBRARY:
            super()._handleFromRadio(serialized)  # type: ignore[no-untyped-call]

    def _take_packet(self, packet: mesh_pb2.MeshPacket) -> None:
        sender, own = sender_of(packet), self.own_number()
        if is_forged(packet, own):
            return  # the library would file it as what our node says of itself, and `settings` read it back
        if sender == own:
            self._handlePacketFromRadio(packet)  # type: ignore[no-untyped-call]
        elif packet.decoded.portnum == portnums_pb2.NODEINFO_APP:
            self._note_name(sender, packet.decoded.payload)
        self._ears.on_packet(packet)

    def _note_name(self, sender: NodeNumber, payload: bytes) -> None:
        with contextlib.suppress(DecodeError):
            self._names[sender] = mesh_pb2.User.FromString(payload).long_name

    def _handleQueueStatusFromRadio(self, queueStatus: mesh_pb2.QueueStatus) -> None:  # noqa: N802, N803
        self.queueStatus = queueStatus
        self._ears.on_queue(queueStatus)

    def _handleConfigComplete(self) -> None:  # noqa: N802
        super()._handleConfigComplete()
        self._settled.set()
        self._ears.on_settings()

    def _startHeartbeat(self) -> None:  # noqa: N802
        """Start none: the library's timer dies unnoticed, or outlives the connection."""

    def _sendToRadio(self, toRadio: mesh_pb2.ToRadio) -> None:  # noqa: N802, N803
        # The library's own queue resends refused packets with every later one, and waits without end.
        self._sendToRadioImpl(toRadio)

    def _sendToRadioImpl(self, toRadio: mesh_pb2.ToRadio) -> None:  # noqa: N802, N803
        if not self._write_lock.acquire(timeout=self._write_patience_s):
            raise LinkLost("The node takes no more data.")
        try:
            super()._sendToRadioImpl(toRadio)
        finally:
            self._write_lock.release()

    def _waitConnected(self, timeout: float = 30.0) -> None:  # noqa: ARG002, N802 -- the library's signature
        started = time.monotonic()
        while not self._settled.wait(SLICE_S):
            waited = time.monotonic() - started
            if waited > self.timing.handshake_s or min(waited, self.silence_s()) > self.timing.dead_s:
                raise TimeoutError("no answer to the handshake")
        if self.gone.is_set():
            raise ClosedByNodeError("closed by the node")

    def _disconnected(self) -> None:
        self.gone.set()
        self._settled.set()
        super()._disconnected()
        self._ears.on_lost()


def is_strict(security: config_pb2.Config.SecurityConfig) -> bool:
    """Say whether a node's security settings say STRICT; the library (2.7.11) does not know that field.

    Of a field that is there twice the last one holds, as in every protobuf.
    """
    told = [field.data for field in UnknownFieldSet(security) if field.field_number == SIGNATURE_POLICY_FIELD]
    return bool(told) and told[-1] == STRICT


def _slot(channel: channel_pb2.Channel) -> ChannelSlot:
    return ChannelSlot(
        index=channel.index,
        name=channel.settings.name,
        key=channel.settings.psk,
        in_use=channel.role != channel_pb2.Channel.DISABLED,
    )
