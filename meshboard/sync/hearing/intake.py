"""What becomes of entries that arrive: which are new, which wait for a vouch, and what they set going."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from meshboard import figures
from meshboard.domain.entries import Entry, LogId, SignedEntry
from meshboard.domain.ids import AuthorId, EntryId
from meshboard.link import NodeNumber
from meshboard.sync.air.answer_limits import AnswerLimit
from meshboard.sync.entries.outbox import is_basic
from meshboard.sync.events import EntriesReceived, Event, FrameRejected, RejectReason
from meshboard.sync.hearing.reader import EntryReader
from meshboard.sync.hearing.told_stretches import ToldStretches
from meshboard.sync.hearing.unvouched import Waiting
from meshboard.sync.setup import EngineSetup
from meshboard.sync.voice import Voice
from meshboard.wire.entry_bytes import place_of_packed
from meshboard.wire.frames import Entries, Item, StretchItem


class Intake:
    """Takes in frames of entries."""

    def __init__(self, setup: EngineSetup, voice: Voice) -> None:
        self._rest_s = setup.config.rest_s
        self._quiet_s = setup.config.timings.again_s
        self._store = setup.store
        self._voice = voice
        self._is_open = setup.trust is None
        self.stretches = ToldStretches(setup, voice)
        self._reader = EntryReader(setup.circle.id, setup.store)
        self._waiting = Waiting()
        self._fork_news = AnswerLimit(figures.FORK_NEWS_HOURLY)
        self._early = voice.early
        self._asks_beside = AnswerLimit(figures.ASKS_BESIDE_HOURLY)
        self._asks_who = AnswerLimit(figures.ASKS_WHO_HOURLY)

    def take_in(
        self, said: Entries, node: NodeNumber, now_s: float, *, hops: int, is_behind: bool
    ) -> list[Event]:
        """Return what to tell the shell; `hops`: relays it passed; `is_behind`: of an epoch that is over."""
        events: list[Event] = []
        new: dict[bytes, SignedEntry] = {}
        heard: list[EntryId] = []
        for read in self._read(said.entry_items, now_s):
            if isinstance(read, RejectReason):
                events.append(FrameRejected(read, node))
                continue
            heard.append(read.entry.id)
            reason = self._why_not(read.entry)
            if reason is not None:
                events.append(FrameRejected(reason, node))
            elif not self._store.holds(read.entry.log, read.entry.number, read.entry.digest):
                new[read.entry.digest] = read
        if not is_behind:  # a former member could keep us from repairing by repeating what was said
            is_run = any(len(item.packed) > 1 for item in said.entry_items)
            self._voice.note_said_by_others(heard, node, now_s, is_new=bool(new), is_run=is_run)
        if new:
            events.append(EntriesReceived(tuple(new.values()), node))
            for signed in new.values() if said.told is not None and not is_behind else ():
                self._voice.recent.note_news(signed, now_s)
            self._set_going(tuple(new.values()), node, now_s)
            if not is_behind and not self._voice.taking.lacks_much:
                self._pass_on(tuple(new.values()), hops, now_s)
        if not is_behind:  # a former member must not cut anybody off
            events += self._take_stretches(said, tuple(new.values()), node, hops, now_s)
        return events

    def _take_stretches(
        self, said: Entries, came: Sequence[SignedEntry], node: NodeNumber, hops: int, now_s: float
    ) -> Iterator[Event]:
        for item in said.items:
            if isinstance(item, StretchItem):
                told = self.stretches.take_in(item, came, hops, now_s)
                if isinstance(told, RejectReason):
                    yield FrameRejected(told, node)
                elif told is not None:
                    yield told

    def _read(self, items: Sequence[Item], now_s: float) -> Iterator[SignedEntry | RejectReason]:
        """Yield what these items, and those kept until now that they bring to light, come to."""
        waiting, joins_left = deque(items), figures.MAX_JOINS
        while waiting:
            item = waiting.popleft()
            read = self._reader.read(item)
            if read is RejectReason.EARLY and joins_left:
                joins_left -= 1
                read = self._read_joined(item)
            if isinstance(read, RejectReason):
                self._keep_early(item, read, now_s)
                if read is RejectReason.EARLY and item.author is not None:
                    waiting.extend(self._early.take_keyless(item.author))
                yield read
                continue
            waiting.extend(self._early.take_keyless(read[0].entry.log.author))
            for signed in read:
                waiting.extend(self._early.take_beside(signed))
            yield from read

    def _read_joined(self, item: Item) -> Sequence[SignedEntry] | RejectReason:
        """Return what an item that cannot be checked alone says with those kept beside it."""
        joined = self._early.joined(item, self._reader)
        run = RejectReason.EARLY if joined is None else self._reader.read(joined)
        return RejectReason.EARLY if isinstance(run, RejectReason) else run

    def _keep_early(self, item: Item, reason: RejectReason, now_s: float) -> None:
        if reason is RejectReason.UNKNOWN_AUTHOR:
            self._early.keep(item, is_keyless=True)
            if self._is_open or self._asks_who.allows(item.head, now_s):
                self._voice.summaries.want(now_s, insist=True)
        elif reason is RejectReason.EARLY:
            self._early.keep(item)
            counting = [
                one for one in self._store.authors(item.head) if self._voice.doors.members.counts(one)
            ]
            if counting and self._asks_beside.allows(item.head, now_s):
                self._want_beside(item, counting, now_s)

    def _want_beside(self, item: Item, authors: Sequence[AuthorId], now_s: float) -> None:
        """Want what an item that cannot be checked follows or goes before."""
        place = place_of_packed(item.packed[0])
        logs = [LogId(author, place.incarnation) for author in authors]
        held = [log for log in logs if log in self._store.holdings()]
        last = place.number + len(item.packed) - bool(item.signature)
        for log in held:
            self._voice.wants.want_before(log, last, now_s)
        if not held:  # what is missing may still rest in its author's outbox, or follow
            self._voice.summaries.want(now_s + self._rest_s, insist=True)

    def refuse(self, entries: Iterable[SignedEntry]) -> list[Event]:
        """Keep what the shell refused because its author does not count."""
        return [FrameRejected(RejectReason.NOT_VOUCHED, self._waiting.add(signed)) for signed in entries]

    def take_vouched(self) -> list[Event]:
        """Give back what was refused and whose author counts now."""
        entries = self._waiting.take(self._voice.doors.members.counts)
        return [EntriesReceived(entries, NodeNumber(0))] if entries else []

    def _why_not(self, entry: Entry) -> RejectReason | None:
        if self._waiting.holds(entry.digest):
            return RejectReason.NOT_VOUCHED
        if self._is_held(entry.log, entry.number):
            held = self._store.entries(entry.log, entry.number, entry.number)
            digests = sorted(signed.entry.digest for signed in held)[: figures.MAX_UNDER_ONE_NUMBER]
            if len(digests) == figures.MAX_UNDER_ONE_NUMBER and entry.digest > digests[-1]:
                return RejectReason.FORKED_AGAIN
        return None

    def _set_going(self, new: tuple[SignedEntry, ...], node: NodeNumber, now_s: float) -> None:
        """Look soon whether news reached everybody; what does not count costs no talk."""
        counted: list[Entry] = []
        for signed in new:
            if self._voice.doors.members.counts(signed.entry.log.author):
                counted.append(signed.entry)
            else:
                self._waiting.note_came(signed, node)
        hurried = [entry for entry in counted if self._is_worth_hurry(entry, now_s)]
        if hurried:
            self._voice.trickle.check_news(now_s, is_basic=any(map(is_basic, hurried)))
        arrived = {(entry.log, entry.number) for entry in counted}
        is_gap = any(self._is_beyond_a_gap(entry, arrived) for entry in counted)
        fills_gaps = self._want_before(counted, now_s)
        if is_gap:
            self._voice.summaries.put_off(now_s + self._rest_s + self._quiet_s)
        self._voice.note_came(now_s, fills_gaps=fills_gaps)

    def _pass_on(self, new: Sequence[SignedEntry], hops: int, now_s: float) -> None:
        """Give at once what somebody farther on lacks each time; what does not count costs no talk."""
        counted = [one for one in new if self._voice.doors.members.counts(one.entry.log.author)]
        passed_on = [one for one in counted if self._voice.passing.note_came(one.entry, now_s)]
        self._voice.repairs.pass_on(passed_on, hops, now_s)

    def _want_before(self, counted: Sequence[Entry], now_s: float) -> bool:
        """Want what comes before these in their logs; say whether some of them was known to be lacking."""
        wants = self._voice.wants
        if counted:
            wants.note_coming(now_s)
        was_wanted = any(wants.is_wanted(entry.log, entry.number) for entry in counted)
        for entry in counted:
            wants.note_arrived(entry.log)
            wants.want_before(entry.log, entry.number, now_s)
        return was_wanted

    def _is_beyond_a_gap(self, entry: Entry, arrived: set[tuple[LogId, int]]) -> bool:
        before = entry.number - 1
        return before > 0 and (entry.log, before) not in arrived and not self._is_held(entry.log, before)

    def _is_worth_hurry(self, entry: Entry, now_s: float) -> bool:
        is_fork = self._is_held(entry.log, entry.number)
        return not is_fork or self._fork_news.allows(entry.log.author, now_s)

    def _is_held(self, log: LogId, number: int) -> bool:
        held = self._store.holdings().get(log)
        return held is not None and any(first <= number <= last for first, last in held.ranges)
