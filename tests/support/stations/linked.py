"""Stations in one process, joined by a link in memory: real ledgers, real engines, no radio."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from meshboard.clock import Clock
from meshboard.config import Settings
from meshboard.domain.entries import PostPublished
from meshboard.domain.posts import Category, PostContent, PostKind, Urgency
from meshboard.domain.timekeeping import CommonClock
from meshboard.ledger.ledger import Ledger
from meshboard.link import (
    FrameHeard,
    Link,
    LinkChanged,
    LinkEvent,
    LinkState,
    LinkStatus,
    NodeNumber,
    TextHeard,
)
from meshboard.station.board.service import Service
from meshboard.station.circle.beginning import NewCircle, enter, found, join
from meshboard.station.circle.desk import Desk
from meshboard.station.home.wiring import build_engine
from meshboard.station.process.real_clock import SystemClock, boot_name
from meshboard.station.running.parts import Parts
from meshboard.station.running.running import RunningStation
from meshboard.station.texts.texts import TextResponder
from meshboard.trust.circle import Circle, RadioPlan
from tests.support.stations.acquainted import circle_of, settle_in

QUICK = RadioPlan(preset="SHORT_TURBO")  # the engine waits in units of time on air: here 30 times shorter
KITCHEN = circle_of("Kitchen", bytes(range(32)), QUICK)

PATIENCE_S = 100.0  # a machine that does much else is slow, not wrong


class Air:
    """Everybody on it hears everybody, at once and without loss; a cut link hears and says nothing."""

    def __init__(self) -> None:
        self.links: list[MemoryLink] = []


class MemoryLink:
    """A link (`meshboard.link.Link`) through the air in memory; channels of one name hear each other."""

    def __init__(self, air: Air, channels: tuple[str, ...] = (KITCHEN.channel_name,)) -> None:
        self._air = air
        self.channels = channels
        self._on_event: Callable[[LinkEvent], None] | None = None
        self.number = NodeNumber(len(air.links) + 1)
        self.status = LinkStatus(LinkState.UP, channels=(True,) * len(channels))
        self.texts: list[tuple[str, NodeNumber]] = []
        self.frames = 0
        self.is_stopped = False
        air.links.append(self)

    def start(self, on_event: Callable[[LinkEvent], None]) -> None:
        self._on_event = on_event

    def ready_for_frame(self, channel: int = 0) -> bool:
        return channel < len(self.channels) and self.status.channels[channel]

    def send_frame(self, payload: bytes, hop_limit: int, channel: int = 0) -> None:  # noqa: ARG002 -- the port has it
        self.frames += 1
        name = self.channels[channel]
        for other in self._air.links:
            if other is not self and other.status.state is LinkState.UP and name in other.channels:
                other.hear(FrameHeard(payload, self.number, 0, 5.0, other.channels.index(name)))

    def send_text(self, text: str, to: NodeNumber) -> None:
        self.texts.append((text, to))

    async def stop(self) -> None:
        self._on_event = None
        self.is_stopped = True

    def hear(self, event: LinkEvent) -> None:
        """Let this link tell its station something."""
        if self._on_event is not None:
            self._on_event(event)

    def turn(self, state: LinkState) -> None:
        """Cut or restore the link."""
        self.status = LinkStatus(state, channels=(state is LinkState.UP,) * len(self.channels))
        self.hear(LinkChanged(self.status))

    def hear_text(self, text: str, sender: int = 77, *, direct: bool = True) -> None:
        """Let a handheld's message arrive."""
        self.hear(TextHeard(text, NodeNumber(sender), "Bea", bytes(32), direct, 1))


class Linked:
    """A running station, its ledger and its link. It begins in KITCHEN, where all know each other."""

    def __init__(
        self,
        home: Path,
        name: str,
        air: Air,
        *,
        circles: Sequence[str] | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Open or make the ledger called `name`; `circles` are founded where it is new; None = KITCHEN."""
        self.name = name
        self.path = home / f"{name}.sqlite"
        self.clock = CommonClock(clock or SystemClock())
        if not self.path.exists():
            with Ledger.create(self.path) as ledger:  # closed, so that tests may copy the file
                self._begin(ledger, circles)
        self.ledger = Ledger.open(self.path)
        self.air = air
        self.link = MemoryLink(air)
        self.changes = 0
        engine = partial(build_engine, Settings())
        parts = Parts(self._make_link, engine, lambda _circle: self.responder, boot_name())
        self.responder: TextResponder | None = None
        self.station = RunningStation(self.ledger, self.clock, parts, self._changed)

    def _begin(self, ledger: Ledger, circles: Sequence[str] | None) -> None:
        for circle in circles or ():
            enter(ledger, found(self.name, NewCircle(circle, QUICK)), self.clock)
        if circles is None:
            settle_in(ledger, KITCHEN, self.name, self.clock)

    @property
    def desk(self) -> Desk:
        """The desk of the circle joined first."""
        return self.desk_of(0)

    def desk_of(self, place: int) -> Desk:
        """Return the desk of a circle, by the order of joining."""
        return Desk(self.ledger, self.ledger.circles.all()[place], self.clock)

    def board(self, place: int = 0) -> Service:
        """Return a front end's board of a circle."""
        return Service(self.desk_of(place), Alone())

    def join(self, code: str) -> None:
        """Come in by an invite."""
        enter(self.ledger, join(self.name, code), self.clock)

    def _make_link(self, circles: Sequence[Circle]) -> Link:
        if circles:
            self.link.channels = tuple(circle.channel_name for circle in circles)
            self.link.turn(self.link.status.state)
        return self.link

    def _changed(self) -> None:
        self.changes += 1

    async def close(self) -> None:
        await self.station.stop()
        self.ledger.close()


class Alone:
    """What a service asks about the process that drives the radio: nobody else does."""

    is_owner = False

    def someone_owns(self) -> bool:
        return False

    def report(self) -> None:
        return None


@asynccontextmanager
async def running(*stations: Linked, responder: TextResponder | None = None) -> AsyncIterator[None]:
    """Run stations meanwhile."""
    for station in stations:
        station.responder = responder
        station.station.start()
    try:
        yield
    finally:
        for station in stations:
            await station.close()


async def eventually(is_so: Callable[[], bool], within_s: float = PATIENCE_S) -> None:
    """Wait until something is so, looking ever more rarely: to look costs time that the stations need."""
    look_s = 0.01
    async with asyncio.timeout(within_s):
        while not is_so():  # what is waited for has no event
            await asyncio.sleep(look_s)
            look_s = min(1.5 * look_s, 0.1)


def critical(text: str) -> PostPublished:
    """Critical posts do not rest, so tests need not wait."""
    return PostPublished(PostContent(PostKind.NEED, Category.MEDICAL, Urgency.CRITICAL, text))
