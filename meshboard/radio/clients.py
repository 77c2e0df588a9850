"""The right client for an address."""

from typing import assert_never

from meshboard.radio.addresses import NodeAddress, SerialAddress, TcpAddress
from meshboard.radio.client import ClientEars, QuietClient
from meshboard.radio.link_config import LinkTiming
from meshboard.radio.serial_client import QuietSerialClient
from meshboard.radio.tcp_client import QuietTcpClient


def make_client(address: NodeAddress, ears: ClientEars, timing: LinkTiming) -> QuietClient:
    """Return a client for the address, not yet connected."""
    match address:
        case TcpAddress():
            return QuietTcpClient(address, ears, timing)
        case SerialAddress():
            return QuietSerialClient(address, ears, timing)
        case _:
            assert_never(address)
