"""The airtime of a station's one radio: one governor for all circles, and what of it is kept in the ledger.

The log is written before each frame is handed over, so a station that is killed does not get a fresh hour.
"""

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from meshboard.clock import Clock
from meshboard.ledger.ledger import Ledger
from meshboard.link import PacketOverheard, Refusal
from meshboard.station.air.airtime_log import Moment, moment_of, read_log, save_log
from meshboard.station.air.airtime_report import report_of, save_report
from meshboard.sync.air.budget import hourly_budget_s
from meshboard.sync.air.governor import Governor
from meshboard.sync.air.held import Held
from meshboard.sync.air.time_on_air import PRESETS, text_frame_bytes, time_on_air_s
from meshboard.sync.setup import EngineConfig
from meshboard.trust.circle import RadioPlan


class StationAirtime:
    """The governor of a station's radio, and what of it is kept in the ledger."""

    def __init__(self, ledger: Ledger, clock: Clock, boot: str) -> None:
        """Go on with the hour of the process before; `boot` as in Moment."""
        self._ledger = ledger
        self._clock = clock
        self._boot = boot
        self.refusals: Counter[Refusal] = Counter()
        chance = random.Random()  # noqa: S311 -- spreads transmissions in time; keeps no secret
        self._preset = PRESETS[RadioPlan().preset]
        budget_s, pause_s = _limits(RadioPlan())
        self.governor = Governor(budget_s, chance, pause_s, read_log(ledger, self._now()))

    def change_plan(self, plan: RadioPlan) -> None:
        """Reckon as for a radio set like this from now on; what was spent stays spent."""
        self._preset = PRESETS[plan.preset]
        self.governor.change_plan(*_limits(plan))

    def note_overheard(self, packet: PacketOverheard) -> None:
        """Note that others than our circles fill the channel, too."""
        air_s = time_on_air_s(packet.lora_frame_bytes, self._preset)
        self.governor.note_stranger(air_s, packet.hop_limit, self._clock.monotonic_s())

    def save_log(self) -> None:
        """Keep what was sent in the last hour; raises LedgerError."""
        save_log(self._ledger, self.governor.log(), self._now())

    def text_air_s(self, text_bytes: int) -> float:
        """Return how long a direct text is on the air, once, without relays."""
        return time_on_air_s(text_frame_bytes(text_bytes), self._preset)

    def save_report(self, waiting: Iterable[Held], unanswered: int) -> None:
        """Tell other processes what waits and how the channel is.

        `unanswered`: how many answers to handhelds were dropped.
        """
        refused = {why.value: count for why, count in self.refusals.items()}
        report = report_of(self.governor, waiting, refused, self._now())
        save_report(self._ledger, replace(report, unanswered=unanswered))

    def _now(self) -> Moment:
        return moment_of(self._clock, self._boot)


def _limits(plan: RadioPlan) -> tuple[float, float]:
    """Return the budget of an hour, and the longest pause after a jam."""
    timings = EngineConfig(plan.preset, plan.region).timings
    return hourly_budget_s(plan.region), timings.pause_s
