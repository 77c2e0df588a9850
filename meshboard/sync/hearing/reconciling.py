"""What a difference comes to: who lacks what, and where logs fork."""

from collections.abc import Callable, Iterable, Sequence

from meshboard.domain.entries import Entry, LogId
from meshboard.figures import MEETING_LOGS, MOST_BESIDE, SMALL_PIECE
from meshboard.sync.events import Event, OwnLogBehind
from meshboard.sync.hearing.told_stretches import ToldStretches
from meshboard.sync.holdings.forks import differing_pieces, is_finest
from meshboard.sync.holdings.ranges import with_number
from meshboard.sync.holdings.summary import Differences, place_of, state_of
from meshboard.sync.holdings.telling import ToldDifferences, compare_told
from meshboard.sync.lanes import findings
from meshboard.sync.lanes.lanes import Lanes
from meshboard.sync.setup import EngineSetup
from meshboard.wire.frames import Ask, Place, Told


class Reconciliation:
    """Tells the lanes how what another station holds differs from what is held here."""

    def __init__(
        self, setup: EngineSetup, lanes: Lanes, stretches: ToldStretches, tell_shell: Callable[[Event], None]
    ) -> None:
        self._own = setup.author
        self._store = setup.store
        self._voice = lanes.voice
        self._company = lanes.voice.company
        self._outbox = lanes.voice.outbox
        self._stretches = stretches
        self._tell = lanes.tell
        self._tell_shell = tell_shell
        self._behind: dict[LogId, int] = {}

    def resolve(self, head: bytes, differences: Differences, hops: int, now_s: float) -> None:
        """Tell how a summary differs; `hops`: relays it passed."""
        lacks = findings.TheyLack(
            head,
            differences,
            hops,
            is_whole=differences.is_whole,
            is_for_all=len(differences.ahead) >= MEETING_LOGS,
            is_by_numbers=False,
            keyless=differences.keyless,
        )
        self._tell(lacks, now_s)
        if differences.we_lack:
            self._tell(findings.WeLack(differences.we_lack), now_s)
        if differences.has_unknown:
            self._tell(findings.HoldsUnknown(), now_s)
        self._look_after_own_log(differences.ahead)
        self._stretches.doubt(differences.forked)
        for log in differences.forked:
            held = self._store.holdings()[log]
            for first, last in held.ranges:
                self._tell(findings.Forked(log, first, last), now_s)

    def resolve_told(
        self, head: bytes, differences: ToldDifferences | None, hops: int, now_s: float, *, is_asked: bool
    ) -> bool:
        """Tell how what somebody tells by numbers differs, None where they hold other logs than we do.

        `is_asked`: they said it in a word of its own, not beside news. Say whether numbers show a difference.
        """
        if differences is None:
            self._tell(findings.ToldNumbers(head, are_logs_same=False), now_s)
            return False
        they_lack, we_lack = differences.they_lack, differences.we_lack
        self._tell(findings.ToldNumbers(head, True, they_lack, differences.told_of), now_s)
        if not is_asked:
            self._company.note(head, self._state_told(differences, now_s), now_s)
        self._company.note_knows_us(head)
        lacks = findings.TheyLack(
            head,
            differences,
            hops,
            is_whole=differences.is_whole,
            is_for_all=len(we_lack) >= MEETING_LOGS,
            is_by_numbers=True,
            is_waited_for=is_asked,
        )
        self._tell(lacks, now_s)
        if we_lack:
            self._tell(findings.WeLack(we_lack), now_s)
        self._look_after_own_log([(place_of(log), ranges[-1][1]) for log, ranges in we_lack])
        if is_asked and they_lack:
            self._tell(findings.Coming(), now_s)
        return not differences.is_none

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
        """Tell what somebody told beside new entries of their own."""
        if not any(entry.author.startswith(head) for entry in new):
            return
        ours = {log: held.ranges for log, held in self._voice.visible(now_s).items()}
        for entry in new:
            ours[entry.log] = with_number(ours.get(entry.log, ()), entry.number)
        self.resolve_told(head, compare_told(told, ours), hops, now_s, is_asked=False)

    def answer(self, ask: Ask, hops: int, now_s: float) -> None:
        """Tell where a piece differs: who asks needs what is held there, or is asked where it is long."""
        resting = {entry.id for entry in self._outbox.resting(now_s)}
        for log in [log for log in self._store.holdings() if place_of(log) == ask.place]:
            for first, last, held in differing_pieces(self._store, log, ask):
                known = [signed for signed in held if signed.entry.id not in resting]
                forked = findings.Forked(log, first, last)
                forgotten = findings.TheyNeedForgotten(log, first, last, hops)
                if is_finest(self._store, log, first, last):
                    self._tell(forgotten, now_s)
                    self._tell(findings.TheyNeed(known[:MOST_BESIDE], hops), now_s)
                elif not held:
                    self._tell(findings.IsToBeTold(), now_s)
                elif last - first < SMALL_PIECE:
                    self._tell(forgotten, now_s)
                    self._tell(findings.TheyNeed(known, hops), now_s)
                    self._tell(forked, now_s)  # we may be who holds less
                else:
                    self._tell(forked, now_s)

    def _look_after_own_log(self, ahead: Iterable[tuple[Place, int]]) -> None:
        for place, last in ahead:
            log = LogId(self._own, place.incarnation)
            held = self._store.holdings().get(log)
            ours = held.ranges[-1][1] if held else 0
            if place == place_of(log) and last > max(ours, self._behind.get(log, 0)):
                self._behind[log] = last
                self._tell_shell(OwnLogBehind(log, last))
