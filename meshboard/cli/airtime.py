"""A radio's airtime, as lines and as JSON values: `meshboard airtime`."""

import typer

from meshboard.cli.context import open_service
from meshboard.cli.options import AsJson
from meshboard.cli.output import print_json
from meshboard.station.board.airtime_view import AirtimeView, WaitingView
from meshboard.ui.airtime_words import airtime_lines


def airtime(context: typer.Context, as_json: AsJson = False) -> None:
    """Show what the radio sent in the last hour, what is left of it, and what waits by which rule."""
    with open_service(context) as service:
        seen = service.airtime()
        if as_json:
            print_json(_airtime_json(seen, service.now()))
        else:
            typer.echo("\n".join(["Airtime of this radio", *(f"  {line}" for line in airtime_lines(seen))]))


def _airtime_json(seen: AirtimeView, now_s: int | None) -> dict[str, object]:
    """Return it as JSON values: times are Unix seconds, amounts seconds, null = unknown."""
    return {
        "station_runs": seen.station_runs,
        "link": seen.link,
        "region": seen.region,
        "preset": seen.preset,
        "budget_s": round(seen.budget_s, 2),
        "spent_s": round(seen.spent_s, 2),
        "left_s": round(seen.left_s, 2),
        "left_for_what_is_not_critical_s": round(seen.left_for_rest_s, 2),
        "spent_by_use_s": {use: round(air_s, 2) for use, air_s in seen.by_use.items()},
        "spent_by_minute_s": [round(air_s, 2) for air_s in seen.minutes],
        "heard_by_minute_s": [round(air_s, 2) for air_s in seen.heard_minutes],
        "channel_utilisation": seen.node_says,
        "channel_utilisation_age_s": None if seen.node_said_s is None else round(seen.node_said_s),
        "channel_utilisation_heard": None if seen.heard_share is None else round(seen.heard_share, 4),
        "waiting": [_waiting_json(one, now_s) for one in seen.waiting],
        "refused_by_node": dict(seen.refused),
        "not_handed_to_node": dict(seen.not_handed),
        "texts_refused_by_receivers": seen.refused_there,
        "answers_to_handhelds_dropped": seen.unanswered,
    }


def _waiting_json(one: WaitingView, now_s: int | None) -> dict[str, object]:
    until = None if one.wait_s is None or now_s is None else round(now_s + one.wait_s)
    return {
        "what": one.what,
        "count": one.count,
        "held_back_by": one.rule or None,
        "wait_s": None if one.wait_s is None else round(one.wait_s, 1),
        "until": until,
    }
