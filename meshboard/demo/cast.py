"""Who lives in the demonstration neighbourhood, where, and who hears whom. All names are invented."""

from dataclasses import dataclass

from meshboard.sim.scenario import ChannelTable, NodeTable, Scenario
from meshboard.trust.circle import Circle, RadioPlan

CIRCLE_NAME = "Mill Lane"
NEWCOMER = "Newcomer"
"""What the person at the screens is called."""
STATIONS = (NEWCOMER, "Elm St kitchen", "Hall kiosk", "Noor")
"""By node number, from 0; the newcomer's is first."""
RELAYS = ("Water tower", "Chapel roof")

PLAN = RadioPlan(region="US", preset="SHORT_FAST")
"""A minute here brings what a real neighbourhood says in an hour: the default LONG_FAST, 3.5 times slower,
would be above the quarter of the air that polite nodes leave each other; MEDIUM_FAST is not."""


@dataclass(frozen=True, slots=True)
class HandheldPlace:
    """Somebody with only a node."""

    name: str
    node: int
    station: int
    """The station this person writes to."""


HANDHELDS = (HandheldPlace("Bea", node=6, station=1), HandheldPlace("Marek", node=7, station=2))

# 0 Newcomer   1 Elm St kitchen   2 Hall kiosk   3 Noor   4 Water tower   5 Chapel roof   6 Bea   7 Marek
# The newcomer hears the kitchen; the kiosk and Noor are behind the hill, reached by the two relays.
EDGES = (
    (0, 1, 4.0), (0, 4, 6.0), (1, 4, 8.0), (4, 5, 2.0), (5, 2, 7.0), (5, 3, 1.0), (2, 3, 5.0),
    (6, 1, 3.0), (6, 4, -4.0), (7, 2, 2.0), (7, 5, -2.0),
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
