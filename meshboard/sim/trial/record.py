"""What happened in a trial: which entry came where and when, and what was said for it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from meshboard.domain.entries import PostPublished, SignedEntry
from meshboard.domain.ids import EntryId
from meshboard.domain.posts import Urgency
from meshboard.sim.lora_frame import AirFrame
from meshboard.sim.trial.bound import Genie, Pair
from meshboard.sync.air.time_on_air import Preset, time_on_air_s


class Present(Protocol):
    """What the record needs to know of a station that is there."""

    @property
    def is_up(self) -> bool:
        """Say whether its process runs."""


@dataclass(frozen=True, slots=True)
class MadeEntry:
    """An entry of the trial."""

    signed: SignedEntry
    made_s: float
    by: int | None
    """The node of the station that wrote it; None for what existed at the start."""
    circle: int
    is_old: bool = False
    """True for what is closed or expired and may be forgotten: nobody has to have it."""

    @property
    def urgency(self) -> Urgency | None:
        """How urgent a post it is, None for what is not a post."""
        fact = self.signed.entry.fact
        return fact.content.urgency if isinstance(fact, PostPublished) else None


@dataclass(frozen=True, slots=True)
class Saying:
    """A frame handed to a station's node."""

    use: str
    payload_bytes: int
    air_bytes: int
    """Of the whole LoRa frame."""
    ids: Sequence[EntryId]
    """The entries in it."""


@dataclass(slots=True)
class FrameCount:
    """Frames counted together."""

    frames: int = 0
    bytes: int = 0
    """Of payload where stations say something, of whole LoRa frames where nodes transmit."""
    airtime_s: float = 0.0

    def add(self, frame_bytes: int, airtime_s: float) -> None:
        """Count a frame."""
        self.frames += 1
        self.bytes += frame_bytes
        self.airtime_s += airtime_s


@dataclass(slots=True)
class Bulk:
    """What a join, a heal or a restart left to be delivered, and what it took."""

    circle: int
    at_s: float
    bound_s: float
    pairs: frozenset[Pair]
    missing: set[Pair]
    airtime_s: float = 0.0
    payload_bytes: float = 0.0
    entries: frozenset[EntryId] = field(init=False)
    """The entries that were lacking somewhere."""

    def __post_init__(self) -> None:
        """Note the entries apart from where they were lacking."""
        self.entries = frozenset(entry_id for entry_id, _ in self.pairs)


