"""Say values in words: ages, amounts, signs and how far a post has travelled. Pure functions."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import assert_never

from meshboard.domain.ids import AuthorId, member_key
from meshboard.domain.posts import HandOff, PostKind, Quantity, TimeWindow, Urgency
from meshboard.domain.standing import PostState
from meshboard.domain.views import FrameFit, PostView
from meshboard.figures import DAY_S, HOUR_S, MINUTE_S
from meshboard.station.board.pick_ups import WrongCodes
from meshboard.station.board.status import StationView, StatusView

URGENCY_SIGN = {Urgency.LOW: "↓", Urgency.NORMAL: "", Urgency.HIGH: "!", Urgency.CRITICAL: "!!"}
"""What stands before a post; the word stands in its details."""

STATE_WORD = {
    PostState.OPEN: "open",
    PostState.PARTLY_CLAIMED: "partly",
    PostState.CLAIMED: "claimed",
    PostState.DONE: "done",
    PostState.WITHDRAWN: "withdrawn",
    PostState.EXPIRED: "expired",
}
"""The state in one short word, for a column."""

HAND_OFF_WORDS = {
    HandOff.UNSAID: "not said",
    HandOff.LEAVE_AT_DOOR: "leave at the door",
    HandOff.IN_PERSON: "in person",
    HandOff.PICK_UP: "pick up",
}

_LINK_SIGN = {"connected": "■", "connecting": "…", "no radio": "○"}

_SAME_TIME_S = MINUTE_S  # clocks of neighbours differ by seconds: within a minute ahead is simply now
OLD_CODES = "Invites stay open; codes shown before have the old key and are slow: better show them again."


def key_letters(author: AuthorId) -> str:
    """Return what two people compare to know that a board is the one they mean: 16 digits in groups of 4."""
    digits = member_key(author).hex()
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))


def age(at: int | None, now: int | None) -> str:
    """Return how long ago, in at most 6 cells: `now`, `3 min`, `2 h`, `4 d`; empty where nobody can know."""
    if at is None or now is None:
        return ""
    seconds = now - at
    if seconds < -_SAME_TIME_S:
        return "clock?"
    if seconds < MINUTE_S:
        return "now"
    if seconds < HOUR_S:
        return f"{seconds // MINUTE_S} min"
    if seconds < 2 * DAY_S:
        return f"{seconds // HOUR_S} h"
    return f"{seconds // DAY_S} d"


def ago(at: int | None, now: int | None) -> str:
    """Return how long ago as a phrase: `3 min ago`, `just now`."""
    short = age(at, now)
    if not short:
        return "at an unknown time"
    if short == "clock?":
        return "in the future, by its author's clock"
    return "just now" if short == "now" else f"{short} ago"


def moment(at: int, zone: tzinfo | None = None) -> str:
    """Return a time of day as people say it, `Tue 14 May 16:05`; `zone` None = this computer's own."""
    return datetime.fromtimestamp(at, tz=UTC).astimezone(zone).strftime("%a %-d %b %H:%M")


def window_words(window: TimeWindow, zone: tzinfo | None = None) -> str:
    """Return when something happens: `Tue 14 May 16:05 to 18:00`, `from Tue 14 May 16:05`."""
    start = moment(window.starts_at, zone)
    if window.ends_at is None:
        return f"from {start}"
    end = moment(window.ends_at, zone)
    same_day = start.rsplit(" ", 1)[0] == end.rsplit(" ", 1)[0]
    return f"{start} to {end.rsplit(' ', 1)[1] if same_day else end}"


def lifetime(hours: int) -> str:
    """Return a number of hours as people say it: `6 hours`, `3 days`, `1 day 12 hours`."""
    days, rest = divmod(hours, 24)
    parts = [counted(days, "day")] if days else []
    if rest or not days:
        parts.append(counted(rest, "hour"))
    return " ".join(parts)


def how_long(time_s: int) -> str:
    """Return how long something takes, in its largest unit: `3 days`, `5 hours`, `12 min`."""
    hours = round(time_s / HOUR_S)
    if time_s < HOUR_S:
        return f"{max(time_s // MINUTE_S, 1)} min"
    return counted(round(hours / 24), "day") if hours >= 48 else lifetime(hours)


def hidden_words(post: PostView) -> str:
    """Say that what was just posted is beyond a bound."""
    return f"Stored, but hidden on boards: {post.beyond}."


def stays_up(post: PostView, now: int | None) -> str:
    """Return how much longer a post stays up."""
    expires_at = post.standing.expires_at
    if expires_at is None or now is None:
        return f"meant to stay up {lifetime(post.content.lifetime_hours)}; no sure clock to count by"
    left_s = expires_at - now
    if left_s <= 0:
        return f"its time ended {ago(expires_at, now)}"
    if left_s < HOUR_S:
        return f"stays up {max(left_s // MINUTE_S, 1)} min more"
    return f"stays up {lifetime(left_s // HOUR_S)} more"


def number(amount: Decimal) -> str:
    """Return an amount without needless zeros: `5`, `2.5`."""
    plain = f"{amount:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def quantity_words(quantity: Quantity | None) -> str:
    """Return `5 gal`, or empty where there is no quantity."""
    return f"{number(quantity.amount)} {quantity.unit}".rstrip() if quantity else ""


def left_words(post: PostView) -> str:
    """Return what is still to be had, short for a column: `5 gal`, `3/12 gal`; empty without a quantity."""
    quantity = post.content.quantity
    if quantity is None:
        return ""
    if post.standing.left == quantity.amount or not post.standing.state.is_live:
        return quantity_words(quantity)
    return f"{number(post.standing.left)}/{quantity_words(quantity)}"


