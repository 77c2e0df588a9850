"""What the words of other stations set going: beacons, summaries and requests, as far as they are fresh."""

from collections import OrderedDict
from collections.abc import Callable, Mapping

from meshboard.domain.entries import LogId
from meshboard.domain.ids import AuthorId, EpochId
from meshboard.figures import ANSWERS, BEHIND_HOURLY, MAX_STRANGERS, PARTS_ALIKE, REMINDERS_HOURLY
from meshboard.link import NodeNumber
from meshboard.sync.air.answer_limits import AnswerLimit
from meshboard.sync.air.said import Disagreements
from meshboard.sync.events import Event, FrameRejected, RejectReason, StationHeard
from meshboard.sync.hearing.reader import EpochSpeakers
from meshboard.sync.hearing.reconciling import Reconciliation
from meshboard.sync.holdings.ranges import Ranges
from meshboard.sync.holdings.summary import Differences, Holdings, compare, state_of
from meshboard.sync.holdings.telling import compare_told, told_by_log
from meshboard.sync.setup import EngineSetup
from meshboard.sync.voice import Voice
from meshboard.sync.words.reminders import Word
from meshboard.trust.key_ring import EpochKey
from meshboard.wire.frames import HEAD_BYTES, Beacon, LogLine, Reminder, Speaker, Summary, Told


