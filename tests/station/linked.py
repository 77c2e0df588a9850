"""Stations in one process, joined by a link in memory: real ledgers, real engines, no radio."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from meshboard.config import Settings
from meshboard.ledger.ledger import Ledger
from meshboard.link import FrameHeard, LinkChanged, LinkEvent, LinkState, LinkStatus, NodeNumber, TextHeard
from meshboard.station.clock import SystemClock
from meshboard.station.desk import Desk
from meshboard.station.running import RunningStation
from meshboard.station.texts import TextResponder
from meshboard.station.wiring import build_engine
from meshboard.trust.circle import RadioPlan, make_circle

QUICK = RadioPlan(preset="SHORT_TURBO")  # the engine waits in units of time on air: here 30 times shorter
KITCHEN = make_circle("Kitchen", bytes(range(32)), QUICK)


class Air:
    """Everybody on it hears everybody, at once and without loss; a cut link hears and says nothing."""

    def __init__(self) -> None:
        self.links: list[MemoryLink] = []


class MemoryLink:
    """A link (`meshboard.link.Link`) through the air in memory."""

    def __init__(self, air: Air) -> None:
        self._air = air
        self._on_event: Callable[[LinkEvent], None] | None = None
        self.number = NodeNumber(len(air.links) + 1)
        self.status = LinkStatus(LinkState.UP)
        self.texts: list[tuple[str, NodeNumber]] = []
        self.frames = 0
        self.is_stopped = False
        air.links.append(self)

    def start(self, on_event: Callable[[LinkEvent], None]) -> None:
        self._on_event = on_event

    def ready_for_frame(self) -> bool:
        return self.status.state is LinkState.UP

    def send_frame(self, payload: bytes, hop_limit: int) -> None:  # noqa: ARG002 -- the port has it
        self.frames += 1
        for other in self._air.links:
            if other is not self and other.status.state is LinkState.UP:
                other.hear(FrameHeard(payload, self.number, 0, 5.0))

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
        self.status = LinkStatus(state)
        self.hear(LinkChanged(self.status))

    def hear_text(self, text: str, sender: int = 77, *, direct: bool = True) -> None:
        """Let a handheld's message arrive."""
        self.hear(TextHeard(text, NodeNumber(sender), "Bea", bytes(32), direct, 1))


class Linked:
    """A running station, its desk and its link."""

    def __init__(self, home: Path, name: str, air: Air) -> None:
        self.path = home / f"{name}.sqlite"
        if not self.path.exists():
            with Ledger.create(self.path) as ledger:
                ledger.circles.add(KITCHEN, name.encode().ljust(32, b"."))
                Desk(ledger, KITCHEN, SystemClock()).introduce(name)
        self.ledger = Ledger.open(self.path)
        self.desk = Desk(self.ledger, KITCHEN, SystemClock())
        self.link = MemoryLink(air)
        self.changes = 0
        self.station = RunningStation(
            self.desk, build_engine(Settings(), self.desk), self.link, self._changed
        )

    def _changed(self) -> None:
        self.changes += 1

    async def close(self) -> None:
        await self.station.stop()
        self.ledger.close()


@asynccontextmanager
async def running(*stations: Linked, responder: TextResponder | None = None) -> AsyncIterator[None]:
    """Run stations meanwhile."""
    for station in stations:
        station.station.start(responder)
    try:
        yield
    finally:
        for station in stations:
            await station.close()
