"""Even out a difference: give what another station lacks, want what is lacking here, ask where logs fork."""

from collections.abc import Callable, Iterable, Sequence

from meshboard.domain.entries import Entry, LogId
from meshboard.figures import BULK_FEW, FEW_STATIONS, MEETING_LOGS, MOST_BESIDE, SMALL_PIECE
from meshboard.sync.entries.bulk import is_much
from meshboard.sync.entries.leaving_out import LeavingOut
from meshboard.sync.entries.repair import Asking, Lacking
from meshboard.sync.events import Event, OwnLogBehind
from meshboard.sync.hearing.told_stretches import ToldStretches
from meshboard.sync.holdings.forks import differing_pieces, is_finest
from meshboard.sync.holdings.ranges import count_of, with_number
from meshboard.sync.holdings.summary import Differences, place_of, state_of
from meshboard.sync.holdings.telling import ToldDifferences, compare_told
from meshboard.sync.setup import EngineSetup
from meshboard.sync.voice import Voice
from meshboard.wire.frames import HEAD_BYTES, Ask, Place, Told


class Reconciliation:
    """Acts on how what another station holds differs from what is held here."""

    def __init__(
        self, setup: EngineSetup, voice: Voice, stretches: ToldStretches, tell: Callable[[Event], None]
    ) -> None:
        """`tell` takes what the shell is to know."""
        self._own = setup.author
        self._store = setup.store
        self._voice = voice
        self._stretches = stretches
        self._tell = tell
        self._leaving_out = LeavingOut(setup.config.timings, setup.store)
        self._behind: dict[LogId, int] = {}

    def is_passing(self, head: bytes, now_s: float) -> bool:
        """Say whether the difference to a station will pass: much is being given to it, or to us."""
        return self._voice.taking.is_on(now_s) or self._voice.repairs.turn.is_given(head, now_s)

    def _lacks_much(self, head: bytes, lacking: Lacking, hops: int, now_s: float, *, is_whole: bool) -> bool:
        """Note what a station lacks; say whether it is much, or the rest of it: then only one gives it.

        `is_whole`: of all that is held here, not of a part.
        """
        turn, count = self._voice.repairs.turn, sum(count_of(ranges) for _, ranges in lacking)
        if is_whole or count > BULK_FEW:
            turn.note_holds(head, is_all=count <= BULK_FEW)
        is_under_way = turn.has_lacked_much(head, now_s)
        much = is_much(count, self._voice.trickle.stations, is_under_way=is_under_way)
        if much:
            turn.note_lacks_much(head, now_s)
        elif count:
            self._voice.reach.note_lacking(head, hops, now_s)
        return much

    def resolve(self, head: bytes, differences: Differences, hops: int, now_s: float) -> None:
        """Act on how a summary differs; `hops`: relays it passed."""
        lack = self._leaving_out.to_give(head, differences, now_s)
        is_whole = differences.is_whole
        much = self._lacks_much(head, lack.they_lack, hops, now_s, is_whole=is_whole)
        facts = self._voice.doors.past.lacking(differences.they_lack)
        is_for_all = len(differences.ahead) >= MEETING_LOGS
        are_many = self._voice.trickle.stations > FEW_STATIONS  # few that a summary reaches are no crowd
        turn = self._turn_after(head, now_s) if are_many else None
        asking = Asking(hops, is_for_all=is_for_all, is_of_much=much, turn=turn)
        self._voice.repairs.give(lack, asking, now_s, facts)
        self._voice.repairs.give_keys(differences.keyless, hops, now_s)
        self._voice.wants.want(differences.we_lack, now_s)
        if differences.has_unknown and not self._voice.taking.is_on(now_s):
            self._voice.summaries.want(now_s, insist=True)
        self._look_after_own_log(differences.ahead)
        self._stretches.doubt(differences.forked)
        for log in differences.forked:
            for first, last in self._store.holdings()[log].ranges:
                self._voice.requests.want(log, first, last, now_s)

    def resolve_told(
        self, head: bytes, differences: ToldDifferences | None, hops: int, now_s: float, *, is_asked: bool
    ) -> bool:
        """Act on how what somebody tells by numbers differs, None where they hold other logs than we do.

        `is_asked`: they said it in a word of its own, not beside news. Say whether numbers show a difference.
        """
        self._voice.trickle.note_told()
        self._voice.knows_their_logs = differences is not None
        if differences is None:
            self._voice.repairs.turn.note_holds(head, is_all=False)
            return False
        if not is_asked:
            self._voice.note_neighbour(head, self._state_told(differences, now_s), now_s)
        self._voice.neighbours.note_knows_us(head)
        lack = self._leaving_out.to_give(head, differences, now_s)
        is_whole = differences.is_whole
        much = self._lacks_much(head, lack.they_lack, hops, now_s, is_whole=is_whole)
        self._voice.passing.note_told(head, differences.they_lack, now_s, told_of=differences.told_of)
        is_for_all = len(differences.we_lack) >= MEETING_LOGS
        turn = self._turn_after(head, now_s)
        asking = Asking(hops, is_waited_for=is_asked, is_for_all=is_for_all, is_of_much=much, turn=turn)
        self._voice.repairs.give(lack, asking, now_s)
        self._voice.wants.want(differences.we_lack, now_s)
        self._look_after_own_log([(place_of(log), ranges[-1][1]) for log, ranges in differences.we_lack])
        if is_asked and differences.they_lack:
            self._voice.wants.note_coming(now_s)
        return not differences.is_none

    def _turn_after(self, head: bytes, now_s: float) -> int:
        """Return how many give before us to a station that asks."""
        return self._voice.neighbours.turn_after(head, self._own[:HEAD_BYTES], now_s)

    def _state_told(self, differences: ToldDifferences, now_s: float) -> bytes:
        """Return the state of who holds the same numbers as we do, as far as numbers tell; else none."""
        is_same = differences.is_none and differences.is_whole
        return state_of(self._voice.visible(now_s)) if is_same else b""

    def note_came(self, new: Sequence[Entry]) -> None:
        """Note entries that came: some may be of this station's own logs, and lacking here."""
        self._look_after_own_log([(place_of(entry.log), entry.number) for entry in new])

    def resolve_beside_news(
        self, head: bytes, told: Told, new: Sequence[Entry], hops: int, now_s: float
    ) -> None:
        """Act on what somebody told beside new entries of their own."""
        if not any(entry.log.author.startswith(head) for entry in new):
            return
        ours = {log: held.ranges for log, held in self._voice.visible(now_s).items()}
        for entry in new:
            ours[entry.log] = with_number(ours.get(entry.log, ()), entry.number)
        self.resolve_told(head, compare_told(told, ours), hops, now_s, is_asked=False)

    def answer(self, ask: Ask, hops: int, now_s: float) -> None:
        """Give what is held where a piece differs; ask in turn, cut finer, where it is long."""
        resting = {entry.id for entry in self._voice.outbox.resting(now_s)}
        for log in [log for log in self._store.holdings() if place_of(log) == ask.place]:
            for first, last, held in differing_pieces(self._store, log, ask):
                known = [signed for signed in held if signed.entry.id not in resting]
                if is_finest(self._store, log, first, last):
                    self._voice.repairs.give_forgotten(log, first, last, hops, now_s)
                    self._voice.repairs.give_these(known[:MOST_BESIDE], hops, now_s)
                elif not held:
                    self._voice.summaries.want(now_s)
                elif last - first < SMALL_PIECE:
                    self._voice.repairs.give_forgotten(log, first, last, hops, now_s)
                    self._voice.repairs.give_these(known, hops, now_s)
                    self._voice.requests.want(log, first, last, now_s)  # we may be who holds less
                else:
                    self._voice.requests.want(log, first, last, now_s)

    def _look_after_own_log(self, ahead: Iterable[tuple[Place, int]]) -> None:
        for place, last in ahead:
            log = LogId(self._own, place.incarnation)
            held = self._store.holdings().get(log)
            ours = held.ranges[-1][1] if held else 0
            if place == place_of(log) and last > max(ours, self._behind.get(log, 0)):
                self._behind[log] = last
                self._tell(OwnLogBehind(log, last))
