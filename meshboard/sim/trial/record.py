"""What happened in a trial: which entry came where and when, and what was said for it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from meshboard.domain.entries import PostPublished, SignedEntry
from meshboard.domain.ids import EntryId
from meshboard.domain.posts import Urgency
from meshboard.sim.frames import AirFrame
from meshboard.sim.trial.bound import Genie
from meshboard.sim.trial.station import SimStation
from meshboard.sync.airtime import Preset, time_on_air_s
from meshboard.sync.events import FrameUse, OutgoingFrame

Pair = tuple[EntryId, int]
"""An entry, and the node of a station that is to have it."""


@dataclass(frozen=True, slots=True)
class Made:
    """An entry of the trial."""

    signed: SignedEntry
    made_s: float
    by: int | None
    """The node of the station that wrote it; None for what existed at the start."""
    circle: int
    is_old: bool = False

    @property
    def is_critical(self) -> bool:
        """Say whether it is a critical post."""
        fact = self.signed.entry.fact
        return isinstance(fact, PostPublished) and fact.content.urgency is Urgency.CRITICAL


@dataclass(slots=True)
class Said:
    """What stations originated for one use."""

    frames: int = 0
    payload_bytes: int = 0
    airtime_s: float = 0.0

    def add(self, payload_bytes: int, airtime_s: float) -> None:
        """Count a frame."""
        self.frames += 1
        self.payload_bytes += payload_bytes
        self.airtime_s += airtime_s


@dataclass(slots=True)
class Bulk:
    """What a join, a heal or a restart left to be delivered, and what it took."""

    at_s: float
    bound_s: float
    pairs: frozenset[Pair]
    missing: set[Pair]
    airtime_s: float = 0.0
    payload_bytes: float = 0.0
    arrived_s: dict[Pair, float] = field(default_factory=dict)

    @property
    def entries(self) -> frozenset[EntryId]:
        """The entries that were lacking somewhere."""
        return frozenset(entry_id for entry_id, _ in self.pairs)


class Record:
    """Takes note of everything; the figures are made of it afterwards."""

    def __init__(self, preset: Preset, circle_of: dict[int, int], genies: Sequence[Genie]) -> None:
        self.made: dict[EntryId, Made] = {}
        self.arrived_s: dict[Pair, float] = {}
        self.reachable_s: dict[int, list[float]] = defaultdict(lambda: [0.0])
        """When each station became reachable, by join, restart or heal."""
        self.said: dict[FrameUse, Said] = defaultdict(Said)
        self.entry_payload_bytes = 0
        self.bulks: list[Bulk] = []
        self.sent: dict[int, list[tuple[float, float]]] = defaultdict(list)
        """Of every node with a station: when it began to send, and for how long."""
        self.origin_frames = 0
        self.origin_bytes = 0
        self.origin_airtime_s = 0.0
        self.airtime_at: list[tuple[float, float]] = []
        """(when, seconds) of every transmission, for the plot."""
        self.present: dict[int, SimStation] = {}
        self._preset = preset
        self._circle_of = circle_of
        self._genies = genies

    def existed(self, signed: SignedEntry, circle: int, *, is_old: bool) -> None:
        """Take note of an entry from before the trial."""
        self.made[signed.entry.id] = Made(signed, 0.0, None, circle, is_old)

    def wrote(self, station: SimStation, signed: SignedEntry) -> None:
        """Take note of a new entry, committed."""
        circle = self._circle_of[station.index]
        self.made[signed.entry.id] = Made(signed, station.now_s, station.index, circle)
        self.arrived_s[signed.entry.id, station.index] = station.now_s
        up = [one for one, other in self.present.items() if other.is_up and self._circle_of[one] == circle]
        self._genies[circle].wrote(station.index, signed, up)

    def stored(self, station: SimStation, entries: Sequence[SignedEntry]) -> None:
        """Take note of entries that came by air and are committed."""
        for signed in entries:
            pair = signed.entry.id, station.index
            self.arrived_s.setdefault(pair, station.now_s)
            for bulk in self.bulks:
                if pair in bulk.missing:
                    bulk.missing.discard(pair)
                    bulk.arrived_s[pair] = station.now_s

    def said_frame(self, frame: OutgoingFrame, air_bytes: int) -> None:
        """Take note of a frame handed to a node, `air_bytes` as a whole LoRa frame."""
        airtime_s = time_on_air_s(air_bytes, self._preset)
        self.said[frame.use].add(len(frame.payload), airtime_s)
        if frame.ids:
            self.entry_payload_bytes += len(frame.payload)
        for bulk in self.bulks:
            if bulk.missing:
                share = _share_of(bulk, frame)
                bulk.airtime_s += share * airtime_s
                bulk.payload_bytes += share * len(frame.payload)

    def transmitted(
        self, node: int, frame: AirFrame, now_s: float, *, is_own: bool, has_station: bool
    ) -> None:
        """Take note of a transmission of any node."""
        airtime_s = time_on_air_s(frame.frame_bytes, self._preset)
        self.airtime_at.append((now_s, airtime_s))
        if has_station:
            self.sent[node].append((now_s, airtime_s))
        if is_own and has_station:
            self.origin_frames += 1
            self.origin_bytes += frame.frame_bytes
            self.origin_airtime_s += airtime_s

    def met(self, now_s: float) -> None:
        """Take note that stations may reach each other that could not: the genie delivers in bulk."""
        for circle, genie in enumerate(self._genies):
            up = [
                one for one, other in self.present.items() if other.is_up and self._circle_of[one] == circle
            ]
            seconds, pairs = genie.meet(up)
            lacking = {pair for pair in pairs if pair not in self.arrived_s}
            if pairs:
                self.bulks.append(Bulk(now_s, seconds, pairs, lacking))


def _share_of(bulk: Bulk, frame: OutgoingFrame) -> float:
    """Return what share of a frame is for a bulk: of entries by their number, of talk all of it."""
    if not frame.ids:
        return 1.0
    lacking = bulk.entries
    return sum(entry_id in lacking for entry_id in frame.ids) / len(frame.ids)
