"""Scenario files: which nodes, who hears whom, what gets lost, and what people do (docs/simulator.md).

`meshboard virtual-mesh` takes the node, link, loss and preset keys and passes over the rest; `meshboard sim`
takes those about stations and traffic too. Unknown keys are refused by name.
"""

import tomllib
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationError, model_validator

from meshboard.errors import ConfigError
from meshboard.sim.airwaves import REGIONS
from meshboard.sim.mesh import Edges, edges_from_list, edges_of_layout
from meshboard.sim.scenario_tables import (
    MAX_HOURS,
    EventTable,
    ExpectTable,
    Nodes,
    Number,
    PreloadTable,
    Strict,
    TrafficTable,
    Whole,
    problems,
)
from meshboard.sync.air.time_on_air import PRESETS

MAX_HOP_LIMIT = 7  # three bits in the packet header
MAX_CHANNEL_NAME_BYTES = 11
MAX_SHORT_NAME_BYTES = 4
MAX_SPEED = 10_000.0  # a day in nine seconds: more than a machine can keep up with
DEFAULT_BASE_PORT = 4403  # Meshtastic's own TCP port

MAX_CHANNELS = 7  # a node has eight, the first of which is the public one

DEFAULT_HOURS = 12.0


def _at_most(most_bytes: int, text: str) -> str:
    if len(text.encode()) > most_bytes:
        raise ValueError(f"Input should be at most {most_bytes} bytes of UTF-8; shorten it")
    return text


class ChannelTable(Strict):
    """A channel: its name, and its key in hexadecimal (empty: none, "01": the public default)."""

    name: Annotated[str, AfterValidator(partial(_at_most, MAX_CHANNEL_NAME_BYTES))]
    psk: Annotated[str, Field(pattern=r"^([0-9a-fA-F]{2})*$", max_length=64)] = "01"


class NodeTable(Strict):
    """What makes one node different from the others."""

    number: Annotated[Whole, Field(ge=0)]
    """Which node, 0 to nodes - 1."""
    long_name: str | None = None
    short_name: Annotated[str, AfterValidator(partial(_at_most, MAX_SHORT_NAME_BYTES))] | None = None
    channels: Annotated[tuple[ChannelTable, ...] | None, Field(max_length=MAX_CHANNELS)] = None
    """Secondary channels of this node, in place of the scenario's."""


