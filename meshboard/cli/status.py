"""How the station, its radio and the other boards are: `meshboard status`."""

import typer

from meshboard.cli.context import open_service
from meshboard.cli.options import AsJson
from meshboard.cli.output import print_json
from meshboard.cli.pick_up import wrong_codes_json
from meshboard.cli.posts import say_hidden
from meshboard.domain.views import BoardQuery
from meshboard.station.board.status import StationView, StatusView
from meshboard.station.vault.wipe_tries import wrong_wipe_words
from meshboard.ui.format import ago, clock_off_words, counted, wrong_codes_lines


def status(context: typer.Context, as_json: AsJson = False) -> None:
    """Show how the station, its radio and the other boards are."""
    with open_service(context) as service:
        now_s = service.now()
        seen, wrong = service.status(), service.pick_ups.wrong_codes()
        is_blocked = service.pick_ups.is_station_blocked()
        left_out = service.board(BoardQuery(limit=0))
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
