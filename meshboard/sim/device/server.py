"""The TCP port of a virtual node: one client at a time, as on a real one."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from meshboard.sim.device.node import VirtualNode
from meshboard.sim.device.session import ClientSession
from meshboard.sim.device.settings import Firmware

GATHER_S = 0.005  # recorded: answers come a few ms later, and one answers several heartbeats of one write
GOODBYE_S = 0.02  # recorded: so long after a goodbye the node closes the connection
SILENT_S = 900.0  # firmware: a client that writes nothing for 15 minutes, of its own, is disconnected
DEAF_AFTER_CUT_S = {Firmware.V2_7: 10.0, Firmware.V2_8: 4.0}
"""How long a node writes into a dead connection: 2.8 lost 1 of 3 packets 3 s apart, 2.7.26 all three."""


class Driver(Protocol):
    """Whoever keeps the mesh's time."""

    def act(self, action: Callable[[], None]) -> None:
        """Bring the mesh up to now, do something in it, and see to what follows."""


class DeviceServer:
    """Listen for clients of one node."""

    def __init__(self, node: VirtualNode, driver: Driver, silent_s: float = SILENT_S) -> None:
        self.node = node
        self.driver = driver
        self.silent_s = silent_s
        self._server: asyncio.Server | None = None
        self._client: _Client | None = None
        self._deaf_until: float | None = None
        node.outbox.on_change = self._flush_soon
        node.admin.on_restart = self.drop_client

    @property
    def has_client(self) -> bool:
        """Say whether a client is connected, as far as the node knows."""
        return self._client is not None

    @property
    def is_deaf(self) -> bool:
        """Say whether the node still writes into a connection that was cut."""
        return self._deaf_until is not None and self.node.mesh.now < self._deaf_until

    async def listen(self, host: str, port: int) -> tuple[str, int]:
        """Open the port (0 for a free one) and return where it is."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Client(self), host, port)
        address = self._server.sockets[0].getsockname()
        return str(address[0]), int(address[1])

    async def close(self) -> None:
        """Close the port and drop the client."""
        self.drop_client()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    def drop_client(self) -> None:
        """Close the client's connection without a word."""
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def welcome(self, client: "_Client") -> None:
        """Take a new client in place of the one before."""
        self.drop_client()
        self._deaf_until = None
        self._client = client

    def forget(self, client: "_Client", *, said_goodbye: bool) -> None:
        """Take note that a client has gone; without a goodbye the node notices late and loses packets."""
        if client is not self._client:
            return
        self._client = None
        if not said_goodbye:
            self._deaf_until = self.node.mesh.now + DEAF_AFTER_CUT_S[self.node.state.firmware]

    def _flush_soon(self) -> None:
        if self._client is not None:
            self._client.flush_soon()
        elif self.is_deaf:
            self.node.outbox.clear()


class _Client(asyncio.Protocol):
    def __init__(self, server: DeviceServer) -> None:
        self._server = server
        self._session = ClientSession(server.node, self._write, self._say_goodbye)
        self._transport: asyncio.Transport | None = None
        self._flush: asyncio.TimerHandle | None = None
        self._said_goodbye = False
        self._silence: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._server.driver.act(self._begin)

    def data_received(self, stream: bytes) -> None:
        self._server.driver.act(lambda: self._session.feed(stream))
        self._expect_more()
        self.flush_soon()

    def _begin(self) -> None:
        self._server.welcome(self)
        self._expect_more()

    def _expect_more(self) -> None:
        """Wait for the client's next word in its time, which is real, however fast the mesh goes."""
        if self._silence is not None:
            self._silence.cancel()
        self._silence = asyncio.get_running_loop().call_later(self._server.silent_s, self._close_if_silent)

    def _close_if_silent(self) -> None:
        if self._transport is not None:
            self._server.driver.act(self._server.drop_client)

    def connection_lost(self, _error: Exception | None) -> None:
        self._transport = None
        for timer in (self._flush, self._silence):
            if timer is not None:
                timer.cancel()
        self._server.driver.act(lambda: self._server.forget(self, said_goodbye=self._said_goodbye))

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
            self._transport = None

    def flush_soon(self) -> None:
        if self._flush is None:
            self._flush = asyncio.get_running_loop().call_later(GATHER_S, self._flush_now)

    def _flush_now(self) -> None:
        self._flush = None
        if self._transport is not None:
            self._server.driver.act(self._session.flush)

    def _write(self, stream: bytes) -> None:
        if self._transport is not None:
            self._transport.write(stream)

    def _say_goodbye(self) -> None:
        self._said_goodbye = True
        asyncio.get_running_loop().call_later(GOODBYE_S, self.close)