class Answering:
    """Answers what other stations say they hold, and what they ask."""

    def __init__(
        self, setup: EngineSetup, voice: Voice, reconciliation: Reconciliation, tell: Callable[[Event], None]
    ) -> None:
        """`tell` takes what the shell is to know."""
        self._author = setup.author
        self._store = setup.store
        self._voice = voice
        self._reconciliation = reconciliation
        self._tell = tell
        current = voice.doors.ring.current
        self._speakers = EpochSpeakers(current.id if current else None, setup.heard)
        self._answers = AnswerLimit(ANSWERS, setup.config.timings.answers_s)
        self._reminders = AnswerLimit(REMINDERS_HOURLY)
        self._answers_behind = AnswerLimit(BEHIND_HOURLY)
        self._disagreements = Disagreements()
        self._parts_alike: OrderedDict[bytes, int] = OrderedDict()

    def is_fresh(self, said: Word, epoch: EpochId, node: NodeNumber, now_s: float) -> bool:
        """Say whether a word sealed in this epoch is another's and new; tell the shell where it is not."""
        speaker = said.speaker
        is_own_head = speaker.head == self._author[:HEAD_BYTES]
        if is_own_head and self._voice.counters.is_own(speaker.counter):
            self._tell(FrameRejected(RejectReason.OWN, node))
            return False
        speakers = self._speakers.of(epoch)
        reason = speakers.check(speaker, is_stranger=not self._store.authors(speaker.head))
        if reason is None:
            self._voice.reminders.note_fresh(said)
            return True
        self._tell(FrameRejected(reason, node))
        if reason is RejectReason.STALE and self._differs(said, now_s):
            self._voice.reminders.note_stale(said, speakers.latest_of(speaker.head), now_s)
        return False

    def _differs(self, said: Word, now_s: float) -> bool:
        holdings = self._voice.visible(now_s)
        if isinstance(said, Beacon):
            return said.state != state_of(holdings)
        return isinstance(said, Summary) and not compare(said, holdings).is_none

    def on_reminder(self, reminder: Reminder, now_s: float) -> None:
        """Note of whom others heard a higher counter, whoever says so: speak up where it is ourselves."""
        speaker = reminder.speaker
        if speaker.head != self._author[:HEAD_BYTES]:
            self._voice.reminders.drop(speaker)
        elif self._reminders.allows(speaker.head, now_s) and self._voice.counters.go_beyond(speaker.counter):
            self._voice.trickle.reset(now_s)

    def on_word_behind(self, said: Word, epoch: EpochKey, node: NodeNumber, hops: int, now_s: float) -> None:
        """Help who does not know yet that its epoch is over; former members speak in it too.

        So nothing it says of what it holds is believed: it is given the key, and of the entries only the
        facts it can find the current epoch by; and it is told what is held here, so that it asks for them.
        """
        head, doors, holdings = said.speaker.head, self._voice.doors, self._voice.visible(now_s)
        doors.on_behind(head, epoch, hops, now_s)
        if not self._answers_behind.allows(head, now_s):
            self._tell(FrameRejected(RejectReason.TOO_MANY, node))
        elif isinstance(said, Summary):
            lacking = compare(said, holdings).they_lack
            doors.on_lacking_behind(head, lacking, hops, now_s, is_whole=said.span is None)
        elif isinstance(said, Beacon) and said.state != state_of(holdings):
            told = compare_told(said.told, _numbers_of(holdings)) if said.told else None
            if told is not None:
                doors.on_lacking_behind(head, told.they_lack, hops, now_s, is_whole=told.is_whole)
            self._voice.summaries.want(now_s)

    def on_word(self, said: Word, node: NodeNumber, hops: int, now_s: float) -> None:
        """Act on a fresh word; `hops`: relays it passed, 0 also where that is not known."""
        self._voice.neighbours.note_node(node, said.speaker.head)
        if isinstance(said, Beacon):
            self._on_beacon(said, node, hops, now_s)
        elif not self._answers.allows(said.speaker.head, now_s):
            self._heard(said.speaker, None, node)
            self._tell(FrameRejected(RejectReason.TOO_MANY, node))
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
        self._voice.note_neighbour(head, beacon.state, now_s)
        self._voice.repairs.turn.note_holds(head, is_all=agrees)
        self._heard(beacon.speaker, agrees, node)
        if agrees:
            self._voice.neighbours.note_knows_us(head)
            self._voice.passing.note_told(head, (), now_s, told_of=holdings)
            self._voice.was_said_by_another()
            return
        if self._is_told_apart(beacon, holdings, hops, now_s):
            self._parts_alike.pop(head, None)
            return
        if not self._reconciliation.is_passing(head, now_s):
            self._differ(ours, beacon.state, now_s)
            if not self._may_another_part_tell(head, beacon.told, holdings):
                self._voice.summaries.want(now_s, insist=self._voice.trickle.are_few)

    def _may_another_part_tell(self, head: bytes, told: Told | None, holdings: Holdings) -> bool:
        """Say whether a station that holds something else told parts that are alike, and few of them so far.

        A summary of logs that are more than fit a beacon takes several frames.
        """
        compared = compare_told(told, _numbers_of(holdings)) if told else None
        if compared is None or compared.is_whole:
            return False
        alike = self._parts_alike.pop(head, 0) + 1
        if alike < PARTS_ALIKE:
            self._parts_alike[head] = alike
            if len(self._parts_alike) > MAX_STRANGERS:
                self._parts_alike.popitem(last=False)
        return alike < PARTS_ALIKE

    def _is_told_apart(self, beacon: Beacon, holdings: Holdings, hops: int, now_s: float) -> bool:
        """Say whether the numbers a beacon tells show the difference, and act on them."""
        head, told = beacon.speaker.head, beacon.told
        if told is None:
            return False
        if not self._answers.allows(head, now_s):
            return True
        ours = _numbers_of(holdings)
        self._voice.note_asks(told_by_log(told, ours), now_s)
        differences = compare_told(told, ours)
        return self._reconciliation.resolve_told(head, differences, hops, now_s, is_asked=True)

    def _on_summary(self, summary: Summary, node: NodeNumber, hops: int, now_s: float) -> None:
        holdings, head = self._voice.visible(now_s), summary.speaker.head
        differences = compare(summary, holdings)
        self._voice.passing.note_told(head, differences.they_lack, now_s, told_of=differences.told_of)
        is_same = differences.is_none and summary.span is None
        state = state_of(holdings) if is_same else b""
        self._voice.note_neighbour(head, state, now_s)
        self._voice.repairs.turn.note_holds(head, is_all=is_same)
        if any(_has_first_of(line, self._author) for line in summary.lines):
            self._voice.neighbours.note_knows_us(head)
        if not differences.is_none:
            self._heard(summary.speaker, False, node)
            self._on_differences(head, differences, holdings, hops, now_s)
        elif is_same:
            self._heard(summary.speaker, True, node)
            self._voice.was_said_by_another()
            self._voice.summaries.was_said(state, now_s)
        else:
            self._heard(summary.speaker, None, node)

    def _on_differences(
        self, head: bytes, differences: Differences, holdings: Holdings, hops: int, now_s: float
    ) -> None:
        self._reconciliation.resolve(head, differences, hops, now_s)
        is_to_be_told = differences.has_unknown or differences.forked
        if is_to_be_told and not self._reconciliation.is_passing(head, now_s):
            self._differ(state_of(holdings), head, now_s)

    def _differ(self, ours: bytes, theirs: bytes, now_s: float) -> None:
        """Speak often again, unless these two have met too often already."""
        if self._disagreements.is_worth_acting(ours, theirs):
            self._voice.trickle.reset(now_s)

    def _heard(self, speaker: Speaker, agrees: bool | None, node: NodeNumber) -> None:
        known = self._store.authors(speaker.head)
        author = known[0] if len(known) == 1 else None
        self._tell(StationHeard(speaker.head, author, speaker.counter, agrees, node))


def _has_first_of(line: LogLine, author: AuthorId) -> bool:
    """Say whether a summary's line tells that the speaker has an author's first entry, and so the key."""
    is_of_author = line.place.head == author[:HEAD_BYTES] and not line.is_waiting
    return is_of_author and line.ranges[0][0] == 1


def _numbers_of(holdings: Holdings) -> Mapping[LogId, Ranges]:
    """Return the numbers held of each log."""
    return {log: held.ranges for log, held in holdings.items()}
