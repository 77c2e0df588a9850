"""The clients over TCP and over a serial port, and the right one for an address."""

import contextlib
import select
import socket
import time
from typing import assert_never

from meshtastic.serial_interface import SerialInterface
from meshtastic.tcp_interface import TCPInterface

from meshboard.figures import CHUNK_BYTES, GOODBYE_S, SLICE_S
from meshboard.radio.addresses import NodeAddress, SerialAddress, TcpAddress
from meshboard.radio.client import ClientEars, ClosedByNodeError, QuietClient
from meshboard.radio.link_config import LinkTiming

_Place = tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]
"""A socket address as `getaddrinfo` gives it."""


class QuietTcpClient(QuietClient, TCPInterface):
    """A client over TCP; `connect()` connects and shakes hands, or raises."""

    def __init__(self, address: TcpAddress, ears: ClientEars, timing: LinkTiming) -> None:
        self._prepare(ears, timing)
        TCPInterface.__init__(self, address.host, portNumber=address.port, connectNow=False)

    def myConnect(self) -> None:  # noqa: N802 -- the library's name
        """Connect with a time limit, and so that `abandon` is noticed."""
        places = socket.getaddrinfo(self.hostname, self.portNumber, type=socket.SOCK_STREAM)
        failure: OSError = ConnectionRefusedError()
        for family, kind, protocol, _, place in places:
            try:
                self.socket = self._connected_socket(socket.socket(family, kind, protocol), place)
            except OSError as refusal:
                failure = refusal
            else:
                return
        raise failure

    def _connected_socket(self, connection: socket.socket, place: _Place) -> socket.socket:
        try:
            connection.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                connection.connect(place)
            self._await_writable(connection)
            error = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if error:
                raise OSError(error, "connect")
            connection.setblocking(True)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except BaseException:
            connection.close()
            raise
        return connection

    def _await_writable(self, connection: socket.socket) -> None:
        deadline = time.monotonic() + self.timing.connect_s
        while not select.select((), (connection,), (), SLICE_S)[1]:
            if self._abandoned:
                raise ConnectionAbortedError("called off")
            if time.monotonic() > deadline:
                raise TimeoutError("connect")

    def _read_some(self) -> bytes:
        connection = self.socket
        stream = b"" if connection is None else connection.recv(CHUNK_BYTES)
        if not stream:
            raise ClosedByNodeError("closed by the node")
        return stream

    def _reconnect(self) -> None:
        raise ClosedByNodeError("closed by the node")

    def _say_goodbye(self) -> None:
        if self.socket is None:
            return
        self.socket.settimeout(GOODBYE_S)  # a dead peer with full buffers would hold us for ever
        super()._say_goodbye()
        self._join_reader(GOODBYE_S)

    def _end_transport(self) -> None:
        connection, self.socket = self.socket, None
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()


class QuietSerialClient(QuietClient, SerialInterface):
    """A client over a serial port; `connect()` opens the port and shakes hands, or raises."""

    def __init__(self, address: SerialAddress, ears: ClientEars, timing: LinkTiming) -> None:
        self._prepare(ears, timing)
        SerialInterface.__init__(self, address.path, connectNow=False)

    def _read_some(self) -> bytes:
        if self.stream is None:
            raise ClosedByNodeError("the port is closed")
        there = min(self.stream.in_waiting, CHUNK_BYTES)
        return bytes(self.stream.read(max(there, 1)))  # of what is not there yet it waits for the first byte

    def _writeBytes(self, b: bytes) -> None:  # noqa: N802
        # Without the library's flush, which waits without end for a board that stopped reading.
        if self.stream is None:
            raise ClosedByNodeError("the port is closed")
        self.stream.write(b)
        time.sleep(0.1)  # as the library does, for boards that read slowly

    def _end_transport(self) -> None:
        if self.stream is not None:
            self.stream.cancel_read()
            self._join_reader(1.0)
        if self.stream is not None:  # no reader was there to close it
            self.stream.close()
            self.stream = None


def make_client(address: NodeAddress, ears: ClientEars, timing: LinkTiming) -> QuietClient:
    """Return a client for the address, not yet connected."""
    match address:
        case TcpAddress():
            return QuietTcpClient(address, ears, timing)
        case SerialAddress():
            return QuietSerialClient(address, ears, timing)
        case _:
            assert_never(address)