class Scenario(Strict):
    """A mesh as a file or a program describes it."""

    name: str = "virtual mesh"
    seed: Annotated[Whole, Field(ge=-(2**63), lt=2**63)] = 1
    nodes: Annotated[Whole, Field(ge=1, le=2000)] = 2
    layout: str | None = None
    edges: tuple[tuple[Number, ...], ...] | None = None
    loss: Annotated[Number, Field(ge=0.0, le=1.0)] = 0.0
    preset: str = "LONG_FAST"
    region: str = "US"
    firmware: Literal["2.7", "2.8"] = "2.7"
    hop_limit: Annotated[Whole, Field(ge=0, le=MAX_HOP_LIMIT)] = 3
    strict: Annotated[bool, Field(strict=True)] = False
    """Virtual nodes take only signed broadcasts, as policy STRICT of firmware 2.8 has it."""
    strangers: Nodes = ()
    channels: Annotated[tuple[ChannelTable, ...], Field(max_length=MAX_CHANNELS)] = ()
    """Secondary channels that every node has from the start, strangers excepted."""
    node: tuple[NodeTable, ...] = ()

    speed: Annotated[Number, Field(gt=0.0, le=MAX_SPEED)] = 1.0
    """How many seconds pass in the mesh in one real second."""
    host: str = "127.0.0.1"
    base_port: Annotated[Whole, Field(ge=0, le=65535)] = DEFAULT_BASE_PORT
    """Node i listens on base_port + i; 0 stands for free ports."""

    hours: Annotated[Number, Field(gt=0.0, le=MAX_HOURS)] = DEFAULT_HOURS
    """Virtual time of a simulation; a run lasts exactly this long."""
    stations: Nodes | None = None
    """Nodes with a station; the others only relay. None = every node but strangers."""
    circles: tuple[Nodes, ...] | None = None
    """Which stations are in a circle together; None = all in one."""
    corpus: Annotated[str, Field(min_length=1)] | None = None
    """Posts to put up, a path from the scenario's folder; None = those that come with meshboard."""
    preload: tuple[PreloadTable, ...] = ()
    traffic: tuple[TrafficTable, ...] = ()
    event: tuple[EventTable, ...] = ()
    expect: ExpectTable = ExpectTable()

    @model_validator(mode="after")
    def _check_together(self) -> "Scenario":
        if self.preset not in PRESETS:
            raise ValueError(f'preset "{self.preset}" is not one of {", ".join(PRESETS)}')
        if self.region not in REGIONS:
            raise ValueError(f'region "{self.region}" is not one of {", ".join(sorted(REGIONS))}')
        if self.strict and self.firmware != "2.8":
            raise ValueError('strict is a policy of firmware = "2.8"')
        if self.layout is not None and self.edges is not None:
            raise ValueError("layout and edges both say who hears whom; keep one of them")
        if self.base_port and self.base_port + self.nodes - 1 > 65535:
            raise ValueError(f"base_port {self.base_port} leaves no ports for {self.nodes} nodes")
        self._check_nodes()
        self._check_circles()
        self._check_stations()
        self._check_holders()
        self._check_times()
        return self

    def _check_times(self) -> None:
        times = [(f"event.{place}.at_h", event.at_h) for place, event in enumerate(self.event)]
        times += [(f"traffic.{place}.from_h", table.from_h) for place, table in enumerate(self.traffic)]
        for where, at_h in times:
            if at_h > self.hours:
                raise ValueError(f"{where} is {at_h:g}, but the run lasts {self.hours:g} hours")

    def _check_nodes(self) -> None:
        """Refuse nodes there are not; a station is one that `_check_stations` looks for."""
        named: list[tuple[str, Nodes]] = [("stations", self.with_station), ("strangers", self.strangers)]
        named += [(f"node.{place}.number", (table.number,)) for place, table in enumerate(self.node)]
        for place, event in enumerate(self.event):
            named += [(f"event.{place}.groups.{number}", group) for number, group in enumerate(event.groups)]
        for where, nodes in named:
            for node in nodes:
                if not 0 <= node < self.nodes:
                    raise ValueError(f"{where}: there is no node {node}; nodes are 0 to {self.nodes - 1}")
        for place, table in enumerate(self.node):
            if table.number in [before.number for before in self.node[:place]]:
                raise ValueError(f"node.{place}.number: node {table.number} has a table already; make it one")

    def _check_circles(self) -> None:
        circle_of: dict[int, int] = {}
        for number, circle in enumerate(self.circles or ()):
            if not circle:
                raise ValueError(f"circles.{number} is empty; name its stations")
            for node in circle:
                if node in circle_of:
                    raise ValueError(
                        f"circles.{number}: station {node} is in circles.{circle_of[node]} too; "
                        "in a simulation each is in one"
                    )
                circle_of[node] = number
        for node in self.with_station if self.circles is not None else ():
            if node not in circle_of:
                raise ValueError(
                    f"circles: station {node} is in no circle; put it into one or out of stations"
                )

    def _check_stations(self) -> None:
        stations = set(self.with_station)
        for node in stations & set(self.strangers):
            raise ValueError(
                f"strangers: node {node} is a station and a stranger; strangers lack the circle's key"
            )
        if any(table.count for table in self.traffic) and not stations:
            raise ValueError("there is traffic but no station; name some in stations")
        for where, nodes in self._named_stations():
            for node in nodes:
                if node not in stations:
                    raise ValueError(f"{where}: node {node} has no station; stations are {sorted(stations)}")

    def _check_holders(self) -> None:
        circle_of = {node: number for number, circle in enumerate(self.circles or ()) for node in circle}
        for place, table in enumerate(self.preload):
            circles = {circle_of.get(node) for node in table.holders}
            if len(circles) > 1:
                raise ValueError(f"preload.{place}.holders are in {len(circles)} circles; make it one")

    def _named_stations(self) -> Iterator[tuple[str, Nodes]]:
        for place, circle in enumerate(self.circles or ()):
            yield f"circles.{place}", circle
        for place, preload in enumerate(self.preload):
            yield f"preload.{place}.holders", preload.holders
        for place, traffic in enumerate(self.traffic):
            if not isinstance(traffic.stations, str):
                yield f"traffic.{place}.stations", traffic.stations
        for place, event in enumerate(self.event):
            if event.station is not None:
                yield f"event.{place}.station", (event.station,)

    @property
    def with_station(self) -> Nodes:
        """The nodes that have a station."""
        if self.stations is not None:
            return self.stations
        return tuple(node for node in range(self.nodes) if node not in self.strangers)

    def who_hears_whom(self) -> Edges:
        """Return the edges of the mesh; everybody hears everybody unless the scenario says otherwise."""
        if self.edges is not None:
            return edges_from_list(self.edges, self.nodes)
        return edges_of_layout(self.layout or "cell", self.nodes)


def read_scenario(path: Path) -> Scenario:
    """Read a scenario file; raise ConfigError with a sentence for each thing that is wrong with it."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"The scenario {path} cannot be read: {error.strerror}.") from error
    except RecursionError as error:
        raise ConfigError(f"The scenario {path} is not valid TOML: its lists are too deep.") from error
    except ValueError as error:  # of the TOML, of its UTF-8, or of a number with thousands of digits
        raise ConfigError(f"The scenario {path} is not valid TOML: {error}.") from error
    return scenario_from_table(table, str(path))


def scenario_from_table(table: dict[str, object], source: str) -> Scenario:
    """Return the scenario in a parsed table; raise ConfigError that names every wrong key of `source`."""
    try:
        scenario = Scenario.model_validate(table)
        scenario.who_hears_whom()
    except ValidationError as error:
        raise ConfigError(f"{source}: {problems(error)}.") from error
    except ConfigError as error:
        raise ConfigError(f"{source}: {error}") from error
    return scenario
