"""The host: one process's hold on a station, from a first start to a clean stop."""

import asyncio
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from meshboard.clock import Clock
from meshboard.config import Settings, load_settings, save_settings
from meshboard.domain.rules import clean_name
from meshboard.errors import ConfigError, LedgerError, LinkError, RuleError
from meshboard.ledger.ledger import Ledger
from meshboard.station.clock import SystemClock
from meshboard.station.desk import Desk
from meshboard.station.ownership import Ownership
from meshboard.station.report import StationReport
from meshboard.station.running import RunningStation
from meshboard.station.service import Service
from meshboard.station.texts import TextResponder
from meshboard.station.wiring import build_engine, build_link, find_radios, put_channel_on_radio
from meshboard.trust.circle import Circle, RadioPlan, make_circle
from meshboard.trust.identity import SEED_BYTES
from meshboard.trust.invite import read_invite

LEDGER_FILE = "ledger.sqlite"
TAKE_OVER_EVERY_S = (
    2.0  # how soon a screen left without a station becomes one; unnoticeable, and costs one flock
)


@dataclass(frozen=True, slots=True)
class RadioChoice:
    """A radio that was found."""

    address: str
    words: str
    """What a person would recognise it by."""


class Host:
    """Opens a station's home for one process. Use it on one thread; `start` needs a running event loop."""

    def __init__(
        self,
        home: Path,
        link: str | None = None,
        respond: Callable[[Service], TextResponder] | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Take a station's home; `link` is the radio for this run, None = as configured.

        `respond` makes what answers plain text messages, None = nobody answers.
        """
        self._home = home
        self._link = link
        self._respond = respond
        self._clock = clock or SystemClock()
        self._ownership = Ownership(home)
        self._ledger: Ledger | None = None
        self._desk: Desk | None = None
        self._service: Service | None = None
        self._station: RunningStation | None = None
        self._watch: asyncio.Task[None] | None = None

    @property
    def is_ready(self) -> bool:
        """Say whether this home has a circle; if not, `begin` first."""
        if not self._has_ledger():
            return False
        ledger = Ledger.open(self._home / LEDGER_FILE, checked=False)
        try:
            return bool(ledger.circles.all())
        finally:
            ledger.close()

    @property
    def is_owner(self) -> bool:
        """Say whether this process drives the radio."""
        return self._station is not None

    def someone_owns(self) -> bool:
        """Say whether any process drives the radio."""
        if self.is_owner:
            return True
        taken = self._ownership.take()
        if taken:
            self._ownership.give_back()
        return not taken

    def report(self) -> StationReport | None:
        """Return the station's report if this process runs it."""
        return self._station.report() if self._station else None

    def radios(self) -> Sequence[RadioChoice]:
        """Return the radios plugged in now; may take a second."""
        return [RadioChoice(address, words) for address, words in find_radios()]

    def begin(
        self,
        name: str,
        link: str | None = None,
        *,
        new_circle: str | None = None,
        code: str | None = None,
        plan: tuple[str, str, int] | None = None,
        channel: str = "",
    ) -> str:
        """Found a circle or join one by its invite, on this machine; return the circle's name.

        Raises RuleError, TrustError, ConfigError or LedgerError with a sentence; then nothing was made.
        """
        handle = clean_name(name)
        if not handle:
            raise RuleError("Say what to call you; any name will do.")
        circle = _circle(new_circle, code, plan, channel)
        if self.is_ready:
            raise RuleError(
                "This station is in a circle already. For another one use another folder: --home."
            )
        settings = _with_link(load_settings(self._home), link)
        build_link(settings, circle)  # refuses an address that is not understood
        with _made_aside(self._home / LEDGER_FILE) as draft:
            ledger = Ledger.create(draft)
            try:
                ledger.circles.add(circle, secrets.token_bytes(SEED_BYTES), self._clock.wall_s())
                Desk(ledger, circle, self._clock).introduce(handle)
            finally:
                ledger.close()
            save_settings(self._home, settings)
        return circle.name

    def set_up_radio(self) -> str:
        """Put the circle's channel on the radio and remember this radio; return what came of it, in words.

        Blocks for some seconds. Raises ConfigError or LinkError with a sentence.
        """
        self.open()
        assert self._desk is not None
        if self.someone_owns():
            raise LinkError(
                "A station is using the radio. Stop it first; it sets the channel up by itself, too."
            )
        settings = self._settings()
        words = put_channel_on_radio(settings, self._desk.circle)
        save_settings(self._home, settings)
        return words

    def circle_of(self, code: str) -> str:
        """Return the name of the circle an invite leads to; raises TrustError with a sentence."""
        return read_invite(code).name

    def prove_writable(self) -> None:
        """Raise LedgerError with a sentence when this station could not store anything."""
        assert self._desk is not None, "opened before"
        self._desk.remember_sent_through(self._desk.sent_through())

    def check_ledger(self) -> None:
        """Read the whole ledger; raises LedgerError with a sentence if anything in it is damaged."""
        self.open()
        assert self._ledger is not None
        self._ledger.check()

    def rebuild_ledger(self, progress: Callable[[int, int], None]) -> None:
        """Work out anew what the entries mean, telling `progress(done, total)`; entries stay as they are."""
        self.open()
        assert self._ledger is not None
        self._ledger.rebuild(progress)

    def open(self) -> Service:
        """Open the board beside whatever station is running; raises ConfigError before the first start."""
        if self._service is not None:
            return self._service
        if not self._has_ledger():
            raise _not_set_up()
        self._ledger = Ledger.open(self._home / LEDGER_FILE, checked=False)
        circles = self._ledger.circles.all()
        if not circles:
            raise _not_set_up()
        self._desk = Desk(self._ledger, circles[0], self._clock)
        self._service = Service(self._desk, self)
        return self._service

    def close(self) -> None:
        """Let go of the ledger."""
        if self._ledger is not None:
            self._ledger.close()
        self._ledger = self._desk = self._service = None

    async def start(self) -> Service:
        """Open the board and, unless another process does, run the station; take over when that one ends."""
        service = self.open()
        assert self._ledger is not None
        self._ledger.check()
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

    def _take_over(self) -> None:
        if self._station is not None or not self._ownership.take():
            return
        assert self._desk is not None
        assert self._service is not None
        settings = self._settings()
        link = build_link(settings, self._desk.circle)
        engine = build_engine(settings, self._desk)
        self._station = RunningStation(self._desk, engine, link, self._service.tell_listeners)
        self._station.start(self._respond(self._service) if self._respond else None)

    async def _keep_watch(self) -> None:
        """Tell screens of other processes' commits, and take over when the owner ends."""
        assert self._ledger is not None
        assert self._service is not None
        seen, waited_s, look_s = self._ledger.data_version(), 0.0, 0.25
        while self._station is None:
            await asyncio.sleep(look_s)
            waited_s += look_s
            try:
                version = self._ledger.data_version()
            except LedgerError:
                continue  # busy for a moment; the next look is a quarter of a second away
            if version != seen:
                seen = version
                self._service.tell_listeners()
            if waited_s >= TAKE_OVER_EVERY_S:
                waited_s = 0.0
                self._take_over()

    def _settings(self) -> Settings:
        return _with_link(load_settings(self._home), self._link)

    def _has_ledger(self) -> bool:
        """Say whether there is a ledger; an empty file is what an older first start left on a full disk."""
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


@contextmanager
def _made_aside(path: Path) -> Iterator[Path]:
    """Give a place to make a file that stands at `path` only once it is complete, whatever happens."""
    draft = path.with_name(path.name + ".new")
    _remove_with_journals(draft)
    try:
        yield draft
        draft.replace(path)
    except BaseException:
        _remove_with_journals(draft)
        raise


def _remove_with_journals(path: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        with suppress(OSError):
            path.with_name(path.name + ending).unlink()


def _with_link(settings: Settings, link: str | None) -> Settings:
    return settings if link is None else settings.model_copy(update={"link": link})


def _circle(
    new_circle: str | None, code: str | None, plan: tuple[str, str, int] | None, channel: str
) -> Circle:
    if code is not None:
        return read_invite(code)
    if not new_circle:
        raise RuleError("Name the new circle, or give the code of one to join.")
    return make_circle(
        clean_name(new_circle), secrets.token_bytes(32), RadioPlan(*plan) if plan else None, channel
    )


def _not_set_up() -> ConfigError:
    return ConfigError(
        "There is no circle on this machine yet. Begin one: meshboard circle new NAME --as YOU. "
        "Or join one: meshboard circle join --as YOU."
    )
