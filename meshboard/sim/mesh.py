"""A mesh of radios in virtual time: who hears whom, what gets lost, one clock and one heap of events.

Nothing here waits. Whoever drives it calls `advance` as fast as it likes, so the same mesh runs in virtual
time for a simulation and in real time behind TCP ports, and repeats exactly from one seed.
"""

import heapq
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from random import Random

from meshboard.errors import ConfigError
from meshboard.sim.lora_frame import AirFrame
from meshboard.sim.radio import Radio
from meshboard.sync.air.time_on_air import Preset

DEFAULT_SNR_DB = 5.0  # where a scenario gives none; BENCHMARK.md section 1
DIAGONAL_SNR_DB = 0.0  # on a grid's diagonals; the same place
MOST_SNR_DB = 100.0  # either way: LoRa receivers tell -30 to 20, so more is a slip of the pen

Edges = Mapping[tuple[int, int], float]
"""Signal-to-noise ratio in dB by (lower, higher) node index."""


@dataclass(slots=True, eq=False)
class Timer:
    """An event to come."""

    action: Callable[[], None]
    cancelled: bool = False

    def cancel(self) -> None:
        """Make sure that it does not go off."""
        self.cancelled = True


class Mesh:
    """Radios, the edges between them, and the clock they share."""

    def __init__(
        self,
        nodes: int,
        edges: Edges,
        preset: Preset,
        *,
        loss: float = 0.0,
        seed: int = 0,
        collisions: bool = True,
    ) -> None:
        """Make a mesh; without collisions it is one of the firmware's simulated radios (`SimRadio.cpp`).

        There overlapping frames all come through, and nobody notices that the channel is busy.
        """
        self.preset = preset
        self.collisions = collisions
        self.loss = loss
        self.now = 0.0
        self.chance = Random(seed)  # noqa: S311 -- a simulation must repeat from its seed
        self.topology = 0
        """Another number whenever who hears whom has changed."""
        self.radios = [Radio(index, self) for index in range(nodes)]
        self._events: list[tuple[float, int, Timer]] = []
        self._order = count()
        self._group_of: dict[int, int] = {}
        self._silent: set[int] = set()
        self._neighbours: list[dict[int, float]] = []
        self._hearing: list[dict[int, float] | None] = []
        self.set_edges(edges)

    def set_edges(self, edges: Edges) -> None:
        """Replace who hears whom."""
        self._neighbours = [{} for _ in self.radios]
        for (one, other), snr_db in edges.items():
            self._neighbours[one][other] = snr_db
            self._neighbours[other][one] = snr_db
        self.note_change()

    def partition(self, groups: Iterable[Iterable[int]]) -> None:
        """Cut the mesh: no reception across groups; nodes in no group hear nobody."""
        self._group_of = {node: number for number, group in enumerate(groups) for node in group}
        for node in range(len(self.radios)):
            self._group_of.setdefault(node, -1 - node)
        self.note_change()

    def heal(self) -> None:
        """Undo every cut."""
        self._group_of = {}
        self.note_change()

    def switch(self, node: int, *, on: bool) -> None:
        """Switch a node's radio off or on; what it had to send and was hearing is lost."""
        self.radios[node].switch(on=on)
        (self._silent.discard if on else self._silent.add)(node)
        self.note_change()

    def note_change(self) -> None:
        """Take note that who hears whom has changed."""
        self.topology += 1
        self._hearing = [None for _ in self.radios]

    def neighbours(self, node: int) -> Mapping[int, float]:
        """Return who hears a node now, with the SNR in dB."""
        hearing = self._hearing[node]
        if hearing is None:
            hearing = self._hearing[node] = self._who_hears(node)
        return hearing

    def _who_hears(self, node: int) -> dict[int, float]:
        if node in self._silent:
            return {}
        group, tuning = self._group_of.get(node), self.radios[node].tuning
        return {
            other: snr_db
            for other, snr_db in self._neighbours[node].items()
            if self._group_of.get(other) == group
            and other not in self._silent
            and self.radios[other].tuning == tuning
        }

    def hops_from(self, node: int) -> dict[int, int]:
        """Return the relays between a node and each node it can reach."""
        hops = {node: -1}
        frontier = [node]
        while frontier:
            nearer = frontier.pop(0)
            for other in self._neighbours[nearer]:
                if other not in hops:
                    hops[other] = hops[nearer] + 1
                    frontier.append(other)
        del hops[node]
        return hops

    def schedule(self, delay_s: float, action: Callable[[], None]) -> Timer:
        """Call `action` in so many seconds of virtual time."""
        timer = Timer(action)
        heapq.heappush(self._events, (self.now + delay_s, next(self._order), timer))
        return timer

    def next_event_at(self) -> float | None:
        """Return the virtual time of the next event, None when nothing is to come."""
        while self._events and self._events[0][2].cancelled:
            heapq.heappop(self._events)
        return self._events[0][0] if self._events else None

    def advance(self, now: float) -> None:
        """Let everything happen that is due by the virtual time `now`."""
        while True:
            at = self.next_event_at()
            if at is None or at > now:
                break
            _, _, timer = heapq.heappop(self._events)
            self.now = max(self.now, at)
            timer.action()
        self.now = max(self.now, now)

    def transmit(self, sender: int, frame: AirFrame, airtime_s: float) -> None:
        """Put a frame on the air; each neighbour's reception ends with it."""
        receptions = []
        for other, snr_db in self.neighbours(sender).items():
            radio = self.radios[other]
            receptions.append((radio, radio.begin_reception(frame, snr_db), self.chance.random() < self.loss))

        def end() -> None:
            for radio, reception, lost in receptions:
                radio.end_reception(reception, airtime_s, lost=lost)

        self.schedule(airtime_s, end)


