"""The link over a serial port, through the real client."""

import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from meshboard.link import LinkState
from meshboard.radio.link_config import LinkConfig
from tests.radio.cable import plugged_in
from tests.support.radios.listening import KITCHEN, QUICK, eventually, opened, radio_threads, ready
from tests.support.radios.tape import TapeNode, queue_status, recorded_handshake, with_channel


@asynccontextmanager
async def tape_node() -> AsyncIterator[TapeNode]:
    said = recorded_handshake("v2.7.26")
    with_channel(said, "Kitchen")
    node = TapeNode(said, on_packet=lambda packet: [queue_status(packet.id)])
    await node.start()
    try:
        yield node
    finally:
        await node.stop()


async def test_a_frame_goes_over_a_serial_port_and_stopping_leaves_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    port = tmp_path / "ttyACM0"
    config = LinkConfig(f"serial://{port}", (KITCHEN,), timing=QUICK)
    async with tape_node() as node, plugged_in(node, port), opened(config) as (link, ears):
        await ready(link, ears)
        link.send_frame(b"frame", 0)
        await eventually(lambda: bool(node.packets()))
        await link.stop()

        assert [packet.decoded.payload for packet in node.packets()] == [b"frame"]
        assert radio_threads() == []
    assert capfd.readouterr() == ("", "")


async def test_a_node_pulled_out_and_put_back_is_found(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    port = tmp_path / "ttyACM0"
    config = LinkConfig(f"serial://{port}", (KITCHEN,), timing=QUICK)
    async with tape_node() as node:
        async with plugged_in(node, port):
            link_and_ears = opened(config)
            link, ears = await link_and_ears.__aenter__()
            await ready(link, ears)
        await ears.until(lambda: "There is no" in link.status.detail)
        assert LinkState.LOST in ears.states()
        async with plugged_in(node, port):
            await ready(link, ears)
            await link_and_ears.__aexit__(None, None, None)
    assert capfd.readouterr() == ("", "")


async def test_a_port_in_use_is_said_and_taken_when_it_is_free(tmp_path: Path) -> None:
    port = tmp_path / "ttyACM0"
    async with tape_node() as node, plugged_in(node, port) as cable:
        rival = os.open(cable.path, os.O_RDWR | os.O_NOCTTY)
        fcntl.flock(rival, fcntl.LOCK_EX | fcntl.LOCK_NB)
        async with opened(LinkConfig(f"serial://{port}", (KITCHEN,), timing=QUICK)) as (link, ears):
            await ears.until(lambda: "is in use by another program" in link.status.detail)
            os.close(rival)
            await ready(link, ears)
