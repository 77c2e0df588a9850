"""The host: one process's hold on a station, from a first start to a clean stop."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NoReturn

from meshboard.clock import Clock
from meshboard.domain.ids import CircleId
from meshboard.errors import LedgerDamaged, LedgerError, LedgerGone, LinkError, MeshboardError
from meshboard.figures import LOOK_FOR_DAMAGE_S, LOOK_WHETHER_GONE_S, MOST_OF_TIME, TAKE_OVER_EVERY_S
from meshboard.ledger.ledger import Ledger
from meshboard.station.air.sharing import share_radio
from meshboard.station.board.service import Service
from meshboard.station.circle.beginning import Beginning
from meshboard.station.circle.circle_service import Radio
from meshboard.station.home.home import Home, RadioChoice
from meshboard.station.home.wiring import build_engine, build_link, put_channels_on_radio
from meshboard.station.process.bulletin import Bulletin
from meshboard.station.process.journal import fall_silent
from meshboard.station.process.ownership import Ownership
from meshboard.station.process.real_clock import boot_name
from meshboard.station.process.station_report import StationReport
from meshboard.station.running.parts import Parts
from meshboard.station.running.running import RunningStation
from meshboard.station.texts.texts import TextResponder
from meshboard.station.vault.vault import Protect
from meshboard.station.vault.wiping import wipe

__all__ = ["Host", "RadioChoice"]
_log = logging.getLogger("meshboard.station")


class Host(Home):
    """Opens a station's home for one process. Use it on one thread; `start` needs a running event loop."""

    def __init__(
        self,
        home: Path,
        link: str | None = None,
        respond: Callable[[Service], TextResponder] | None = None,
        clock: Clock | None = None,
        circle: str | None = None,
    ) -> None:
        """Take a station's home; `link` is the radio for this run, None = as configured.

        `circle` is the one that `start` opens the board of, None = the chosen one.

        `respond` makes what answers plain text messages, None = nobody answers.
        """
        super().__init__(home, link, clock)
        self._respond = respond
        self._circle = circle
        self._ownership = Ownership(home)
        self._station: RunningStation | None = None
        self._watch: asyncio.Task[None] | None = None

    @property
    def is_owner(self) -> bool:
        """Say whether this process drives the radio."""
        return self._station is not None

    async def lock(self) -> None:
        """Stop the station, close the ledger and forget its key."""
        await self.stop()
        self.vault.lock()

    async def until_gone(self) -> NoReturn:
        """Wait until the open ledger is wiped or replaced by another process, or damaged; then raise why.

        LedgerGone or LedgerDamaged. Nothing is written any more then, the journal included; the caller stops.
        """
        look_at = float("-inf")
        while self._boards is None or not self._boards.ledger.is_gone:
            await asyncio.sleep(LOOK_WHETHER_GONE_S)
            if self._boards is not None and time.monotonic() >= look_at:
                began = time.monotonic()
                await self._look_for_damage(self._boards.ledger)
                took_s = time.monotonic() - began
                look_at = began + max(LOOK_FOR_DAMAGE_S, took_s / MOST_OF_TIME)
        fall_silent()
        raise LedgerGone(
            "This board was wiped or replaced, so meshboard stopped. If it was not you, find out who did it."
        )

    async def _look_for_damage(self, ledger: Ledger) -> None:
        """Read the ledger as a start does; a station can go on for days with one that is damaged."""
        try:
            await asyncio.to_thread(ledger.look_for_damage)
        except LedgerDamaged:
            fall_silent()
            raise
        except LedgerError as error:
            _log.warning("the ledger could not be looked at: %s", type(error).__name__)

    async def wipe(self) -> Sequence[str]:
        """Stop, forget the key, and destroy the home, its key first; return what to say about it."""
        await self.lock()
        return wipe(self._home).words()

    def someone_owns(self) -> bool:
        """Say whether any process drives the radio."""
        return self.is_owner or self._ownership.is_taken()

    def is_elsewhere(self) -> bool:
        """Say whether another process drives the radio; False too where that cannot be found out."""
        try:
            return self.has_ledger and not self.is_owner and self.someone_owns()
        except MeshboardError:
            return False

    def report(self) -> StationReport | None:
        """Return the station's report if this process runs it."""
        return self._station.report() if self._station else None

    def _begin_beside(self, beginning: Beginning, protect: Protect | None) -> None:
        super()._begin_beside(beginning, protect)
        if self._station is not None:
            self._station.note_circles()

    def leave(self, circle: str) -> str:
        """Forget a circle on this machine; return its name. `leaving` says first what that means."""
        name = super().leave(circle)
        if self._station is not None:
            self._station.note_circles()
        return name

    def set_up_radio(self) -> str:
        """Put the circles' channels on the radio and remember this radio; return what came of it, in words.

        Blocks for some seconds. Raises ConfigError or LinkError with a sentence.
        """
        circles = share_radio(self._opened().ledger.circles.all()).carried
        if self.someone_owns():
            raise LinkError(
                "A station is using the radio. Stop it first; it sets the channels up by itself, too."
            )
        settings = self._settings()
        words = put_channels_on_radio(settings, circles)
        self.vault.change_settings(lambda now: now.model_copy(update={"link": settings.link}))
        return words

    async def start(self) -> Service:
        """Open the board and, unless another process does, run the station; take over when that one ends."""
        service = self.open(self._circle)
        self._opened().ledger.check()
        self._take_over()
        self._watch = asyncio.create_task(self._keep_watch(), name="watch")
        return service

    async def stop(self) -> None:
        """Stop the station if it is ours, and let go of everything; safe to call twice."""
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
            self._watch = None
        if self._station is not None:
            await self._station.stop()
            self._station = None
        self._ownership.give_back()
        self.close()

    def _radio(self) -> Radio:
        return self

    def _take_over(self) -> None:
        if self._station is not None or not self._taken():
            return
        boards, settings = self._opened(), self._settings()
        engine = partial(build_engine, settings)
        parts = Parts(partial(build_link, settings), engine, self._responder, boot_name())
        self._station = RunningStation(boards.ledger, self._clock, parts, boards.tell_listeners)
        self._station.start()

    def _taken(self) -> bool:
        """Take the radio if nobody has it; not in a home that is wiped, where it would leave a file."""
        with self.vault.files.shared():
            self._opened().ledger.refuse_if_gone()
            return self._ownership.take()

    def _responder(self, circle: CircleId) -> TextResponder | None:
        return self._respond(self.service(circle)) if self._respond else None

    async def _keep_watch(self) -> None:
        """Tell screens of other processes' commits, and take over when the owner ends."""
        boards = self._opened()
        bulletin = Bulletin(boards.ledger.path)
        seen, waited_s, look_s = (boards.ledger.data_version(), bulletin.version()), 0.0, 0.25
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
                    self._take_over()
