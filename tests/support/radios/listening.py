"""Open links in tests and wait for what they tell."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

from meshboard.link import (
    Channel,
    FrameHeard,
    Link,
    LinkChanged,
    LinkEvent,
    LinkState,
    SendRefused,
    TextHeard,
)
from meshboard.radio.factory import open_link
from meshboard.radio.link_config import LinkConfig, LinkTiming

AT_ONCE_S = 15.0  # without waiting for anything: far less than SLOW waits
PATIENCE_S = 30.0  # a machine that does much else is slow, not wrong

QUICK = LinkTiming(
    connect_s=5.0,
    handshake_s=15.0,
    heartbeat_s=0.15,
    dead_s=9.0,
    first_retry_s=0.05,
    longest_retry_s=0.2,
    stable_s=0.5,
    setting_pause_s=0.02,
)
"""Intervals about ten times shorter, but for when a node is given up: a busy machine keeps it waiting."""
SOON_DEAD = replace(QUICK, dead_s=1.2)
"""For tests in which a node falls silent."""
SLOW = LinkTiming(
    connect_s=60.0,
    handshake_s=60.0,
    dead_s=60.0,
    first_retry_s=60.0,
    longest_retry_s=60.0,
    setting_pause_s=60.0,
)
"""Waits a minute for everything; for tests that nothing waits for it when the link is stopped."""
KITCHEN = Channel("Kitchen")
"""A channel found by its name alone."""


class Ears:
    """Everything a link told, and a way to wait for more."""

    def __init__(self) -> None:
        self.events: list[LinkEvent] = []
        self._came = asyncio.Event()

    def __call__(self, event: LinkEvent) -> None:
        self.events.append(event)
        self._came.set()

    async def until(self, satisfied: Callable[[], bool], timeout_s: float = PATIENCE_S) -> None:
        async with asyncio.timeout(timeout_s):
            while not satisfied():
                self._came.clear()
                await self._came.wait()

    def frames(self) -> list[FrameHeard]:
        return [event for event in self.events if isinstance(event, FrameHeard)]

    def texts(self) -> list[TextHeard]:
        return [event for event in self.events if isinstance(event, TextHeard)]

    def refusals(self) -> list[str]:
        return [event.reason for event in self.events if isinstance(event, SendRefused)]

    def details(self) -> list[str]:
        return [event.status.detail for event in self.events if isinstance(event, LinkChanged)]

    def states(self) -> list[LinkState]:
        return [event.status.state for event in self.events if isinstance(event, LinkChanged)]


@asynccontextmanager
async def opened(config: LinkConfig) -> AsyncIterator[tuple[Link, Ears]]:
    """Start the link, and stop it in the end."""
    link, ears = open_link(config), Ears()
    link.start(ears)
    try:
        yield link, ears
    finally:
        await link.stop()


async def up(link: Link, ears: Ears, timeout_s: float = PATIENCE_S) -> None:
    """Wait until the link is connected."""
    await ears.until(lambda: link.status.state is LinkState.UP, timeout_s)


async def ready(link: Link, ears: Ears, timeout_s: float = PATIENCE_S) -> None:
    """Wait until the link takes a frame."""
    await ears.until(link.ready_for_frame, timeout_s)


async def eventually(satisfied: Callable[[], bool], timeout_s: float = PATIENCE_S) -> None:
    """Wait for something no event tells of: what arrived at a node, or a number in the status."""
    async with asyncio.timeout(timeout_s):
        while not satisfied():  # noqa: ASYNC110 -- there is no event to wait for
            await asyncio.sleep(0.01)


def radio_threads() -> list[str]:
    """Name the threads of links and their clients that are alive."""
    names = [thread.name for thread in threading.enumerate()]
    return [name for name in names if "meshboard radio" in name or "stream" in name]
