import errno
import socket
import termios

import pytest
from serial import SerialException

from meshboard.errors import LinkError
from meshboard.radio.addresses import AutoAddress, NodeAddress, SerialAddress, TcpAddress
from meshboard.radio.client import ClosedByNodeError
from meshboard.radio.troubles import CLOSED, describe_trouble

TCP, SERIAL = TcpAddress("hall.local", 4403), SerialAddress("/dev/ttyACM0")


@pytest.mark.parametrize(
    ("trouble", "address", "words"),
    [
        (
            ConnectionRefusedError(errno.ECONNREFUSED, ""),
            TCP,
            "Nothing answers at hall.local port 4403; switch",
        ),
        (socket.gaierror(-2, ""), TCP, "hall.local is not known on this network; check the spelling"),
        (UnicodeError("label too long"), TCP, "is not known on this network"),
        (TimeoutError("connect"), TCP, "hall.local does not answer; check"),
        (OSError(errno.EHOSTUNREACH, ""), TCP, "no way to hall.local; check this computer's network"),
        (OSError(errno.EPIPE, ""), TCP, "EPIPE"),
        (SerialException(errno.EAGAIN, "lock"), SERIAL, "/dev/ttyACM0 is in use by another program"),
        (OSError(errno.EBUSY, ""), SERIAL, "in use by another program"),
        (FileNotFoundError(errno.ENOENT, ""), SERIAL, "There is no /dev/ttyACM0; plug the node in"),
        (PermissionError(errno.EACCES, ""), SERIAL, "group dialout"),
        (termios.error(errno.ENOTTY, ""), SERIAL, "is not a serial port"),
        (TimeoutError("handshake"), SERIAL, "does not answer like a Meshtastic node"),
        (termios.error(errno.EIO, ""), SERIAL, "unplug the node and plug it in again"),
        (ClosedByNodeError("closed"), TCP, CLOSED),
        (
            LinkError("No radio is plugged in; connect one."),
            AutoAddress(),
            "No radio is plugged in; connect one.",
        ),
        (OSError(errno.EIO, ""), AutoAddress(), "plug it in again"),
    ],
)
def test_every_trouble_is_a_sentence_that_says_what_to_do(
    trouble: Exception, address: NodeAddress | AutoAddress, words: str
) -> None:
    assert words in describe_trouble(trouble, address)
