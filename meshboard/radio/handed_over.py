"""What a node was given and has not answered yet."""

from dataclasses import dataclass, field

from meshboard.figures import CROWDED_S, KEPT_FREE, MAX_IN_FLIGHT, PACKETS_REMEMBERED
from meshboard.link import NodeNumber, Refusal, SendRefused


@dataclass(frozen=True, slots=True)
class HandedFrame:
    """A frame that may still be refused, by our own node alone."""

    payload: bytes = field(repr=False)

    def refused(self, reason: str, why: Refusal) -> SendRefused:
        """Return what is told of its refusal."""
        return SendRefused(reason, self.payload, why)


@dataclass(frozen=True, slots=True)
class HandedText:
    """A text that may still be refused, by our own node or its receiver's."""

    to: NodeNumber
    text_bytes: int

    def refused(self, reason: str, why: Refusal) -> SendRefused:
        """Return what is told of its refusal, and by whom."""
        receiver = f"!{self.to:08x}"
        if why is Refusal.THERE:
            sentence = f"the receiver's node {receiver} refused the text: {reason}"
        else:
            who = "our node" if why.is_of_node else "this station"
            sentence = f"{who} could not deliver the text to {receiver}: {reason}"
        return SendRefused(sentence, why=why, text_bytes=self.text_bytes)


Handed = HandedFrame | HandedText


class HandedOver:
    """Keep account of packets by id: frames that await their queue status, and all that may be refused."""

    def __init__(self) -> None:
        self._in_flight: set[int] = set()
        self._crowded_since: float | None = None
        self._sent: dict[int, Handed] = {}
        self._settled: set[int] = set()

    def note_queue(self, queue_free: int, now_s: float) -> None:
        """Note how much room the node's queue has."""
        if queue_free > KEPT_FREE:
            self._crowded_since = None
        elif self._crowded_since is None:
            self._crowded_since = now_s

    def has_room(self, queue_free: int, now_s: float) -> bool:
        """Say whether the node should be given one more frame: not while others wait in its queue.

        What waits there is old before it is said: others may have said it meanwhile. Who keeps the queue
        filled with what the node relays for them must not silence us: one goes to the others every CROWDED_S.
        """
        if self._crowded_since is not None and now_s - self._crowded_since >= CROWDED_S:
            return queue_free > 0 and not self._in_flight
        return len(self._in_flight) < min(MAX_IN_FLIGHT, queue_free - KEPT_FREE)

    def expect_answer(self, packet_id: int, now_s: float) -> None:
        """Count a frame as on its way into the node's queue."""
        self._in_flight.add(packet_id)
        if self._crowded_since is not None:
            self._crowded_since = now_s

    def answered(self, packet_id: int) -> None:
        """Count it no longer; an unknown id changes nothing."""
        self._in_flight.discard(packet_id)

    def forget_answers(self) -> None:
        """Wait for no answer any more: the connection they would have come by has ended."""
        self._in_flight.clear()
        self._crowded_since = None

    def remember(self, packet_id: int, handed: Handed) -> None:
        """Remember a packet in case it is refused."""
        self._sent[packet_id] = handed
        while len(self._sent) > PACKETS_REMEMBERED:
            self.take(next(iter(self._sent)))

    def take(self, packet_id: int) -> Handed | None:
        """Return a packet that our own node refuses, once; None for somebody else's, or one told already."""
        self._settled.discard(packet_id)
        return self._sent.pop(packet_id, None)

    def settle(self, packet_id: int, sender: NodeNumber) -> HandedText | None:
        """Return a text whose fate this sender tells, once; None unless it is its receiver.

        The text stays known: what it took of the air is still for our own node to say.
        """
        handed = self._sent.get(packet_id)
        if packet_id in self._settled or not isinstance(handed, HandedText) or handed.to != sender:
            return None
        self._settled.add(packet_id)
        return handed
