"""A running station: one link, and a running circle for every circle this machine is in.

One asyncio loop owns everything here. Order of things: commit, then transmit; what is not stored is
never advertised.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import assert_never

from meshboard import figures
from meshboard.domain.ids import CircleId
from meshboard.domain.timekeeping import CommonClock
from meshboard.errors import LedgerError
from meshboard.ledger.ledger import Ledger
from meshboard.link import (
    FrameHeard,
    LinkChanged,
    LinkEvent,
    LinkState,
    LinkStatus,
    PacketOverheard,
    SendRefused,
    TextHeard,
)
from meshboard.station.air.airtime import StationAirtime
from meshboard.station.air.frame_limit import NodePolicy
from meshboard.station.air.sharing import share_radio
from meshboard.station.circle.desk import Desk
from meshboard.station.process.bulletin import Bulletin
from meshboard.station.process.link_watch import LinkWatch
from meshboard.station.process.station_report import StationReport, tell_report
from meshboard.station.running.forget_hourly import Forgetter
from meshboard.station.running.parts import Parts
from meshboard.station.running.running_circle import Listeners, RunningCircle
from meshboard.station.running.sending import Sending
from meshboard.station.texts.handheld_answers import HandheldAnswers
from meshboard.station.texts.texts import TextResponder, sender_of
from meshboard.station.vault.losses import LogKeeper, notice_losses
from meshboard.station.vault.wipe_tries import begin_tries_anew
from meshboard.trust.circle import Circle

LEFT_OUT = "more at once than can be looked at"
KEPT = (
    "Another program has kept this station's ledger for several seconds. The station waits, and goes on by "
    "itself once it lets go."
)
BROKEN = "Something in this station broke; the journal says what. It goes on as well as it can."

_log = logging.getLogger("meshboard.station")


class RunningStation:
    """Drives every circle of a ledger over one link, until stopped."""

    def __init__(self, ledger: Ledger, clock: CommonClock, parts: Parts, changed: Callable[[], None]) -> None:
        self._ledger = ledger
        self._clock = clock
        self._parts = parts
        self._changed = changed
        self._responder: TextResponder | None = None
        self._wake = asyncio.Event()
        self._trouble = ""
        self._held_back: deque[LinkEvent] = deque(maxlen=figures.MOST_HELD_BACK)
        self._free_at = float("-inf")
        self._running: dict[CircleId, RunningCircle] = {}
        self._carried: tuple[Circle, ...] = ()
        self._link = parts.link(())
        self._airtime = StationAirtime(ledger, clock, parts.boot)
        self._policy = NodePolicy(ledger)
        self._forgetter = Forgetter(ledger, clock, clock.is_agreed)
        self._sending = Sending(self._airtime, self._running, HandheldAnswers(self._airtime, clock))
        self._are_circles_new = False
        self._log_keeper = LogKeeper(ledger, clock)
        self._seen_seq = ledger.last_seq()
        self._mark = ledger.mark()
        self._look_at = float("inf")
        """When to look again what is due."""
        self._is_untold = True
        """Whether something happened since the last report."""
        self._watch = LinkWatch()
        self._reported_at = 0.0
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin: connect, hand over what was committed while no station ran, and keep going."""
        notice_losses(self._ledger, self._clock.wall_s())
        begin_tries_anew(self._ledger, self._now())
        self._take_circles()
        self._start_link()
        for circle in self._running.values():
            circle.start()
        self._task = asyncio.create_task(self._run(), name="station")

    async def stop(self) -> None:
        """Stop sending, and say goodbye to the node."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._link.stop()
        Bulletin(self._ledger.path).take_down()

    def report(self) -> StationReport:
        """Return how the link and the sync are now."""
        rejected = {circle: dict(running.rejected) for circle, running in self._running.items()}
        if self._carried and self._link.status.left_out:
            rejected[self._carried[0].id][LEFT_OUT] = self._link.status.left_out
        return StationReport(self._link.status, rejected, self._trouble, self._clock.off_s())

    def note_circles(self) -> None:
        """Look soon which circles there are now: this process has joined or left one."""
        self._are_circles_new = True
        self._wake.set()

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            not_before = self._now() + figures.LEDGER_TRY_AGAIN_S  # what is due stays due where a turn fails
            try:
                await self._turn()
                not_before = 0.0
            except LedgerError as error:
                # Nothing is lost: what was not stored is still held by its sender and is asked for again.
                self._set_trouble(str(error))
            except Exception:  # noqa: BLE001 -- the boundary of a task nobody waits for: it would die unseen
                self._note_broken()
            await self._sleep(not_before)

    async def _turn(self) -> None:
        """Do what is told, committed or due."""
        await self._wait_for_ledger()
        await self._look_for_commits()
        for circle in self._running.values():
            circle.advance()
            circle.drain()
        self._follow_policy()
        self._sending.send(self._link, self._carried, self._set_trouble)
        for circle in self._running.values():
            circle.drain()
        self._tell_others()
        self._log_keeper.step(self._seen_seq)
        if self._forgetter.step():
            self._changed()
        self._look_whether_trouble_is_over()

    async def _wait_for_ledger(self) -> None:
        """Let the loop go on while another process keeps the ledger: SQLite's own wait would stop screens."""
        since = self._now()
        while not self._is_ledger_free():
            if self._now() - since >= figures.BUSY_TIMEOUT_S:
                self._set_trouble(KEPT)
                tell_report(self._ledger.path, self.report())
            await asyncio.sleep(figures.LEDGER_LOOK_S)
        if self._trouble == KEPT:
            self._set_trouble("")
        heard, self._held_back = self._held_back, deque(maxlen=figures.MOST_HELD_BACK)
        for event in heard:
            self._on_link_event(event)

    def _is_ledger_free(self) -> bool:
        """Say whether no other process keeps the ledger, as of a moment ago."""
        if self._now() - self._free_at >= figures.LEDGER_LOOK_S:
            if self._ledger.is_busy():
                return False
            self._free_at = self._now()
        return True

    def _is_held_back(self, event: LinkEvent) -> bool:
        """Keep what is heard while another process keeps the ledger, to be stored once that lets go."""
        if not self._held_back and self._is_ledger_free():
            return False
        self._held_back.append(event)
        self._wake.set()  # a ledger that is let go without a commit tells nobody
        return True

    def _note_broken(self) -> None:
        if self._trouble != BROKEN:  # once: it may break again at every turn
            _log.exception("the station broke")
        self._set_trouble(BROKEN)

    async def _sleep(self, not_before: float) -> None:
        """Wait until something is told, committed or due; there are no turns with nothing to do."""
        now_s = self._now()
        while not self._wake.is_set():
            due_at = max(self._due_at(), not_before, now_s + 0.01)
            self._look_at = now_s + figures.LOOK_AGAIN_S
            while now_s < min(due_at, self._look_at) and not self._wake.is_set():
                with suppress(TimeoutError):
                    # wait_for of Python 3.11 can swallow a cancellation
                    async with asyncio.timeout(min(due_at - now_s, figures.COMMITS_LOOK_S)):
                        await self._wake.wait()
                if self._ledger.may_have_changed() and self._ledger.mark() != self._mark:
                    return
                now_s = self._now()
            if due_at <= now_s or self._ledger.mark() != self._mark:
                return
            tell_report(self._ledger.path, self.report())  # the system may have cleared its memory

    def _due_at(self) -> float:
        soon_s, text_at = self._now() + figures.COMMITS_LOOK_S, self._sending.text_due_at()
        if self._forgetter.is_busy:
            return soon_s
        dues: list[float | None] = [circle.settle_at for circle in self._running.values()]
        # without room, what is due stays due: the link's change wakes us
        if any(self._link.ready_for_frame(place) for place in range(len(self._carried))):
            dues += [self._running[circle.id].engine.next_timer() for circle in self._carried]
        dues += [self._log_keeper.due_at, self._forgetter.due_at]
        if text_at is not None:  # critical posts may go first, a few times in a row
            dues.append(max(text_at, soon_s))
        if self._trouble or self._is_untold:
            dues.append(
                self._reported_at + (figures.LEDGER_TRY_AGAIN_S if self._trouble else figures.REPORT_EVERY_S)
            )
        return min(filter(None, dues))

    def _now(self) -> float:
        return self._clock.monotonic_s()

    def _take_circles(self, *, is_anew: bool = False) -> bool:
        """Run the circles the ledger has now; say whether the radio has to carry others than before."""
        circles = self._ledger.circles.all()
        ids = [circle.id for circle in circles]
        told = Listeners(self._changed, self._set_trouble, self._clock.note)
        kept = {} if is_anew else {one: self._running[one] for one in ids if one in self._running}
        for circle in circles:
            if circle.id not in kept:
                desk = Desk(self._ledger, circle, self._clock)
                engine = self._parts.engine(desk, self._airtime.governor)
                kept[circle.id] = RunningCircle(desk, engine, told)
        self._running.clear()  # in place: whoever sends looks at the same circles
        self._running.update(kept)
        carried, before = share_radio(circles).carried, self._carried
        self._carried = carried
        self._responder = self._parts.responder(ids[0]) if ids else None
        return [circle.id for circle in carried] != [circle.id for circle in before]

    def _follow_policy(self) -> None:
        """Run every circle as after a restart where its frames have another length now."""
        node = self._link.status
        try:
            if not self._policy.remember(node):
                return
            self._take_circles(is_anew=True)
        except LedgerError as error:  # tried again at the next turn; what there is to say goes out meanwhile
            self._set_trouble(str(error))
            return
        self._policy.note(node)
        for circle in self._running.values():
            circle.note_node(node)
            circle.start()
        self._changed()

    def _start_link(self) -> None:
        """Connect for the circles there are now; their first one says how the radio is set."""
        self._link = self._parts.link(self._carried)
        if self._carried:
            self._airtime.change_plan(self._carried[0].plan)
        self._link_state, self._use_reports = self._link.status.state, 0
        self._was_up = self._link_state is LinkState.UP
        self._link.start(self._on_link_event)

    async def _adapt(self) -> None:
        """Take in circles joined, and drop those left, in whichever process."""
        before = set(self._running)
        if self._take_circles():
            await self._link.stop()
            self._start_link()
            self._was_up = True  # others may have spoken, and frames were lost, while it was away
        for circle in self._running.keys() - before:
            self._running[circle].start()
        _log.info("circles on this station: %d", len(self._running))

    def _on_link_event(self, event: LinkEvent) -> None:
        match event:
            case FrameHeard() | TextHeard() if self._is_held_back(event):
                return
            case FrameHeard():
                if not self._receive(event):
                    self._look_soon()
                    return  # however many such frames come, none of them is a turn
            case TextHeard() if event.direct:
                self._answer(event)
            case TextHeard():
                return  # a channel's message: nobody asked the board
            case PacketOverheard():
                self._airtime.note_overheard(event)
                self._look_soon()
                return
            case LinkChanged(status=status):
                self._note_link(status)
            case SendRefused():
                _log.warning("%s", event.journal_words())
                self._take_back(event)
            case _:
                assert_never(event)
        self._wake.set()

    def _look_soon(self) -> None:
        """Look within the time of a report what is due now, and tell others, without a turn for it."""
        self._is_untold = True
        self._look_at = min(self._look_at, self._now() + figures.REPORT_EVERY_S)

    def _take_back(self, refused: SendRefused) -> None:
        """Let what a frame held wait again, and count no air for what was not sent."""
        is_ours = any(self._running[circle.id].take_back(refused) for circle in self._carried)
        if is_ours or refused.text_bytes is not None:
            self._sending.note_refused(refused, self._link, self._set_trouble)

    def _receive(self, heard: FrameHeard) -> bool:
        """Give a frame to the circle of its channel; to all where the node's channels have moved.

        Say whether it was one of ours.
        """
        place = heard.channel
        is_known = place is not None and place < len(self._carried)
        circles = [self._carried[place]] if is_known and place is not None else self._carried
        try:
            are_opened = [self._running[circle.id].receive(heard) for circle in circles]
        except LedgerError as error:
            self._set_trouble(str(error))
            return False
        is_opened = any(are_opened)
        if circles and not is_opened and heard.took_air:
            self._running[circles[0].id].engine.note_foreign(heard.payload, self._now())
        return is_opened

    def _note_link(self, status: LinkStatus) -> None:
        news = self._watch.note(status)
        for circle in self._carried:
            if news.is_back:
                self._running[circle.id].engine.rejoin(self._now())
            self._running[circle.id].note_node(status)
        if news.tells_use:
            self._airtime.governor.note_channel_utilisation(status.channel_utilisation, self._now())
        self._changed()

    def _answer(self, message: TextHeard) -> None:
        if self._responder is None:
            return
        answer = self._responder.answer(message.text, sender_of(message))
        if answer is not None:
            self._sending.answer(answer, message.sender, self._link, self._set_trouble)

    async def _look_for_commits(self) -> None:
        """Announce what this station's other processes, or its own front ends, have committed."""
        mark = self._ledger.mark()
        if mark == self._mark and not self._are_circles_new:
            return
        are_circles_new, self._are_circles_new = self._are_circles_new, False
        is_elsewhere = mark is None or self._mark is None or mark[1] != self._mark[1]
        with self._ledger.reading():
            circles = self._ledger.circles.all()
            changes = self._ledger.changes_since(self._seen_seq)
            is_new = is_elsewhere or are_circles_new or changes.seq != self._seen_seq
            seen = {one: circle.look() for one, circle in self._running.items()} if is_new else {}
        if is_new and [circle.id for circle in circles] != list(self._running):
            await self._adapt()
            seen = {}  # it takes seconds to leave a node, and what is due is looked at anew
        self._seen_seq, self._mark = changes.seq, mark
        if not is_new:  # no entry, but perhaps a key that a front end of this process was given
            for circle in self._running.values():
                circle.settle_soon()
            return
        for circle_id, circle in self._running.items():
            circle.announce([signed for signed in changes.own if signed.entry.circle == circle_id])
            circle.settle(seen.get(circle_id) or circle.look())
        if is_elsewhere:
            self._changed()

    def _look_whether_trouble_is_over(self) -> None:
        """Clear the trouble once a write succeeds again; ask seldom, a failing disk is slow."""
        if self._trouble and self._now() - self._reported_at >= figures.LEDGER_TRY_AGAIN_S:
            self._reported_at = self._now()
            for circle in self._running.values():
                circle.desk.remember_sent_through(circle.desk.sent_through())
            self._set_trouble("")

    def _tell_others(self) -> None:
        self._is_untold = True
        if not self._trouble and self._now() - self._reported_at >= figures.REPORT_EVERY_S:
            self._reported_at, self._is_untold = self._now(), False
            tell_report(self._ledger.path, self.report())
            self._sending.tell_others(self._now())

    def _set_trouble(self, sentence: str) -> None:
        if sentence != self._trouble:
            self._trouble = sentence
            if sentence:
                self._reported_at = self._now()  # else it may be over before anybody has read it
                _log.error("%s", sentence)
            self._changed()
