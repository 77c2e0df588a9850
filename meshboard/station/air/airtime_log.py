"""The hour's airtime as the ledger keeps it, so that it outlives the process.

Within one boot it is kept on the clock that never jumps. After another boot that clock began anew: then the
machine's clock says how long ago that was, and where it cannot be right (not known, or earlier than before)
no more than the time since the boot is taken to have passed. So a wrong clock can hold a station up for an
hour at most; set ahead during a reboot it can free what was spent before, once.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from meshboard.clock import Clock
from meshboard.figures import HOUR_S, MINUTE_S
from meshboard.ledger.circle.remembered import AIRTIME_LOG
from meshboard.ledger.ledger import Ledger
from meshboard.sync.air.budget import Spent
from meshboard.sync.events import FrameUse


@dataclass(frozen=True, slots=True)
class Moment:
    """One moment on the clocks of a machine."""

    boot: str
    """Names the run of the machine; empty where it cannot be told."""
    monotonic_s: float
    wall_s: int | None


def moment_of(clock: Clock, boot: str) -> Moment:
    """Return what the clocks show now."""
    return Moment(boot, clock.monotonic_s(), clock.wall_s())


def save_log(ledger: Ledger, spent: Iterable[Spent], now: Moment) -> None:
    """Keep what was sent in the last hour; raises LedgerError."""
    ledger.remembered.keep(AIRTIME_LOG, written_log(spent, now))


def written_log(spent: Iterable[Spent], now: Moment) -> str:
    """Return the log as the ledger keeps it: for each minute and use one sum, as of its last frame."""
    sums: dict[tuple[int, str, bool], tuple[float, float]] = {}
    for one in spent:
        key = int(one.sent_at // MINUTE_S), one.use.value if one.use else "", one.is_urgent
        last_at, air_s = sums.get(key, (one.sent_at, 0.0))
        sums[key] = max(last_at, one.sent_at), air_s + one.air_s
    rows = [[at, air_s, use, is_urgent] for (_, use, is_urgent), (at, air_s) in sums.items()]
    return json.dumps({"boot": now.boot, "at": now.monotonic_s, "wall": now.wall_s, "spent": rows})


def read_log(ledger: Ledger, now: Moment) -> Sequence[Spent]:
    """Return what was sent in the last hour, on the clock of this boot; nothing where that is not known."""
    try:
        log = json.loads(ledger.remembered.read(AIRTIME_LOG) or "{}")
    except json.JSONDecodeError:
        return ()
    if not isinstance(log, dict) or not isinstance(log.get("at"), int | float):
        return ()
    shift_s = _shift_s(log, now)
    spent = []
    for row in log.get("spent", ()):
        with suppress(ValueError, TypeError):
            at, air_s, use, is_urgent = row
            spent.append(Spent(at + shift_s, float(air_s), FrameUse(use) if use else None, bool(is_urgent)))
    return [one for one in spent if one.sent_at > now.monotonic_s - HOUR_S]


def _shift_s(log: Mapping[str, float | str | None], now: Moment) -> float:
    """Return what has to be added to a log's times to have them on the clock of this boot."""
    saved_at, boot, wall_s = log["at"], log.get("boot"), log.get("wall")
    assert isinstance(saved_at, int | float)
    is_same_boot = bool(now.boot) and boot == now.boot and saved_at <= now.monotonic_s
    if is_same_boot:
        return 0.0
    away_s = now.monotonic_s if now.boot else 0.0  # where boots have names, the clock began with this one
    if isinstance(wall_s, int | float) and now.wall_s is not None:
        away_s = max(away_s, now.wall_s - wall_s)
    return now.monotonic_s - away_s - saved_at
