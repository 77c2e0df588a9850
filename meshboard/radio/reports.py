"""What the threads of a link tell its event loop: values only."""

from dataclasses import dataclass

from meshboard.radio.client import NodeSettings
from meshboard.radio.sender import Outgoing


@dataclass(frozen=True, slots=True)
class Trying:
    """The node at this address is being connected to."""

    address: str


@dataclass(frozen=True, slots=True)
class Connected:
    """The node told its settings, for the first time or again."""

    settings: NodeSettings
    channel_indexes: tuple[int | None, ...]
    """Where each of the link's channels is on the node, None where frames cannot be sent."""
    detail: str
    """What is amiss although connected, empty when all is well."""


@dataclass(frozen=True, slots=True)
class Disconnected:
    """There is no connection."""

    detail: str


@dataclass(frozen=True, slots=True)
class QueueTold:
    """The node told the state of its transmit queue."""

    free: int
    res: int
    """0 = taken; other values in refusals.py."""
    packet_id: int
    """0 when it is about no packet."""


@dataclass(frozen=True, slots=True)
class SendFailed:
    """The connection did not take something."""

    outgoing: Outgoing


@dataclass(frozen=True, slots=True)
class Ended:
    """The threads are done."""


Report = Trying | Connected | Disconnected | QueueTold | SendFailed | Ended
