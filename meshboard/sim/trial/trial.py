"""One run of a scenario: everything is put together here, and time passes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from random import Random

from meshboard.domain.entries import LogId, PostPublished, SignedEntry, Stamp
from meshboard.domain.people import Actor
from meshboard.errors import ConfigError
from meshboard.sim.corpus import own_corpus, read_corpus
from meshboard.sim.frames import AirFrame, ChannelLock
from meshboard.sim.mesh import Mesh
from meshboard.sim.scenario import Scenario
from meshboard.sim.tables import EventTable, PreloadTable
from meshboard.sim.trial.bound import Genie
from meshboard.sim.trial.node import PlainNode
from meshboard.sim.trial.record import Record
from meshboard.sim.trial.station import STARTS_AT_S, Membership, SimStation
from meshboard.sim.trial.traffic import HOUR_S, CorpusReader, People
from meshboard.sync.airtime import PRESETS
from meshboard.sync.events import OutgoingFrame
from meshboard.sync.setup import EngineConfig
from meshboard.trust.circle import make_open_circle
from meshboard.trust.identity import AuthorKey
from meshboard.wire.entries import Draft, sign_entry

Progress = Callable[[float], None]
"""Is told the share of a run that has passed, 0.0 to 1.0."""
OLD_AGO_S = 90 * 24 * 3600  # when old preloaded posts were written: their lifetimes are long over
STEP_S = 60.0  # of virtual time between two words about progress
MAX_START_S = 5.0  # stations start within so many seconds of each other


@dataclass(frozen=True, slots=True)
class Run:
    """A trial that is over."""

    scenario: Scenario
    record: Record
    mesh: Mesh
    stations: Sequence[SimStation]
    genies: Sequence[Genie]
    circle_of: dict[int, int]


class Trial:
    """Stations and people on a mesh, from a scenario file."""

    def __init__(self, scenario: Scenario, folder: Path, seed: int | None = None) -> None:
        """Set everything up; `folder` is where the corpus's path begins. Raises ConfigError."""
        self._scenario = scenario
        self._seed = scenario.seed if seed is None else seed
        preset = PRESETS[scenario.preset]
        self._mesh = Mesh(
            scenario.nodes, scenario.who_hears_whom(), preset, loss=scenario.loss, seed=self._seed
        )
        self._chance = Random(f"{self._seed}/people")  # noqa: S311 -- a simulation must repeat from its seed
        circles = scenario.circles or (scenario.with_station,)
        self._circle_of = {node: number for number, circle in enumerate(circles) for node in circle}
        self._genies = [Genie(self._mesh, preset, scenario.hop_limit) for _ in circles]
        self._record = Record(preset, self._circle_of, self._genies)
        self._memberships = [_membership(scenario, self._seed, number) for number in range(len(circles))]
        self._nodes = [self._node(index) for index in range(scenario.nodes)]
        self._stations = {node: self._station(node) for node in sorted(self._circle_of)}
        corpus = read_corpus(folder / scenario.corpus) if scenario.corpus else own_corpus()
        self._corpus = CorpusReader(corpus, self._chance)
        self._introduce()
        for place, table in enumerate(scenario.preload):
            self._preload(place, table)
        people = People(self._mesh, list(self._stations.values()), self._corpus, self._chance)
        for traffic in scenario.traffic:
            people.plan(traffic, scenario.hours)
        for event in scenario.event:
            self._mesh.schedule(event.at_h * HOUR_S, lambda event=event: self._happen(event))  # type: ignore[misc]
        self._begin()

    def run(self, progress: Progress | None = None) -> Run:
        """Let the scenario's hours pass."""
        ends_s = self._scenario.hours * HOUR_S
        now_s = 0.0
        while now_s < ends_s:
            now_s = min(now_s + STEP_S, ends_s)
            self._mesh.advance(now_s)
            if progress is not None:
                progress(now_s / ends_s)
        stations = list(self._stations.values())
        return Run(self._scenario, self._record, self._mesh, stations, self._genies, self._circle_of)

    def said(self, station: SimStation, frame: OutgoingFrame) -> None:
        """Take note of a frame handed to a node."""
        self._record.said_frame(frame, station.node.frame_bytes(len(frame.payload)))

    def wrote(self, station: SimStation, signed: SignedEntry) -> None:
        """Take note of a new entry, committed."""
        self._record.wrote(station, signed)

    def stored(self, station: SimStation, entries: Sequence[SignedEntry]) -> None:
        """Take note of entries that came by air and are committed."""
        self._record.stored(station, entries)

    def _node(self, index: int) -> PlainNode:
        scenario = self._scenario
        node = PlainNode(index, self._mesh, signs=scenario.firmware == "2.8", hop_limit=scenario.hop_limit)
        has_station = index in self._circle_of
        node.reads_all = not has_station and index not in scenario.strangers

        def sent(frame: AirFrame) -> None:
            is_own = frame.origin == node.number
            self._record.transmitted(index, frame, self._mesh.now, is_own=is_own, has_station=has_station)

        node.radio.on_sent = sent
        return node

    def _station(self, node: int) -> SimStation:
        membership = self._memberships[self._circle_of[node]]
        return SimStation(node, self._nodes[node], membership, self._seed, self)

    def _introduce(self) -> None:
        """Let the stations of a circle have met before: all hold everybody's first entry."""
        said = {node: station.introduction() for node, station in self._stations.items()}
        for node, station in self._stations.items():
            circle = self._circle_of[node]
            introductions = [one for peer, one in said.items() if self._circle_of[peer] == circle]
            station.hold(introductions)
            self._genies[circle].knows(node, introductions)

    def _preload(self, place: int, table: PreloadTable) -> None:
        circles = {self._circle_of[node] for node in table.holders}
        if len(circles) > 1:
            raise ConfigError(f"preload.{place}: the holders are in {len(circles)} circles; make it one.")
        if not circles:
            return
        (circle,) = circles
        entries = [
            self._past_entry(place, table, number, self._memberships[circle]) for number in range(table.count)
        ]
        for number, signed in enumerate(entries):
            self._record.existed(signed, circle, is_old=number < table.old)
        for node in table.holders:
            self._stations[node].hold(entries)
            self._genies[circle].knows(node, entries)
            for signed in entries:
                self._record.arrived_s[signed.entry.id, node] = 0.0

    def _past_entry(
        self, place: int, table: PreloadTable, number: int, membership: Membership
    ) -> SignedEntry:
        """Return a post from before the start; authors take turns, the oldest come first."""
        content = self._corpus.take()
        author = sha256(f"meshboard past author {self._seed}/{place}/{number % table.authors}".encode())
        key = AuthorKey(author.digest())
        live_for_s = content.lifetime_hours * HOUR_S / 2
        ago_s = OLD_AGO_S if number < table.old else self._chance.uniform(0.0, live_for_s)
        stamp = Stamp(
            number + 2, int(STARTS_AT_S - ago_s) if number >= table.old else STARTS_AT_S - OLD_AGO_S
        )
        draft = Draft(
            membership.circle.id,
            LogId(key.author),
            number // table.authors + 1,
            stamp,
            Actor.member(key.author),
            PostPublished(content),
            self._chance.randbytes(8),
        )
        return sign_entry(draft, key)

    def _begin(self) -> None:
        """Switch on what is there at the start: stations whose first event is a join come with it."""
        first: dict[int, str] = {}
        for event in sorted(self._scenario.event, key=lambda event: event.at_h):
            if event.station is not None and event.type in ("join", "leave"):
                first.setdefault(event.station, event.type)
        for node, station in self._stations.items():
            if first.get(node) == "join":
                self._mesh.switch(node, on=False)
                continue
            self._record.present[node] = station
            self._mesh.schedule(self._chance.uniform(0.0, MAX_START_S), station.start)
        self._mesh.schedule(MAX_START_S, lambda: self._record.met(self._mesh.now))

    def _happen(self, event: EventTable) -> None:
        station = None if event.station is None else self._stations[event.station]
        match event.type:
            case "partition":
                self._mesh.partition(event.groups)
            case "heal":
                self._mesh.heal()
                for one in self._record.present.values():
                    self._reachable(one)
            case "join" if station is not None:
                self._mesh.switch(station.index, on=True)
                self._record.present[station.index] = station
                station.start()
                self._reachable(station)
            case "leave" if station is not None:
                station.stop()
                self._mesh.switch(station.index, on=False)
                self._record.present.pop(station.index, None)
            case "crash" if station is not None:
                station.crash(on_back=lambda: self._back(station))
            case "restore" if station is not None:
                station.crash(age_s=event.age_h * HOUR_S, on_back=lambda: self._back(station))
                self._genies[self._circle_of[station.index]].forgets(station.index, station.ids)
            case "clock" if station is not None:
                station.clock_offset_s += event.offset_s
        self._record.met(self._mesh.now)

    def _back(self, station: SimStation) -> None:
        self._reachable(station)
        self._record.met(self._mesh.now)

    def _reachable(self, station: SimStation) -> None:
        self._record.reachable_s[station.index].append(self._mesh.now)


def _membership(scenario: Scenario, seed: int, number: int) -> Membership:
    key = sha256(f"meshboard simulated circle {seed}/{number}".encode()).digest()
    circle = make_open_circle(f"Circle {number}", key)
    config = EngineConfig(scenario.preset, scenario.region, scenario.hop_limit)
    return Membership(circle, ChannelLock(circle.channel_name, circle.channel_psk), config)
