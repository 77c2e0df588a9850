"""What a node's refusals mean, in sentences.

Two number spaces meet here: Routing.Error (mesh.proto), and the `res` of a QueueStatus, which mixes
those with the firmware's own error codes; firmware-notes/queue-and-acks.md tells them apart.
"""

from meshtastic.protobuf import mesh_pb2

from meshboard.link import Refusal

_Error = mesh_pb2.Routing.Error

QUEUE_FULL = 32
RADIO_OFF = 34
NO_CHANNEL: int = _Error.NO_CHANNEL

_ROUTING_SENTENCES: dict[int, str] = {
    _Error.NO_ROUTE: "the node knows no way to the receiver",
    _Error.GOT_NAK: "a relay refused the message",
    _Error.TIMEOUT: "the message was not answered in time",
    _Error.NO_INTERFACE: "the node has no working radio; check its region and antenna",
    _Error.MAX_RETRANSMIT: "the receiver did not confirm after three attempts; it may be off or out of reach",
    _Error.NO_CHANNEL: "the node does not have the channel; its channels were changed",
    _Error.TOO_LARGE: "the message is too large for one packet",
    _Error.NO_RESPONSE: "nobody answered",
    _Error.DUTY_CYCLE_LIMIT: "the node has used up its legal airtime for this hour; it sends again later",
    _Error.PKI_FAILED: "the message could not be encrypted for the receiver",
    _Error.RATE_LIMIT_EXCEEDED: "the node was asked to send too fast",
    _Error.PKI_SEND_FAIL_PUBLIC_KEY: "our node does not know the receiver's key until it announces itself",
}

_RECEIVERS_SENTENCES: dict[int, str] = {
    _Error.NO_CHANNEL: "it could not open it; one of the two nodes has an old key of the other",
    _Error.PKI_UNKNOWN_PUBKEY: "it does not know our node's key until our node announces itself",
}
"""What a node tells who sent it a text it cannot open (firmware `ReliableRouter::sniffReceived`)."""

_QUEUE_SENTENCES: dict[int, str] = {
    QUEUE_FULL: "the node's queue is full",
    RADIO_OFF: "the node's radio is off or its region is not set; set the region with the Meshtastic app",
}

_OF_ROUTING: dict[int, Refusal] = {
    _Error.RATE_LIMIT_EXCEEDED: Refusal.QUEUE_FULL,
    _Error.DUTY_CYCLE_LIMIT: Refusal.HOUR_SPENT,
    _Error.TOO_LARGE: Refusal.TOO_LARGE,
    _Error.MAX_RETRANSMIT: Refusal.UNANSWERED,
    **dict.fromkeys(
        (_Error.NO_INTERFACE, _Error.NO_CHANNEL, _Error.PKI_FAILED, _Error.PKI_SEND_FAIL_PUBLIC_KEY),
        Refusal.OTHER,
    ),
}
"""What our own node says before it sends; all else may come after it has sent."""

_OF_QUEUE: dict[int, Refusal] = {
    QUEUE_FULL: Refusal.QUEUE_FULL,
    _Error.DUTY_CYCLE_LIMIT: Refusal.HOUR_SPENT,
    _Error.TOO_LARGE: Refusal.TOO_LARGE,
}


def routing_refusal(error: int) -> Refusal:
    """Return what a Routing.Error of our own node means for what to do next."""
    return _OF_ROUTING.get(error, Refusal.UNSURE)


def queue_refusal(res: int) -> Refusal:
    """Return what a `res` means for what to do next: whatever it is, the packet was not queued."""
    return _OF_QUEUE.get(res, Refusal.OTHER)


def routing_sentence(error: int) -> str:
    """Return what a Routing.Error number means."""
    return _ROUTING_SENTENCES.get(error, f"the mesh refused the message (routing error {error})")


def receivers_sentence(error: int) -> str:
    """Return what a Routing.Error of a text's receiver means."""
    return _RECEIVERS_SENTENCES.get(error, f"routing error {error}")


def queue_sentence(res: int) -> str:
    """Return what a QueueStatus `res` other than 0 means."""
    sentence = _QUEUE_SENTENCES.get(res) or _ROUTING_SENTENCES.get(res)
    return sentence or f"the node refused the message (error {res})"
