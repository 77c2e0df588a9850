"""Words: beacons, said as Trickle calls for them or to ask for what is lacking here."""

from collections.abc import Sequence
from typing import ClassVar

from meshboard.figures import ASKED_IN_VAIN, NEWCOMERS_BYTES, TOLD_BYTES, WAITS_BYTES, WORD_PATIENCE
from meshboard.sync.air.held import Due
from meshboard.sync.air.unsaid import Handed
from meshboard.sync.company.counters import LARGEST_COUNTER
from meshboard.sync.entries.bulk import BulkTurn, will_pass
from meshboard.sync.entries.outbox import is_basic
from meshboard.sync.events import FrameUse
from meshboard.sync.holdings.ranges import Lacking
from meshboard.sync.holdings.summary import state_of
from meshboard.sync.lanes import findings
from meshboard.sync.lanes.findings import Finding
from meshboard.sync.lanes.key_lane import KeyLane
from meshboard.sync.lanes.lane import Turn
from meshboard.sync.lanes.summary_lane import SummaryLane
from meshboard.sync.lanes.voice import Voice
from meshboard.sync.setup import EngineSetup
from meshboard.sync.words.trickle import Disagreements, Trickle
from meshboard.sync.words.wanting import Wants
from meshboard.wire.frames import MAX_RANGES, TABLE_BYTES, Beacon, Speaker, Told
from meshboard.wire.framing import push_frame

LARGEST_TOLD = 2**28 - 1  # what takes most bytes


