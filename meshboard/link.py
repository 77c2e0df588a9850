"""The radio port: what a station may ask of a link, and what a link tells it.

A link is the way a station sends and hears frames: a real Meshtastic node, a virtual one, or none.
This module holds types only; the links themselves live in `meshboard.radio`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import NewType, Protocol

NodeNumber = NewType("NodeNumber", int)
"""A Meshtastic node's 32-bit number, as in the `from` field of a packet."""

FIRST_SIGNING_FIRMWARE = [2, 8]  # firmware-notes/packet-budget.md
MAX_FRAME_BYTES = 231  # largest broadcast real nodes sent; firmware-notes/packet-budget.md
DEFAULT_HOP_LIMIT = 3  # Meshtastic's own default
MAX_TEXT_BYTES = 200  # a direct text fits 219 under public-key encryption; older nodes and apps show 200
TEXT_SPACING_S = 2.1  # nodes drop a text less than 2 s after the last; firmware-notes/client-library.md


@dataclass(frozen=True, slots=True)
class Channel:
    """A Meshtastic channel of a link; its place is its position in the link's list of channels."""

    name: str
    """The channel is found on the node by this name."""
    key: bytes | None = field(default=None, repr=False)
    """Its key, 16 or 32 bytes: adds the channel to a node that lacks it. None = never written to the node."""


class LinkState(Enum):
    """How the link stands, as a person would say it."""

    ABSENT = "no radio"
    CONNECTING = "connecting"
    UP = "connected"
    LOST = "lost, trying again"


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """What is known of the link now."""

    state: LinkState
    detail: str = ""
    """One sentence for a person: why it is so and what to do, empty when all is well."""
    address: str = ""
    """Where the node is, as in the configuration: `tcp://host:port`, `serial:///dev/ttyACM0`."""
    node: NodeNumber | None = None
    node_name: str = ""
    firmware: str = ""
    channel_utilisation: float | None = None
    """Share of time the channel was busy, 0.0 to 1.0, as the node last reported it; None if never."""
    use_reports: int = 0
    """How often the node has reported it: two reports of the same share are two."""
    hop_limit: int = DEFAULT_HOP_LIMIT
    """How often the node lets others relay what it sends for a client that does not say: texts."""
    drops_unsigned: bool = False
    """Whether the node takes only signed broadcasts (firmware 2.8, policy STRICT)."""
    queue_free: int = 0
    """Places left in the node's transmit queue (of 16), as it last reported."""
    channels: tuple[bool, ...] = ()
    """Which of the link's channels the node has now, in the link's order; empty where there is no radio."""
    left_out: int = 0
    """How many frames came faster than any are looked at, and were not, since the link began."""

    @property
    def signs_broadcasts(self) -> bool:
        """Say whether the node adds its own signature to short broadcasts, as firmware does from 2.8 on."""
        numbers = [int(part) for part in self.firmware.split(".")[:2] if part.isdecimal()]
        return numbers >= FIRST_SIGNING_FIRMWARE


@dataclass(frozen=True, slots=True)
class FrameHeard:
    """A frame arrived on our port, from whichever channel of the node."""

    payload: bytes
    sender: NodeNumber
    hops: int | None
    """Relays it passed (0 = heard from the sender itself), None when the packet does not say."""
    snr_db: float | None
    channel: int | None = 0
    """The place of the channel it came on in the link's list, None for another channel of the node.

    A hint: a node's channels can move before the link knows. Who opens the seal is whom it was for.
    """

    @property
    def took_air(self) -> bool:
        """Say whether it came by radio, not by the internet or a local network."""
        return self.snr_db is not None


@dataclass(frozen=True, slots=True)
class TextHeard:
    """A plain text message arrived."""

    text: str
    sender: NodeNumber
    sender_name: str
    """The node's long name as our node knows it, or `!0a1b2c3d`."""
    sender_key: bytes | None
    """The sender's public key (32 bytes) if the message was public-key encrypted, else None."""
    direct: bool
    """True when it was addressed to our node alone, False for a channel message."""
    packet_id: int


