"""What the words of other stations say: beacons, summaries and requests, as far as they are fresh."""

from collections.abc import Callable, Mapping

from meshboard.domain.entries import LogId
from meshboard.domain.ids import AuthorId, EpochId
from meshboard.figures import ANSWERS, BEHIND_HOURLY, REMINDERS_HOURLY
from meshboard.link import NodeNumber
from meshboard.sync.air.answer_limits import AnswerLimit
from meshboard.sync.events import Event, FrameRejected, RejectReason, StationHeard
from meshboard.sync.hearing.reconciling import Reconciliation
from meshboard.sync.hearing.speakers import EpochSpeakers
from meshboard.sync.holdings.ranges import Ranges
from meshboard.sync.holdings.summary import Differences, Holdings, compare, state_of
from meshboard.sync.holdings.telling import compare_told, told_by_log
from meshboard.sync.lanes import findings
from meshboard.sync.lanes.lanes import Lanes
from meshboard.sync.setup import EngineSetup
from meshboard.sync.words.reminders import Word
from meshboard.trust.key_ring import EpochKey
from meshboard.wire.frames import HEAD_BYTES, Beacon, LogLine, Reminder, Speaker, Summary


class WordsHeard:
    """Reads what other stations say they hold, and what they ask."""

    def __init__(
        self,
        setup: EngineSetup,
        lanes: Lanes,
        reconciliation: Reconciliation,
        tell_shell: Callable[[Event], None],
    ) -> None:
        self._author = setup.author
        self._head = setup.head
        self._store = setup.store
        self._voice = lanes.voice
        self._company = lanes.voice.company
        self._counters = lanes.voice.counters
        self._reconciliation = reconciliation
        self._tell = lanes.tell
        self._tell_shell = tell_shell
        epochs = lanes.voice.epochs
        current = epochs.current
        self._speakers = EpochSpeakers(current.id if current else None, setup.heard)
        self._answers = AnswerLimit(ANSWERS, setup.timings.answers_s)
        self._reminders = AnswerLimit(REMINDERS_HOURLY)
        self._answers_behind = AnswerLimit(BEHIND_HOURLY)

    def is_worth_hearing(self, said: Word, epoch: EpochId, node: NodeNumber, now_s: float) -> bool:
        """Say whether a word sealed in this epoch is another's and new, and note its counter if so."""
        speaker = said.speaker
        if speaker.head == self._head and self._counters.is_own(speaker.counter):
            self._tell_shell(FrameRejected(RejectReason.OWN, node))
            return False
        speakers = self._speakers.of(epoch)
        reason = speakers.check(speaker, is_stranger=not self._store.authors(speaker.head))
        if reason is None:
            self._tell(findings.Fresh(said), now_s)
            return True
        self._tell_shell(FrameRejected(reason, node))
        if reason is RejectReason.STALE and self._differs(said, now_s):
            self._tell(findings.Stale(said, speakers.latest_of(speaker.head)), now_s)
        return False

    def _differs(self, said: Word, now_s: float) -> bool:
        holdings = self._voice.visible(now_s)
        if isinstance(said, Beacon):
            return said.state != state_of(holdings)
        return isinstance(said, Summary) and not compare(said, holdings).is_none

    def on_reminder(self, reminder: Reminder, now_s: float) -> None:
        """Note of whom others heard a higher counter, whoever says so: speak up where it is ourselves."""
        speaker = reminder.speaker
        if speaker.head != self._head:
            self._tell(findings.Reminded(speaker), now_s)
        elif self._reminders.allows(speaker.head, now_s) and self._counters.go_beyond(speaker.counter):
            self._tell(findings.TakenForStale(), now_s)

    def on_word_behind(self, said: Word, epoch: EpochKey, node: NodeNumber, hops: int, now_s: float) -> None:
        """Help who does not know yet that its epoch is over; former members speak in it too.

        So nothing it says of what it holds is believed: it is given the key, and of the entries only the
        facts it can find the current epoch by; and it is told what is held here, so that it asks for them.
        """
        head, holdings = said.speaker.head, self._voice.visible(now_s)
        self._tell(findings.SpokeBehind(head, epoch, hops), now_s)
        if not self._answers_behind.allows(head, now_s):
            self._tell_shell(FrameRejected(RejectReason.TOO_MANY, node))
        elif isinstance(said, Summary):
            lacking = compare(said, holdings).they_lack
            self._tell(findings.LacksBehind(head, lacking, hops, is_whole=said.span is None), now_s)
        elif isinstance(said, Beacon) and said.state != state_of(holdings):
            told = compare_told(said.told, _numbers_of(holdings)) if said.told else None
            if told is not None:
                self._tell(findings.LacksBehind(head, told.they_lack, hops, is_whole=told.is_whole), now_s)
            self._tell(findings.IsToBeTold(), now_s)

    def on_word(self, said: Word, node: NodeNumber, hops: int, now_s: float) -> None:
        """Take in a fresh word; `hops`: relays it passed, 0 also where that is not known."""
        head = said.speaker.head
        self._company.note_node(node, head)
        if isinstance(said, Beacon):
            self._on_beacon(said, node, hops, now_s)
        elif not self._answers.allows(head, now_s):
            self._heard(said.speaker, None, node)
            self._tell_shell(FrameRejected(RejectReason.TOO_MANY, node))
        elif isinstance(said, Summary):
            self._on_summary(said, node, hops, now_s)
        else:
            self._heard(said.speaker, None, node)
            for ask in said.asks:
                self._reconciliation.answer(ask, hops, now_s)

    def _on_beacon(self, beacon: Beacon, node: NodeNumber, hops: int, now_s: float) -> None:
        holdings = self._voice.visible(now_s)
        head, ours = beacon.speaker.head, state_of(holdings)
        agrees = beacon.state == ours
        self._company.note(head, beacon.state, now_s)
        self._heard(beacon.speaker, agrees, node)
        if agrees:
            self._company.note_knows_us(head)
        self._tell(findings.Spoke(head, agrees, told_of=holdings if agrees else ()), now_s)
        if not agrees and not self._is_told_apart(beacon, holdings, hops, now_s):
            self._tell(findings.Differs(head, ours, beacon.state, is_shown=False), now_s)

    def _is_told_apart(self, beacon: Beacon, holdings: Holdings, hops: int, now_s: float) -> bool:
        """Say whether the numbers a beacon tells show the difference, and tell it."""
        head, told = beacon.speaker.head, beacon.told
        if told is None:
            return False
        if not self._answers.allows(head, now_s):
            return True
        ours = _numbers_of(holdings)
        self._tell(findings.Asks(told_by_log(told, ours)), now_s)
        differences = compare_told(told, ours)
        return self._reconciliation.resolve_told(head, differences, hops, now_s, is_asked=True)

    def _on_summary(self, summary: Summary, node: NodeNumber, hops: int, now_s: float) -> None:
        holdings, head = self._voice.visible(now_s), summary.speaker.head
        differences = compare(summary, holdings)
        agrees = differences.is_none and summary.span is None
        state = state_of(holdings) if agrees else None
        self._company.note(head, state or b"", now_s)
        if any(_has_first_of(line, self._author) for line in summary.lines):
            self._company.note_knows_us(head)
        is_part = differences.is_none and not agrees
        self._heard(summary.speaker, None if is_part else agrees, node)
        self._tell(findings.Spoke(head, agrees, state, differences.they_lack, differences.told_of), now_s)
        if not differences.is_none:
            self._on_differences(head, differences, holdings, hops, now_s)

    def _on_differences(
        self, head: bytes, differences: Differences, holdings: Holdings, hops: int, now_s: float
    ) -> None:
        self._reconciliation.resolve(head, differences, hops, now_s)
        if differences.has_unknown or differences.forked:
            self._tell(findings.Differs(head, state_of(holdings), head, is_shown=True), now_s)

    def _heard(self, speaker: Speaker, agrees: bool | None, node: NodeNumber) -> None:
        known = self._store.authors(speaker.head)
        author = known[0] if len(known) == 1 else None
        self._tell_shell(StationHeard(speaker.head, author, speaker.counter, agrees, node))


def _has_first_of(line: LogLine, author: AuthorId) -> bool:
    """Say whether a summary's line tells that the speaker has an author's first entry, and so the key."""
    is_of_author = line.place.head == author[:HEAD_BYTES] and not line.is_waiting
    return is_of_author and line.ranges[0][0] == 1


def _numbers_of(holdings: Holdings) -> Mapping[LogId, Ranges]:
    """Return the numbers held of each log."""
    return {log: held.ranges for log, held in holdings.items()}
