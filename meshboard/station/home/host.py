"""The host: a station's home as one process has it open, from a first start to a clean stop."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import NoReturn

from meshboard.clock import Clock
from meshboard.config import CONFIG_FILE, Settings, load_settings, save_settings
from meshboard.domain.ids import CircleId
from meshboard.domain.timekeeping import CommonClock
from meshboard.errors import (
    ConfigError,
    LedgerDamaged,
    LedgerError,
    LedgerGone,
    LinkError,
    MeshboardError,
    RuleError,
)
from meshboard.figures import LOOK_FOR_DAMAGE_S, LOOK_WHETHER_GONE_S, MOST_OF_TIME
from meshboard.ledger.ledger import Ledger
from meshboard.station.air.sharing import share_radio
from meshboard.station.board.service import Service
from meshboard.station.circle.beginning import Beginning, NewCircle, begin_in, enter, join, refuse_expired
from meshboard.station.circle.circle_people import CircleView
from meshboard.station.home.boards import Boards, leaving_words, not_set_up
from meshboard.station.home.radio_driver import RadioDriver
from meshboard.station.home.wiring import (
    build_engine,
    build_link,
    put_channels_on_radio,
    refuse_unknown_address,
)
from meshboard.station.process.journal import fall_silent
from meshboard.station.process.real_clock import SystemClock, boot_name
from meshboard.station.running.parts import Parts
from meshboard.station.texts.texts import TextResponder
from meshboard.station.vault.locks import Protect, Protection, make_key, with_key_file, wrapping
from meshboard.station.vault.losses import loss_words
from meshboard.station.vault.vault import LEDGER_FILE, Vault
from meshboard.station.vault.wiping import wipe
from meshboard.trust.secret import Secret

_log = logging.getLogger("meshboard.station")


class Host:
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
        self._home = home
        self.vault = Vault(home)
        self._clock = CommonClock(clock or SystemClock())
        self._link = link
        self._respond = respond
        self._circle = circle
        self._boards: Boards | None = None
        self.radio = RadioDriver(home, self.vault.files, self._clock)

    @property
    def has_ledger(self) -> bool:
        """Say whether this home has a ledger, whatever circles are in it; it need not be unlocked.

        An empty file is what an older first start left on a full disk.
        """
        if self._home.exists() and not self._home.is_dir():
            raise ConfigError(f"{self._home} is a file. A station needs a folder: --home FOLDER.")
        try:
            return (self._home / LEDGER_FILE).stat().st_size > 0
        except FileNotFoundError:
            return False
        except OSError as error:
            raise LedgerError(
                f"{self._home} cannot be looked into: {error.strerror}. Give this user the folder."
            ) from error

    @property
    def is_ready(self) -> bool:
        """Say whether this home has a circle; if not, `begin` first."""
        if not self.has_ledger:
            return False
        ledger = self.vault.open_ledger(checked=False)
        try:
            return bool(ledger.circles.all())
        finally:
            ledger.close()

    @property
    def is_locked(self) -> bool:
        """Say whether a passphrase has to be given, with `unlock`, before the board opens."""
        return self.vault.is_locked

    def protection(self) -> Protection:
        """Return what protects the ledger of this home; needs no key."""
        return self.vault.protection

    def unlock(self, passphrase: Secret) -> None:
        """Find the ledger's key; TrustError with a sentence when the passphrase is a wrong one.

        Takes about half a second and may be called on another thread, unlike everything else here.
        """
        self.vault.unlock(passphrase)

    def begin(
        self,
        name: str,
        link: str | None = None,
        *,
        new_circle: NewCircle | str | None = None,
        code: str | None = None,
        protect: Protect | None = None,
    ) -> str:
        """Found a circle or join one by its invite, beside those there are; return the circle's name.

        `code` is a typed code, a QR code's text or an invite file's text. `protect` says how the ledger of a
        first start shall be encrypted, None = not at all.

        Raises RuleError, TrustError, ConfigError or LedgerError with a sentence; then nothing was made.
        """
        beginning = begin_in(name, new_circle, code)
        refuse_expired(beginning, self._clock.wall_s())
        settings = _with_link(load_settings(self._home), link)
        build_link(settings, [beginning.circle])  # refuses an address that is not understood
        if self.has_ledger:
            self._begin_beside(beginning, protect)
            self.vault.change_settings(lambda now: _with_link(now, link))
        else:
            self._begin_first(beginning, with_key_file(settings, protect), protect)
        return beginning.circle.name

    def leave(self, circle: str) -> str:
        """Forget a circle on this machine; return its name. `leaving` says first what that means."""
        boards = self._opened()
        name = boards.leave(boards.find(circle).circle.view().id)
        self.radio.note_circles()
        return name

    def leaving(self, circle: str) -> str:
        """Return what leaving a circle would mean, in sentences, to be confirmed first."""
        return leaving_words(self._opened().find(circle).circle.view().name)

    def circle_of(self, code: str) -> str:
        """Return the name of the circle an invite leads to; TrustError, too, where its time is over."""
        asked = join("anybody", code)
        refuse_expired(asked, self._clock.wall_s())
        return asked.circle.name

    def is_busy(self) -> bool:
        """Say whether another process keeps the open ledger from being written just now; never waits."""
        boards = self._boards
        return boards is not None and boards.ledger.is_busy()

    def waiting(self, seconds: float) -> AbstractContextManager[None]:
        """Wait at most this long for other processes with the open ledger; LedgerBusy comes sooner then."""
        return self._opened().ledger.waiting(seconds)

    def prove_writable(self) -> None:
        """Raise LedgerError with a sentence when this station could not store anything."""
        boards = self._opened()
        known = boards.ledger.circles
        for circle in known.all():
            desk = boards.desk(circle.id)
            desk.remember_sent_through(desk.sent_through())

    def check_ledger(self) -> str:
        """Read the whole ledger, and return what had been stored and is gone, in words; empty = nothing.

        Raises LedgerError with a sentence if anything in it is damaged.
        """
        ledger = self._opened().ledger
        ledger.check()
        return loss_words(ledger, self._clock.wall_s())

    def rebuild_ledger(self, progress: Callable[[int, int], None]) -> None:
        """Work out anew what the entries mean, telling `progress(done, total)`; entries stay as they are."""
        self._opened().ledger.rebuild(progress)

    def open(self, circle: str | None = None) -> Service:
        """Open a circle's board beside whatever station is running; None = of the chosen circle.

        `circle` is a name, its beginning, or the beginning of an id. Raises ConfigError before the first
        start, RuleError when there is no such circle.
        """
        return self._opened().find(circle)

    def circles(self) -> tuple[CircleView, ...]:
        """Return the circles this machine is in, the first joined first."""
        return self._opened().circles()

    def service(self, circle: CircleId) -> Service:
        """Return the board of a circle, the same object each time."""
        return self._opened().service(circle)

    def choose(self, circle: str) -> Service:
        """Open this circle from now on when none is named, and return its board."""
        return self._opened().choose(circle)

    @property
    def is_owner(self) -> bool:
        """Say whether this process drives the radio."""
        return self.radio.is_owner

    def is_elsewhere(self) -> bool:
        """Say whether another process drives the radio; False too where that cannot be found out."""
        try:
            return self.has_ledger and not self.is_owner and self.radio.someone_owns()
        except MeshboardError:
            return False

    def set_up_radio(self) -> str:
        """Put the circles' channels on the radio and remember this radio; return what came of it, in words.

        Blocks for some seconds. Raises ConfigError or LinkError with a sentence.
        """
        circles = share_radio(self._opened().ledger.circles.all()).carried
        if self.radio.someone_owns():
            raise LinkError(
                "A station is using the radio. Stop it first; it sets the channels up by itself, too."
            )
        settings = self._settings()
        words = put_channels_on_radio(settings, circles)
        self.vault.change_settings(lambda now: now.model_copy(update={"link": settings.link}))
        return words

    async def start(self) -> Service:
        """Open the board and, unless another process does, run the station; take over when that one ends."""
        service, boards = self.open(self._circle), self._opened()
        boards.ledger.check()
        self.radio.start(boards, self._parts)
        return service

    async def stop(self) -> None:
        """Stop the station if it is ours, and let go of everything; safe to call twice."""
        await self.radio.stop()
        self.close()

    async def lock(self) -> None:
        """Stop the station, close the ledger and forget its key."""
        await self.stop()
        self.vault.lock()

    async def until_gone(self) -> NoReturn:
        """Wait until the open ledger is wiped or replaced by another process, or damaged; then raise why.

        LedgerGone or LedgerDamaged. Nothing is written any more then, the journal included; the caller stops.
        """
        look_at = float("-inf")
        while (boards := self._boards) is None or not boards.ledger.is_gone:
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

    async def wipe(self) -> Sequence[str]:
        """Stop, forget the key, and destroy the home, its key first; return what to say about it."""
        await self.lock()
        return wipe(self._home).words()

    def close(self) -> None:
        """Let go of the ledger."""
        boards, self._boards = self._boards, None
        if boards is not None:
            boards.ledger.close()

    async def _look_for_damage(self, ledger: Ledger) -> None:
        """Read the ledger as a start does; a station can go on for days with one that is damaged."""
        try:
            await asyncio.to_thread(ledger.look_for_damage)
        except LedgerDamaged:
            fall_silent()
            raise
        except LedgerError as error:
            _log.warning("the ledger could not be looked at: %s", type(error).__name__)

    def _parts(self) -> Parts:
        settings = self._settings()
        engine = partial(build_engine, settings)
        return Parts(partial(build_link, settings), engine, self._responder, boot_name())

    def _responder(self, circle: CircleId) -> TextResponder | None:
        return self._respond(self.service(circle)) if self._respond else None

    def _opened(self) -> Boards:
        if self._boards is None:
            if not self.has_ledger:
                raise not_set_up()
            settings = self._settings()  # a slip in it is said by every command, not first by the station
            ledger = self.vault.open_ledger(checked=False)
            try:
                self._boards = Boards(ledger, self._clock, self.radio, settings.max_frame_bytes)
            except BaseException:
                ledger.close()
                raise
        return self._boards

    def _begin_first(self, beginning: Beginning, settings: Settings, protect: Protect | None) -> None:
        key = make_key() if protect else None
        slot_of = wrapping(key, protect, self.vault.cost) if key and protect else None
        with self.vault.making(slot_of, key) as draft:
            ledger = Ledger.create(draft.path, draft.key)
            try:
                enter(ledger, beginning, self._clock)
            finally:
                ledger.close()
            self.vault.step("config")
            save_settings(self._home, settings)

    def _begin_beside(self, beginning: Beginning, protect: Protect | None) -> None:
        if protect is not None:
            raise RuleError("There is a board here already; how it is protected is changed by itself.")
        is_open = self._boards is not None
        ledger = self._boards.ledger if self._boards else self.vault.open_ledger(checked=False)
        try:
            enter(ledger, beginning, self._clock)
        finally:
            if not is_open:
                ledger.close()
        if self._boards is not None:
            self._boards.tell_listeners()
        self.radio.note_circles()

    def _settings(self) -> Settings:
        settings = _with_link(load_settings(self._home), self._link)
        try:
            refuse_unknown_address(settings)
        except ConfigError as error:
            if self._link is not None:
                raise
            raise ConfigError(f"{self._home / CONFIG_FILE}, “link”: {error}") from error
        return settings


def _with_link(settings: Settings, link: str | None) -> Settings:
    return settings if link is None else settings.model_copy(update={"link": link})