@dataclass(frozen=True, slots=True)
class LinkChanged:
    """The link's status changed."""

    status: LinkStatus


@dataclass(frozen=True, slots=True)
class PacketOverheard:
    """Somebody sent something else over the air: no business of ours, but it filled the channel."""

    lora_frame_bytes: int
    hop_limit: int
    """How often it may still be relayed."""


class Refusal(Enum):
    """Why something was not sent, or not taken, as far as it matters what to do next; and who says so."""

    QUEUE_FULL = "the node's queue is full"
    HOUR_SPENT = "the node has used up its legal airtime"
    TOO_LARGE = "it does not fit one packet"
    OTHER = "it was not sent"
    UNSURE = "it may have been sent"
    UNANSWERED = "nobody confirmed it, in three attempts"
    """Of a text: it was sent three times."""
    NOT_HANDED = "the node was not there, or had no room"
    """Our own link says so: the node never got it."""
    LOST = "the connection was lost"
    """Our own link says so."""
    THERE = "the receiver's node refused it"
    """Of a text. Its receiver says so, or somebody in its name: it tells nothing of our node or our air."""

    @property
    def was_not_sent(self) -> bool:
        """Say whether it is known to have taken no air; only our own link and node can know that."""
        return self in _NOT_SENT

    @property
    def is_of_node(self) -> bool:
        """Say whether our own node says so."""
        return self not in (Refusal.NOT_HANDED, Refusal.LOST, Refusal.THERE)


_NOT_SENT = frozenset(
    {Refusal.QUEUE_FULL, Refusal.HOUR_SPENT, Refusal.TOO_LARGE, Refusal.OTHER, Refusal.NOT_HANDED}
)


@dataclass(frozen=True, slots=True)
class SendRefused:
    """Something that was to be sent was not, or its receiver did not take it."""

    reason: str
    """A sentence, such as "the node's queue is full"; of a text it says whose node speaks."""
    frame: bytes | None = field(default=None, repr=False)
    """The payload of the frame that was refused, None where it was a text."""
    why: Refusal = Refusal.OTHER
    text_bytes: int | None = None
    """How long the text was that was refused, None where it was a frame."""

    def journal_words(self) -> str:
        """Return what happened and who says so, naming nobody."""
        what = "a frame" if self.text_bytes is None else "a text"
        match self.why:
            case Refusal.THERE:
                return f"the receiver's node refused {what}"
            case Refusal.UNANSWERED:
                return f"nobody confirmed {what} in the node's three attempts"
            case Refusal.NOT_HANDED | Refusal.LOST:
                return f"{what} perhaps never got to the node: {self.why.value}"
            case _:
                return f"the node refused {what}: {self.why.value}"


LinkEvent = FrameHeard | TextHeard | PacketOverheard | LinkChanged | SendRefused


class Link(Protocol):
    """A way to send and hear frames. All methods are called from the event loop and never block it."""

    @property
    def status(self) -> LinkStatus:
        """The link as it is known now."""

    def start(self, on_event: Callable[[LinkEvent], None]) -> None:
        """Begin connecting, for ever; `on_event` is called on the event loop that `start` was called on."""

    def ready_for_frame(self, channel: int = 0) -> bool:
        """Say whether `send_frame` would be taken now: connected, that channel there, room in the queue."""

    def send_frame(self, payload: bytes, hop_limit: int, channel: int = 0) -> None:
        """Broadcast a frame of <= MAX_FRAME_BYTES on a channel, named by its place in the link's list.

        While the link is not up or the channel is not there, drop the frame with `SendRefused`.
        """

    def send_text(self, text: str, to: NodeNumber) -> None:
        """Send a direct text of at most MAX_TEXT_BYTES; the link keeps TEXT_SPACING_S between texts."""

    async def stop(self) -> None:
        """Say goodbye to the node and end; safe to call twice."""
