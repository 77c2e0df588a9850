"""A running station: feeds what is heard to the engine, commits, and sends what may be sent.

One asyncio loop owns everything here. Order of things: commit, then transmit; what is not stored is
never advertised.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import assert_never

from meshboard.domain.entries import SignedEntry
from meshboard.domain.ids import EntryId
from meshboard.errors import LedgerError
from meshboard.ledger.stations import Peer
from meshboard.link import (
    FrameHeard,
    Link,
    LinkChanged,
    LinkEvent,
    LinkState,
    LinkStatus,
    SendRefused,
    TextHeard,
)
from meshboard.station.desk import Desk
from meshboard.station.repeating import repeat_what_was_asked
from meshboard.station.report import StationReport
from meshboard.station.texts import TextResponder, sender_of
from meshboard.sync.engine import Engine
from meshboard.sync.events import (
    EntriesReceived,
    EntriesSent,
    Event,
    FrameRejected,
    OwnLogBehind,
    StationHeard,
)

COMMITS_LOOK_S = 0.25  # DESIGN: another process's commit is noticed within 250 ms
TRY_AGAIN_S = 5.0  # between looks whether a ledger that could not be written can be again
REPORT_EVERY_S = 2.0  # the report is for screens of other processes: seldom enough to spare an SD card

_log = logging.getLogger("meshboard.station")


class RunningStation:
    """Drives one circle's engine over one link, until stopped."""

    def __init__(self, desk: Desk, engine: Engine, link: Link, on_change: Callable[[], None]) -> None:
        self._desk = desk
        self._engine = engine
        self._link = link
        self._on_change = on_change
        self._responder: TextResponder | None = None
        self._wake = asyncio.Event()
        self._rejected: Counter[str] = Counter()
        self._trouble = ""
        self._unsent: dict[EntryId, int] = {}
        self._sent_ahead: set[int] = set()
        self._seen_seq = desk.ledger.last_seq()
        self._data_version = desk.ledger.data_version()
        self._link_state = link.status.state
        self._was_up = self._link_state is LinkState.UP
        self._link_detail = ""
        self._reported_at = 0.0
        self._task: asyncio.Task[None] | None = None

    def start(self, responder: TextResponder | None = None) -> None:
        """Begin: connect, hand over what was committed while no station ran, and keep going."""
        self._responder = responder
        self._link.start(self._on_link_event)
        self._announce(self._desk.own_entries_after(self._desk.sent_through()))
        self._task = asyncio.create_task(self._run(), name="station")

    async def stop(self) -> None:
        """Stop sending, say goodbye to the node, and leave a last report."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._link.stop()
        last = replace(self._link.status, state=LinkState.ABSENT, detail="")
        with suppress(LedgerError):  # a disk that fails must not keep the rest from being let go of
            self._save_report(replace(self.report(), link=last))

    def report(self) -> StationReport:
        """Return how the link and the sync are now."""
        return StationReport(self._link.status, dict(self._rejected), self._trouble)

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            try:
                self._look_for_commits()
                self._engine.handle_timer(self._now())
                self._drain()
                self._send()
                self._drain()
                self._tell_others()
                self._look_whether_trouble_is_over()
            except LedgerError as error:
                # Nothing is lost: what was not stored is still held by its sender and is asked for again.
                self._set_trouble(str(error))
            await self._sleep()

    async def _sleep(self) -> None:
        due = self._engine.next_timer()
        can_send = self._link.ready_for_frame()  # without, what is due stays due: the link's change wakes us
        wait_s = min(max(due - self._now(), 0.01), COMMITS_LOOK_S) if due and can_send else COMMITS_LOOK_S
        try:
            await asyncio.wait_for(self._wake.wait(), wait_s)
        except TimeoutError:
            return

    def _now(self) -> float:
        return self._desk.clock.monotonic_s()

    def _on_link_event(self, event: LinkEvent) -> None:
        match event:
            case FrameHeard():
                self._receive(event)
            case TextHeard() if event.direct:
                self._answer(event)
            case TextHeard():
                pass
            case LinkChanged(status=status):
                self._note_link(status)
            case SendRefused():
                _log.warning("the node refused a frame or text")
            case _:
                assert_never(event)
        self._wake.set()

    def _receive(self, heard: FrameHeard) -> None:
        try:
            self._engine.receive(heard.payload, heard.sender, self._now(), heard.hops)
        except LedgerError as error:
            self._set_trouble(str(error))

    def _note_link(self, status: LinkStatus) -> None:
        if status.state is LinkState.UP and self._link_state is not LinkState.UP:
            if self._was_up:  # the first connection is a start, which the engine has timed already
                self._engine.rejoin(self._now())
            self._was_up = True
        if status.state is not self._link_state:
            _log.info("link %s", status.state.value)
        if status.detail and status.detail != self._link_detail:
            _log.warning("%s", status.detail)
        self._link_state, self._link_detail = status.state, status.detail
        if status.channel_utilisation is not None:
            self._engine.note_channel_utilisation(status.channel_utilisation, self._now())
        self._on_change()

    def _answer(self, message: TextHeard) -> None:
        if self._responder is None:
            return
        reply = self._responder.answer(message.text, sender_of(message))
        if reply is not None:
            self._link.send_text(reply, message.sender)

    def _look_for_commits(self) -> None:
        """Announce what this station's other processes, or its own front ends, have committed."""
        data_version = self._desk.ledger.data_version()
        changed_elsewhere = data_version != self._data_version
        if not changed_elsewhere and self._desk.ledger.last_seq() == self._seen_seq:
            return
        changes = self._desk.ledger.changes_since(self._seen_seq)
        self._seen_seq, self._data_version = changes.seq, data_version
        self._announce([signed for signed in changes.own if signed.entry.circle == self._desk.circle.id])
        if changed_elsewhere:
            self._on_change()

    def _announce(self, entries: Sequence[SignedEntry]) -> None:
        if entries:
            self._unsent.update({signed.entry.id: signed.entry.number for signed in entries})
            self._engine.announce(entries, self._now())

    def _send(self) -> None:
        while self._link.ready_for_frame():
            frame = self._engine.next_frame(self._now())
            if frame is None:
                return
            self._link.send_frame(frame.payload, frame.hop_limit)

    def _drain(self) -> None:
        received: list[SignedEntry] = []
        while (event := self._engine.next_event()) is not None:
            if isinstance(event, EntriesReceived):
                received.extend(event.entries)
            else:
                self._take(event)
        if received:
            self._store(received)

    def _take(self, event: Event) -> None:
        match event:
            case FrameRejected(reason=reason):
                self._rejected[reason.value] += 1
            case StationHeard():
                self._note_peer(event)
            case EntriesSent(ids=ids):
                self._note_sent(ids)
            case OwnLogBehind():
                self._set_trouble(
                    "Other boards remember more of this station than it does: its ledger is an old copy. "
                    "What is missing is being fetched from them."
                )
            case EntriesReceived():
                pass
            case _:
                assert_never(event)

    def _store(self, entries: list[SignedEntry]) -> None:
        """Commit what was received; then others may hear of it."""
        result = self._desk.ledger.append(entries, self._desk.clock.wall_s())
        if any(signed.entry.log == self._desk.log for signed in result.new):
            # Our own signature on entries we lack proves that this ledger is an old copy: write to a new log
            # from now on, so that no number is used twice.
            self._desk.ledger.circles.begin_incarnation(self._desk.circle.id)
        repeat_what_was_asked(self._desk, result.posts)
        if result.new:
            self._on_change()

    def _note_peer(self, heard: StationHeard) -> None:
        if heard.author is None:
            return
        agreed_seq = self._desk.ledger.last_seq() if heard.agrees else 0
        peer = Peer(heard.author, heard.node, heard.counter, self._desk.clock.wall_s(), agreed_seq)
        self._desk.ledger.stations.save_peers(self._desk.circle.id, [peer])
        self._on_change()

    def _note_sent(self, ids: Sequence[EntryId]) -> None:
        """Move the mark up to which everything was handed to the radio; urgent entries may go ahead."""
        self._sent_ahead.update(self._unsent.pop(entry) for entry in ids if entry in self._unsent)
        mark = before = self._desk.sent_through()
        while mark + 1 in self._sent_ahead:
            mark += 1
            self._sent_ahead.discard(mark)
        if mark != before:
            self._desk.remember_sent_through(mark)
            self._on_change()

    def _look_whether_trouble_is_over(self) -> None:
        """Clear the trouble once a write succeeds again; ask seldom, a failing disk is slow."""
        if self._trouble and self._now() - self._reported_at >= TRY_AGAIN_S:
            self._reported_at = self._now()
            self._desk.remember_sent_through(self._desk.sent_through())
            self._set_trouble("")

    def _tell_others(self) -> None:
        if not self._trouble and self._now() - self._reported_at >= REPORT_EVERY_S:
            self._reported_at = self._now()
            self._save_report(self.report())

    def _save_report(self, report: StationReport) -> None:
        self._desk.ledger.stations.save_status(report.to_row(), self._desk.clock.wall_s())

    def _set_trouble(self, sentence: str) -> None:
        if sentence != self._trouble:
            self._trouble = sentence
            if sentence:
                _log.error("%s", sentence)
            self._on_change()
