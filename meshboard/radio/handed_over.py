"""What a node was given and has not answered yet."""

from dataclasses import dataclass, field

from meshboard.link import Refusal, SendRefused

MAX_IN_FLIGHT = (
    2  # a node keeps only its two newest unsent QueueStatus lines; firmware-notes/queue-and-acks.md
)
KEPT_FREE = 14  # of the queue's 16 places (firmware MAX_TX_QUEUE): one frame being sent, one waiting
REMEMBERED = 64  # sent packets whose refusal may still come: MAX_RETRANSMIT takes 21 s on LONG_FAST


@dataclass(frozen=True, slots=True)
class Handed:
    """A packet that may still be refused."""

    words: str
    """How its refusal begins."""
    frame: bytes | None = field(default=None, repr=False)
    """Its payload, None for a text."""
    text_bytes: int | None = None
    """How long a text is, None for a frame."""

    def refused(self, reason: str, why: Refusal) -> SendRefused:
        """Return what is told of its refusal."""
        return SendRefused(self.words + reason, self.frame, why, self.text_bytes)


class HandedOver:
    """Keep account of packets by id: frames that await their queue status, and all that may be refused."""

    def __init__(self) -> None:
        self._in_flight: set[int] = set()
        self._sent: dict[int, Handed] = {}

    def has_room(self, queue_free: int) -> bool:
        """Say whether the node should be given one more frame: not while others wait in its queue.

        What waits there is old before it is said: others may have said it meanwhile.
        """
        return len(self._in_flight) < min(MAX_IN_FLIGHT, queue_free - KEPT_FREE)

    def expect_answer(self, packet_id: int) -> None:
        """Count a frame as on its way into the node's queue."""
        self._in_flight.add(packet_id)

    def answered(self, packet_id: int) -> None:
        """Count it no longer; an unknown id changes nothing."""
        self._in_flight.discard(packet_id)

    def forget_answers(self) -> None:
        """Wait for no answer any more: the connection they would have come by has ended."""
        self._in_flight.clear()

    def remember(self, packet_id: int, handed: Handed) -> None:
        """Remember a packet in case it is refused."""
        self._sent[packet_id] = handed
        while len(self._sent) > REMEMBERED:
            self._sent.pop(next(iter(self._sent)))

    def take(self, packet_id: int) -> Handed | None:
        """Return a packet that is refused, once; None for somebody else's, or one told already."""
        return self._sent.pop(packet_id, None)
