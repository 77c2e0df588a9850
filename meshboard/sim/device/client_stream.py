"""Cut a byte stream into Meshtastic client frames: 94 C3, a 16-bit length, a protobuf.

After the firmware's `StreamAPI::readStream`, which never complains: what is not a frame is skipped.
"""

from enum import Enum

START = bytes((0x94, 0xC3))
MAX_CLIENT_FRAME_BYTES = 512  # firmware MAX_TO_FROM_RADIO_SIZE


class _Expect(Enum):
    FIRST = "first start byte"
    SECOND = "second start byte"
    LENGTH_HIGH = "high length byte"
    LENGTH_LOW = "low length byte"
    BODY = "body"


class FrameReader:
    """Collect bytes in any portions and yield whole frames.

    A wrong second byte starts the search anew after it: `94 94 C3` loses the frame. A length over 512 drops
    the four header bytes only: the search goes on inside the body. A cut frame waits for ever for its rest.
    """

    def __init__(self) -> None:
        self._expect = _Expect.FIRST
        self._length = 0
        self._body = bytearray()

    def feed(self, stream: bytes) -> list[bytes]:
        """Return the frames that these bytes complete."""
        frames = []
        for value in stream:
            frame = self._take(value)
            if frame is not None:
                frames.append(frame)
        return frames

    def _take(self, value: int) -> bytes | None:
        match self._expect:
            case _Expect.FIRST:
                self._expect = _Expect.SECOND if value == START[0] else _Expect.FIRST
            case _Expect.SECOND:
                self._expect = _Expect.LENGTH_HIGH if value == START[1] else _Expect.FIRST
            case _Expect.LENGTH_HIGH:
                self._length = value << 8
                self._expect = _Expect.LENGTH_LOW
            case _Expect.LENGTH_LOW:
                return self._begin_body(self._length | value)
            case _Expect.BODY:
                self._body.append(value)
                if len(self._body) == self._length:
                    return self._finish()
        return None

    def _begin_body(self, length: int) -> bytes | None:
        self._length = length
        self._body.clear()
        if length > MAX_CLIENT_FRAME_BYTES:
            self._expect = _Expect.FIRST
            return None
        if length == 0:
            return self._finish()
        self._expect = _Expect.BODY
        return None

    def _finish(self) -> bytes:
        self._expect = _Expect.FIRST
        return bytes(self._body)


def encode_frame(message: bytes) -> bytes:
    """Put the four framing bytes before a serialized message."""
    return START + len(message).to_bytes(2, "big") + message
