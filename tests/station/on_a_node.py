"""A station behind a virtual node, through the real client."""

import time
from pathlib import Path

from meshboard.domain.timekeeping import CommonClock
from meshboard.link import Channel, LinkEvent, Refusal, SendRefused
from meshboard.radio.factory import open_link
from meshboard.radio.link_config import LinkConfig
from meshboard.sim.virtual_mesh import VirtualMesh
from tests.support.radios.listening import QUICK
from tests.support.stations.linked import KITCHEN, Air, Linked

FASTER = 30.0  # times: a back-off of a minute is over in two seconds


class FastClock:
    """A machine on which time runs as fast as on its mesh."""

    def monotonic_s(self) -> float:
        return time.monotonic() * FASTER

    def wall_s(self) -> int | None:
        return int(time.time())


class OnANode(Linked):
    """A station behind a virtual node, through the real client; it counts what the node refused."""

    def __init__(self, home: Path, mesh: VirtualMesh) -> None:
        super().__init__(home, "Ana", Air())
        host, port = mesh.addresses[0]
        channels = (Channel(KITCHEN.channel_name, KITCHEN.channel_psk),)
        self.real = open_link(LinkConfig(f"tcp://{host}:{port}", channels, timing=QUICK))
        self.refused: list[Refusal] = []
        station = self.station
        station._clock = CommonClock(FastClock())
        station._parts = type(station._parts)(lambda _circles: self.real, station._parts.engine)
        take = station._on_link_event

        def note(event: LinkEvent) -> None:
            if isinstance(event, SendRefused) and event.frame is not None:
                self.refused.append(event.why)
            take(event)

        station._on_link_event = note  # type: ignore[method-assign]

    def clock_s(self) -> float:
        """Return the time on the station's clock."""
        return FastClock().monotonic_s()
