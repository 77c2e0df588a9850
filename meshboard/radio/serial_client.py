"""The client over a serial port."""

import time

from meshtastic.serial_interface import SerialInterface

from meshboard.figures import CHUNK_BYTES
from meshboard.radio.addresses import SerialAddress
from meshboard.radio.client import ClientEars, ClosedByNodeError, QuietClient
from meshboard.radio.link_config import LinkTiming


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
