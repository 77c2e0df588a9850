"""What a trial comes to: the figures of BENCHMARK.md section 1, by their names there.

Times are seconds, bytes are whole LoRa frames unless said otherwise; None is what there is nothing of.
docs/simulator.md defines each.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass

from meshboard.domain.posts import Urgency
from meshboard.figures import HOUR_S
from meshboard.sim.trial.ages import Ages
from meshboard.sim.trial.agreement import agreeing
from meshboard.sim.trial.bound import Pair
from meshboard.sim.trial.further import Further, further
from meshboard.sim.trial.machine_clock import STARTS_AT_S
from meshboard.sim.trial.measured import Spread, max_share, percentile, ratio, spread
from meshboard.sim.trial.record import FrameCount, Record
from meshboard.sim.trial.trial import Run

DECIMALS = 6  # a microsecond: finer than anything here means


@dataclass(frozen=True, slots=True)
class BulkFigures:
    """What had to be made up for after a join, a heal or a restart."""

    airtime_s: float
    bound_s: float
    ratio: float | None


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a whole trial, or of one station."""

    complete: float | None
    converged_s: Spread
    frames: int
    bytes: int
    airtime_s: float
    origin_frames: int
    origin_bytes: int
    origin_airtime_s: float
    bound_s: float
    """Of one station: for what it wrote, said at once."""
    origin_ratio: float | None
    entry_bytes_mean: float | None
    bulk: BulkFigures | None
    max_duty: float
    collisions: int
    queue_drops: int
    identical: bool | None
    """Of one station: whether it shows what most of its circle show. None for one that is not there."""
    critical_p95_s: float | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything a trial comes to."""

    scenario: str
    seed: int
    protocol: str
    hours: float
    figures: Figures
    further: Further
    stations: Mapping[int, Figures]

    def as_json(self) -> dict[str, object]:
        """Return JSON values; the figures of the whole trial stand at the top."""
        head = {name: getattr(self, name) for name in ("scenario", "seed", "protocol", "hours")}
        stations = {str(node): _json(station) for node, station in self.stations.items()}
        whole, more = _json(self.figures), _json(self.further)
        assert isinstance(whole, dict)
        return head | whole | {"further": more, "stations": stations}


def outcome_of(run: Run) -> Outcome:
    """Return what a trial that is over came to."""
    ages = Ages(run)
    agrees = _agreement(run)
    return Outcome(
        run.scenario.name,
        run.seed,
        run.protocol,
        run.scenario.hours,
        _whole(run, ages, identical=all(agrees.values()) if agrees else None),
        further(run, ages),
        {board.index: _of_station(run, board.index, ages, agrees.get(board.index)) for board in run.boards},
    )


def _whole(run: Run, ages: Ages, *, identical: bool | None) -> Figures:
    record, counts = run.record, [radio.counts for radio in run.mesh.radios]
    nodes = [board.index for board in run.boards]
    origin, bound_s = _origin(record, nodes), sum(genie.bound_s for genie in run.genies)
    return Figures(
        complete=_complete(ages, ages.wanted),
        converged_s=spread(ages.among(ages.wanted)),
        frames=sum(count.frames for count in counts),
        bytes=sum(count.frame_bytes for count in counts),
        airtime_s=sum(count.airtime_s for count in counts),
        origin_frames=origin.frames,
        origin_bytes=origin.bytes,
        origin_airtime_s=origin.airtime_s,
        bound_s=bound_s,
        origin_ratio=ratio(origin.airtime_s, bound_s),
        entry_bytes_mean=_entry_bytes_mean(record, nodes),
        bulk=_bulk(record),
        max_duty=max((_max_duty(run, node) for node in nodes), default=0.0),
        collisions=sum(count.collisions for count in counts),
        queue_drops=sum(count.queue_drops for count in counts),
        identical=identical,
        critical_p95_s=_critical_p95_s(record, ages, ages.wanted),
    )


def _of_station(run: Run, node: int, ages: Ages, identical: bool | None) -> Figures:
    record, counts = run.record, run.mesh.radios[node].counts
    wanted = [pair for pair in ages.wanted if pair[1] == node]
    origin, bound_s = record.origin[node], run.genies[run.circle_of[node]].live_s[node]
    return Figures(
        complete=_complete(ages, wanted),
        converged_s=spread(ages.among(wanted)),
        frames=counts.frames,
        bytes=counts.frame_bytes,
        airtime_s=counts.airtime_s,
        origin_frames=origin.frames,
        origin_bytes=origin.bytes,
        origin_airtime_s=origin.airtime_s,
        bound_s=bound_s,
        origin_ratio=ratio(origin.airtime_s, bound_s),
        entry_bytes_mean=_entry_bytes_mean(record, [node]),
        bulk=None,
        max_duty=_max_duty(run, node),
        collisions=counts.collisions,
        queue_drops=counts.queue_drops,
        identical=identical,
        critical_p95_s=_critical_p95_s(record, ages, wanted),
    )


def _complete(ages: Ages, wanted: Sequence[Pair]) -> float | None:
    return ratio(sum(ages.has(pair) for pair in wanted), len(wanted))


def _origin(record: Record, nodes: Sequence[int]) -> FrameCount:
    own = [record.origin[node] for node in nodes]
    return FrameCount(
        sum(one.frames for one in own), sum(one.bytes for one in own), sum(one.airtime_s for one in own)
    )


def _entry_bytes_mean(record: Record, nodes: Sequence[int]) -> float | None:
    """Return the payload bytes that bore entries, for each entry created there or carried from before."""
    entries = {entry_id for entry_id, made in record.made.items() if made.by in nodes}
    entries |= {entry_id for node in nodes for entry_id in record.carried[node]}
    return ratio(sum(record.entry_payload_bytes[node] for node in nodes), len(entries))


def _bulk(record: Record) -> BulkFigures | None:
    if not record.bulks:
        return None
    airtime_s = sum(bulk.airtime_s for bulk in record.bulks)
    bound_s = sum(bulk.bound_s for bulk in record.bulks)
    return BulkFigures(airtime_s, bound_s, ratio(airtime_s, bound_s))


def _max_duty(run: Run, node: int) -> float:
    return max_share(run.record.sent[node], run.scenario.hours * HOUR_S)


def _critical_p95_s(record: Record, ages: Ages, wanted: Sequence[Pair]) -> float | None:
    critical = [pair for pair in wanted if record.made[pair[0]].urgency is Urgency.CRITICAL]
    return percentile(sorted(ages.among(critical)), 95)


def _agreement(run: Run) -> Mapping[int, bool]:
    now_s = int(STARTS_AT_S + run.mesh.now)
    forgettable = {entry_id for entry_id, made in run.record.made.items() if made.is_old}
    agrees: dict[int, bool] = {}
    for circle in range(len(run.genies)):
        boards = [board for board in run.present if run.circle_of[board.index] == circle]
        agrees |= agreeing(boards, now_s, forgettable)
    return agrees


def _json(value: object) -> object:
    """Return dataclasses as objects, and numbers to the microsecond so that they read well."""
    if is_dataclass(value):
        return {field.name: _json(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, float):
        return round(value, DECIMALS)
    if isinstance(value, Mapping):
        return {str(key): _json(one) for key, one in value.items()}
    if isinstance(value, tuple | list):
        return [_json(one) for one in value]
    return value
