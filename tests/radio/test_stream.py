"""Messages are found in whatever portions, and between whatever else, the bytes come."""

import random

from hypothesis import given
from hypothesis import strategies as st

from meshboard.radio.stream import MAX_MESSAGE_BYTES, START, MessageCutter


def framed(message: bytes) -> bytes:
    return START + len(message).to_bytes(2, "big") + message


def cut(stream: bytes, chance: random.Random) -> list[bytes]:
    cutter, messages = MessageCutter(), []
    while stream:
        portion = chance.randrange(1, 40)
        messages += cutter.feed(stream[:portion])
        stream = stream[portion:]
    return messages


@given(st.lists(st.binary(max_size=MAX_MESSAGE_BYTES), max_size=8), st.integers())
def test_messages_are_cut_alike_in_any_portions(messages: list[bytes], seed: int) -> None:
    assert messages == cut(b"".join(map(framed, messages)), random.Random(seed))


def test_what_is_no_message_is_skipped() -> None:
    too_long = START + (MAX_MESSAGE_BYTES + 1).to_bytes(2, "big")
    stream = b"a line of its log\r\n" + framed(b"one") + b"\x94 another" + too_long + framed(b"two")

    for seed in range(20):
        assert cut(stream, random.Random(seed)) == [b"one", b"two"]


@given(st.binary(max_size=3000))
def test_of_noise_no_more_is_kept_than_one_message(noise: bytes) -> None:
    cutter = MessageCutter()
    cutter.feed(noise)

    assert len(cutter._rest) < len(START) + 2 + MAX_MESSAGE_BYTES
