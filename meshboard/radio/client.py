"""The meshtastic client with manners: quiet, never exiting, never reconnecting behind our back.

The library (2.7.11) prints, logs payloads, may call `sys.exit`, reconnects on its own reader thread, runs
a heartbeat timer that outlives the connection, and resends whatever was refused; each override below
takes one of these away. firmware-notes/client-library.md has the list.
"""

import contextlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from google.protobuf.message import DecodeError
from google.protobuf.unknown_fields import UnknownFieldSet
from meshtastic.protobuf import channel_pb2, config_pb2, mesh_pb2
from meshtastic.stream_interface import StreamInterface

from meshboard.errors import LinkLost
from meshboard.link import DEFAULT_HOP_LIMIT, NodeNumber
from meshboard.radio.handed_over import KEPT_FREE
from meshboard.radio.journal import JOURNAL
from meshboard.radio.link_config import LinkTiming
from meshboard.radio.packets import is_forged, share_of

SIGNATURE_POLICY_FIELD = 9  # config.proto of firmware 2.8, SecurityConfig.packet_signature_policy
STRICT = 2  # the same: COMPATIBLE 0, BALANCED 1
CONFIG_ONLY_NONCE = 69420  # the node tells its settings but not its node list; PhoneAPI.h
GOODBYE_S = 0.3  # a node closes 0.02 s after a goodbye; ten times that for a slow one
SLICE_S = 0.1  # how often a wait looks whether it was called off


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
    """Whom a client tells; called on the library's reader thread."""

    on_settings: Callable[[], None]
    on_queue: Callable[[mesh_pb2.QueueStatus], None]


class QuietClient(StreamInterface):
    """What the TCP and the serial client have in common; not usable by itself."""

    def _prepare(self, ears: ClientEars, timing: LinkTiming) -> None:
        self._ears = ears
        self.timing = timing
        self._write_lock = threading.Lock()
        self._write_patience_s = timing.connect_s
        self._settled = threading.Event()
        self._abandoned = False
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
        """Return a node's long name as our node knows it, or `!0a1b2c3d`."""
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

    def _handleFromRadio(self, fromRadioBytes: bytes) -> None:  # noqa: N802, N803 -- the library's name
        self.heard_at = time.monotonic()
        try:
            mesh_pb2.FromRadio.FromString(fromRadioBytes)  # the library would print what it cannot parse
            super()._handleFromRadio(fromRadioBytes)  # type: ignore[no-untyped-call]
        except DecodeError:
            JOURNAL.info("the node sent %d bytes that are no message", len(fromRadioBytes))
        except (Exception, SystemExit):  # noqa: BLE001 -- reader thread boundary: no single message may end it
            JOURNAL.exception("a message of the node could not be read")

    def _handlePacketFromRadio(  # noqa: N802 -- the library's name
        self,
        meshPacket: mesh_pb2.MeshPacket,  # noqa: N803
        hack: bool = False,
    ) -> None:
        # The library would print a packet without sender, and file what one of ours says as our node's own:
        # `settings` would read it back as the channel's use, or as our name.
        if not is_forged(meshPacket, self.own_number()):
            super()._handlePacketFromRadio(meshPacket, hack)  # type: ignore[no-untyped-call]

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
