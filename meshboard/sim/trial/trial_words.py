"""Say in plain language what a trial came to, with a plot made of letters."""

import math
from collections.abc import Iterator, Sequence

from meshboard.figures import HOUR_S
from meshboard.sim.scenario import Scenario
from meshboard.sim.trial.further import BulkStory
from meshboard.sim.trial.measured import Spread
from meshboard.sim.trial.outcome import Figures, Outcome
from meshboard.sync.air.budget import REGION_DUTY_SHARE

BARS = " ▁▂▃▄▅▆▇█"


def report(scenario: Scenario, outcome: Outcome) -> Iterator[str]:
    """Yield the lines of a report for people."""
    yield from _what(scenario, outcome)
    yield ""
    yield from _arrivals(outcome)
    yield ""
    yield from _airtime(scenario, outcome)
    for story in outcome.further.bulks:
        yield from _bulk(story)
    yield ""
    yield from plot(outcome)


def _what(scenario: Scenario, outcome: Outcome) -> Iterator[str]:
    yield f"{scenario.name}, seed {outcome.seed}, boards that speak {outcome.protocol}"
    circles = f" in {len(scenario.circles)} circles" if scenario.circles else ""
    stations = f"{len(outcome.stations)} stations{circles} on {scenario.nodes} nodes"
    air = f"{scenario.preset}, {scenario.region}, firmware {scenario.firmware}, {scenario.loss:.0%} loss"
    yield f"{scenario.hours:g} hours; {stations}; {air}"


def _arrivals(outcome: Outcome) -> Iterator[str]:
    figures, further = outcome.figures, outcome.further
    if figures.complete is None:
        yield "Nobody had anything to say."
    elif figures.complete == 1.0:
        yield f"Every one of {further.entries:,} entries reached every station that is to have it."
    else:
        percent = math.floor(10_000 * figures.complete) / 100  # 99.999 % must not read as all
        yield f"{percent:.2f} % of what was to arrive did ({further.entries:,} entries)."
    if further.destroyed:
        yield f"{further.destroyed} entries were on one disk only, and went with it; they are left out."
    yield f"Age on arrival: {_spread(figures.converged_s)}."
    if figures.critical_p95_s is not None:
        yield f"Of critical posts 95 % came within {words_of(figures.critical_p95_s)}."
    if figures.identical is not None:
        yield f"Boards show {'the same everywhere' if figures.identical else 'not the same everywhere'}."


def _airtime(scenario: Scenario, outcome: Outcome) -> Iterator[str]:
    figures, further = outcome.figures, outcome.further
    yield (
        f"On the air: {figures.frames:,} frames, {figures.bytes:,} bytes, {figures.airtime_s:,.0f} s; "
        f"all nodes' together {further.utilisation:.2%} of the time."
    )
    own = f"{figures.origin_frames:,} frames, {figures.origin_airtime_s:,.0f} s"
    yield f"Stations' own: {own}{_against(figures)}."
    for use, tally in further.uses.items():
        size = f"{tally.bytes:>9,} bytes of payload"
        yield f"  {use:<8} {tally.frames:>6,} frames {tally.airtime_s:>8,.0f} s {size}"
    if figures.entry_bytes_mean is not None:
        yield f"An entry took {figures.entry_bytes_mean:.0f} bytes of payload."
    limit = REGION_DUTY_SHARE.get(scenario.region)
    allowed = f" of {100 * limit:g}% allowed" if limit else ""
    yield f"The busiest station's node sent {figures.max_duty:.2%} of an hour{allowed}."
    drops = f", refused for the duty cycle {further.duty_drops:,}" if further.duty_drops else ""
    yield f"Collisions {figures.collisions:,}, lost to full queues {figures.queue_drops:,}{drops}."


def _against(figures: Figures) -> str:
    if figures.origin_ratio is None:
        return ""
    return f", {figures.origin_ratio:.2f} times the {figures.bound_s:,.0f} s of a genie"


def _bulk(story: BulkStory) -> Iterator[str]:
    times = f"{story.airtime_s / story.bound_s:.2f} times" if story.bound_s else "for"
    yield f"At {words_of(story.at_s)} stations lacked {story.pairs:,} entries that could come from then on:"
    yield f"  {story.airtime_s:,.0f} s of airtime, {times} the {story.bound_s:,.0f} s of a genie"
    if story.first_20_s is not None:
        yield f"  the 20 most urgent after {words_of(story.first_20_s)}"
    yield f"  {story.missing:,} never came" if story.all_s is None else f"  all after {words_of(story.all_s)}"


def plot(outcome: Outcome) -> Iterator[str]:
    """Yield a plot of airtime and of what was still to arrive, over the run's time."""
    slices = outcome.further.over_time
    slice_s = slices[0].until_s
    shares = [one.airtime_s / slice_s for one in slices]
    yield f"All nodes' airtime together, at most {max(shares):.2%} of {words_of(slice_s)}"
    yield bars(shares)
    behind = [float(one.behind) for one in slices]
    yield f"Not yet arrived, at most {max(behind):,.0f}"
    yield bars(behind)
    end = f"{outcome.hours:g} h"
    yield f"0{end:>{len(slices) - 1}}"


def bars(values: Sequence[float]) -> str:
    """Return a row of bars; anything above nothing can be seen."""
    most = max(values, default=0.0) or 1.0
    steps = len(BARS) - 1
    return "".join(BARS[math.ceil(value * steps / most)] for value in values)


def _spread(spread: Spread) -> str:
    if spread.p50 is None or spread.p95 is None or spread.max is None:
        return "nothing came by air"
    return f"half {words_of(spread.p50)}, 95 % {words_of(spread.p95)}, the last {words_of(spread.max)}"


def words_of(seconds: float) -> str:
    """Return a time in the unit people would use."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / HOUR_S:.1f} h"
