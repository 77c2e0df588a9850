"""The neighbourhood: real stations with the real Meshtastic client, on virtual nodes, in one process."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from meshboard.config import Settings, save_settings
from meshboard.demo.cast import (
    CIRCLE_NAME,
    HANDHELDS,
    HOP_LIMIT,
    MESH_SPEED,
    NEWCOMER,
    PLAN,
    STATIONS,
    HandheldPlace,
    scenario_for,
)
from meshboard.demo.past import LONGEST_AGO_S, DemoPast, Somebody, StoryClock, imagine, write_past
from meshboard.demo.words import WELCOME
from meshboard.domain.people import Actor
from meshboard.domain.posts import Category, PostContent, PostKind, Urgency
from meshboard.figures import HOUR_S
from meshboard.handheld.conversation import Conversation
from meshboard.link import NodeNumber, TextHeard
from meshboard.sim.corpus import own_corpus
from meshboard.sim.device.handheld import Handheld
from meshboard.sim.virtual_mesh import VirtualMesh
from meshboard.station.board.service import Service
from meshboard.station.circle.beginning import NewCircle
from meshboard.station.home.host import Host
from meshboard.station.process.real_clock import SystemClock
from meshboard.station.texts.texts import sender_of
from meshboard.trust.circle import Circle, RadioPlan
from meshboard.trust.invite import read_invite

POSTS_BEFORE = 26
"""On the board when the newcomer comes: more than a screenful of 24 rows."""


@dataclass(frozen=True, slots=True)
class HandheldPerson:
    """Somebody with only a node, and whom they write to."""

    name: str
    actor: Actor
    """Who they are to a board."""
    handheld: Handheld
    station: str
    station_node: NodeNumber

    def text(self, words: str) -> None:
        """Write to their station."""
        self.handheld.send_text(words, self.station_node)


class Neighbourhood:
    """Four stations, two handhelds and two relays. Build, `start`, `stop`; the newcomer's host is separate.

    Whoever shows the newcomer's board starts and stops `newcomer`; everybody else is started here.
    """

    def __init__(
        self, home: Path, *, plan: RadioPlan = PLAN, speed: float = MESH_SPEED, seed: int | None = None
    ) -> None:
        """Make the homes, the circle and the past in an empty folder; `speed` is the mesh's, not people's."""
        self.chance = Random(seed)  # noqa: S311 -- who does what when; keeps no secret
        self.homes = {name: home / f"station-{number}" for number, name in enumerate(STATIONS)}
        clock = StoryClock(SystemClock().wall_s())
        circle = _found_circle(self.homes, plan, clock)
        self.mesh = VirtualMesh(scenario_for(circle, speed, self.chance.randrange(2**31)))
        self.handhelds = [self._person(place) for place in HANDHELDS]
        contents = list(own_corpus())
        self.chance.shuffle(contents)
        # What is critical comes later, so that the welcome is the first thing on the board.
        calm = [content for content in contents if content.urgency is not Urgency.CRITICAL][:POSTS_BEFORE]
        past = imagine(calm, self._posters(), self.chance)
        write_past(self.homes, [*past, _welcome()], clock)
        self.to_come: list[PostContent] = [content for content in contents if content not in calm]
        """Posts nobody has put up yet."""
        self.hosts: dict[str, Host] = {}
        self.boards: dict[str, Service] = {}
        """The boards of the neighbours who run, by their names; the newcomer's is not among them."""

    @property
    def newcomer(self) -> Host:
        """The host of the person at the screens, once the mesh is there."""
        return self.hosts[NEWCOMER]

    async def start(self) -> None:
        """Open the mesh and start every station but the newcomer's."""
        await self.mesh.start()
        for number, (name, home) in enumerate(self.homes.items()):
            host, port = self.mesh.addresses[number]
            self.hosts[name] = Host(home, link=f"tcp://{host}:{port}", respond=_respond)
        for name, station in self.hosts.items():
            if name != NEWCOMER:
                self.boards[name] = await station.start()

    async def stop(self) -> None:
        """Stop every station, the newcomer's too, and the mesh; safe to call twice."""
        stops = (host.stop() for host in self.hosts.values())
        await asyncio.gather(*stops, return_exceptions=True)
        self.boards.clear()
        await self.mesh.stop()

    def _person(self, place: HandheldPlace) -> HandheldPerson:
        state = self.mesh.nodes[place.node].state
        greeting = TextHeard("", state.number, place.name, state.owner.public_key, direct=True, packet_id=0)
        return HandheldPerson(
            name=place.name,
            actor=sender_of(greeting).actor,
            handheld=self.mesh.handheld(place.node),
            station=STATIONS[place.station],
            station_node=self.mesh.number(place.station),
        )

    def _posters(self) -> Sequence[Somebody]:
        """Return who posted before: each neighbour three times as often as each handheld."""
        neighbours = [Somebody(name) for name in STATIONS if name != NEWCOMER]
        return [*neighbours * 3, *(Somebody(one.station, one.actor, one.name) for one in self.handhelds)]


def _welcome() -> DemoPast:
    content = PostContent(PostKind.NOTICE, Category.INFO, Urgency.HIGH, WELCOME, lifetime_hours=24)
    return DemoPast(by=Somebody(STATIONS[1]), content=content, ago_s=30)


def _found_circle(homes: Mapping[str, Path], plan: RadioPlan, clock: StoryClock) -> Circle:
    """Let the first neighbour found the circle and the others, the newcomer last, join by its invite."""
    first, *others = [name for name in homes if name != NEWCOMER]
    clock.ago_s = LONGEST_AGO_S + HOUR_S
    founder = Host(homes[first], clock=clock)
    founder.begin(first, new_circle=NewCircle(CIRCLE_NAME, plan))
    code = founder.open().circle.make_invite(uses=0, hours=None).code
    founder.close()
    for home in homes.values():
        save_settings(home, Settings(hop_limit=HOP_LIMIT))
    for name in (*others, NEWCOMER):
        Host(homes[name], clock=clock).begin(name, code=code)
    return read_invite(code).circle


def _respond(board: Service) -> Conversation:
    return Conversation(board, SystemClock().monotonic_s)
