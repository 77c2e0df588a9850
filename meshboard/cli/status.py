"""Commands that look after a station: how it is, and whether its ledger is sound."""

import sys

import typer

from meshboard.cli.context import invocation, open_board, unlocked_host
from meshboard.cli.options import AsJson
from meshboard.cli.output import explained, print_json
from meshboard.cli.pick_up import wrong_codes_json
from meshboard.cli.posts import say_hidden
from meshboard.domain.views import BoardQuery, StationView, StatusView
from meshboard.station.board.airtime_view import AirtimeView, WaitingView
from meshboard.station.vault.wipe_tries import wrong_wipe_words
from meshboard.ui.airtime_words import airtime_lines
from meshboard.ui.format import ago, clock_off_words, counted, wrong_codes_lines

ledger_app = typer.Typer(help="Look after the ledger file.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command()(status)
    app.command()(airtime)
    app.add_typer(ledger_app, name="ledger")


def status(context: typer.Context, as_json: AsJson = False) -> None:
    """Show how the station, its radio and the other boards are."""
    with open_board(context) as board:
        now_s = board.now()
        seen, wrong = board.status(), board.pick_ups.wrong_codes()
        is_blocked = board.pick_ups.is_station_blocked()
        left_out = board.board(BoardQuery(limit=0))
        if as_json:
            print_json(
                {
                    **_status_json(seen),
                    "hidden_posts": {"count": left_out.hidden_count, "why": list(left_out.hidden)},
                    "wrong_pick_up_codes": [wrong_codes_json(one) for one in wrong],
                }
            )
        else:
            typer.echo("\n".join(_status_lines(seen, now_s)))
            say_hidden(left_out)
            for line in wrong_codes_lines(wrong, is_station_blocked=is_blocked):
                typer.echo(f"  {line}")


def airtime(context: typer.Context, as_json: AsJson = False) -> None:
    """Show what the radio sent in the last hour, what is left of it, and what waits by which rule."""
    with open_board(context) as board:
        seen = board.airtime()
        if as_json:
            print_json(_airtime_json(seen, board.now()))
        else:
            typer.echo("\n".join(["Airtime of this radio", *(f"  {line}" for line in airtime_lines(seen))]))


@ledger_app.command()
def check(context: typer.Context) -> None:
    """Read the whole ledger and say whether it is sound."""
    with explained():
        host = unlocked_host(invocation(context))
        try:
            lost = host.check_ledger()
        finally:
            host.close()
        typer.echo("The ledger is sound.")
        if lost:
            typer.echo(lost)


@ledger_app.command()
def rebuild(context: typer.Context) -> None:
    """Work out anew what the entries mean; the entries themselves stay as they are."""
    with explained():
        host = unlocked_host(invocation(context))
        try:
            host.rebuild_ledger(_show_progress)
        finally:
            host.close()
        typer.echo("The board was worked out anew from its entries.")


def _show_progress(done: int, total: int) -> None:
    share = 100 * done // total if total else 100
    if done >= total or sys.stderr.isatty():
        typer.echo(f"\r{share:3} % of {total} entries", nl=done >= total, err=True)


def _status_lines(seen: StatusView, now_s: int | None) -> list[str]:
    lines = [
        f"{seen.name}, in the circle “{seen.circle_name}”",
        f"  radio: {seen.link}" + (f" ({seen.node_name})" if seen.node_name else ""),
    ]
    if seen.link_detail:
        lines.append(f"  {seen.link_detail}")
    if seen.trouble:
        lines.append(f"  {seen.trouble}")
    if seen.circle_detail:
        lines.append(f"  {seen.circle_detail}")
    if seen.loss_detail:
        lines.append(f"  {seen.loss_detail}")
    if seen.frame_detail:
        lines.append(f"  {seen.frame_detail}")
    if seen.channel_utilisation is not None:
        lines.append(f"  channel: busy {seen.channel_utilisation:.0%} of the time")
    lines.append(f"  to send: {counted(seen.to_send, 'entry')}")
    if not seen.clock_is_sure:
        lines.append("  this machine does not know what time it is: nothing expires until it does")
    if off := clock_off_words(seen):
        lines.append(f"  this machine's clock is {off}")
    lines += [f"  {_station_words(station, now_s)}" for station in seen.stations]
    if seen.strangers:
        lines.append(f"  waiting for somebody to vouch for them: {', '.join(seen.strangers)}")
    if seen.wrong_wipe_codes:
        lines.append(f"  {wrong_wipe_words(seen.wrong_wipe_codes)}")
    lines += [
        f"  ignored: {counted(count, 'frame')}, {reason}" for reason, count in sorted(seen.rejected.items())
    ]
    return lines


def _station_words(station: StationView, now_s: int | None) -> str:
    heard = "not heard yet" if station.last_heard_at is None else f"heard {ago(station.last_heard_at, now_s)}"
    agrees = "holds what we hold" if station.agrees else "may hold something else"
    return f"{station.name}: {heard}, {agrees}, {counted(station.entries, 'entry')} of it here"


def _status_json(seen: StatusView) -> dict[str, object]:
    return {
        "name": seen.name,
        "circle": seen.circle_name,
        "station_runs": seen.station_runs,
        "link": seen.link,
        "link_detail": seen.link_detail or None,
        "trouble": seen.trouble or None,
        "node": seen.node_name or None,
        "channel_utilisation": seen.channel_utilisation,
        "to_send": seen.to_send,
        "clock_is_sure": seen.clock_is_sure,
        "clock_off_s": seen.clock_off_s,
        "circle_detail": seen.circle_detail or None,
        "frame_detail": seen.frame_detail or None,
        "loss_detail": seen.loss_detail or None,
        "waiting_for_vouch": list(seen.strangers),
        "wrong_wipe_codes": seen.wrong_wipe_codes,
        "last_heard_at": seen.last_heard_at,
        "stations": [
            {
                "name": station.name,
                "last_heard_at": station.last_heard_at,
                "agrees": station.agrees,
                "entries": station.entries,
            }
            for station in seen.stations
        ],
        "ignored": seen.rejected,
    }


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
