"""Who lives in the demonstration neighbourhood, where, and who hears whom. All names are invented."""

from dataclasses import dataclass

from meshboard.sim.scenario import ChannelTable, NodeTable, Scenario
from meshboard.trust.circle import Circle, RadioPlan

CIRCLE_NAME = "Mill Lane"
NEWCOMER = "Newcomer"
"""What the person at the screens is called."""
STATIONS = (NEWCOMER, "Elm St kitchen", "Hall kiosk", "Noor")
"""By node number, from 0; the newcomer's is first."""
RELAYS = ("Water tower",)

PLAN = RadioPlan(region="US", preset="MEDIUM_FAST")
MESH_SPEED = 4.0
"""A minute here brings what a real neighbourhood says in an hour or two. On the default LONG_FAST in real
time that is more than the quarter of the air that polite nodes take; like this it is about a tenth."""
HOP_LIMIT = 0
"""Every station hears another one, so stations pass news on and no relay has to repeat it: with relays at
three hops the same traffic took 40 % of the air in the middle of a mesh like this."""


@dataclass(frozen=True, slots=True)
class HandheldPlace:
    """Somebody with only a node."""

    name: str
    node: int
    station: int
    """The station this person writes to."""


HANDHELDS = (HandheldPlace("Bea", node=5, station=1), HandheldPlace("Marek", node=6, station=2))

# 0 Newcomer   1 Elm St kitchen   2 Hall kiosk   3 Noor   4 Water tower   5 Bea   6 Marek
# A street of stations: kitchen - newcomer - kiosk - Noor, each hearing only the next. Bea reaches the kitchen
# through the tower.
EDGES = (
    (0, 1, 4.0), (0, 2, 1.0), (2, 3, 5.0),
    (4, 1, 8.0), (4, 5, -4.0), (6, 2, 2.0), (6, 3, -2.0),
)  # fmt: skip
LOSS = 0.06
"""About what a street of frame houses loses on short links."""


def scenario_for(circle: Circle, speed: float, seed: int) -> Scenario:
    """Return the neighbourhood's mesh, on free ports, with the circle's channel on the stations' nodes."""
    channel = ChannelTable(name=circle.channel_name, psk=circle.channel_psk.hex())
    names = (*STATIONS, *RELAYS, *(handheld.name for handheld in HANDHELDS))
    return Scenario(
        name=CIRCLE_NAME,
        seed=seed,
        nodes=len(names),
        edges=EDGES,
        loss=LOSS,
        preset=circle.plan.preset,
        region=circle.plan.region,
        channels=(channel,),
        strangers=tuple(range(len(STATIONS), len(names))),
        node=tuple(
            NodeTable(number=number, long_name=name, short_name=name[:4]) for number, name in enumerate(names)
        ),
        speed=speed,
        base_port=0,
    )
