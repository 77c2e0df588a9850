"""Radio addresses: from what a person writes to where the node is."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from meshboard.errors import ConfigError

DEFAULT_TCP_PORT = (
    4403  # meshtastic.tcp_interface.DEFAULT_TCP_PORT; here so that addresses need no radio library
)

FORMS = (
    "write none, auto, tcp://host:4403, serial:///dev/ttyACM0, or simply the node's host name or device path"
)


@dataclass(frozen=True, slots=True)
class NoAddress:
    """This station has no radio."""


@dataclass(frozen=True, slots=True)
class AutoAddress:
    """Whatever node is plugged in by USB, looked for at each attempt."""

    def __str__(self) -> str:
        return "auto"


@dataclass(frozen=True, slots=True)
class TcpAddress:
    """A node, or a virtual one, on the network."""

    host: str
    port: int = DEFAULT_TCP_PORT

    def __str__(self) -> str:
        return f"tcp://[{self.host}]:{self.port}" if ":" in self.host else f"tcp://{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class SerialAddress:
    """A node on a serial port."""

    path: str

    def __str__(self) -> str:
        return f"serial://{self.path}"


NodeAddress = TcpAddress | SerialAddress
"""Where a node can be connected to."""

Address = NoAddress | AutoAddress | NodeAddress


def parse_address(written: str) -> Address:
    """Return the address a person wrote; ConfigError with the known forms when it is none."""
    text = written.strip()
    if text.casefold() == "none":
        return NoAddress()
    if text.casefold() == "auto":
        return AutoAddress()
    scheme, separator, rest = text.partition("://")
    if separator:
        return _with_scheme(scheme.casefold(), rest, written)
    if text.startswith("/dev/") or (text[:3].upper() == "COM" and text[3:].isdecimal()):
        return SerialAddress(text)
    return _tcp(text, written)


def _with_scheme(scheme: str, rest: str, written: str) -> Address:
    match scheme:
        case "tcp":
            return _tcp(rest, written)
        case "serial" if rest:
            return SerialAddress(rest)
        case "ble" | "bluetooth":
            raise ConfigError(
                f"“{written}”: Bluetooth is not supported; connect the node by USB or Wi-Fi and {FORMS}."
            )
        case _:
            raise _not_understood(written)


def _tcp(place: str, written: str) -> TcpAddress:
    if not place or any(letter.isspace() or letter in "/@?#\\" for letter in place):
        raise _not_understood(written)
    if place.count(":") > 1 and not place.startswith("["):
        return TcpAddress(place)
    try:
        parts = urlsplit(f"tcp://{place}")
        host, port = parts.hostname, parts.port
    except ValueError:
        raise _not_understood(written) from None
    if not host or port == 0:
        raise _not_understood(written)
    return TcpAddress(host, DEFAULT_TCP_PORT if port is None else port)


def _not_understood(written: str) -> ConfigError:
    return ConfigError(f"The radio address “{written}” is not understood; {FORMS}.")
