"""Drives the radio for one process: at once, or when the process ends that does."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from meshboard.domain.timekeeping import CommonClock
from meshboard.errors import LedgerError
from meshboard.figures import COMMITS_LOOK_S, TAKE_OVER_EVERY_S
from meshboard.station.home.boards import Boards
from meshboard.station.process.bulletin import Bulletin
from meshboard.station.process.ownership import Ownership
from meshboard.station.process.station_report import StationReport
from meshboard.station.running.parts import Parts
from meshboard.station.running.running import RunningStation
from meshboard.station.vault.holding import HomeFiles


class RadioDriver:
    """Runs the station in this process as long as no other one does."""

    def __init__(self, home: Path, files: HomeFiles, clock: CommonClock) -> None:
        self._files = files
        self._clock = clock
        self._ownership = Ownership(home)
        self._station: RunningStation | None = None
        self._watch: asyncio.Task[None] | None = None

    @property
    def is_owner(self) -> bool:
        """Say whether this process drives the radio."""
        return self._station is not None

    def someone_owns(self) -> bool:
        """Say whether any process drives the radio."""
        return self.is_owner or self._ownership.is_taken()

    def report(self) -> StationReport | None:
        """Return the station's report if this process runs it."""
        return self._station.report() if self._station else None

    def start(self, boards: Boards, parts: Callable[[], Parts]) -> None:
        """Drive it from now on; `parts` makes those of a station, with the settings of then."""
        self._take_over(boards, parts)
        self._watch = asyncio.create_task(self._keep_watch(boards, parts), name="watch")

    def note_circles(self) -> None:
        """Look soon which circles there are now: this process has joined or left one."""
        if self._station is not None:
            self._station.note_circles()

    async def stop(self) -> None:
        """Stop the station if it is ours; safe to call twice."""
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
            self._watch = None
        if self._station is not None:
            await self._station.stop()
            self._station = None
        self._ownership.give_back()

    def _take_over(self, boards: Boards, parts: Callable[[], Parts]) -> None:
        if self._station is None and self._taken(boards):
            self._station = RunningStation(boards.ledger, self._clock, parts(), boards.tell_listeners)
            self._station.start()

    def _taken(self, boards: Boards) -> bool:
        """Take the radio if nobody has it; not in a home that is wiped, where it would leave a file."""
        with self._files.shared():
            boards.ledger.refuse_if_gone()
            return self._ownership.take()

    async def _keep_watch(self, boards: Boards, parts: Callable[[], Parts]) -> None:
        """Tell screens of other processes' commits, and take over when the owner ends."""
        bulletin = Bulletin(boards.ledger.path)
        seen, waited_s, look_s = (boards.ledger.data_version(), bulletin.version()), 0.0, COMMITS_LOOK_S
        while self._station is None:
            await asyncio.sleep(look_s)
            waited_s += look_s
            try:
                now = boards.ledger.data_version(), bulletin.version()
            except LedgerError:
                continue  # busy for a moment; the next look is a quarter of a second away
            if now != seen:
                seen = now
                boards.tell_listeners()
            if waited_s >= TAKE_OVER_EVERY_S:
                waited_s = 0.0
                with suppress(LedgerError):  # somebody is at work on the files: two seconds later, then
                    self._take_over(boards, parts)
