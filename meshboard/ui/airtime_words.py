"""Say how a radio's hour is: what was sent, what is left, what waits and why. Pure functions."""

from collections.abc import Sequence
from textwrap import wrap

from meshboard.station.board.airtime_view import AirtimeView, WaitingView

_STEPS = "▁▂▃▄▅▆▇█"
_SILENCE = "·"
_WIDEST_CELLS = 78  # of 80: the page has a margin


def airtime_lines(view: AirtimeView) -> list[str]:
    """Return it in lines of at most 80 cells, those that wait excepted."""
    return [
        f"sent {seconds(view.spent_s)} of {seconds(view.budget_s)} in the last hour ({view.region})",
        f"left {seconds(view.left_s)}, {seconds(view.left_for_rest_s)} of it for what is not critical",
        *_uses_lines(view),
        *_channel_lines(view),
        *plot_lines(view),
        *waiting_lines(view),
        *_unanswered_lines(view),
        *_refused_lines(view),
    ]


def plot_lines(view: AirtimeView) -> list[str]:
    """Return the last sixty minutes as two rows of characters, each to its own scale."""
    rows = [f"  sent {spark(view.minutes)} {_peak(view.minutes)}"]
    if any(view.heard_minutes):
        rows.append(f" heard {spark(view.heard_minutes)} {_peak(view.heard_minutes)}")
    return [*rows, f"       60 min ago{'now':>50}"]


def waiting_lines(view: AirtimeView) -> list[str]:
    """Return what waits, one class a line."""
    if not view.waiting:
        nothing = "nothing waits" if view.station_runs else "! no station is running: nothing is sent now"
        return [nothing]
    return [f"waits: {waiting_words(one)}" for one in view.waiting]


def waiting_words(one: WaitingView) -> str:
    """Return how much of a class waits, how long and why: `3 posts, 12 min: the hour's airtime is spent`."""
    if one.wait_s == 0.0:
        return f"{one.counted}, next"
    if one.wait_s is None:
        return f"{one.counted}: {one.rule}"
    return f"{one.counted}, {wait(one.wait_s)}: {one.rule}"


def _refused_lines(view: AirtimeView) -> list[str]:
    there = f"! {view.refused_there} refused by the receiver's node: texts"
    return [
        *(f"! {count} refused by our node: {why}" for why, count in sorted(view.refused.items())),
        *(
            f"! {count} perhaps never got to our node: {why}"
            for why, count in sorted(view.not_handed.items())
        ),
        *([there] if view.refused_there else []),
    ]


def _unanswered_lines(view: AirtimeView) -> list[str]:
    if not view.unanswered:
        return []
    words = "answer to a handheld" if view.unanswered == 1 else "answers to handhelds"
    return [f"! {view.unanswered} {words} found no air in time, and went to nobody"]


def spark(values: Sequence[float]) -> str:
    """Return one character for each value, the largest the full height; nothing at all is a dot."""
    top = max(values, default=0.0) or 1.0
    return "".join(_STEPS[int((len(_STEPS) - 1) * value / top)] if value else _SILENCE for value in values)


def seconds(amount_s: float) -> str:
    """Return an amount of airtime: `41.2 s`."""
    return f"{amount_s:.1f} s"


def wait(wait_s: float) -> str:
    """Return how long still: `8 s`, `12 min`."""
    return f"{wait_s:.0f} s" if wait_s < 100 else f"{wait_s / 60:.0f} min"


def _peak(values: Sequence[float]) -> str:
    return f"≤{max(values, default=0.0):.0f} s"


def _uses_lines(view: AirtimeView) -> list[str]:
    said = [f"{use} {amount_s:.0f}" for use, amount_s in view.by_use.items() if amount_s]
    words = f"{', '.join(said)} s" if said else "nothing was sent"
    return wrap(words, _WIDEST_CELLS, initial_indent="  ", subsequent_indent="  ")


def _channel_lines(view: AirtimeView) -> list[str]:
    if view.heard_share is None:
        return []
    heard = f"{view.heard_share:.0%} as heard here"
    if view.node_says is None:
        return [f"channel {heard}; the node does not say"]
    said = f"{view.node_says:.0%} busy, as the node said {wait(view.node_said_s or 0.0)} ago"
    return [f"channel {said}; {heard}"]
