"""Give others what they lack: which entries, and when each may be said again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from meshboard import figures
from meshboard.domain.entries import Entry, LogId, SignedEntry
from meshboard.domain.ids import EntryId
from meshboard.figures import BULK_FEW
from meshboard.sync.air.said import SaidMemory
from meshboard.sync.company.company import MAX_HOPS, Company
from meshboard.sync.entries.bulk import BulkTurn, Firsts, is_much
from meshboard.sync.entries.forgotten import Forgotten
from meshboard.sync.entries.leaving_out import ToGive
from meshboard.sync.entries.outbox import Hold, Outbox, Proof, RepairQueue, is_critical
from meshboard.sync.holdings.ranges import Lacking, Ranges, includes
from meshboard.sync.store import Store
from meshboard.sync.timing import Chance, Timings, Waits

MAX_NUMBER = 2**32 - 1


@dataclass(frozen=True, slots=True)
class Asking:
    """How somebody asked for what they lack."""

    hops: int
    """Relays it came over."""
    is_waited_for: bool = True
    """Whether they wait for it; else it may wait here for news to ride with."""
    is_for_all: bool = False
    """Whether others beyond are taken to lack it too."""
    is_of_much: bool = False
    """Whether it is much, or the rest of it."""
    turn: int | None = None
    """How many give before us; None = by chance."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """From how far something was asked for, when, and how long it waits."""

    hops: int
    wait_s: float
    now_s: float
    is_much: bool = False


class RepairWaits:
    """Draws how long repairs wait, so that of several who hold what somebody lacks one gives it.

    The more stations there are the longer.
    """

    def __init__(self, timings: Timings, chance: Chance, company: Company) -> None:
        self._timings = timings
        self._chance = chance
        self._company = company

    def by_chance(self, hops: int) -> float:
        """Return one wait for all asked for together, so many relays away; who is nearer waits less."""
        wait_s = self._chance.uniform(*self._timings.give_wait_s(self._company.stations))
        return wait_s + hops * self._timings.farther_s

    def of_much(self, hops: int) -> float:
        """Return a wait before giving much, so that one mostly begins alone."""
        wait_s = self._chance.uniform(*self._timings.bulk_wait_s(self._company.stations))
        return wait_s + hops * self._timings.bulk_farther_s

    def of_turn(self, before: int) -> float:
        """Return a wait that ends in our turn, after so many others: what they give is heard by then."""
        company = self._company
        turn_s = self._timings.turn_s(company.stations, company.relays)
        return (before + self._chance.uniform(0.0, 0.5)) * turn_s


class Repairs:
    """The repair queue and the memory of what was said on the air."""

    def __init__(
        self, timings: Timings, chance: Chance, store: Store, outbox: Outbox, company: Company
    ) -> None:
        self._company = company
        self._outbox = outbox
        self._timings = timings
        self._chance = chance
        self._store = store
        self._said: SaidMemory[EntryId] = SaidMemory(
            Waits(timings.again_s, timings.longest_repair_again_s), figures.REPAIRS_REMEMBERED
        )
        self._patience_s = figures.REPEAT_PATIENCE * timings.frame_s
        self._firsts = Firsts()
        self._keyless: set[LogId] = set()
        self._is_much = False
        self._hold = Hold()
        self.queue = RepairQueue(self._hold)
        self.forgotten = Forgotten(timings, store, self.queue.has, self._hold)
        self.turn = BulkTurn(timings, chance)
        self._waits = RepairWaits(timings, chance, company)

    def give(self, lack: ToGive, asking: Asking, now_s: float, first: Iterable[SignedEntry] = ()) -> None:
        """Queue what somebody lacks, the end and the first entry of every log first.

        `first`: some of it that is queued wherever in its log it stands.
        """
        wanted = [*first, *self._lasts_of(lack.they_lack, figures.MAX_REPAIRS)]
        new = [signed for signed in wanted if not self._is_waiting(signed.entry.id)]
        much = is_much(len(new), self._company.stations, is_under_way=asking.is_of_much)
        if len(new) > BULK_FEW and self.turn.is_others(now_s):
            return
        alone: Mapping[EntryId, SignedEntry] = {}
        if not asking.is_for_all and self._firsts.is_worth_asking(now_s, is_much=much):
            sought = [*self._lasts_of(lack.they_lack, figures.MAX_SOUGHT)]
            alone = self._firsts.among(sought, now_s)
        wanted = [*alone.values(), *(signed for signed in wanted if signed.entry.id not in alone)]
        wait_s = self._wait_s(asking, is_much=much)
        asked, hurried = self._asked(asking, wait_s, now_s, is_much=much)
        for signed in wanted:
            number, held = signed.entry.number, lack.they_hold.get(signed.entry.log, ())
            if held:
                self._keyless.discard(signed.entry.log)
            else:
                self._keyless.add(signed.entry.log)
            has_before, has_after = includes(held, number - 1), includes(held, number + 1)
            proof = Proof(has_before, has_after, signed.entry.id in alone)
            self._queue(signed, hurried if is_critical(signed) else asked, proof)
        self._is_much |= much
        told_by = self.forgotten.give(lack.they_lack, lack.they_hold, asking.hops, wait_s, now_s)
        for signed in told_by:  # what waits there for a forgotten entry can only be checked by this one
            self._queue(signed, asked, Proof(is_alone=True))

    def _asked(self, asking: Asking, wait_s: float, now_s: float, *, is_much: bool) -> tuple[_Asked, _Asked]:
        """Return when what was asked for is due, and when what is critical of it."""
        reach = MAX_HOPS if asking.is_for_all else asking.hops
        hurried_s = wait_s
        if asking.turn is not None and not is_much:
            hurried_s = self._timings.hurried_s(wait_s)
        if not asking.is_waited_for and not is_much:
            wait_s += self._timings.ride_s
        return _Asked(reach, wait_s, now_s, is_much), _Asked(reach, hurried_s, now_s, is_much)

    def _wait_s(self, asking: Asking, *, is_much: bool) -> float:
        if is_much:
            return self._waits.of_much(asking.hops)
        return self._waits.by_chance(asking.hops) if asking.turn is None else self._waits.of_turn(asking.turn)

    def give_forgotten(self, log: LogId, first: int, last: int, hops: int, now_s: float) -> None:
        """Queue what is left of the forgotten entries of these numbers, whatever is held there."""
        ranges = ((first, last),)
        self.forgotten.give(
            [(log, ranges)], {log: ((1, MAX_NUMBER),)}, hops, self._waits.by_chance(hops), now_s
        )

    def give_keys(self, keyless: Iterable[tuple[LogId, int]], hops: int, now_s: float) -> None:
        """Queue these once more: they wait there for the key of their author, which comes with them."""
        if self.turn.is_others(now_s):
            return
        for log, number in keyless:
            self.give_these(self._store.entries(log, number, number), hops, now_s)
            self._keyless.add(log)

    def may_give(self, signed: SignedEntry, now_s: float) -> bool:
        """Say whether an entry would be queued: it does not wait here and was not said too lately."""
        is_allowed = self._said.allowed_at(signed.entry.id) <= now_s + self._patience_s
        return is_allowed and not self.queue.has(signed.entry.id)

    def give_these(self, entries: Iterable[SignedEntry], hops: int, now_s: float) -> None:
        """Queue these entries, asked for from `hops` relays away, whatever else is held there."""
        asked = _Asked(hops, self._waits.by_chance(hops), now_s)
        for signed in entries:
            self._queue(signed, asked, Proof(is_alone=True))

    def pass_on(self, entries: Iterable[SignedEntry], hops: int, now_s: float) -> None:
        """Queue news for those beyond; `hops`: relays it came over, the more the sooner it goes on."""
        wait_s = self._waits.of_turn(max(self._company.relays - hops, 0))
        asked = _Asked(MAX_HOPS, wait_s, now_s)
        hurried = _Asked(MAX_HOPS, self._timings.hurried_s(wait_s), now_s)
        for signed in entries:
            self._queue(signed, hurried if is_critical(signed) else asked, Proof(has_before=True))

    def __len__(self) -> int:
        return len(self.queue) + len(self.forgotten)

    def due_at(self) -> float | None:
        """Return when the first wait ends, of entries that are not urgent or of what is left of any."""
        dues = self.queue.due_at(is_urgent=False), self.forgotten.due_at()
        return min((due_at for due_at in dues if due_at is not None), default=None)

    @property
    def is_bulk(self) -> bool:
        """Say whether much is to be given, or the rest of it."""
        count, stations = len(self.queue), self._company.stations
        self._is_much = count > 0 and (self._is_much or is_much(count, stations))
        return self._is_much

    def hops_of(self, entries: Iterable[SignedEntry]) -> int:
        """Return how many relays lie between here and the farthest who asked for one of these."""
        return max((self.queue.hops_of(signed.entry.id) for signed in entries), default=0)

    def needs_key(self, entry: Entry) -> bool:
        """Say whether its author's key is to come with an entry: who lacks it holds nothing of its log."""
        return entry.log in self._keyless and self.queue.has(entry.id)

    def was_said(self, entry_id: EntryId) -> bool:
        """Say whether we or others said an entry lately."""
        return self._said.is_remembered(entry_id)

    def was_in_vain(self, entry_id: EntryId) -> bool:
        """Say whether we said an entry more than once: what it was to be checked by is not held there."""
        return self._said.times(entry_id) >= figures.SAID_IN_VAIN

    def note_said(self, entry_id: EntryId, now_s: float) -> None:
        """Note that we said an entry."""
        self._said.note(entry_id, now_s, by_us=True)
        self.queue.discard(entry_id)

    def note_frame(self, entries: Iterable[SignedEntry], now_s: float, *, is_lead: bool) -> None:
        """Note the entries of a frame of ours; `is_lead`: it was a repair."""
        said = tuple(entries)
        was_bulk = self.is_bulk
        for signed in said:
            self._said.note(signed.entry.id, now_s, by_us=True)
            self._keyless.discard(signed.entry.log)
        self.queue.said(said, now_s, is_lead=is_lead)
        if is_lead and was_bulk:
            self.turn.note_ours(now_s)

    def say_critical_again(self, entries: Iterable[SignedEntry], now_s: float) -> None:
        """Queue the critical posts of a frame of news once more: a flood seldom reaches everybody."""
        for signed in entries:
            if is_critical(signed) and self._said.times(signed.entry.id) == 1:
                due_at = now_s + self._chance.uniform(*self._timings.critical_again_s)
                self.queue.add(signed, due_at, MAX_HOPS, Proof(), is_urgent=True)

    def pause(self, until_s: float) -> None:
        """Wait for whoever is given much to say what of the most urgent did not arrive."""
        self._hold.until_s = until_s

    def note_heard(
        self,
        entries: Sequence[EntryId],
        now_s: float,
        *,
        is_new: bool = True,
        is_run: bool = False,
        is_holders: bool = True,
    ) -> None:
        """Note that somebody else said these; whoever gives what we were about to goes first.

        `is_new`: some of it was not held here. `is_run`: it is part of much. `is_holders`: they are known to
        hold what we do.
        """
        was_bulk = self.is_bulk
        for entry_id in entries:
            self._said.note(entry_id, now_s, by_us=False)
        taken = [self.queue.discard(entry_id) for entry_id in entries]
        if any(taken) and was_bulk and is_holders:
            until_s = self.turn.hold_or_yield(now_s)
            if until_s is None:
                self.queue.clear()
                self.forgotten.clear()
            else:
                self._hold.until_s = until_s
        elif any(taken):
            self._hold.until_s = now_s + self._chance.uniform(*self._timings.hold_s)
        elif was_bulk and is_run and (is_new or is_holders):
            # two that give at once from both ends of a mesh collide in the middle
            ask_s = self._timings.bulk_ask_s(self._company.stations)
            self._hold.until_s = now_s + self._chance.uniform(*ask_s)
        elif not is_new and is_holders and self.turn.is_others(now_s):
            self.turn.note_others(now_s)

    def _is_waiting(self, entry_id: EntryId) -> bool:
        """Say whether an entry waits to be said already, as news or as a repair."""
        return self.queue.has(entry_id) or self._outbox.has(entry_id)

    def _lasts_of(self, lacking: Lacking, count: int) -> Iterable[SignedEntry]:
        """Yield the last of every log that is lacking, about so many in all."""
        for log, ranges in lacking:
            yield from self._last_of(log, ranges, count // max(len(lacking), 1) + 1)

    def _last_of(self, log: LogId, ranges: Ranges, count: int) -> Iterable[SignedEntry]:
        """Yield the last of what is lacking, which proves what is before it, and what brings the key."""
        left = count
        for first, last in reversed(ranges):
            held = self._store.entries(log, max(first, last - left + 1), last) if left > 0 else ()
            left -= len(held)
            yield from held
            if first == 1 and not any(signed.entry.number == 1 for signed in held):
                yield from self._store.entries(log, 1, 1)

    def _queue(self, signed: SignedEntry, asked: "_Asked", proof: Proof) -> None:
        allowed_at = self._said.allowed_at(signed.entry.id)
        due_at = max(asked.now_s, allowed_at) + asked.wait_s
        if self.queue.ask_again(signed.entry.id, due_at, asked.hops, proof):
            return
        is_asked_later = self.is_bulk and not proof.is_alone  # when all of it was given
        patience_s = 0.0 if is_asked_later else self._patience_s
        if allowed_at <= asked.now_s + patience_s:
            # the wait comes last: two whose words collided would otherwise collide again
            is_new = not asked.is_much and self._said.times(signed.entry.id) < figures.URGENT_REPAIRS
            is_urgent = is_critical(signed) and is_new
            self.queue.add(signed, due_at, asked.hops, proof, is_urgent=is_urgent)
