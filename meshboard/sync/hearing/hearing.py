"""The way of a frame that was heard: opened, then to whoever reads its kind."""

from collections.abc import Callable, Iterable, Sequence

from meshboard.domain.entries import Entry, SignedEntry
from meshboard.errors import TrustError, WireError
from meshboard.link import NodeNumber
from meshboard.sync.events import EntriesReceived, Event, FrameRejected, RejectReason, TimeTold
from meshboard.sync.hearing.intake import Intake
from meshboard.sync.hearing.reader import is_sealed_otherwise, reason_of
from meshboard.sync.hearing.reconciling import Reconciliation
from meshboard.sync.hearing.told_stretches import ToldStretches
from meshboard.sync.hearing.words_heard import WordsHeard
from meshboard.sync.lanes import findings
from meshboard.sync.lanes.lanes import Lanes
from meshboard.sync.setup import EngineSetup
from meshboard.wire.frames import Entries, Hello, Keys, Reminder
from meshboard.wire.framing import Opened, open_frame


class Hearing:
    """Finds out what a frame says; tells the lanes findings and the shell events."""

    def __init__(self, setup: EngineSetup, lanes: Lanes, tell_shell: Callable[[Event], None]) -> None:
        self._door = setup.trust.door
        self._farthest = setup.config.hop_limit
        self._air = lanes.voice.air
        self._reach = lanes.voice.reach
        self._epochs = lanes.voice.epochs
        self._keys = lanes.keys
        self._tell = lanes.tell
        self._tell_shell = tell_shell
        stretches = ToldStretches(setup, lanes)
        self._intake = Intake(setup, lanes, stretches)
        self._reconciliation = Reconciliation(setup, lanes, stretches, tell_shell)
        self._words = WordsHeard(setup, lanes, self._reconciliation, tell_shell)

    def receive(
        self, frame: bytes, sender: NodeNumber, hops: int | None, now_s: float, *, took_air: bool
    ) -> bool:
        """Take in a frame; say whether a key of this circle opens it."""
        try:
            opened = open_frame(frame, self._epochs.ring, self._door)
        except (WireError, TrustError) as error:
            self._reject(reason_of(error), sender)
            if is_sealed_otherwise(error, frame):
                self._tell(findings.Unopened(), now_s)
            return False
        if took_air:
            self._air.note_heard(len(frame), hops, now_s)
        self._take_in(opened, sender, hops, now_s)
        return True

    def refuse(self, entries: Iterable[SignedEntry]) -> None:
        """Keep entries that the shell refused because their author does not count."""
        for event in self._intake.refuse(entries):
            self._tell_shell(event)

    def look_who_counts(self) -> None:
        """Give back what was refused and whose author counts now."""
        for event in self._intake.take_vouched():
            self._tell_shell(event)

    def _take_in(self, opened: Opened, sender: NodeNumber, hops: int | None, now_s: float) -> None:
        said, epoch = opened.frame, opened.epoch
        farthest = self._farthest if hops is None else min(hops, self._farthest)
        if isinstance(said, Hello):
            reason = self._keys.on_hello(said, farthest, now_s)
            if reason is not None:
                self._reject(reason, sender)
        elif isinstance(said, Keys):
            event = self._keys.on_keys(said, sender, now_s)
            if event is not None:
                self._tell_shell(event)
        elif isinstance(said, Entries):
            is_behind = epoch is not None and self._epochs.is_behind(epoch, now_s)
            self._take_entries(said, sender, farthest, now_s, is_behind=is_behind)
        elif isinstance(said, Reminder):
            if epoch is not None and not self._epochs.is_behind(epoch, now_s):
                self._words.on_reminder(said, now_s)
        elif epoch is not None and self._words.is_worth_hearing(said, epoch.id, sender, now_s):
            if self._epochs.is_behind(epoch, now_s):
                self._words.on_word_behind(said, epoch, sender, farthest, now_s)
            else:
                self._reach.note(said.speaker.head, hops, now_s)
                self._words.on_word(said, sender, hops or 0, now_s)

    def _take_entries(
        self, said: Entries, sender: NodeNumber, hops: int, now_s: float, *, is_behind: bool
    ) -> None:
        events = self._intake.take_in(said, sender, now_s, hops=hops, is_behind=is_behind)
        came = [event for event in events if isinstance(event, EntriesReceived)]
        new = [signed.entry for event in came for signed in event.entries]
        self._reconciliation.note_came(new)
        for event in events:
            self._tell_shell(event)
        if said.told is not None and new and not is_behind:
            head = said.items[0].head
            self._reach.note_news(head, hops, now_s)
            self._reconciliation.resolve_beside_news(head, said.told, new, hops, now_s)
            self._note_time(head, new)

    def _note_time(self, head: bytes, news: Sequence[Entry]) -> None:
        """Tell the shell how late it is by the clock of who speaks: only authors tell behind their news."""
        own = [entry for entry in news if entry.author.startswith(head) and self._epochs.counts(entry.author)]
        times = [(stamp.time_s, author) for stamp, author in ((one.stamp, one.author) for one in own)]
        known = [(time_s, author) for time_s, author in times if time_s is not None]
        if known:
            time_s, author = max(known)
            self._tell_shell(TimeTold(author, time_s))

    def _reject(self, reason: RejectReason, node: NodeNumber) -> None:
        self._tell_shell(FrameRejected(reason, node))