def edges_of_line(nodes: int) -> Edges:
    """Return a line: each node hears the one before and the one after."""
    return {(node, node + 1): DEFAULT_SNR_DB for node in range(nodes - 1)}


def edges_of_cell(nodes: int) -> Edges:
    """Return a cell: everybody hears everybody."""
    return {(one, other): DEFAULT_SNR_DB for one in range(nodes) for other in range(one + 1, nodes)}


def edges_of_grid(width: int, height: int) -> Edges:
    """Return a grid: each node hears its eight neighbours, the diagonal ones less well."""
    edges: dict[tuple[int, int], float] = {}
    for row in range(height):
        for column in range(width):
            node = row * width + column
            for down, right, snr_db in (
                (0, 1, DEFAULT_SNR_DB),
                (1, 0, DEFAULT_SNR_DB),
                (1, 1, DIAGONAL_SNR_DB),
                (1, -1, DIAGONAL_SNR_DB),
            ):
                if row + down < height and 0 <= column + right < width:
                    edges[(node, node + down * width + right)] = snr_db
    return edges


def edges_from_list(listed: Sequence[Sequence[float]], nodes: int) -> Edges:
    """Return the edges listed as [a, b] or [a, b, snr_db]; raise ConfigError for impossible ones."""
    edges: dict[tuple[int, int], float] = {}
    for place, entry in enumerate(listed):
        where = f"edges.{place}: [{', '.join(f'{part:g}' for part in entry)}]"
        pair, snr_db = _edge(where, entry, nodes)
        if edges.setdefault(pair, snr_db) != snr_db:
            raise ConfigError(
                f"{where} contradicts an edge before it, which has {edges[pair]:g} dB and not {snr_db:g}; "
                "edges work both ways, so list each once."
            )
    return edges


def _edge(where: str, entry: Sequence[float], nodes: int) -> tuple[tuple[int, int], float]:
    if len(entry) not in (2, 3):
        raise ConfigError(f"{where} is no edge; that is [node, node] or [node, node, SNR in dB].")
    one, other = sorted(entry[:2])
    is_whole = one % 1 == other % 1 == 0
    if not (is_whole and 0 <= one < other < nodes):
        raise ConfigError(f"{where} does not join two of the nodes 0 to {nodes - 1}.")
    snr_db = float(entry[2]) if len(entry) == 3 else DEFAULT_SNR_DB
    if not abs(snr_db) <= MOST_SNR_DB:
        raise ConfigError(
            f"{where} has an impossible SNR; give one from -{MOST_SNR_DB:g} to {MOST_SNR_DB:g} dB."
        )
    return (int(one), int(other)), snr_db


def edges_of_layout(layout: str, nodes: int) -> Edges:
    """Return the edges of "line", "cell" or "grid WxH"; raise ConfigError for any other word."""
    if layout == "line":
        return edges_of_line(nodes)
    if layout == "cell":
        return edges_of_cell(nodes)
    size = re.fullmatch(r"grid ([0-9]{1,4})x([0-9]{1,4})", layout)
    if size is None:
        raise ConfigError(f'layout is "line", "cell" or "grid WxH" such as "grid 5x4", not "{layout}".')
    width, height = int(size[1]), int(size[2])
    if width * height != nodes:
        raise ConfigError(
            f'layout "{layout}" has {width * height} places for {nodes} nodes; make them equal.'
        )
    return edges_of_grid(width, height)
