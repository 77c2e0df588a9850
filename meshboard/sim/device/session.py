"""One client's connection to a virtual node, without the socket."""

from collections.abc import Callable

from google.protobuf.message import DecodeError
from meshtastic.protobuf.mesh_pb2 import FromRadio, ToRadio

from meshboard.sim.device.client_stream import FrameReader, encode_frame
from meshboard.sim.device.handshake import handshake
from meshboard.sim.device.node import VirtualNode

NODE_INFO_NONCE = 1  # a heartbeat with it asks the node to broadcast its NodeInfo
MAX_DECODABLE_PAYLOAD_BYTES = 234  # recorded: a ToRadio with more cannot be decoded by the node


class ClientSession:
    """Answer one client: frames in, frames out, silence for anything malformed."""

    def __init__(self, node: VirtualNode, write: Callable[[bytes], None], close: Callable[[], None]) -> None:
        self._node = node
        self._write = write
        self._close = close
        self._reader = FrameReader()
        self._handshaken = False
        self._nonces: list[int] = []
        self._owes_heartbeat = False

    def feed(self, stream: bytes) -> None:
        """Take bytes from the client; answers come with the next `flush`."""
        for frame in self._reader.feed(stream):
            try:
                self._take(ToRadio.FromString(frame))
            except DecodeError:
                continue

    def flush(self) -> None:
        """Write what is due: heartbeat answers, the handshake, and after one whatever waits."""
        self._node.admin.breathe()
        messages = []
        if self._owes_heartbeat:
            self._owes_heartbeat = False
            messages.append(FromRadio(queueStatus=self._node.core.queue_status()).SerializeToString())
        for nonce in self._nonces:
            messages += handshake(self._node.state, nonce)
            self._handshaken = True
        self._nonces.clear()
        if self._handshaken:
            messages += self._node.outbox.take()
        if messages:
            self._write(b"".join(encode_frame(message) for message in messages))

    def _take(self, message: ToRadio) -> None:
        match message.WhichOneof("payload_variant"):
            case "packet":
                if len(message.packet.decoded.payload) <= MAX_DECODABLE_PAYLOAD_BYTES:
                    self._node.from_client(message.packet)
            case "want_config_id":
                self._nonces.append(message.want_config_id)
            case "heartbeat":
                self._take_heartbeat(message.heartbeat.nonce)
            case "disconnect":
                self._close()
            case _:
                pass

    def _take_heartbeat(self, nonce: int) -> None:
        if nonce == NODE_INFO_NONCE:
            self._node.reporter.broadcast_if_asked()
        else:
            self._owes_heartbeat = True