def share_sentence(post: PostView) -> str:
    """Return how much is wanted, held and done, in one sentence; empty where there is nothing to count."""
    quantity, standing = post.content.quantity, post.standing
    if quantity is None or post.content.kind is PostKind.NOTICE:
        return ""
    parts = [f"{quantity_words(quantity)} in all"]
    if standing.state.is_live:
        parts.append(f"{number(standing.left)} left" if standing.left else "none left")
    if standing.held:
        parts.append(f"{number(standing.held)} claimed")
    if standing.done:
        parts.append(f"{number(standing.done)} of it done")
    return ", ".join(parts)


def state_words(post: PostView) -> str:
    """Return the state as a phrase, saying when it rests on somebody's silence."""
    words = post.standing.state.value
    return f"{words} (nobody objected for a day)" if post.standing.is_inferred else words


def travelled(post: PostView, has_radio: bool = True) -> str:
    """Return how far a post's latest change is known to have come; never more than is known."""
    if not post.is_sent:
        return "stored here · not sent yet" if has_radio else "stored here · no radio to send it with"
    heard = f"{counted(post.heard_by, 'other board')} {'has' if post.heard_by == 1 else 'have'} it"
    if not post.heard_by:
        heard = "no other board is known to have it"
    return f"stored here · sent · {heard}" if post.is_mine else f"stored here · {heard}"


def link_sign(link: str) -> str:
    """Return the sign before the words for the link's state."""
    return _LINK_SIGN.get(link, "×")


def link_words(status: StatusView) -> str:
    """Return the link's state with its sign, and who drives the radio where that is not this window."""
    if status.is_owner:
        return f"{link_sign(status.link)} {status.link}"
    if status.station_runs:
        return f"{link_sign(status.link)} {status.link} (radio: other window)"
    return f"{link_sign('no radio')} no station is running"


def clock_off(status: StatusView) -> str:
    """Return `3 days behind` where the running station corrects the machine's clock, else nothing."""
    if not status.clock_off_s:
        return ""
    return f"{how_long(abs(status.clock_off_s))} {'ahead' if status.clock_off_s > 0 else 'behind'}"


def clock_off_words(status: StatusView) -> str:
    """Return what a wrong clock means: other processes than the station's know no other time than its."""
    off = clock_off(status)
    if not off:
        return ""
    if status.is_owner:
        return f"{off}; going by the time that most others agree on"
    return f"{off}: set it right; only the station corrects it"


def heard_words(stations: tuple[StationView, ...], now: int | None, at_most: int) -> str:
    """Return which boards were heard and when, latest first: `heard Hall 1 min, Ana 3 h +2`."""
    heard = sorted(
        (station for station in stations if station.last_heard_at is not None),
        key=lambda station: station.last_heard_at or 0,
        reverse=True,
    )
    if not heard and any(station.entries for station in stations):
        return "entries came; no board said yet what it holds"
    if not heard:
        return "no other board heard yet"
    named = [f"{station.name} {age(station.last_heard_at, now)}".rstrip() for station in heard[:at_most]]
    more = f" +{len(heard) - at_most}" if len(heard) > at_most else ""
    return "heard " + ", ".join(named) + more


def measure_words(measure: FrameFit) -> str:
    """Return how a text fits one radio frame, and what to do when it does not."""
    fits = f"{measure.used_bytes} of {measure.limit_bytes} bytes · {measure.airtime_s:.1f} s of radio time"
    if measure.over_bytes:
        return f"{fits} · take out {counted(measure.over_bytes, 'byte')}"
    return fits


def bar(used: int, limit: int, width_cells: int) -> str:
    """Return a meter of `width_cells` cells, full at `limit`."""
    filled = min(width_cells, round(width_cells * used / limit)) if limit > 0 else width_cells
    return "█" * filled + "░" * (width_cells - filled)


def at_least_words(urgency: Urgency) -> str:
    """Return which urgencies a filter lets through."""
    match urgency:
        case Urgency.LOW:
            return ""
        case Urgency.NORMAL:
            return "normal or more pressing"
        case Urgency.HIGH:
            return "high or critical"
        case Urgency.CRITICAL:
            return "critical only"
        case _:
            assert_never(urgency)


def counted(count: int, thing: str) -> str:
    """Return a number and its noun: `1 post`, `12 posts`, `3 entries`."""
    if count == 1:
        return f"1 {thing}"
    return f"{count} {thing[:-1]}ies" if thing.endswith("ry") else f"{count} {thing}s"


def wrong_codes_lines(wrong: Sequence[WrongCodes], *, is_station_blocked: bool) -> list[str]:
    """Return a line for each post with wrong codes, and one for the whole station where its limit holds."""
    if not is_station_blocked:
        return [wrong_codes_words(one) for one in wrong]
    first = "too many wrong pick-up codes at this board: none is tried for any post for ten minutes"
    return [first, *(wrong_codes_words(replace(one, is_locked=False)) for one in wrong)]


def wrong_codes_words(wrong: WrongCodes, zone: tzinfo | None = None) -> str:
    """Return `3 wrong pick-up codes for K7Q2 since Tue 14 May 14:05`, and whether more are tried."""
    since = f" since {moment(wrong.since, zone)}" if wrong.since is not None else ""
    locked = "; none is tried for ten minutes" if wrong.is_locked else ""
    return f"{counted(wrong.count, 'wrong pick-up code')} for {wrong.post_code}{since}{locked}"