class Record:
    """Takes note of everything; the figures are made of it afterwards."""

    def __init__(self, preset: Preset, circle_of: Mapping[int, int], genies: Sequence[Genie]) -> None:
        self.made: dict[EntryId, MadeEntry] = {}
        self.arrived_s: dict[Pair, float] = {}
        """When a station came to hold an entry by air; restored copies begin anew."""
        self.reachable_s: dict[int, list[float]] = defaultdict(lambda: [0.0])
        """When each station became reachable, by join, restart or heal."""
        self.said: dict[int, dict[str, FrameCount]] = defaultdict(lambda: defaultdict(FrameCount))
        """Of every station, by use: payload bytes, and airtime without relays."""
        self.entry_payload_bytes: dict[int, int] = defaultdict(int)
        self.carried: dict[int, set[EntryId]] = defaultdict(set)
        """Of every station: the entries in the frames it said."""
        self.bulks: list[Bulk] = []
        self.sent: dict[int, list[tuple[float, float]]] = defaultdict(list)
        """Of every node with a station: when it began to send, and for how long."""
        self.origin: dict[int, FrameCount] = defaultdict(FrameCount)
        """What every station's node transmitted of its own, repeats included."""
        self.airtime_at: list[tuple[float, float]] = []
        """(when, seconds) of every transmission, for the plot."""
        self.present: dict[int, Present] = {}
        self._starting: set[int] = set()
        self._preset = preset
        self._circle_of = circle_of
        self._genies = genies

    def existed(self, signed: SignedEntry, circle: int, *, is_old: bool) -> None:
        """Take note of an entry from before the trial."""
        self.made[signed.entry.id] = MadeEntry(signed, 0.0, None, circle, is_old)

    def begins(self, node: int, station: Present) -> None:
        """Take note of a station that is there from the start, and runs in a moment."""
        self.present[node] = station
        self._starting.add(node)

    def began(self) -> None:
        """Take note that all who are there from the start run."""
        self._starting.clear()

    def wrote(self, node: int, signed: SignedEntry, now_s: float) -> None:
        """Take note of a new entry, committed."""
        circle = self._circle_of[node]
        self.made[signed.entry.id] = MadeEntry(signed, now_s, node, circle)
        self._genies[circle].wrote(node, signed, self._reachable(circle))

    def stored(self, node: int, entries: Iterable[SignedEntry], now_s: float) -> None:
        """Take note of entries that came by air and are committed."""
        for signed in entries:
            pair = signed.entry.id, node
            self.arrived_s.setdefault(pair, now_s)
            for bulk in self.bulks:
                bulk.missing.discard(pair)

    def went_back(self, node: int, kept: Collection[EntryId]) -> None:
        """Take note that a station came back with an older ledger."""
        for pair in [pair for pair in self.arrived_s if pair[1] == node and pair[0] not in kept]:
            del self.arrived_s[pair]
        self._genies[self._circle_of[node]].forgets(node, kept)

    def said_frame(self, node: int, saying: Saying) -> None:
        """Take note of a frame handed to a node."""
        airtime_s = time_on_air_s(saying.air_bytes, self._preset)
        self.said[node][saying.use].add(saying.payload_bytes, airtime_s)
        if saying.ids:
            self.entry_payload_bytes[node] += saying.payload_bytes
            self.carried[node].update(saying.ids)
        for bulk, share in self._for_bulk(self._circle_of[node], saying.ids):
            bulk.airtime_s += share * airtime_s
            bulk.payload_bytes += share * saying.payload_bytes

    def transmitted(self, node: int, frame: AirFrame, now_s: float, *, is_own: bool) -> None:
        """Take note of a transmission of any node."""
        airtime_s = time_on_air_s(frame.frame_bytes, self._preset)
        self.airtime_at.append((now_s, airtime_s))
        if node in self._circle_of:
            self.sent[node].append((now_s, airtime_s))
            if is_own:
                self.origin[node].add(frame.frame_bytes, airtime_s)

    def met(self, now_s: float) -> None:
        """Take note that stations may reach each other that could not: the genie delivers in bulk."""
        for circle, genie in enumerate(self._genies):
            seconds, pairs = genie.meet(self._reachable(circle))
            if pairs:
                lacking = {pair for pair in pairs if pair not in self.arrived_s}
                self.bulks.append(Bulk(circle, now_s, seconds, pairs, lacking))

    def _reachable(self, circle: int) -> Sequence[int]:
        return [
            node
            for node, station in self.present.items()
            if self._circle_of[node] == circle and (station.is_up or node in self._starting)
        ]

    def _for_bulk(self, circle: int, ids: Sequence[EntryId]) -> Iterable[tuple[Bulk, float]]:
        """Yield each bulk that a frame serves, with its share of the frame.

        An entry counts for the last bulk that it was lacking in, one that may be forgotten for the last bulk
        of all; talk is divided among the bulks that still lack something.
        """
        bulks = [bulk for bulk in self.bulks if bulk.circle == circle]
        if not bulks:
            return
        if not ids:
            unfinished = [bulk for bulk in bulks if bulk.missing]
            yield from ((bulk, 1 / len(unfinished)) for bulk in unfinished)
            return
        for entry_id in ids:
            serving = [bulk for bulk in bulks if entry_id in bulk.entries]
            made = self.made.get(entry_id)
            if made is not None and made.is_old:
                serving = bulks
            if serving:
                yield serving[-1], 1 / len(ids)
