"""What a genie would send: the least airtime that delivers everything (BENCHMARK.md section 1, "the bound").

The genie knows what everybody holds and who can be reached. At commit it says an entry once to all stations
then connected to its author; whoever is out of reach gets it in bulk as soon as they can be reached.
"""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from meshboard.domain.entries import PostPublished, SignedEntry
from meshboard.domain.ids import AuthorId, EntryId
from meshboard.sim.mesh import Mesh
from meshboard.sync.air.time_on_air import MAX_LORA_FRAME_BYTES, Preset, time_on_air_s

LIVE_FRAME_BYTES = 16 + 8 + 18 + 64 + 8  # LoRa header, Data, seal and type, signature, structure
BULK_ENTRY_BYTES = 8
BULK_AUTHOR_BYTES = 64 + 32  # a signature and a key, for an author new to the receiver
BULK_NET_BYTES = 213  # of a full frame of 231
TEXT_SHARE = 0.40  # of the UTF-8 bytes
WIDEST_SEARCH = 64  # sets of stations looked at for each further origination: exact on any mesh small enough

Stations = frozenset[int]
Pair = tuple[EntryId, int]
"""An entry, and the node of a station that is to have it."""


@dataclass(slots=True)
class Genie:
    """Counts the bound while a trial goes on."""

    mesh: Mesh
    preset: Preset
    hop_limit: int
    live_s: dict[int, float] = field(default_factory=lambda: defaultdict(float))
    """Of every station: seconds for what it wrote, said at once."""
    bulk_s: float = 0.0
    holds: dict[int, set[EntryId]] = field(default_factory=lambda: defaultdict(set))
    delivered_s: dict[Pair, float] = field(default_factory=dict)
    """When connectivity first let an entry be delivered to a station."""
    destroyed: set[EntryId] = field(default_factory=set)
    """Entries whose only ledger went back to an older copy; not even the genie could save them."""
    _entries: dict[EntryId, SignedEntry] = field(default_factory=dict)
    _near: dict[int, Stations] = field(default_factory=dict)
    _topology: int = -1

    def knows(self, station: int, entries: Iterable[SignedEntry]) -> None:
        """Take entries that a station holds from the start."""
        for signed in entries:
            self._entries[signed.entry.id] = signed
            self.holds[station].add(signed.entry.id)

    def forgets(self, station: int, kept: Iterable[EntryId]) -> None:
        """Take note that a station came back with an older ledger."""
        gone = self.holds[station] - set(kept)
        self.holds[station] -= gone
        self.destroyed |= gone.difference(*self.holds.values())
        for entry_id in gone:
            self.delivered_s.pop((entry_id, station), None)

    @property
    def bound_s(self) -> float:
        """All that a genie would have sent until now."""
        return sum(self.live_s.values()) + self.bulk_s

    def wrote(self, station: int, signed: SignedEntry, stations: Collection[int]) -> None:
        """Deliver a new entry to all of these stations that its author can reach now."""
        self.knows(station, [signed])
        reached = self.connected(station, stations)
        frame_bytes = LIVE_FRAME_BYTES + math.ceil(TEXT_SHARE * text_bytes(signed))
        times = self.originations(frozenset([station]), reached - {station}, stations)
        self.live_s[station] += times * time_on_air_s(frame_bytes, self.preset)
        for other in reached:
            self._deliver(signed.entry.id, other)

    def meet(self, stations: Collection[int]) -> tuple[float, frozenset[Pair]]:
        """Deliver in bulk what stations lack of what others hold that they can reach now.

        Returns the seconds it takes, and the (entry, station) pairs delivered.
        """
        pairs: set[Pair] = set()
        seconds = 0.0
        left = set(stations)
        while left:
            together = self.connected(min(left), stations)
            left -= together
            seconds += self._exchange(together, stations, pairs)
        self.bulk_s += seconds
        return seconds, frozenset(pairs)

    def connected(self, station: int, stations: Collection[int]) -> Stations:
        """Return which of these stations one can reach now, itself included.

        Each further one within the hop limit of one reached before: stations pass everything on.
        """
        reached, frontier = frozenset([station]), frozenset([station])
        while frontier:
            further = frozenset[int]().union(*(self._cover(one, stations) for one in frontier))
            reached, frontier = reached | further, further - reached
        return reached

    def originations(self, sources: Stations, wanted: Stations, stations: Collection[int]) -> int:
        """Return the least number of originations by which what sources hold reaches all wanted stations."""
        cover = {one: self._cover(one, stations) for one in stations}
        cover |= {one: self._cover(one, stations) for one in sources if one not in cover}
        sets = {sources}
        times = 0
        while not any(wanted <= reached for reached in sets):
            further = {reached | cover[one] for reached in sets for one in reached}
            if further <= sets:
                return max(times, 1)
            best = sorted(further, key=lambda reached: (-len(reached & wanted), sorted(reached)))
            sets = set(best[:WIDEST_SEARCH])
            times += 1
        return times

    def _cover(self, station: int, stations: Collection[int]) -> Stations:
        if self._topology != self.mesh.topology:
            self._near, self._topology = {}, self.mesh.topology
        if station not in self._near:
            self._near[station] = _within(self.mesh, station, self.hop_limit + 1)
        return self._near[station].intersection(stations) | {station}

    def _exchange(self, together: Stations, stations: Collection[int], pairs: set[Pair]) -> float:
        groups: dict[tuple[Stations, Stations], float] = defaultdict(float)
        authors: set[AuthorId] = set()
        known = {one: self._authors_of(one) for one in together}
        for entry_id in sorted(set().union(*(self.holds[one] for one in together))):
            lacking = frozenset(one for one in together if entry_id not in self.holds[one])
            if not lacking:
                continue
            signed = self._entries[entry_id]
            author = signed.entry.log.author
            is_new = author not in authors and any(author not in known[one] for one in lacking)
            authors |= {author} if is_new else set()
            groups[(together - lacking, lacking)] += BULK_AUTHOR_BYTES * is_new + _bulk_bytes(signed)
            pairs |= {(entry_id, one) for one in lacking}
        for entry_id, one in pairs:
            self._deliver(entry_id, one)
        frame_s = time_on_air_s(MAX_LORA_FRAME_BYTES, self.preset)
        return sum(
            size / BULK_NET_BYTES * frame_s * self.originations(holders, lacking, stations)
            for (holders, lacking), size in sorted(groups.items(), key=lambda group: _order(group[0]))
        )

    def _deliver(self, entry_id: EntryId, station: int) -> None:
        self.holds[station].add(entry_id)
        self.delivered_s.setdefault((entry_id, station), self.mesh.now)

    def _authors_of(self, station: int) -> set[AuthorId]:
        return {self._entries[entry_id].entry.log.author for entry_id in self.holds[station]}


def text_bytes(signed: SignedEntry) -> int:
    """Return the UTF-8 bytes of what a post says, 0 for other facts."""
    fact = signed.entry.fact
    return len(fact.content.text.encode()) if isinstance(fact, PostPublished) else 0


def _bulk_bytes(signed: SignedEntry) -> float:
    return BULK_ENTRY_BYTES + TEXT_SHARE * text_bytes(signed)


def _order(group: tuple[Stations, Stations]) -> tuple[list[int], list[int]]:
    return sorted(group[0]), sorted(group[1])


def _within(mesh: Mesh, node: int, hops: int) -> Stations:
    """Return the nodes reached in at most so many transmissions, each relay repeating what it hears."""
    reached = frontier = frozenset([node])
    for _ in range(hops):
        frontier = frozenset[int]().union(*(mesh.neighbours(near) for near in frontier)) - reached
        reached |= frontier
    return reached
