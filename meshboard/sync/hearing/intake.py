"""What becomes of entries that arrive: which are new, which wait for a vouch, and which cannot be checked."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from meshboard import figures
from meshboard.domain.entries import Entry, LogId, SignedEntry
from meshboard.domain.ids import AuthorId, EntryId
from meshboard.figures import ASKS_BESIDE_HOURLY, ASKS_WHO_HOURLY, FORK_NEWS_HOURLY
from meshboard.link import NodeNumber
from meshboard.sync.air.answer_limits import AnswerLimit
from meshboard.sync.events import EntriesReceived, Event, FrameRejected, RejectReason
from meshboard.sync.hearing.reader import EntryReader
from meshboard.sync.hearing.told_stretches import ToldStretches
from meshboard.sync.hearing.unvouched import Unvouched
from meshboard.sync.lanes import findings
from meshboard.sync.lanes.lanes import Lanes
from meshboard.sync.setup import EngineSetup
from meshboard.wire.entry_bytes import place_of_packed
from meshboard.wire.frames import Entries, Item, StretchItem


class Intake:
    """Takes in frames of entries."""

    def __init__(self, setup: EngineSetup, lanes: Lanes, stretches: ToldStretches) -> None:
        self._store = setup.store
        self._company = lanes.voice.company
        self._epochs = lanes.voice.epochs
        self._early = lanes.voice.early
        self._tell = lanes.tell
        self._stretches = stretches
        self._reader = EntryReader(setup.circle.id, setup.store)
        self._unvouched = Unvouched()
        self._fork_news = AnswerLimit(FORK_NEWS_HOURLY)
        self._asks_beside = AnswerLimit(ASKS_BESIDE_HOURLY)
        self._asks_who = AnswerLimit(ASKS_WHO_HOURLY)

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
            by = self._company.head_of(node)
            self._tell(findings.SaidByOther(heard, by, is_new=bool(new), is_run=is_run), now_s)
        if new:
            events.append(EntriesReceived(tuple(new.values()), node))
            is_news = said.told is not None and not is_behind
            came = self._came(tuple(new.values()), hops, now_s, is_news=is_news, is_behind=is_behind)
            for signed in new.values():
                if not self._epochs.counts(signed.entry.author):
                    self._unvouched.note_came(signed, node)
            self._tell(came, now_s)
        if not is_behind:  # a former member must not cut anybody off
            events += self._take_stretches(said, tuple(new.values()), node, hops, now_s)
        return events

    def _take_stretches(
        self, said: Entries, came: Sequence[SignedEntry], node: NodeNumber, hops: int, now_s: float
    ) -> Iterator[Event]:
        for item in said.items:
            if isinstance(item, StretchItem):
                told = self._stretches.take_in(item, came, hops, now_s)
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
            waiting.extend(self._early.take_keyless(read[0].entry.author))
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
            if self._asks_who.allows(item.head, now_s):
                self._tell(findings.CannotCheck(is_keyless=True), now_s)
        elif reason is RejectReason.EARLY:
            self._early.keep(item)
            counting = [one for one in self._store.authors(item.head) if self._epochs.counts(one)]
            if counting and self._asks_beside.allows(item.head, now_s):
                self._want_beside(item, counting, now_s)

    def _want_beside(self, item: Item, authors: Sequence[AuthorId], now_s: float) -> None:
        """Want what an item that cannot be checked follows or goes before."""
        place = place_of_packed(item.packed[0])
        logs = [LogId(author, place.incarnation) for author in authors]
        held = [log for log in logs if log in self._store.holdings()]
        last = place.number + len(item.packed) - bool(item.signature)
        for log in held:
            self._tell(findings.WeLack([(log, ((1, last),))]), now_s)
        if not held:
            self._tell(findings.CannotCheck(is_keyless=False), now_s)

    def refuse(self, entries: Iterable[SignedEntry]) -> list[Event]:
        """Keep what the shell refused because its author does not count."""
        return [FrameRejected(RejectReason.NOT_VOUCHED, self._unvouched.add(signed)) for signed in entries]

    def take_vouched(self) -> list[Event]:
        """Give back what was refused and whose author counts now."""
        entries = self._unvouched.take(self._epochs.counts)
        return [EntriesReceived(entries, NodeNumber(0))] if entries else []

    def _why_not(self, entry: Entry) -> RejectReason | None:
        if self._unvouched.holds(entry.digest):
            return RejectReason.NOT_VOUCHED
        if self._is_held(entry.log, entry.number):
            held = self._store.entries(entry.log, entry.number, entry.number)
            digests = sorted(signed.entry.digest for signed in held)[: figures.MAX_UNDER_ONE_NUMBER]
            if len(digests) == figures.MAX_UNDER_ONE_NUMBER and entry.digest > digests[-1]:
                return RejectReason.FORKED_AGAIN
        return None

    def _came(
        self, new: tuple[SignedEntry, ...], hops: int, now_s: float, *, is_news: bool, is_behind: bool
    ) -> findings.Came:
        """Return what came: what does not count costs no talk."""
        counted = [signed for signed in new if self._epochs.counts(signed.entry.author)]
        entries = [signed.entry for signed in counted]
        arrived = {(entry.log, entry.number) for entry in entries}
        return findings.Came(
            new=new,
            counted=counted,
            hurried=[entry for entry in entries if self._is_worth_hurry(entry, now_s)],
            hops=hops,
            is_beyond_a_gap=any(self._is_beyond_a_gap(entry, arrived) for entry in entries),
            is_news=is_news,
            is_behind=is_behind,
        )

    def _is_beyond_a_gap(self, entry: Entry, arrived: set[tuple[LogId, int]]) -> bool:
        before = entry.number - 1
        return before > 0 and (entry.log, before) not in arrived and not self._is_held(entry.log, before)

    def _is_worth_hurry(self, entry: Entry, now_s: float) -> bool:
        is_fork = self._is_held(entry.log, entry.number)
        return not is_fork or self._fork_news.allows(entry.author, now_s)

    def _is_held(self, log: LogId, number: int) -> bool:
        held = self._store.holdings().get(log)
        return held is not None and any(first <= number <= last for first, last in held.ranges)
