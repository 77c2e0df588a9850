"""Cut what a node says into messages: 94 C3, a 16-bit length, a protobuf (firmware `StreamAPI`)."""

START = bytes((0x94, 0xC3))
HEADER_BYTES = len(START) + 2
MAX_MESSAGE_BYTES = 512  # firmware MAX_TO_FROM_RADIO_SIZE


class MessageCutter:
    """Collects bytes in any portions; what is no message, such as a serial port's log, is skipped."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, stream: bytes) -> list[bytes]:
        """Return the messages that these bytes complete."""
        messages: list[bytes] = []
        held, at = self._rest + stream, 0
        while (start := held.find(START, at)) >= 0:
            begin = start + HEADER_BYTES
            length = int.from_bytes(held[start + len(START) : begin], "big")
            if len(held) >= begin and length > MAX_MESSAGE_BYTES:
                at = begin
                continue
            if len(held) < begin + length:
                self._rest = held[start:]
                return messages
            messages.append(held[begin : begin + length])
            at = begin + length
        self._rest = START[:1] if held.endswith(START[:1]) and len(held) > at else b""
        return messages
