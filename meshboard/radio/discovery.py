"""Find nodes plugged in by USB, by what the operating system lists; no port is opened."""

from collections.abc import Iterable
from dataclasses import dataclass

from meshtastic.util import blacklistVids, whitelistVids
from serial.tools.list_ports import comports  # type: ignore[attr-defined]
from serial.tools.list_ports_common import ListPortInfo

from meshboard.radio.addresses import SerialAddress

# USB-to-serial chips of common boards, besides the makers meshtastic.util knows; firmware-notes/boards.md
_BRIDGES = {0x10C4: "CP210x", 0x1A86: "CH340/CH9102", 0x0403: "FTDI", 0x2886: "Seeed"}


@dataclass(frozen=True, slots=True)
class FoundNode:
    """A serial port that is likely to be a Meshtastic node."""

    address: str
    """As the configuration takes it: `serial:///dev/ttyACM0`."""
    description: str
    """What a person would recognise it by: `Heltec Wireless Tracker on /dev/ttyACM0`."""


def find_nodes() -> tuple[FoundNode, ...]:
    """Return the likely nodes plugged in now, the likeliest first; empty when there is none."""
    return likely_nodes(comports())  # type: ignore[no-untyped-call]


def likely_nodes(ports: Iterable[ListPortInfo]) -> tuple[FoundNode, ...]:
    """Return those of the listed ports that are likely to be nodes, the likeliest first."""
    likely = [port for port in ports if port.vid is not None and port.vid not in blacklistVids]
    likely.sort(key=lambda port: (port.vid not in whitelistVids, port.vid not in _BRIDGES, port.device))
    return tuple(FoundNode(str(SerialAddress(port.device)), _describe(port)) for port in likely)


def _describe(port: ListPortInfo) -> str:
    maker = port.manufacturer or _BRIDGES.get(port.vid or 0) or ""
    product = port.product or "USB serial device"
    name = product if product.startswith(maker) else f"{maker} {product}"
    return f"{name} on {port.device}"
