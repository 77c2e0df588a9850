"""Much that is lacking: whose turn it is to give it, and when to ask for more of it.

Of several stations that hold it one gives, the others stand by.

Nobody is appointed. Whoever hears that another gives what it was about to waits longer than the other's
frames are apart, and on hearing it once more leaves all of it to that one. If the other falls silent, who
lacks the rest asks again, and the turn is anybody's. A station that lacks much itself only passes on what it
got: nothing is left to it.
"""

from collections.abc import Mapping, Sequence

from meshboard import figures
from meshboard.domain.entries import LogId, PostPublished, SignedEntry
from meshboard.domain.ids import EntryId
from meshboard.sync.company.company import Company
from meshboard.sync.holdings.ranges import Lacking, Ranges, count_of, includes
from meshboard.sync.timing import Chance, Timings


def is_much(count: int, stations: int, *, is_under_way: bool = False) -> bool:
    """Say whether so many entries are much among so many stations, or still some of it."""
    much = figures.BULK if stations <= figures.FEW_STATIONS else figures.BULK_AMONG_MANY
    return count > (much // figures.BULK_REST if is_under_way else much)


class BulkTurn:
    """What is known of who gives much at the moment."""

    def __init__(self, timings: Timings, chance: Chance) -> None:
        self._timings = timings
        self._chance = chance
        self._heard_since_ours = 0
        self._other_until = float("-inf")
        self._ours_until = float("-inf")
        self._lack_much: dict[bytes, float] = {}
        self._holders: dict[bytes, None] = {}

    def note_holds(self, head: bytes, *, is_all: bool) -> None:
        """Note whether a station holds what we do, as it told last: all but BULK_FEW at most."""
        self._holders.pop(head, None)
        if is_all:
            self._holders[head] = None
        if len(self._holders) > figures.MAX_HOLDERS:
            del self._holders[next(iter(self._holders))]

    def is_holder(self, head: bytes | None) -> bool:
        """Say whether a station is known to hold what we do; None = who spoke is not known."""
        return head in self._holders

    def note_lacks_much(self, head: bytes, now_s: float) -> None:
        """Note that a station was heard to lack much."""
        self._lack_much[head] = now_s
        if len(self._lack_much) > figures.MAX_LACKING:
            del self._lack_much[next(iter(self._lack_much))]

    def is_given(self, head: bytes, now_s: float) -> bool:
        """Say whether a station is being given much: what it says of what it holds is old at once."""
        noted_at = self._lack_much.get(head)
        if noted_at is None:
            return False
        return now_s < max(self._other_until, self._ours_until, noted_at + self._timings.bulk_silence_s)

    def has_lacked_much(self, head: bytes, now_s: float) -> bool:
        """Say whether a station lacked much lately: the rest of it is given by one station too."""
        return now_s < self._lack_much.get(head, float("-inf")) + figures.FORGET_SAID_S

    def is_others(self, now_s: float) -> bool:
        """Say whether another was heard giving lately: it goes on, or who lacks the rest asks again."""
        return now_s < self._other_until

    def is_on(self, now_s: float) -> bool:
        """Say whether anybody was heard giving much lately."""
        return now_s < max(self._other_until, self._ours_until)

    def note_ours(self, now_s: float) -> None:
        """Note that we gave a frame of it."""
        self._heard_since_ours = 0
        self._other_until = float("-inf")
        self._ours_until = now_s + self._timings.bulk_silence_s

    def note_others(self, now_s: float) -> None:
        """Note that another gave a frame of what is lacking."""
        self._other_until = now_s + self._timings.bulk_silence_s

    def hold_or_yield(self, now_s: float) -> float | None:
        """Note that another gave what waits here too; return until when to wait, None = leave it to them."""
        self.note_others(now_s)
        self._heard_since_ours += 1
        if self._heard_since_ours >= figures.YIELDS_AFTER:
            return None
        return now_s + self._chance.uniform(*self._timings.bulk_hold_s)


class Taking:
    """Whether much is coming here. What we would say of what we hold is then old before it is said."""

    def __init__(self, timings: Timings, chance: Chance, company: Company) -> None:
        self._timings = timings
        self._chance = chance
        self._company = company
        self._has_begun = False
        self.lacks_much = False
        """Whether much was lacking, or the rest of it, when something of it came last."""
        self._first_until = float("-inf")
        self.ask_at = float("-inf")
        """When to ask for it at the earliest: until then it is coming, or somebody was asked."""

    def is_on(self, now_s: float) -> bool:
        """Say whether much is coming, or was asked for lately."""
        return now_s < self.ask_at

    def is_for_first(self, now_s: float) -> bool:
        """Say whether to ask, as soon as we may, is to ask for the most urgent of much."""
        return max(self.ask_at, now_s) < self._first_until

    def note_came(self, lacking: Lacking, now_s: float, *, fills_gaps: bool, is_member: bool) -> None:
        """Note that new entries came; `fills_gaps`: some were known to be lacking, and are not news.

        `is_member`: we know that we count; before that what comes waits here for those who let us in, untold.
        """
        if not is_member:
            self._wait(now_s)
        if not is_member or not self._is_much(lacking):
            return
        if not self._has_begun:
            self._has_begun = True
            self._first_until = now_s + self._timings.first_window_s
        if fills_gaps or not self.is_on(now_s) or now_s < self._first_until:
            self._wait(now_s)

    def note_asked(self, lacking: Lacking, now_s: float) -> None:
        """Note that we told what we hold: whoever gives much needs time for it."""
        if self._is_much(lacking):
            self._wait(now_s)
            if now_s < self._first_until:
                self.ask_at = now_s + self._chance.uniform(*self._timings.first_again_s)

    def note_asks_too(self, lacking: Lacking, theirs: Mapping[LogId, Ranges], now_s: float) -> None:
        """Note what somebody holds who asks: whoever lacks most of what we lack asks for us as well."""
        told = [(log, ranges) for log, ranges in lacking if log in theirs]
        same = sum(1 for log, ranges in told if not includes(theirs[log], ranges[0][0]))
        if self._is_much(lacking) and told and 2 * same >= len(told):
            self._wait(now_s)

    def _is_much(self, lacking: Lacking) -> bool:
        """Say whether much is lacking, or the rest of it."""
        count = sum(count_of(ranges) for _, ranges in lacking)
        self.lacks_much = is_much(count, self._company.stations, is_under_way=self.lacks_much)
        self._has_begun &= self.lacks_much
        return self.lacks_much

    def _wait(self, now_s: float) -> None:
        is_first = now_s < self._first_until
        timings = self._timings
        wait_s = timings.first_ask_s if is_first else timings.bulk_ask_s(self._company.stations)
        self.ask_at = now_s + self._chance.uniform(*wait_s)


def will_pass(head: bytes, giving: BulkTurn, taking: Taking, now_s: float) -> bool:
    """Say whether the difference to a station will pass: much is being given to it, or to us."""
    return taking.is_on(now_s) or giving.is_given(head, now_s)


class Firsts:
    """The most urgent of much that is given: they go first, and again where they did not arrive."""

    def __init__(self) -> None:
        self._chosen: dict[EntryId, float] = {}

    def is_worth_asking(self, now_s: float, *, is_much: bool) -> bool:
        """Say whether something goes first: of much, or of what was lately much."""
        self._chosen = {
            one: at_s for one, at_s in self._chosen.items() if now_s - at_s < figures.FORGET_SAID_S
        }
        return is_much or bool(self._chosen)

    def among(self, lacking: Sequence[SignedEntry], now_s: float) -> Mapping[EntryId, SignedEntry]:
        """Return what of this goes first: what was chosen lately, else the most urgent, which are chosen."""
        if not self._chosen:
            self._chosen = dict.fromkeys((signed.entry.id for signed in most_urgent(lacking)), now_s)
        return {signed.entry.id: signed for signed in lacking if signed.entry.id in self._chosen}


def most_urgent(wanted: Sequence[SignedEntry]) -> Sequence[SignedEntry]:
    """Return the posts to have first: the most urgent, of those the oldest, if they seem to last still.

    What time it is nobody here knows: it is taken to be that of the latest stamp.
    """
    stamps = [signed.entry.stamp for signed in wanted]
    latest_s = max((stamp.time_s or 0 for stamp in stamps), default=0)
    ranked = []
    for signed in wanted:
        entry = signed.entry
        if not isinstance(entry.fact, PostPublished):
            continue
        content = entry.fact.content
        is_over = (entry.stamp.time_s or latest_s) + content.lifetime_hours * figures.HOUR_S < latest_s
        ranked.append(((is_over, -content.urgency, entry.stamp.count, entry.digest), signed))
    count = min(figures.MOST_URGENT, len(wanted) // figures.URGENT_ONE_IN)
    return [signed for _, signed in sorted(ranked, key=lambda pair: pair[0])[:count]]
