"""Figures beyond BENCHMARK.md's: what the airtime was for, live and bulk apart, and how it went over time."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from meshboard.domain.posts import Urgency
from meshboard.figures import HOUR_S
from meshboard.sim.trial.ages import Ages
from meshboard.sim.trial.bound import Pair
from meshboard.sim.trial.measured import Spread, ratio, spread
from meshboard.sim.trial.record import Bulk, FrameCount, Record
from meshboard.sim.trial.trial import Run

MOST_URGENT = 20  # of a newcomer's entries: BENCHMARK.md section 2, join-500
SLICES = 72  # of a run's time, one for each column of a plot on a terminal of 80


@dataclass(frozen=True, slots=True)
class BulkStory:
    """One join, heal or restart, and how what was lacking came."""

    at_s: float
    pairs: int
    missing: int
    bound_s: float
    airtime_s: float
    first_20_s: float | None
    """Until each station that lacked posts had the 20 most urgent; None while one has not."""
    all_s: float | None
    """Until everything was there; None while something is not."""
    entry_bytes: float | None
    """Payload bytes said for it, talk included, for each entry."""


@dataclass(frozen=True, slots=True)
class Slice:
    """A share of the run's time."""

    until_s: float
    airtime_s: float
    behind: int
    """(entry, station) pairs that could have come by the end of it, and had not."""


@dataclass(frozen=True, slots=True)
class Further:
    """What else there is to say of a trial."""

    entries: int
    destroyed: int
    """Entries whose only ledger went back to an older copy."""
    utilisation: float
    """Airtime of all nodes as a share of the run's time."""
    relay_airtime_s: float
    live_converged_s: Spread
    """Of what connectivity let come at its commit."""
    bulk_converged_s: Spread
    duty_drops: int
    """Frames that nodes refused because they had sent as much as the region allows."""
    uses: Mapping[str, FrameCount]
    """What stations originated, by what it is for; payload bytes."""
    bulks: Sequence[BulkStory]
    over_time: Sequence[Slice]


def further(run: Run, ages: Ages) -> Further:
    """Return what else a trial that is over came to."""
    record, counts = run.record, [radio.counts for radio in run.mesh.radios]
    airtime_s = sum(count.airtime_s for count in counts)
    in_bulk = {pair for bulk in record.bulks for pair in bulk.pairs}
    return Further(
        entries=len(record.made),
        destroyed=sum(len(genie.destroyed) for genie in run.genies),
        utilisation=airtime_s / (run.scenario.hours * HOUR_S),
        relay_airtime_s=airtime_s - sum(own.airtime_s for own in record.origin.values()),
        live_converged_s=spread(ages.among(pair for pair in ages.wanted if pair not in in_bulk)),
        bulk_converged_s=spread(ages.among(pair for pair in ages.wanted if pair in in_bulk)),
        duty_drops=sum(count.duty_drops for count in counts),
        uses=_by_use(record),
        bulks=[_story(bulk, run.record) for bulk in record.bulks],
        over_time=_over_time(run, ages),
    )


def _by_use(record: Record) -> Mapping[str, FrameCount]:
    uses: dict[str, FrameCount] = defaultdict(FrameCount)
    for said in record.said.values():
        for use, tally in said.items():
            uses[use].frames += tally.frames
            uses[use].bytes += tally.bytes
            uses[use].airtime_s += tally.airtime_s
    return dict(sorted(uses.items()))


def _story(bulk: Bulk, record: Record) -> BulkStory:
    stations = sorted({node for _, node in bulk.pairs})
    firsts = [_first_s(record, [pair for pair in bulk.pairs if pair[1] == node]) for node in stations]
    known_firsts = [first for first in firsts if first is not None]
    arrivals = [record.arrived_s[pair] for pair in bulk.pairs if pair in record.arrived_s]
    return BulkStory(
        at_s=bulk.at_s,
        pairs=len(bulk.pairs),
        missing=len(bulk.pairs) - len(arrivals),
        bound_s=bulk.bound_s,
        airtime_s=bulk.airtime_s,
        first_20_s=max(0.0, max(known_firsts) - bulk.at_s) if len(known_firsts) == len(firsts) else None,
        all_s=max(0.0, max(arrivals) - bulk.at_s) if len(arrivals) == len(bulk.pairs) else None,
        entry_bytes=ratio(bulk.payload_bytes, len(bulk.entries)),
    )


def _first_s(record: Record, pairs: Sequence[Pair]) -> float | None:
    """Return when one station had the 20 most urgent of these; of equal urgency any will do."""
    arrivals: dict[Urgency | None, list[float]] = defaultdict(list)
    for pair in pairs:
        arrivals[record.made[pair[0]].urgency].append(record.arrived_s.get(pair, float("inf")))
    wanted, last_s = min(MOST_URGENT, len(pairs)), 0.0
    for urgency in sorted(
        arrivals, key=lambda urgency: -1 if urgency is None else urgency.value, reverse=True
    ):
        taken = sorted(arrivals[urgency])[:wanted]
        wanted -= len(taken)
        last_s = max(last_s, *taken) if taken else last_s
    return None if last_s == float("inf") else last_s


def _over_time(run: Run, ages: Ages) -> Sequence[Slice]:
    length_s = run.scenario.hours * HOUR_S / SLICES
    airtime_s, change = [0.0] * SLICES, [0] * (SLICES + 1)
    for at_s, seconds in run.record.airtime_at:
        airtime_s[min(int(at_s / length_s), SLICES - 1)] += seconds
    for pair in ages.wanted:
        arrived_s = run.record.arrived_s.get(pair)
        if arrived_s is None and ages.has(pair):
            continue  # its own author, or there from the start
        due_s = ages.due_s(pair, run.mesh.now if arrived_s is None else arrived_s)
        change[min(int(due_s / length_s), SLICES)] += 1
        if arrived_s is not None:
            change[min(int(arrived_s / length_s), SLICES)] -= 1
    slices, behind = [], 0
    for number in range(SLICES):
        behind += change[number]
        slices.append(Slice((number + 1) * length_s, airtime_s[number], behind))
    return slices