class WordLane:
    """Says what is held, and asks for what is not."""

    patience: ClassVar[int] = WORD_PATIENCE

    def __init__(
        self,
        setup: EngineSetup,
        voice: Voice,
        lanes: tuple[KeyLane, SummaryLane],
        giving: BulkTurn,
        now_s: float,
    ) -> None:
        """`lanes`: which ask for a key, and say a summary where that is worth more than a beacon."""
        timings, chance = setup.timings, setup.chance
        self._voice = voice
        self._air = voice.air
        self._company = voice.company
        self._reach = voice.reach
        self._epochs = voice.epochs
        self._early = voice.early
        self._taking = voice.taking
        self._giving = giving
        self._keys, self._summaries = lanes
        self._wants = Wants(timings, chance, voice.company)
        self._disagreements = Disagreements()
        self._is_due = False
        """Whether Trickle called for a word that was not said yet."""
        self._knows_their_logs = False
        """Whether who told what they hold last held the same logs: to them numbers alone say what we lack."""
        self._trickle = Trickle(timings.beacon_min_s, chance, voice.company, now_s)
        if any(log.author != setup.author for log in setup.store.holdings()):
            self._trickle.reset(now_s)  # back after a break: something was probably missed

    @property
    def next_at(self) -> float:
        """When `advance` has something to do."""
        return self._trickle.next_at

    def advance(self, now_s: float) -> None:
        """Let the word's timer run to `now_s`."""
        while self._trickle.next_at <= now_s:
            is_settled = self._giving.is_on(now_s) or self._all_agree(
                state_of(self._voice.visible(now_s)), now_s
            )
            is_due = self._trickle.advance(
                now_s, is_settled=is_settled, is_alone=not self._company.count(now_s)
            )
            self._is_due |= is_due and not self._taking.is_on(now_s)

    def dues(self, turn: Turn) -> Sequence[Due]:
        """Return when to say a word or to ask, if either is planned."""
        due_at = turn.now_s if self._is_due else self._ask_at(turn.now_s)
        return [] if due_at is None else [Due("beacon", 1, due_at, self._summaries.grade(turn))]

    def next_frame(self, turn: Turn) -> Handed | None:
        """Tell what is held, as Trickle calls for it or because something is known to be lacking here."""
        now_s = turn.now_s
        due_at = self._ask_at(now_s)
        is_ask_due = due_at is not None and due_at <= now_s
        is_unclear = is_ask_due and not self._do_numbers_tell(now_s)
        if (self._is_due and self._is_summary_due(now_s)) or is_unclear:
            return self._summaries.say(turn)
        if self._is_due:
            beacon = self._beacon(turn)
            self._is_due = beacon is None
            return beacon
        if not is_ask_due:
            return None
        wants = self._wants
        return self._beacon(turn, self._reach.for_asking(wants.times_asked, wants.least_asked, now_s))

    def take(self, finding: Finding, now_s: float) -> None:
        """Speak up soon where others may differ, and stay silent where they said as much."""
        match finding:
            case findings.Spoke(agrees=True):
                self._trickle.consistent()
                self._is_due, self._knows_their_logs = False, True
            case findings.Differs():
                self._note_differs(finding, now_s)
            case findings.ToldNumbers(are_logs_same=are_logs_same):
                self._trickle.note_told()
                self._knows_their_logs = are_logs_same
            case findings.WeLack(lacking=lacking):
                self._wants.want(lacking, now_s)
            case findings.Coming(log=log):
                self._wants.note_coming(now_s)
                if log is not None:
                    self._wants.note_arrived(log)
            case findings.Asks(theirs=theirs):
                self._taking.note_asks_too(self._lacking(now_s), theirs, now_s)
            case findings.Came():
                self._note_came(finding, now_s)
            case findings.TakenForStale() | findings.LinkCameUp():
                self._trickle.reset(now_s)
            case _:
                self._take_of_ours(finding, now_s)

    def _take_of_ours(self, finding: Finding, now_s: float) -> None:
        """See whether what this station says or does reaches everybody, and say no more than is needed."""
        match finding:
            case findings.Telling():
                self._note_telling(finding, now_s)
            case findings.Announced():
                self._trickle.check_news(now_s, is_basic=finding.is_basic)
            case findings.KeysChanged(is_sealing_changed=True):
                self._trickle.check_news(now_s, is_basic=True)
                if not self._knows_their_logs:
                    self._trickle.reset(now_s)  # who came in just now lacks nearly all there is
            case _:
                pass

    def _note_differs(self, finding: findings.Differs, now_s: float) -> None:
        """Speak often again, unless these two have met too often already."""
        if will_pass(finding.head, self._giving, self._taking, now_s):
            return
        if self._disagreements.is_worth_acting(finding.ours, finding.theirs):
            self._trickle.reset(now_s)

    def _note_came(self, finding: findings.Came, now_s: float) -> None:
        if finding.hurried:
            self._trickle.check_news(now_s, is_basic=any(map(is_basic, finding.hurried)))
        counted = [signed.entry for signed in finding.counted]
        if counted:
            self._wants.note_coming(now_s)
        fills_gaps = any(self._wants.is_wanted(entry.log, entry.number) for entry in counted)
        for entry in counted:
            self._wants.note_arrived(entry.log)
            self._wants.want([(entry.log, ((1, entry.number),))], now_s)
        is_member = self._epochs.is_own_known
        self._taking.note_came(self._lacking(now_s), now_s, fills_gaps=fills_gaps, is_member=is_member)

    def _note_telling(self, finding: findings.Telling, now_s: float) -> None:
        if not finding.in_summary:
            self._wants.note_told(now_s)
            self._trickle.note_told()
            return
        if finding.is_first_part:
            self._taking.note_asked(self._lacking(now_s), now_s)
            self._wants.note_told(now_s)
        self._is_due = False
        self._trickle.said_as_much()

    def _lacking(self, now_s: float) -> Lacking:
        """Return what is known to be lacking here."""
        return self._wants.lacking(self._voice.visible(now_s))

    def _all_agree(self, state: bytes, now_s: float) -> bool:
        """Say whether all who were heard lately hold this too, or are being given what they lack."""
        return self._company.all_hold(state, now_s, lambda head: self._giving.is_given(head, now_s))

    def _do_numbers_tell(self, now_s: float) -> bool:
        """Say whether numbers tell others what to give: not of other logs, nor of one in many pieces.

        Of such a log a summary tells the first pieces, once where asking by numbers brought nothing of it.
        """
        if self._taking.lacks_much and not self._knows_their_logs:
            return False
        if self._wants.times_asked != ASKED_IN_VAIN:
            return True
        holdings = self._voice.visible(now_s)
        in_pieces = {log for log, held in holdings.items() if len(held.ranges) > MAX_RANGES}
        return not any(log in in_pieces for log, _ in self._lacking(now_s))

    def _is_summary_due(self, now_s: float) -> bool:
        """Say whether a word is to be a summary, which is answered at once: a key or much is lacking."""
        if self._epochs.is_lagging or self._keys.is_asking:
            return True
        if not self._knows_their_logs:
            summary = self._summaries.peek(now_s)
            return summary.span is None and len(push_frame(summary)) <= NEWCOMERS_BYTES
        return False

    def _beacon(self, turn: Turn, hop_limit: int | None = None) -> Handed | None:
        """Return a beacon for now, None where it may not be said.

        With a hop limit it asks for what is lacking; without one it is our word.
        """
        now_s = turn.now_s
        state = state_of(self._voice.visible(now_s))
        most_bytes = TOLD_BYTES + WAITS_BYTES * bool(self._early)
        longest = Told(bytes(TABLE_BYTES), 0, (((1, LARGEST_TOLD),),) * (most_bytes // 5))
        largest = Beacon(Speaker(self._voice.head, LARGEST_COUNTER), state, longest)
        if not self._air.may_say(largest, self._summaries.grade(turn), now_s):
            return None
        is_worth_telling = hop_limit is not None or not self._all_agree(state, now_s)
        told = self._voice.told(TOLD_BYTES, now_s, WAITS_BYTES) if is_worth_telling else None
        self._wants.note_told(now_s)  # untold the state says as much to whoever agrees
        if told is not None:
            self._trickle.note_told()
        self._taking.note_asked(self._lacking(now_s), now_s)
        beacon = Beacon(self._voice.speaker(), state, told)
        is_word = hop_limit is None
        hop_limit = self._reach.take_for_word(now_s) if hop_limit is None else hop_limit
        frame = self._voice.sealed(beacon, FrameUse.BEACON, hop_limit)
        return Handed(frame, lambda _at: self._say_again(is_word=is_word))

    def _say_again(self, *, is_word: bool) -> None:
        if is_word:
            self._reach.take_word_back()
        self._is_due = True

    def _ask_at(self, now_s: float) -> float | None:
        """Return when to ask for what is lacking."""
        due_at = self._wants.due_at(self._voice.visible(now_s))
        return None if due_at is None else max(due_at, self._taking.ask_at)
