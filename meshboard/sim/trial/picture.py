"""Draw what a trial came to over time, as an SVG file."""

from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

from meshboard.sim.trial.outcome import Outcome

WIDTH, HEIGHT = 720, 360
LEFT, TOP, PANEL_HEIGHT, GAP = 64, 48, 110, 48
AIRTIME, BEHIND = "#2f6f9f", "#b5542c"  # told apart by place and title too


def picture(outcome: Outcome) -> str:
    """Return an SVG document: airtime above, what was still to arrive below."""
    slices = outcome.further.over_time
    shares = [100 * one.airtime_s / slices[0].until_s for one in slices]
    behind = [float(one.behind) for one in slices]
    title = f"{outcome.scenario}, seed {outcome.seed}, {outcome.protocol}"
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif"'
        ' font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{LEFT}" y="20" font-size="14">{escape(title)}</text>',
        *_panel(TOP, "Airtime of all nodes, % of the time", shares, AIRTIME),
        *_panel(TOP + PANEL_HEIGHT + GAP, "Entries that had not arrived yet", behind, BEHIND),
        *_hours(outcome.hours),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _panel(top: int, title: str, values: Sequence[float], colour: str) -> Iterator[str]:
    most = max(values, default=0.0) or 1.0
    bottom, step = top + PANEL_HEIGHT, (WIDTH - LEFT - 16) / len(values)
    yield f'<text x="{LEFT}" y="{top - 6}">{escape(title)}</text>'
    yield f'<text x="{LEFT - 6}" y="{top + 10}" text-anchor="end">{most:.3g}</text>'
    yield f'<text x="{LEFT - 6}" y="{bottom}" text-anchor="end">0</text>'
    for number, value in enumerate(values):
        height = PANEL_HEIGHT * value / most
        if value > 0:
            yield (
                f'<rect x="{LEFT + number * step:.1f}" y="{bottom - height:.1f}" width="{step - 0.5:.1f}"'
                f' height="{height:.1f}" fill="{colour}"/>'
            )
    yield f'<path d="M{LEFT} {top}V{bottom}H{WIDTH - 16}" fill="none" stroke="black"/>'


def _hours(hours: float) -> Iterator[str]:
    y = TOP + 2 * PANEL_HEIGHT + GAP + 18
    yield f'<text x="{LEFT}" y="{y}">0</text>'
    yield f'<text x="{WIDTH - 16}" y="{y}" text-anchor="end">{hours:g} h</text>'
