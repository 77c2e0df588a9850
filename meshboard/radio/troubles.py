"""Why a node cannot be reached, in sentences that say what to do."""

import errno
import socket
import termios

from serial import SerialException

from meshboard.errors import LinkError
from meshboard.radio.addresses import AutoAddress, NodeAddress, SerialAddress, TcpAddress
from meshboard.radio.client import ClosedByNodeError

CLOSED = "The node closed the connection, as it does when it restarts or another program connects."
SILENT = "The node says nothing any more; look at its power and its cable or Wi-Fi."
FOUGHT_OVER = (
    "Another program is using this node (a phone app, a browser, a second station); "
    "close it, or use its own node."
)

_BUSY = {errno.EAGAIN, errno.EWOULDBLOCK, errno.EBUSY}
_ABSENT = {errno.ENOENT, errno.ENODEV, errno.ENXIO}
_FORBIDDEN = {errno.EACCES, errno.EPERM}
_UNREACHABLE = {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EADDRNOTAVAIL}


def describe_trouble(trouble: BaseException, address: NodeAddress | AutoAddress) -> str:
    """Return the sentence for a failed attempt to connect to `address`."""
    if isinstance(trouble, LinkError):
        return str(trouble)
    if isinstance(trouble, ClosedByNodeError):
        return CLOSED
    match address:
        case SerialAddress(path=path):
            return _serial_trouble(trouble, path)
        case TcpAddress(host=host, port=port):
            return _tcp_trouble(trouble, host, port)
        case AutoAddress():
            return f"The radio does not work ({_name(trouble)}); unplug it and plug it in again."


def _serial_trouble(trouble: BaseException, path: str) -> str:
    number = _number(trouble)
    if number in _BUSY:
        return f"{path} is in use by another program (another meshboard, a serial monitor); close it."
    if number in _ABSENT:
        return f"There is no {path}; plug the node in, or correct the address."
    if number in _FORBIDDEN:
        return (
            f"No permission to use {path}; add yourself to the group dialout "
            "(`sudo usermod -aG dialout $USER`) and log in again."
        )
    if isinstance(trouble, TimeoutError):
        return f"{path} does not answer like a Meshtastic node; check that it is one, and restart it."
    if number == errno.ENOTTY:
        return f"{path} is not a serial port; correct the address."
    return f"{path} does not work ({_name(trouble)}); unplug the node and plug it in again."


def _tcp_trouble(trouble: BaseException, host: str, port: int) -> str:
    number = _number(trouble)
    if isinstance(trouble, socket.gaierror | UnicodeError):
        return (
            f"The name {host} is not known on this network; check the spelling, or use the node's IP address."
        )
    if isinstance(trouble, ConnectionRefusedError) or number == errno.ECONNREFUSED:
        return f"Nothing answers at {host} port {port}; switch the node on and check the port."
    if isinstance(trouble, TimeoutError) or number == errno.ETIMEDOUT:
        return f"{host} does not answer; check that the node is on and in the same network."
    if number in _UNREACHABLE:
        return f"There is no way to {host}; check this computer's network."
    return f"The connection to {host} failed ({_name(trouble)}); check the node and the network."


def _number(trouble: BaseException) -> int | None:
    if isinstance(trouble, OSError):
        return trouble.errno
    if (
        isinstance(trouble, termios.error | SerialException)
        and trouble.args
        and isinstance(trouble.args[0], int)
    ):
        return trouble.args[0]
    return None


def _name(trouble: BaseException) -> str:
    return errno.errorcode.get(_number(trouble) or 0, type(trouble).__name__)
