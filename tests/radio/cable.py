"""A serial cable made of a pseudo terminal, with a scripted node at its other end."""

import asyncio
import os
import tty
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support.radios.tape import TapeNode


class Cable:
    """Carries bytes between a serial port, `path`, and a node's TCP port."""

    def __init__(self, node: TapeNode) -> None:
        self._node = node
        self._near, far = os.openpty()
        self.path = os.ttyname(far)
        tty.setraw(far)
        self._far: int | None = far  # held, so that the port outlives a client that closes it
        self._writer: asyncio.StreamWriter | None = None
        self._carrying: asyncio.Task[None] | None = None

    async def plug(self) -> None:
        reader, self._writer = await asyncio.open_connection("127.0.0.1", self._node.port)
        self._carrying = asyncio.create_task(self._carry(reader))
        asyncio.get_running_loop().add_reader(self._near, self._take)

    def unplug(self) -> None:
        if self._far is None:
            return
        asyncio.get_running_loop().remove_reader(self._near)
        assert self._carrying is not None
        assert self._writer is not None
        self._carrying.cancel()
        self._writer.close()
        os.close(self._far)
        os.close(self._near)
        self._far = None

    def _take(self) -> None:
        assert self._writer is not None
        self._writer.write(os.read(self._near, 4096))

    async def _carry(self, reader: asyncio.StreamReader) -> None:
        while said := await reader.read(4096):
            os.write(self._near, said)


@asynccontextmanager
async def plugged_in(node: TapeNode, link_path: Path) -> AsyncIterator[Cable]:
    """Plug a cable in, and make `link_path` the name of its port, as udev does."""
    cable = Cable(node)
    await cable.plug()
    os.symlink(cable.path, link_path)
    try:
        yield cable
    finally:
        cable.unplug()
        os.unlink(link_path)
